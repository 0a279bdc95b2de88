"""Canary tokens in fuzzed answers, headers and exceptions reach no sink (invariant I6).

Each case is one call of the real client, answered by a provider that says a secret value somewhere, or ended by an
exception that does. What comes of it goes where the operator sends such things: the exception's own text, the words of
a condition, the status of an endpoint and of an account, an Event, log lines with tracebacks, metrics.

What no redaction can promise is left out: values that were reversed, cut by the sender, split by markup inside a text,
or encoded in a way that `core.redact` does not name (rot13, hexadecimal, a second base64, a wrong character set).
"""

import io
import logging
import random
import traceback
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import aiohttp
import httpx
import pytest
import stamina
import structlog
from tests.e2e_errors import canaries
from tests.e2e_errors.canaries import leaks, spellings
from tests.providers.remote import ALWAYS_THERE, CLAIM, connect, every
from tests.runtime.test_telemetry import clean_logging

from inference_operator.api.account import AccountStatus
from inference_operator.core import account_refusals, account_status, redact
from inference_operator.core.errors import Operation, ProviderError
from inference_operator.core.failures import Failure, failure_of
from inference_operator.core.observation import Observation, State
from inference_operator.core.text import plain
from inference_operator.kube import errors as kube_errors
from inference_operator.kube.events import EventRecorder
from inference_operator.providers.base import Change
from inference_operator.providers.huggingface.client import HuggingFaceConnection
from inference_operator.runtime.memory import Memory
from inference_operator.runtime.outputs import Outputs
from inference_operator.runtime.status_redaction import redacted
from inference_operator.runtime.telemetry.logging import configure, get_logger
from inference_operator.runtime.telemetry.metrics import Metrics

__all__ = ["clean_logging"]

SAMPLE, ALL = 1_000, 100_000
_BATCH = 500
_READ = 64 * 1024
"""Characters of an answer that are looked at; a value that lies across the border must not be shown in part."""

_NAMESPACES = ("team-a",)
"""Where the Secrets are that hold the values."""

_NOW = datetime(2026, 1, 1, tzinfo=UTC)
_SEEN = Observation("n", "2026-01-01T00:00:00Z", State.RUNNING, {})
_CALLS: tuple[Callable[[HuggingFaceConnection], Any], ...] = (
    every,
    lambda api: api.get("n"),
    lambda api: api.catalogue(),
    lambda api: api.create("n", ALWAYS_THERE, claim=CLAIM),
    lambda api: api.update("n", Change({"type": "public"}, CLAIM, _SEEN)),
    lambda api: api.switch("n", Operation.PAUSE),
    lambda api: api.delete("n"),
    lambda api: api.replicas("n"),
    lambda api: api.open_metrics("n"),
)
_STATUSES = (200, 201, 301, 307, 400, 401, 402, 403, 404, 409, 422, 429, 451, 500, 501, 502, 503, 599)
_HEADERS = ("X-Error-Message", "Location", "Retry-After", "RateLimit", "WWW-Authenticate", "Set-Cookie", "X-Request-Id")


class Provider(httpx.AsyncBaseTransport):
    """Answers as it was told, or raises."""

    def __init__(self) -> None:
        self.outcome: httpx.Response | Exception = httpx.Response(200)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if isinstance(self.outcome, Exception):
            raise self.outcome
        return self.outcome


