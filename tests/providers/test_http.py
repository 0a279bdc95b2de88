"""The one layer that speaks HTTP: what it never does, whatever a server answers."""

import asyncio
import traceback
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
import stamina
from tests.providers.remote import ALWAYS_THERE, CLAIM, TOKEN, connect, every
from tests.support.eventually import eventually

from inference_operator.core.errors import ErrorKind, Operation, ProviderError
from inference_operator.core.observation import Observation, State
from inference_operator.providers.base import Change

SEEN = Observation("n", "t", State.RUNNING, {})
CALLS = {
    "list": every,
    "get": lambda api: api.get("n"),
    "create": lambda api: api.create("n", ALWAYS_THERE, claim=CLAIM),
    "update": lambda api: api.update("n", Change({"type": "public"}, CLAIM, SEEN)),
    "pause": lambda api: api.switch("n", Operation.PAUSE),
    "resume": lambda api: api.switch("n", Operation.RESUME),
    "release": lambda api: api.release("n", SEEN),
    "delete": lambda api: api.delete("n"),
}
READS = {"list", "get"}
Respond = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


class Server:
    """A server that answers every request with the same bytes, and counts."""

    def __init__(self) -> None:
        self.answer = b""
        self.hang = False
        self.drip: float | None = None
        self.requests: list[bytes] = []
        self.at_once = self.most_at_once = self.hanging = 0

    def respond(self, status: int, body: bytes = b"", **headers: str) -> None:
        named = {"Content-Length": str(len(body)), "Content-Type": "application/json", "Connection": "close"}
        lines = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in (named | headers).items())
        self.answer = f"HTTP/1.1 {status} X\r\n{lines}\r\n".encode() + body

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            self.requests.append(await reader.readuntil(b"\r\n\r\n"))
            await asyncio.sleep(0.02)
            if self.hang:
                self.hanging += 1
                await reader.read()
            pieces = [self.answer] if self.drip is None else [bytes([one]) for one in self.answer]
            for piece in pieces:
                writer.write(piece)
                await writer.drain()
                await asyncio.sleep(self.drip or 0)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            self.at_once -= 1
            writer.close()


@pytest.fixture(autouse=True)
def _no_waiting():
    with stamina.set_testing(True, attempts=3, cap=True):
        yield


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    one = Server()
    listening = await asyncio.start_server(one.serve, "127.0.0.1", 0)
    one.url = f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}"
    yield one
    listening.close()


async def failed(server, call, **options) -> ProviderError:
    api = connect(server.url, **options)
    try:
        with pytest.raises(ProviderError) as caught:
            await CALLS[call](api)
        return caught.value
    finally:
        await api.aclose()


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("status", [301, 302, 307, 308])
async def test_no_redirect_is_followed(server, call, status):
    server.respond(status, Location=f"{server.url}/elsewhere")
    error = await failed(server, call)
    assert error.kind is ErrorKind.MALFORMED
    assert all(b"elsewhere" not in request for request in server.requests)
    assert len(server.requests) == 1


BODIES = {
    "a page": b"<html>hello</html>",
    "nothing": b"",
    "a list": b"[]",
    "no endpoint": b"{}",
    "half an answer": b'{"name": "n", "sta',
    "no text": b"\xff\xfe\x00\x9f",
    "very deep": b"[" * 200_000,
}


