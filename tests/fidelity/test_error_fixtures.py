"""What a provider says when something is wrong, and what a person reads on the resource: one table of fixtures."""

import json
import re
import uuid
from collections.abc import Awaitable, Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import httpx
import pytest
import stamina
import yaml
from starlette.responses import Response
from starlette.types import Receive, Scope, Send
from tests.core.builders import observation
from tests.providers.remote import ALWAYS_THERE, CLAIM, connect, every

from inference_operator.core.errors import Operation, ProviderError
from inference_operator.core.failures import Failure, failure_of
from inference_operator.providers.base import Change
from inference_operator.providers.huggingface.client import HuggingFaceConnection
from inference_operator.runtime import setback

ROOT = Path(__file__).parents[2]
Fixture = Mapping[str, Any]
FIXTURES: list[Fixture] = yaml.safe_load((Path(__file__).parent / "data" / "errors.yaml").read_text())["fixtures"]
OBSERVED = observation(document=ALWAYS_THERE, claims=(CLAIM,))
CALLS: dict[Operation, Callable[[HuggingFaceConnection], Awaitable[Any]]] = {
    Operation.LIST: every,
    Operation.CATALOGUE: lambda api: api.catalogue(),
    Operation.GET: lambda api: api.get("n"),
    Operation.CREATE: lambda api: api.create("n", ALWAYS_THERE, claim=CLAIM),
    Operation.UPDATE: lambda api: api.update("n", Change({"type": "public"}, CLAIM, OBSERVED)),
    Operation.DELETE: lambda api: api.delete("n"),
    **{
        power: lambda api, power=power: api.switch("n", power)
        for power in (Operation.PAUSE, Operation.RESUME, Operation.SCALE_TO_ZERO)
    },
}


class Provider:
    """Answers every request as a fixture says; each answer has ids and times of its own."""

    def __init__(self, fixture: Fixture) -> None:
        self._fixture = fixture
        self.told: list[str] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        match self._fixture.get("fails"):
            case "timeout":
                raise httpx.ReadTimeout("") from TimeoutError()
            case "connection":
                raise httpx.ConnectError("")
        await self._answer()(scope, receive, send)

    def _answer(self) -> Response:
        answer = self._fixture
        text = answer["text"] if "text" in answer else json.dumps(answer["body"])
        vary = self._varying()
        headers = {key: vary(value) for key, value in answer.get("headers", {}).items()}
        media_type = None if "text" in answer else "application/json"
        return Response(vary(text), status_code=answer["status"], headers=headers, media_type=media_type)

    def _varying(self) -> Callable[[str], str]:
        number = len(self.told)
        new = {
            "id": uuid.uuid4().hex[:12],
            "uuid": str(uuid.uuid4()),
            "hex": uuid.uuid4().hex[:24],
            "time": f"2026-11-21T09:{number % 60:02d}:00.{uuid.uuid4().int % 1000:03d}Z",
        }
        self.told += new.values()
        return lambda text: re.sub(r"\{(id|uuid|hex|time)\}", lambda found: new[found[1]], text)


@pytest.fixture(autouse=True)
def _no_waiting() -> Iterator[None]:
    with stamina.set_testing(True, attempts=2):
        yield


async def failed(fixture: Fixture, provider: Provider) -> ProviderError:
    """The error of the call that the fixture is about, told apart by a read where the operator reads."""
    api = connect("http://provider")
    http = api._http
    transport = httpx.ASGITransport(app=provider)
    await http._client.aclose()
    http._client = httpx.AsyncClient(transport=transport, base_url="http://provider")
    with pytest.raises(ProviderError) as raised:
        await CALLS[Operation(fixture["operation"])](api)
    await api.aclose()
    return setback.told_apart(raised.value) if fixture.get("after") == "absent" else raised.value


@pytest.mark.parametrize("fixture", FIXTURES, ids=lambda fixture: fixture["id"])
async def test_an_error_has_its_kind_reason_words_and_next_step(fixture):
    error = await failed(fixture, Provider(fixture))
    failure = failure_of(error)

    assert error.kind.value == fixture["kind"]
    assert (failure.reason, failure.terminal) == (fixture["reason"], fixture["terminal"])
    assert fixture["says"] in failure.message
    assert fixture["next"] in failure.message
    assert failure.retry_after == fixture.get("wait")
    assert_plain(failure)


@pytest.mark.parametrize("fixture", FIXTURES, ids=lambda fixture: fixture["id"])
async def test_the_same_error_is_the_same_text_whatever_its_ids_and_times(fixture):
    provider = Provider(fixture)
    failures = [failure_of(await failed(fixture, provider)) for _ in range(2)]

    assert failures[0] == failures[1]
    assert not [value for value in provider.told if value in failures[0].message]


def assert_plain(failure: Failure) -> None:
    """One line of whole sentences, without markup."""
    assert re.fullmatch(r"[^\x00-\x1f<>]{20,1400}\.", failure.message), failure.message
    assert ".." not in failure.message


def test_there_are_at_least_sixty_of_every_operation_and_both_endings():
    assert len({fixture["id"] for fixture in FIXTURES}) == len(FIXTURES) >= 60
    assert {fixture["operation"] for fixture in FIXTURES} == {operation.value for operation in CALLS}
    assert {fixture["terminal"] for fixture in FIXTURES} == {True, False}


def test_every_reason_is_one_word_that_is_documented():
    documented = set(re.findall(r"`(\w+)`", (ROOT / "docs" / "concepts.md").read_text()))
    reasons = {fixture["reason"] for fixture in FIXTURES}

    assert all(re.fullmatch(r"([A-Z][a-z]+)+", reason) for reason in reasons)
    assert reasons <= documented
