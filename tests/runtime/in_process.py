"""The simulator as an httpx transport: a function call for each request.

httpx has one of its own, which spends half of its time on what no test here needs (streams, and asking at each request
whether trio is installed); with tens of thousands of histories that is minutes.
"""

from typing import Any

import httpx
from starlette.types import ASGIApp, Message


class InProcess(httpx.AsyncBaseTransport):
    """Calls an ASGI application. What it raises, as where it resets a connection, is raised here."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        body, sent = await request.aread(), _Sent()

        async def receive() -> Message:
            return {"type": "http.request", "body": body}

        await self._app(_scope(request), receive, sent)
        return httpx.Response(sent.status, headers=sent.headers, content=b"".join(sent.parts), request=request)


class _Sent:
    def __init__(self) -> None:
        self.status, self.headers, self.parts = 0, [], []

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status, self.headers = message["status"], message["headers"]
        else:
            self.parts.append(message.get("body", b""))


def _scope(request: httpx.Request) -> dict[str, Any]:
    url = request.url
    return {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": request.method,
        "headers": [(key.lower(), value) for key, value in request.headers.raw],
        "scheme": url.scheme,
        "path": url.path,
        "raw_path": url.raw_path.partition(b"?")[0],
        "query_string": url.query,
        "server": (url.host, url.port or 80),
        "client": ("127.0.0.1", 1),
        "root_path": "",
    }