@pytest.mark.parametrize("call", sorted(set(CALLS) - {"delete"}))
@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
async def test_a_success_that_is_not_what_the_contract_says(server, call, body):
    server.respond(200, body)
    error = await failed(server, call)
    assert error.kind is (ErrorKind.MALFORMED if call in READS else ErrorKind.AMBIGUOUS)


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("answer", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{", b"nonsense\r\n\r\n"])
async def test_without_a_whole_answer_a_read_is_retried_and_a_write_is_ambiguous(server, call, answer):
    server.answer = answer
    error = await failed(server, call)
    assert error.kind is (ErrorKind.UNAVAILABLE if call in READS else ErrorKind.AMBIGUOUS)
    assert error.status is None
    assert len(server.requests) == (3 if call in READS else 1)


@pytest.mark.parametrize("call", CALLS)
async def test_without_an_answer_in_time(server, call):
    server.hang = True
    error = await failed(server, call, timeout=0.15)
    assert error.kind is (ErrorKind.UNAVAILABLE if call in READS else ErrorKind.AMBIGUOUS)
    assert error.message == "no answer in time"
    assert len(server.requests) == (3 if call in READS else 1)


@pytest.mark.parametrize("call", CALLS)
async def test_an_answer_that_comes_drop_by_drop_is_not_waited_for_without_end(server, call):
    server.respond(200, b"[" + b" " * 10_000 + b"]")
    server.drip = 0.02
    async with asyncio.timeout(60):
        error = await failed(server, call, timeout=0.3)
    assert error.kind is (ErrorKind.UNAVAILABLE if call in READS else ErrorKind.AMBIGUOUS)
    assert error.message == "no answer in time"
    assert len(server.requests) == (3 if call in READS else 1)


@pytest.mark.parametrize("call", ["get", "create"])
async def test_without_a_server(call, unused_tcp_port):
    api = connect(f"http://127.0.0.1:{unused_tcp_port}")
    with pytest.raises(ProviderError) as caught:
        await CALLS[call](api)
    assert caught.value.kind is (ErrorKind.UNAVAILABLE if call in READS else ErrorKind.AMBIGUOUS)
    await api.aclose()


@pytest.mark.parametrize("status", [500, 502, 503])
async def test_a_server_error_is_tried_again_for_a_read_and_never_for_a_write(server, status):
    server.respond(status, b"<html>oops</html>")
    assert (await failed(server, "get")).kind is ErrorKind.UNAVAILABLE
    assert len(server.requests) == 3
    assert (await failed(server, "create")).kind is ErrorKind.UNAVAILABLE
    assert len(server.requests) == 4


async def test_calls_under_way_at_once_are_bounded(server):
    server.respond(404)
    api = connect(server.url, in_flight=3)
    assert await asyncio.gather(*(api.get(f"n{number}") for number in range(12))) == [None] * 12
    await api.aclose()
    assert len(server.requests) == 12
    assert server.most_at_once == 3


async def test_a_page_that_hangs_takes_no_place_and_no_time_of_other_calls(server):
    server.hang = True
    api = connect(server.url, in_flight=1, timeout=5)
    page = asyncio.create_task(every(api))
    await eventually(lambda: server.hanging)
    server.hang = False
    server.respond(404)
    assert await api.get("n") is None
    assert not page.done()
    page.cancel()
    await asyncio.wait([page])
    await api.aclose()


async def test_what_is_in_line_when_a_connection_is_closed_is_answered(server):
    server.respond(404)
    api = connect(server.url, in_flight=1)
    asked = [asyncio.create_task(api.get(f"n{number}")) for number in range(5)]
    await asyncio.sleep(0)
    await api.aclose()
    assert await asyncio.gather(*asked) == [None] * 5


@pytest.mark.parametrize("call", ["get", "create"])
async def test_what_comes_after_it_is_closed_ends_and_is_not_sent(server, call):
    api = connect(server.url, in_flight=2)
    await api.aclose()
    with pytest.raises(ProviderError) as caught:
        await asyncio.wait_for(CALLS[call](api), timeout=20)
    assert (caught.value.kind, caught.value.sent) == (ErrorKind.UNAVAILABLE, False)
    assert server.requests == []


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("answer", ["none", "page", "echo", "redirect"])
async def test_the_token_is_sent_and_is_in_no_exception(server, call, answer):
    match answer:
        case "page":
            server.respond(500, b"<html>")
        case "echo":
            server.respond(401, b'{"error": "bad token"}')
        case "redirect":
            server.respond(302, Location="/x")
    error = await failed(server, call)
    assert all(f"Bearer {TOKEN}".encode() in request for request in server.requests)
    told = [str(error), repr(error), repr(error.args), repr(vars(error))]
    told += traceback.TracebackException.from_exception(error, capture_locals=False).format()
    linked: BaseException | None = error
    while linked is not None:
        told += [str(linked), repr(linked)]
        linked = linked.__cause__ or (None if linked.__suppress_context__ else linked.__context__)
    assert TOKEN not in "".join(told)


async def test_every_request_is_told_to_the_metrics(server):
    told = []
    api = connect(server.url, on_request=lambda *one: told.append(one))
    server.respond(404)
    await api.get("n")
    server.respond(500)
    with pytest.raises(ProviderError):
        await api.create("n", {}, claim=CLAIM)
    server.answer = b""
    with pytest.raises(ProviderError):
        await api.delete("n")
    await api.aclose()
    assert [(operation, code) for operation, code, _ in told] == [("get", 404), ("create", 500), ("delete", 0)]
    assert all(seconds >= 0 for _, _, seconds in told)


async def test_a_name_from_a_spec_leads_nowhere_else(server):
    server.respond(404)
    api = connect(server.url, namespace="a/../b")
    await api.get("../../secret?x=1")
    await api.aclose()
    (request,) = server.requests
    assert request.startswith(b"GET /v2/endpoint/a%2F..%2Fb/..%2F..%2Fsecret%3Fx=1 HTTP/1.1")
