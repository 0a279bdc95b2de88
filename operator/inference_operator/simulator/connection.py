"""Ways to end a connection that ASGI has no words for: reset, cut in the middle of an answer, silence."""

import asyncio
import functools
import socket
import struct
from typing import cast

import anyio
import anyio.lowlevel
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

_KEY = "inference_operator.transport"
_RESET_ON_CLOSE = struct.pack("ii", 1, 0)


class Protocol(H11Protocol):
    """uvicorn's HTTP/1.1 protocol, which also tells the application its transport."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # uvicorn's
        """Bind the application to this connection's transport."""
        super().connection_made(transport)
        self.app = functools.partial(_with_transport, self.app, transport)


async def _with_transport(
    app: ASGIApp, transport: asyncio.Transport, scope: Scope, receive: Receive, send: Send
) -> None:
    scope.setdefault("extensions", {})[_KEY] = transport
    await app(scope, receive, send)


def _transport(scope: Scope) -> asyncio.Transport:
    transport = scope.get("extensions", {}).get(_KEY)
    if transport is None:
        raise ConnectionResetError("the simulator dropped the connection")
    return cast("asyncio.Transport", transport)


async def wait_for_departure(receive: Receive) -> None:
    """Return when the client has closed the connection; the request's body must have been read."""
    while (await receive())["type"] != "http.disconnect":
        await anyio.lowlevel.checkpoint()


async def silence(scope: Scope, receive: Receive) -> None:
    """Answer nothing until the client leaves; when the server stops first, just close the connection."""
    try:
        await wait_for_departure(receive)
    except asyncio.CancelledError:
        _transport(scope).abort()
        raise


async def reset(scope: Scope, receive: Receive) -> None:
    """Reset the TCP connection. In process, where there is none, raise ConnectionResetError."""
    transport = _transport(scope)
    raw: socket.socket = transport.get_extra_info("socket")
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
    transport.abort()
    await wait_for_departure(receive)


async def truncate(response: Response, scope: Scope, receive: Receive, send: Send) -> None:
    """Send the first half of an answer that announces its whole length, then close the connection."""
    await send({"type": "http.response.start", "status": response.status_code, "headers": response.raw_headers})
    half = bytes(response.body)[: len(response.body) // 2]
    await send({"type": "http.response.body", "body": half, "more_body": True})
    _transport(scope).close()
    await wait_for_departure(receive)
