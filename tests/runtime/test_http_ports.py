"""The health and metrics ports, asked over HTTP as the kubelet and Prometheus do."""

import aiohttp
import pytest

from inference_operator.core import redact
from inference_operator.runtime.http_ports import Ports
from inference_operator.runtime.telemetry.metrics import Metrics


def ports(**options: object) -> Ports:
    defaults: dict[str, object] = {"metrics": Metrics(version="9"), "health_port": 0, "metrics_port": 0}
    return Ports(**defaults | {"host": "127.0.0.1"} | options)


async def ask(port: int | None, path: str) -> tuple[int, str]:
    async with (
        aiohttp.ClientSession() as client,
        client.get(f"http://127.0.0.1:{port}{path}") as answer,
    ):
        return answer.status, await answer.text()


async def test_healthy_and_ready_without_problems() -> None:
    async with ports(live={"watch": lambda: None}, ready={"cache": lambda: None}) as served:
        assert await ask(served.health_port, "/healthz") == (200, "[+]watch ok\ncheck passed\n")
        assert await ask(served.health_port, "/readyz") == (200, "[+]cache ok\ncheck passed\n")


async def test_a_check_answers_with_its_problem_and_only_where_it_belongs() -> None:
    problem: str | None = "no event for 300 s"
    async with ports(live={"watch": lambda: problem, "queue": lambda: None}) as served:
        status, text = await ask(served.health_port, "/healthz")
        assert status == 503
        assert text == "[-]watch failed: no event for 300 s\n[+]queue ok\ncheck failed\n"
        assert (await ask(served.health_port, "/readyz"))[0] == 200
        problem = None
        assert (await ask(served.health_port, "/healthz"))[0] == 200


async def test_a_check_that_raises_has_failed_and_shows_no_secret() -> None:
    redact.register("canary-in-a-check")

    def check() -> str | None:
        raise RuntimeError("refused canary-in-a-check")

    async with ports(ready={"account": check}) as served:
        status, text = await ask(served.health_port, "/readyz")
    assert (status, text.splitlines()[0]) == (503, "[-]account failed: RuntimeError: refused ***")


async def test_metrics_are_on_their_own_port_in_the_prometheus_format() -> None:
    async with ports() as served:
        assert served.metrics_port != served.health_port
        status, text = await ask(served.metrics_port, "/metrics")
        assert status == 200
        assert 'inference_operator_build_info{version="9"} 1.0' in text
        assert (await ask(served.health_port, "/metrics"))[0] == 404
        assert (await ask(served.metrics_port, "/healthz"))[0] == 404


async def test_one_port_can_serve_both_and_either_can_be_off(free_port: int) -> None:
    async with ports(health_port=free_port, metrics_port=free_port):
        assert (await ask(free_port, "/healthz"))[0] == 200
        assert (await ask(free_port, "/metrics"))[0] == 200
    async with ports(metrics_port=None) as served:
        assert served.metrics_port is None
        assert (await ask(served.health_port, "/healthz"))[0] == 200


async def test_stopping_frees_the_ports_and_a_taken_port_is_an_error() -> None:
    first = ports()
    async with first:
        second = ports(health_port=first.health_port)
        with pytest.raises(OSError, match="address already in use"):
            await second.start()
        await second.stop()
    async with ports(health_port=first.health_port) as third:
        assert (await ask(third.health_port, "/healthz"))[0] == 200


@pytest.fixture
async def free_port() -> int:
    async with ports(metrics_port=None) as served:
        assert served.health_port is not None
        return served.health_port


async def test_without_a_host_both_families_are_answered(free_port: int) -> None:
    async with Ports(metrics=Metrics(), health_port=free_port, metrics_port=None):
        for address in ("127.0.0.1", "[::1]"):
            async with aiohttp.ClientSession() as http, http.get(f"http://{address}:{free_port}/healthz") as answer:
                assert answer.status == 200
