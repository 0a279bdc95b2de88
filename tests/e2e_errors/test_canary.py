"""No secret value appears in anything that people or machines read (invariant I6), whatever a provider echoes.

The provider here says every secret it was sent back to the operator, in every spelling, in error bodies, in headers
and in its status texts, through a create, an update, power actions and a deletion, with failures and retries in each.
"""

import json
import traceback
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from tests.e2e.conftest import NewTeam
from tests.e2e_errors import canaries
from tests.e2e_errors.canaries import AUTH, DOCKER, ENV, PASSWORD, ROTATED, TOKEN, USERNAME, leaks, spellings
from tests.e2e_errors.failures import ask_again
from tests.e2e_errors.history import now, versions
from tests.support.operator import OperatorProcess
from tests.support.team import Object, Team, condition, ready

from inference_operator.core import redact
from inference_operator.core.errors import Operation, ProviderError
from inference_operator.providers.base import Limits, SecretKey, Site
from inference_operator.providers.huggingface.client import HuggingFaceConnection
from inference_operator.simulator import Simulator
from inference_operator.simulator.faults import Fault

pytestmark = pytest.mark.xdist_group("canary")

_IMAGE = {"url": "registry.example.com/scorer:1", "port": 9000}
_FILLER = 1015
"""Characters before an echo, so that a text that is cut at about a thousand is cut within the value."""


def _echoes(value: str) -> list[dict[str, Any]]:
    """Answers that say the value in every way: as text, as JSON, nested, in pieces of a list, in a header, cut off."""
    listed = [{"status": 400, "body": {"error": f"bad value {spelling} given"}} for spelling in spellings(value)]
    return [
        *listed,
        {"status": 400, "body": {"error": {"message": value, "detail": [value, {"value": value}]}}},
        {"status": 400, "body": {"errors": [value, {"loc": ["token"], "input": value}]}},
        {"status": 400, "body": {"error": "x" * (_FILLER - len("Authorization ")) + f"Authorization {value}"}},
        {"status": 400, "body": {"error": f"request id: {value}"}},
        {"status": 400, "text": f"Authorization: Bearer {value}"},
        {"status": 400, "text": "", "headers": {"X-Error-Message": f"bad {value}"}},
    ]


@dataclass(frozen=True)
class Life:
    """What was left to read after the whole of it."""

    team: Team
    texts: dict[str, str]
    arrived: dict[str, Any]
    users: set[str | None]


@pytest.fixture(scope="module")
def life(new_team: NewTeam, operator: OperatorProcess) -> Iterator[Life]:
    with new_team() as team:
        _furnish(team)
        texts, since = dict[str, str](), now(team)
        _live(team, texts)
        arrived = {name: remote["model"] for name, remote in team.remotes().items()}
        users = {request.user for request in team.requests()}
        texts |= _process(operator)
        _end(team, texts)
        texts |= {f"{kind}s": json.dumps(versions(team, since=since, kind=kind)) for kind in ("endpoint", "account")}
        texts |= {"log": operator.log, "metrics at the end": operator.metrics()}
        yield Life(team, texts, arrived, users)


def _furnish(team: Team) -> None:
    team.sim.tokens.accept_any = False
    team.sim.tokens.add(TOKEN, user="first")
    team.sim.tokens.add(ROTATED, user="second")
    team.secret("hf", token=TOKEN)
    team.secret("hub", token=ENV)
    team.secret("registry", username=USERNAME, password=PASSWORD)
    team.secret("docker", **{".dockerconfigjson": json.dumps({"auths": {"registry.example.com": {"auth": AUTH}}})})


def _manifests(team: Team) -> list[Object]:
    secrets = {"secrets": {"HUB": {"secretKeyRef": {"name": "hub", "key": "token"}}}}

    def image(secret: str) -> dict[str, Any]:
        return {"image": {"custom": {**_IMAGE, "credentialsSecretRef": {"name": secret}}}}

    scaling = {"compute": {"scaling": {"scaleToZeroTimeout": 60}}}
    return [
        team.manifest("env", state="running", huggingFace={"model": secrets, **scaling}),
        team.manifest("registry", state="running", huggingFace={"model": {**image("registry"), **secrets}, **scaling}),
        team.manifest("docker", state="running", huggingFace={"model": image("docker"), **scaling}),
    ]


_NAMES = ("env", "registry", "docker")
_KNOWN = tuple(value for value in canaries.ALL if value != ROTATED)
"""What the operator has read from the beginning."""
_LISTED = (ROTATED, ENV, DOCKER)
"""What the provider says to the account itself."""


def _live(team: Team, texts: dict[str, str]) -> None:
    """Create, update, switch: each fails with echoes first; the cluster is read while the echoes are on show."""
    _plan(team, "create")
    team.apply(*_manifests(team))
    _provoke(team, "create")
    _plan(team, "update", slice(0, None, 5))
    _provoke(team, "update")
    _plan(team, "pause", slice(1, None, 6))
    for name in _NAMES:
        team.patch(name, {"spec": {"state": "paused"}})
    _provoke(team, "pause")
    team.secret("hf", token=ROTATED)
    team.sim.tokens.revoke(TOKEN)
    team.until(lambda: team.requests()[-1].user == "second", "the other token is in use")
    _talk(team, texts)


def _plan(team: Team, operation: str, echoes: slice = slice(None)) -> None:
    for value in _KNOWN:
        for echo in _echoes(value)[echoes]:
            team.sim.faults.add(Fault(operation=operation, namespace=team.namespace, times=1, **echo))


