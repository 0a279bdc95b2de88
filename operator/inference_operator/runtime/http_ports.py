"""The two HTTP ports that a cluster asks: health for the kubelet, metrics for Prometheus.

Served by the operator's own event loop on purpose: a loop that is stuck answers no liveness probe, and is
restarted. They are started before kopf, which at its end cancels every task that began after it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Self

from aiohttp import web

from inference_operator.core import redact
from inference_operator.runtime.telemetry.metrics import CONTENT_TYPE, Metrics

Check = Callable[[], str | None]
"""Returns what is wrong, in one line, or None."""


class Ports:
    """Serves /healthz and /readyz on one port and /metrics on another; 0 takes a free one, None serves none.

    `live` and `ready` are named checks, run at each request; a check that raises has failed. The ports may be the
    same. `beside_metrics`: further routes of the metrics port. `host`: an address, None for all of both families,
    as the kubelet and Prometheus come from outside the pod.
    """

    def __init__(
        self,
        *,
        metrics: Metrics,
        live: Mapping[str, Check] | None = None,
        ready: Mapping[str, Check] | None = None,
        health_port: int | None = 8080,
        metrics_port: int | None = 8081,
        beside_metrics: Sequence[web.RouteDef] = (),
        host: str | None = None,
    ) -> None:
        self._metrics = metrics
        self._live = live or {}
        self._ready = ready or {}
        self._beside_metrics = beside_metrics
        self._host = host
        self.health_port = health_port
        self.metrics_port = metrics_port
        self._runners: list[web.AppRunner] = []

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    async def start(self) -> None:
        """Open the ports; OSError when one is taken. The attributes then hold the real numbers."""
        health, metrics = self._health_routes(), [web.get("/metrics", self._serve_metrics), *self._beside_metrics]
        if self.health_port and self.health_port == self.metrics_port:
            await self._listen(self.health_port, health + metrics)
            return
        if self.health_port is not None:
            self.health_port = await self._listen(self.health_port, health)
        if self.metrics_port is not None:
            self.metrics_port = await self._listen(self.metrics_port, metrics)

    async def stop(self) -> None:
        """Close the ports."""
        while self._runners:
            await self._runners.pop().cleanup()

    async def _listen(self, port: int, routes: list[web.RouteDef]) -> int:
        app = web.Application()
        app.add_routes(routes)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
        await runner.setup()
        self._runners.append(runner)
        await web.TCPSite(runner, self._host, port).start()
        bound: int = runner.addresses[0][1]
        return bound

    def _health_routes(self) -> list[web.RouteDef]:
        async def healthz(_: web.Request) -> web.Response:
            return _answer(self._live)

        async def readyz(_: web.Request) -> web.Response:
            return _answer(self._ready)

        return [web.get("/healthz", healthz), web.get("/readyz", readyz)]

    async def _serve_metrics(self, _: web.Request) -> web.Response:
        return web.Response(body=self._metrics.render(), headers={"Content-Type": CONTENT_TYPE})


def _answer(checks: Mapping[str, Check]) -> web.Response:
    problems = {name: _run(check) for name, check in checks.items()}
    # The format of the API server's own /healthz?verbose, which people know.
    lines = [f"[-]{name} failed: {why}" if why else f"[+]{name} ok" for name, why in problems.items()]
    failed = any(problems.values())
    lines.append("check failed" if failed else "check passed")
    return web.Response(status=503 if failed else 200, text=redact.text("\n".join(lines)) + "\n")


def _run(check: Check) -> str | None:
    try:
        return check()
    except Exception as error:
        return f"{type(error).__name__}: {error}"