@dataclass
class Fuzzer:
    """Makes outcomes of calls that say a secret value; the same for the same seed."""

    dice: random.Random

    def outcome(self) -> httpx.Response | Exception:
        """An answer, or an exception in place of one."""
        said = self._said()
        if self.dice.random() < 0.15:
            return self._exception(said)
        headers = {"Content-Type": "application/json"}
        while self.dice.random() < 0.4:
            headers[self.dice.choice(_HEADERS)] = self._header(self._said())
        shape = self.dice.choice(_WIDE if self.dice.random() < 0.01 else _SHAPES)
        return httpx.Response(self.dice.choice(_STATUSES), headers=headers, content=shape(self, said).encode())

    def _said(self) -> str:
        value = self.dice.choice(canaries.ALL)
        return self.around(self.dice.choice(spellings(value)))

    def around(self, text: str) -> str:
        """The text as part of a sentence, perhaps more than once."""
        before = self.dice.choice(
            ("", "bad value ", "Bearer ", "token=", "https://u:", "{'token': '", "\x1b[31m\r\n", "é ")
        )
        after = self.dice.choice(("", " given", "&x=1", "@host/path", "'}", "\n", ". " + "y" * self.dice.randrange(40)))
        return (before + text + after) * self.dice.choice((1, 1, 1, 1, 2, 5))

    def _header(self, text: str) -> str:
        # What a header can't hold comes as nothing: no server could send it.
        return text.encode("ascii", "ignore").decode() if text.isascii() and text.isprintable() else ""

    def _exception(self, said: str) -> Exception:
        request = httpx.Request("GET", "http://provider/")
        kinds: tuple[Callable[[], Exception], ...] = (
            lambda: httpx.ConnectError(said, request=request),
            lambda: httpx.ReadTimeout(said, request=request),
            lambda: httpx.RemoteProtocolError(said, request=request),
            lambda: httpx.InvalidURL(said),
            lambda: aiohttp.ClientPayloadError(said),
            lambda: OSError(1, said, said),
            lambda: KeyError(said),
            lambda: RuntimeError({"headers": {"Authorization": said}, said: [said]}),
            lambda: UnicodeDecodeError("utf-8", said.encode(), 0, 1, said),
        )
        error = self.dice.choice(kinds)()
        if self.dice.random() < 0.5:
            error.__cause__ = self.dice.choice(kinds)()
        if self.dice.random() < 0.3:
            error.add_note(said)
        return error


def _json(text: Any) -> str:
    return httpx.Response(200, json=text).text


_SHAPES: tuple[Callable[[Fuzzer, str], str], ...] = (
    lambda f, said: _json({"error": said}),
    lambda f, said: _json({"message": said, "code": 7}),
    lambda f, said: _json({"detail": [said, {"value": said}]}),
    lambda f, said: _json({"error": {"message": said}}),
    lambda f, said: _json({"errors": [f.around("x"), said]}),
    lambda f, said: _json({"items": [{"name": "n", "status": _status(said)}], "nextCursor": None}),
    lambda f, said: _json({"name": "n", "status": _status(said), "model": {"revision": said, "task": said}}),
    lambda f, said: _json([said]),
    lambda f, said: said,
    lambda f, said: f'{{"error": "{said}',
    lambda f, said: f"<html><body><b>{said[:20]}</b><i>{said[20:]}</i></body></html>",
    lambda f, said: _json({"error": "x" * f.dice.randrange(900, 1100) + said}),
    lambda f, said: "[" * 3000 + said,
)

_WIDE: tuple[Callable[[Fuzzer, str], str], ...] = (
    lambda f, said: _json({"error": "\n" * (_READ - f.dice.randrange(1, 60)) + said}),
    lambda f, said: "\t" * (_READ - f.dice.randrange(1, 60)) + said,
)
"""Answers in which a value lies across the border of what is looked at; rare, as each takes long."""


def _status(said: str) -> dict[str, Any]:
    moment = "2026-01-01T00:00:00Z"
    actor = {"id": said, "name": said}
    words = {"message": said, "errorMessage": said, "url": f"https://x/{said}", "createdBy": actor, "updatedBy": actor}
    return {"state": "failed", "createdAt": moment, "updatedAt": moment, **words}


def _shown(status: dict[str, Any]) -> dict[str, Any]:
    return redacted(status, _NAMESPACES)


