"""Which HTTP transport: the figures behind docs/adr/0002-http-transport.md.

A server in a process of its own answers 2 kB of JSON after 20 ms. Each client sends the same number of requests at each
number in flight. The clients take turns within a run, so that the machine's mood hits all of them alike.
"""

import asyncio
import multiprocessing
import statistics
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import httpx
from aiohttp import web
from httpx_aiohttp import AiohttpTransport

from benchmarks.options import Options

REQUESTS = 1200
IN_FLIGHT = (1, 20, 100, 300)
THINK_SECONDS = 0.02
BODY = {"items": [{"name": f"endpoint-{number}", "state": "running"} for number in range(40)]}

Fetch = Callable[[], Awaitable[Any]]


@asynccontextmanager
async def plain_httpx(url: str, in_flight: int) -> AsyncIterator[Fetch]:
    async with httpx.AsyncClient(limits=httpx.Limits(max_connections=in_flight), timeout=60) as client:
        yield lambda: client.get(url)


@asynccontextmanager
async def httpx_over_aiohttp(url: str, in_flight: int) -> AsyncIterator[Fetch]:
    transport = AiohttpTransport(limits=httpx.Limits(max_connections=in_flight))
    async with httpx.AsyncClient(transport=transport, timeout=60) as client:
        yield lambda: client.get(url)


@asynccontextmanager
async def bare_aiohttp(url: str, in_flight: int) -> AsyncIterator[Fetch]:
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=in_flight)) as session:

        async def fetch() -> bytes:
            async with session.get(url) as answer:
                return await answer.read()

        yield fetch


CLIENTS = {"httpx": plain_httpx, "httpx over aiohttp": httpx_over_aiohttp, "aiohttp": bare_aiohttp}


def main(options: Options) -> None:
    ready: multiprocessing.Queue[str] = multiprocessing.Queue()
    stop = multiprocessing.Event()
    server = multiprocessing.Process(target=serve, args=(ready, stop), daemon=True)
    server.start()
    try:
        report(asyncio.run(measure(ready.get(timeout=20), options.runs)))
    finally:
        stop.set()
        server.join(5)
        server.terminate()


async def measure(url: str, runs: int) -> dict[tuple[str, int], list[float]]:
    rates: dict[tuple[str, int], list[float]] = {}
    for _ in range(runs):
        for in_flight in IN_FLIGHT:
            for name, client in CLIENTS.items():
                async with client(url, in_flight) as fetch:
                    rates.setdefault((name, in_flight), []).append(await rate(fetch, in_flight))
    return rates


async def rate(fetch: Fetch, in_flight: int) -> float:
    """Requests per second."""
    left = iter(range(REQUESTS if in_flight > 1 else 100))
    sent = 0

    async def work() -> None:
        nonlocal sent
        for _ in left:
            await fetch()
            sent += 1

    started = time.perf_counter()
    await asyncio.gather(*(work() for _ in range(in_flight)))
    return sent / (time.perf_counter() - started)


def report(rates: dict[tuple[str, int], list[float]]) -> None:
    print(f"  {'in flight':>9}  " + "  ".join(f"{name:>26}" for name in CLIENTS))
    for in_flight in IN_FLIGHT:
        base = statistics.median(rates["httpx", in_flight])
        cells = []
        for name in CLIENTS:
            runs = rates[name, in_flight]
            median = statistics.median(runs)
            cells.append(f"{median:6.0f}/s ({min(runs):.0f}-{max(runs):.0f}) x{median / base:.1f}".rjust(26))
        print(f"  {in_flight:>9}  " + "  ".join(cells))


def serve(ready: Any, stop: Any) -> None:
    async def answer(_: web.Request) -> web.Response:
        await asyncio.sleep(THINK_SECONDS)
        return web.json_response(BODY)

    async def run() -> None:
        app = web.Application()
        app.router.add_get("/", answer)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        ready.put(f"http://127.0.0.1:{runner.addresses[0][1]}/")
        while not stop.is_set():
            await asyncio.sleep(0.1)

    asyncio.run(run())
