"""What the operator asks of the API server and of the provider to make the endpoints, to be replayed by bare clients.

Recorded in a run of its own, through a proxy for the API server, because recording costs what is to be measured.
"""

import asyncio
import contextlib
import json
import threading
from collections import defaultdict
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import Future
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import yaml
from aiohttp import web

from benchmarks.scale.kube import login
from benchmarks.scale.operator import Operator
from benchmarks.scale.plan import LATENCY
from benchmarks.scale.world import World
from inference_operator.api import names

_HOP = {"host", "content-length", "transfer-encoding", "connection"}
_LARGEST = 1 << 24
_START_SECONDS = 10


@dataclass(frozen=True)
class Write:
    """A request that changed something in Kubernetes."""

    method: str
    path: str
    media_type: str
    body: str


@dataclass(frozen=True)
class Recording:
    """`writes`: by the name of the object that they are about; `calls`: the provider's journal."""

    namespace: str
    writes: dict[str, list[Write]]
    calls: list[dict[str, Any]]
    uids: dict[str, str]


@dataclass
class _Tape:
    writes: list[Write] = field(default_factory=list)
    running: bool = False


def record(world: World) -> Recording:
    """Have the operator make all endpoints, and remove them again."""
    tape = _Tape()
    world.provider.reset(latency=LATENCY)
    with _proxy(world.cluster.kubeconfig, tape) as url:
        operator = Operator(world, kubeconfig=_through(world.operator_kubeconfig(), url))
        with operator.at_work():
            world.provider.forget()
            tape.running = True
            operator.create()
            tape.running = False
            calls = world.provider.journal()
            uids = {one["metadata"]["name"]: one["metadata"]["uid"] for one in world.api.items(operator.collection)}
    return Recording(operator.namespace, _by_object(tape.writes), calls, uids)


def _by_object(writes: list[Write]) -> dict[str, list[Write]]:
    chains = defaultdict(list)
    for write in writes:
        name = _object(write)
        if name is not None:
            chains[name].append(write)
    return chains


def _object(write: Write) -> str | None:
    """Which endpoint a write is about, by its path, or as an Event by its body; None for any other object."""
    _, found, rest = write.path.partition(f"/{names.ENDPOINT_PLURAL}/")
    if found:
        return rest.partition("?")[0].partition("/")[0]
    regarding = json.loads(write.body or "{}").get("regarding", {})
    return regarding.get("name") if regarding.get("kind") == names.ENDPOINT_KIND else None


def _through(kubeconfig: Path, url: str) -> Path:
    config = yaml.safe_load(kubeconfig.read_text())
    config["clusters"][0]["cluster"] = {"server": url}
    path = kubeconfig.with_name("recorded.kubeconfig")
    path.touch(mode=0o600)
    path.write_text(yaml.safe_dump(config))
    return path


@contextlib.contextmanager
def _proxy(kubeconfig: Path, tape: _Tape) -> Iterator[str]:
    """A proxy of the API server, in a thread, until the end of the block."""
    address: Future[str] = Future()
    over = threading.Event()

    async def run() -> None:
        async with _serving(kubeconfig, tape) as url:
            address.set_result(url)
            await asyncio.to_thread(over.wait)

    thread = threading.Thread(target=lambda: asyncio.run(run()), name="recorder", daemon=True)
    thread.start()
    try:
        yield address.result(_START_SECONDS)
    finally:
        over.set()
        thread.join()


@contextlib.asynccontextmanager
async def _serving(kubeconfig: Path, tape: _Tape) -> AsyncIterator[str]:
    server, trust, _ = login(kubeconfig)
    connector = aiohttp.TCPConnector(ssl=trust, limit=0)
    timeout = aiohttp.ClientTimeout(total=None)
    async with aiohttp.ClientSession(server, connector=connector, timeout=timeout, auto_decompress=False) as http:

        async def forward(request: web.Request) -> web.StreamResponse:
            return await _forward(request, http, tape)

        app = web.Application(client_max_size=_LARGEST)
        app.router.add_route("*", "/{rest:.*}", forward)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        try:
            yield f"http://127.0.0.1:{runner.addresses[0][1]}"
        finally:
            await runner.cleanup()


async def _forward(request: web.Request, http: aiohttp.ClientSession, tape: _Tape) -> web.StreamResponse:
    body = await request.read()
    headers = {key: value for key, value in request.headers.items() if key.lower() not in _HOP}
    async with http.request(request.method, request.path_qs, data=body or None, headers=headers) as answer:
        kept = {key: value for key, value in answer.headers.items() if key.lower() not in _HOP}
        if request.query.get("watch") in {"1", "true"}:
            return await _stream(request, answer, web.StreamResponse(status=answer.status, headers=kept))
        text = await answer.read()
        if tape.running and request.method != "GET" and answer.ok:
            media_type = request.headers.get("Content-Type", "application/json")
            tape.writes.append(Write(request.method, request.path_qs, media_type, body.decode()))
        return web.Response(status=answer.status, headers=kept, body=text)


async def _stream(
    request: web.Request, answer: aiohttp.ClientResponse, response: web.StreamResponse
) -> web.StreamResponse:
    await response.prepare(request)
    with contextlib.suppress(ConnectionError, aiohttp.ClientError):
        async for chunk in answer.content.iter_any():
            await response.write(chunk)
    return response
