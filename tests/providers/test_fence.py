"""I8 at the provider: no byte of a write leaves a process that may not write, wherever the write was waiting."""

import asyncio
from collections.abc import AsyncIterator, Callable

import pytest
from tests.providers.remote import ALWAYS_THERE, CLAIM, connect

from inference_operator.core.errors import ErrorKind, Operation, ProviderError
from inference_operator.core.observation import Observation, State
from inference_operator.providers import http
from inference_operator.providers.base import Change

SEEN = Observation("n", "t", State.RUNNING, {})
WRITES = {
    "create": lambda api: api.create("n", ALWAYS_THERE, claim=CLAIM),
    "update": lambda api: api.update("n", Change({"type": "public"}, CLAIM, SEEN)),
    "pause": lambda api: api.switch("n", Operation.PAUSE),
    "resume": lambda api: api.switch("n", Operation.RESUME),
    "release": lambda api: api.release("n", SEEN),
    "delete": lambda api: api.delete("n"),
}
CLOSED: Callable[[], bool] = lambda: False  # noqa: E731 - a value, as True is


class Server:
    """Counts every byte that reaches it, and answers 404 on connections that stay open, once `open_` is set."""

    def __init__(self) -> None:
        self.received = b""
        self.arrived = asyncio.Event()
        self.open_ = asyncio.Event()
        self.open_.set()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while chunk := await reader.read(65536):
                self.received += chunk
                self.arrived.set()
                await self.open_.wait()
                writer.write(b"HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\nContent-Type: application/json\r\n\r\n{}")
                await writer.drain()
        finally:
            writer.close()


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    one = Server()
    listening = await asyncio.start_server(one.serve, "127.0.0.1", 0)
    one.url = f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}"
    yield one
    listening.close()


async def _refused(call: str, api: object) -> None:
    with pytest.raises(ProviderError) as caught:
        await WRITES[call](api)
    assert caught.value.kind is ErrorKind.NOT_LEADING


@pytest.mark.parametrize("call", WRITES)
async def test_where_it_may_not_write_nothing_of_a_write_is_sent_and_reads_go_through(server, call):
    api = connect(server.url, in_flight=1, may_write=CLOSED)
    await _refused(call, api)
    await asyncio.sleep(0.05)
    assert server.received == b""

    # The only place in the pool is free again.
    assert await api.get("n") is None
    assert server.received.startswith(b"GET ")
    await api.aclose()


@pytest.mark.parametrize("call", WRITES)
async def test_a_write_that_waited_for_a_connection_is_not_begun_once_the_right_has_ended(server, call, monkeypatch):
    leading = True
    monkeypatch.setattr(http, "_PAGES_AT_ONCE", 0)
    api = connect(server.url, in_flight=1, may_write=lambda: leading)
    api._http._gate = asyncio.Semaphore(2)  # so that it is the pool where the second one waits
    server.open_.clear()
    before = asyncio.create_task(api.get("n"))
    await server.arrived.wait()
    waiting = asyncio.create_task(_refused(call, api))
    await asyncio.sleep(0.05)
    leading = False
    sent = server.received

    server.open_.set()
    assert await before is None
    await waiting
    await asyncio.sleep(0.05)
    assert server.received == sent
    assert await api.get("n") is None
    await api.aclose()


@pytest.mark.parametrize("call", ["create", "update"])
async def test_the_right_is_asked_for_again_right_before_the_bytes_of_a_request_with_a_body(server, call):
    answers = iter([True, False])
    api = connect(server.url, in_flight=1, may_write=lambda: next(answers))
    await _refused(call, api)
    await asyncio.sleep(0.05)
    assert server.received == b""
    assert await api.get("n") is None
    await api.aclose()


@pytest.mark.parametrize("call", WRITES)
async def test_where_it_may_write_it_does(server, call):
    asked = []
    api = connect(server.url, may_write=lambda: not asked.append(call))
    try:
        await WRITES[call](api)
    except ProviderError as error:
        assert error.kind is ErrorKind.NOT_FOUND  # noqa: PT017 - deleting what is not there succeeds
    assert server.received
    assert asked
    await api.aclose()