@dataclass
class Recorder:
    """Stands for the API server: keeps the bodies of Events."""

    bodies: list[str] = field(default_factory=list)

    async def create(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        self.bodies.append(f"{path} {body}")
        return body

    async def patch(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        return await self.create(path, body)


@dataclass
class Sinks:
    """Everything that people and machines read, of one batch."""

    log: io.StringIO
    metrics: Metrics = field(default_factory=Metrics)
    server: Recorder = field(default_factory=Recorder)
    texts: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.events = EventRecorder(self.server, "inference-operator", "test")
        self.outputs = Outputs(session=None, events=self.events)

    def count(self, operation: str, code: int, seconds: float) -> None:
        """What the client reports of each request."""
        self.metrics.remote_request("huggingFace", operation, code, seconds)

    def failed(self, error: ProviderError, number: int) -> None:
        """A call failed, as the reconciler and the observer tell it."""
        self.texts += [str(error), repr(error)]
        failure = failure_of(error)
        ways = (
            lambda: failure,
            lambda: account_refusals.not_ready(failure, "hf"),
            lambda: account_refusals.credentials_lost(failure),
        )
        self.told(ways[number % len(ways)](), number)
        if number % 10 == 0:
            self.texts += traceback.format_exception(error)
        get_logger("test").warning(
            "call failed", error=str(error), reason=failure.reason, exc_info=error if number % 10 == 1 else None
        )

    def told(self, failure: Failure, number: int) -> None:
        """A failure is put into conditions, an Event and the account's status."""
        self.texts.append(str(_shown({"conditions": [{"message": failure.message}], "message": failure.message})))
        obj = {"apiVersion": "a/v1", "kind": "K", "metadata": {"namespace": "a", "name": f"n{number}", "uid": "u"}}
        memory = Memory.of({**obj, "spec": {}, "status": {}}, now=0.0)
        scene = SimpleNamespace(obj=obj, secrets_from=_NAMESPACES)
        self.outputs.ended(scene, failure, memory)
        status = account_status.status(AccountStatus(), failure, generation=1, usage=None, now=_NOW)
        self.texts.append(str(redact.data(status)))

    def seen(self, found: Any) -> None:
        """A call succeeded: what it showed goes into a status."""
        for one in found if isinstance(found, list) else [found]:
            if isinstance(one, Observation):
                by = {"id": one.created_by.id, "name": one.created_by.name} if one.created_by else None
                words = {"message": one.message, "errorMessage": one.error_message, "url": one.url, "createdBy": by}
                self.texts.append(str(_shown({**words, "effective": dict(one.effective)})))

    def broke(self, error: Exception) -> None:
        """A defect: nothing but the log says it."""
        get_logger("test").error("unexpected error", exc_info=error, error=repr(error), said=error)
        logging.getLogger("library").warning("failed: %s", error)
        answer = kube_errors.from_response(422, f'{{"message": "{error!r}"}}'.encode(), {})
        get_logger("test").warning("not written", error=str(answer), line=plain(str(error)))

    async def everything(self) -> str:
        """All of it as one text."""
        await self.events.close(deadline=10)
        return "\n".join([*self.texts, self.log.getvalue(), *self.server.bodies, self.metrics.render().decode()])


async def _fuzz(seed: int, count: int) -> str:
    """Play a batch, and return everything that is to be read afterwards."""
    log = io.StringIO()
    configure(stream=log, level="DEBUG")
    sinks, fuzzer, provider = Sinks(log), Fuzzer(random.Random(seed)), Provider()
    connection = connect("http://provider", token=canaries.TOKEN, on_request=sinks.count)
    await connection._http._client.aclose()
    connection._http._client = httpx.AsyncClient(base_url="http://provider", transport=provider)
    for number in range(count):
        provider.outcome = fuzzer.outcome()
        try:
            sinks.seen(await fuzzer.dice.choice(_CALLS)(connection))
        except ProviderError as error:
            sinks.failed(error, number)
        except Exception as error:
            sinks.broke(error)
    await connection.aclose()
    return await sinks.everything()


@pytest.fixture
def at_once(clean_logging: None) -> Iterator[None]:
    """Reads are tried once, and every canary is known."""
    for value in canaries.ALL:
        redact.register(value, namespace=_NAMESPACES[0])
    stamina.set_testing(True, attempts=1)
    yield
    stamina.set_testing(False)
    with suppress(AttributeError):
        structlog.contextvars.clear_contextvars()


def _pieces(value: str) -> set[str]:
    """Parts of a value in all spellings, of which one is in whatever shows 15 characters of it."""
    return {one[start : start + 10] for one in spellings(value) for start in range(0, len(one) - 9, 5)}


async def _prove(seeds: range) -> None:
    said, telling = 0, {value: _pieces(value) for value in canaries.ALL}
    for seed in seeds:
        text = await _fuzz(seed, _BATCH)
        found = [value for value, pieces in telling.items() if any(piece in text for piece in pieces)]
        assert leaks(text, found)[:3] == [], f"batch {seed}"
        said += text.count(redact.MASK)
    # The values did come that far: they are masked, not absent.
    assert said > len(seeds) * _BATCH


@pytest.mark.usefixtures("at_once")
async def test_no_canary_of_a_sample_reaches_a_sink() -> None:
    await _prove(range(SAMPLE // _BATCH))


_PARTS = 4
_EACH = ALL // _BATCH // _PARTS


@pytest.mark.proof
@pytest.mark.timeout(600)
@pytest.mark.usefixtures("at_once")
@pytest.mark.parametrize("part", range(_PARTS))
async def test_no_canary_of_all_reaches_a_sink(part: int) -> None:
    await _prove(range(part * _EACH, (part + 1) * _EACH))
