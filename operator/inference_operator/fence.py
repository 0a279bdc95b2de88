"""No write without the right to it: asked in the HTTP library itself, right before a request's first byte.

Between the decision to write and the first byte lie a pool to wait for, a name to look up, a connection and its
handshake, and the process may be frozen at any of them. So the question belongs behind all of them (invariant I8).
Both sides that are written to, the provider's and Kubernetes', ask it here.
"""

from collections.abc import Callable
from types import SimpleNamespace

import aiohttp

MayWrite = Callable[[], bool]
"""Whether this process may begin a write now. Cheap: it is asked for every one."""


class Refused(Exception):  # noqa: N818 - it is no error: the write was rightly not begun
    """A write was not begun, for its process may not write. Nothing of it was sent."""


def allowed() -> bool:
    """The `MayWrite` of a process that needs no leave."""
    return True


def trace(may_write: MayWrite, *, is_write: Callable[[str, str], bool]) -> aiohttp.TraceConfig:
    """What a `ClientSession` needs among its `trace_configs` to ask `may_write` before each write.

    `is_write` is told method and path. A request that may not begin raises `Refused`, or an error that came of one
    (`was_refused`); its connection is closed, and gives its place in the pool back.
    """
    config = aiohttp.TraceConfig()

    async def before_headers(
        _: aiohttp.ClientSession, context: SimpleNamespace, request: aiohttp.TraceRequestHeadersSentParams
    ) -> None:
        context.asks = is_write(request.method, request.url.path)
        ask(context)

    async def before_chunk(
        _: aiohttp.ClientSession, context: SimpleNamespace, __: aiohttp.TraceRequestChunkSentParams
    ) -> None:
        # aiohttp holds the headers back until the body's first chunk, which a task of its own writes. A later chunk
        # belongs to a write that has begun.
        ask(context)
        context.asks = False

    def ask(context: SimpleNamespace) -> None:
        if context.asks and not may_write():
            raise Refused

    # Their names say "sent"; both are signalled before the bytes are. tests/providers/test_fence.py counts the bytes.
    config.on_request_headers_sent.append(before_headers)
    config.on_request_chunk_sent.append(before_chunk)
    return config


def was_refused(error: BaseException | None) -> bool:
    """Whether an error that an HTTP library raised comes of a `Refused`."""
    while error is not None:
        if isinstance(error, Refused):
            return True
        error = error.__cause__
    return False
