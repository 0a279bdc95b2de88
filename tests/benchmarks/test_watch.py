"""What the benchmarks count by goes on where the API server ends a watch."""

import json

import aiohttp
from aiohttp import web
from benchmarks.scale.kube import Kube


async def test_a_watch_that_is_ended_or_refused_is_begun_anew_where_it_was() -> None:
    begun = 0

    async def answer(request: web.Request) -> web.StreamResponse:
        nonlocal begun
        if "watch" not in request.query:
            return web.json_response({"metadata": {"resourceVersion": "1"}})
        begun += 1
        if begun == 2:
            return web.json_response({"kind": "Status", "reason": "TooManyRequests"}, status=429)
        version = int(request.query["resourceVersion"]) + 1
        seen = {"metadata": {"name": f"n{version}", "resourceVersion": str(version)}}
        stream = web.StreamResponse()
        await stream.prepare(request)
        await stream.write(json.dumps({"type": "MODIFIED", "object": seen}).encode() + b"\n")
        return stream

    app = web.Application()
    app.router.add_get("/{path:.*}", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    async with (
        aiohttp.ClientSession(f"http://127.0.0.1:{runner.addresses[0][1]}") as http,
        Kube(http).watching("/x", lambda _: True) as watch,
    ):
        await watch.until(3, seconds=30)
    assert sorted(watch.since) == ["n2", "n3", "n4"]
    assert begun >= 4
    await runner.cleanup()