def _provoke(team: Team, operation: str) -> None:
    """Change the spec until every echo was said; then all is well."""
    rounds = 0
    while any(fault.times for fault in team.sim.faults.list() if fault.operation == operation):
        rounds += 1
        assert rounds <= len(_KNOWN) * len(_echoes(TOKEN)), f"{operation} is not tried"
        for name in _NAMES:
            team.edit(name, model={"env": {operation: str(rounds)}})
        team.wait_all(_NAMES, _answered)
    for name in _NAMES:
        team.edit(name, model={"env": {operation: "done"}})
    team.wait_all(_NAMES, ready)


def _answered(obj: Object) -> bool:
    found = condition(obj, "Ready")
    return found is not None and found["observedGeneration"] == obj["metadata"]["generation"]


def _talk(team: Team, texts: dict[str, str]) -> None:
    """The provider says the values in its status texts, and in what it shows of the configuration."""
    for values in (canaries.ALL[:3], canaries.ALL[3:]):
        for name, value in zip(_NAMES, values, strict=False):
            said = f"failed with {value} and {spellings(value)[-1]}"
            team.change_remotely(name, state="failed", message="y" * _FILLER + value, errorMessage=said)
        team.await_polls(3)
    credentials = f"https://{USERNAME}:{PASSWORD}@registry.example.com/scorer:2"
    team.change_remotely("docker", model={"image": {"custom": {**_IMAGE, "url": credentials}}})
    for value in _LISTED:
        echo = {"status": 403, "body": {"error": f"no scope: {value}"}}
        team.sim.faults.add(Fault(operation="list", namespace=team.namespace, times=1, **echo))
    team.await_polls(len(_LISTED) + 2)
    texts |= _cluster(team, "alive")


def _end(team: Team, texts: dict[str, str]) -> None:
    """Deletions fail with echoes, are shown, and succeed."""
    for value in canaries.ALL:
        for echo in ({"status": 403, "body": {"error": value}}, {"status": 500, "text": value}):
            team.sim.faults.add(Fault(operation="delete", namespace=team.namespace, times=1, **echo))
    for name in _NAMES:
        team.delete(name)
    team.wait_all(_NAMES, lambda obj: condition(obj, "Ready")["reason"] in {"PermissionDenied", "ProviderUnavailable"})
    texts |= _cluster(team, "deleting")
    team.sim.faults.clear()
    for name in _NAMES:
        ask_again(team, name, "delete")
    team.until(lambda: not team.endpoints(), "all are gone")
    texts |= _cluster(team, "gone")


def _cluster(team: Team, when: str) -> dict[str, str]:
    """Every object of every kind, Secrets apart."""
    listed = team.kubectl("api-resources", "--verbs=list", "--output=name").stdout.split()
    kinds = [kind for kind in listed if kind != "secrets"]
    assert {"events", "events.events.k8s.io", "configmaps", "leases.coordination.k8s.io"} <= set(kinds)
    shown = team.kubectl(
        "get", ",".join(kinds), "--all-namespaces", "--output=json", "--show-managed-fields", "--ignore-not-found"
    )
    return {f"cluster while {when}": shown.stdout}


def _process(operator: OperatorProcess) -> dict[str, str]:
    process = Path("/proc") / str(operator.pid)
    return {
        "metrics": operator.metrics(),
        "arguments": (process / "cmdline").read_text(),
        "environment": (process / "environ").read_text(),
    }


def test_the_secrets_did_arrive_at_the_provider(life: Life) -> None:
    # None: a read that was under way with the token that was being revoked.
    assert life.users - {None} == {"first", "second"}
    assert life.arrived["env"]["secrets"] == {"HUB": ENV}
    assert life.arrived["registry"]["image"]["custom"]["credentials"] == {"username": USERNAME, "password": PASSWORD}
    assert "docker" in life.arrived


def test_what_the_provider_said_did_reach_the_resources(life: Life) -> None:
    assert "bad value *** given" in "".join(life.texts.values())
    assert "remote change" in life.texts["log"]


@pytest.mark.parametrize("kind", ["endpoints", "accounts", "cluster", "metrics", "arguments", "environment", "log"])
@pytest.mark.parametrize(
    "value", canaries.ALL, ids=["token", "rotated-token", "env", "registry", "dockerconfigjson", "auth"]
)
def test_no_secret_value_is_to_be_read(life: Life, kind: str, value: str) -> None:
    texts = {name: text for name, text in life.texts.items() if name.startswith(kind)}

    assert texts
    assert {name: found[:3] for name, text in texts.items() if (found := leaks(text, [value]))} == {}


@pytest.mark.parametrize("echo", range(len(_echoes(TOKEN))))
async def test_an_exception_says_no_secret_value(echo: int) -> None:
    redact.register(TOKEN)
    with Simulator.start() as simulator:
        simulator.huggingface.tokens.add(TOKEN)
        simulator.huggingface.faults.add(Fault(operation="create", **_echoes(TOKEN)[echo]))
        site = Site(simulator.url, "team", (SecretKey("token", "hf", "token"),))
        connection = HuggingFaceConnection(
            site, {"token": TOKEN}, limits=Limits(1, 5), on_request=lambda operation, code, seconds: None
        )
        try:
            with pytest.raises(ProviderError) as caught:
                await connection.create("x", {}, claim="iop1-x")
        finally:
            await connection.aclose()

    assert caught.value.operation is Operation.CREATE
    said = "".join([str(caught.value), repr(caught.value), *traceback.format_exception(caught.value)])
    assert leaks(said, [TOKEN]) == []
