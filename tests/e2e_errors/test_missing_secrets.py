"""A Secret that an endpoint names and that is not there, or not right: said by name, and over once it is."""

import base64
import json
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest
from tests.e2e.conftest import NewTeam
from tests.e2e_errors.history import contradictions, now, showing, versions
from tests.support.team import Object, Team, condition, ready

pytestmark = pytest.mark.xdist_group("missing-secrets")

_HEALED_WITHIN = 15
"""Seconds: a person who made the Secret is looking at the screen."""
_CUSTOM = {"url": "registry.example.com/scorer:1", "port": 9000}
_LOGIN = {"username": "robot", "password": "registry-password"}
_ENV = {"secrets": {"HUB": {"secretKeyRef": {"name": "(its own)", "key": "token"}}}}
_REGISTRY = {"image": {"custom": {**_CUSTOM, "credentialsSecretRef": {"name": "(its own)"}}}}


def _docker(auths: Any) -> dict[str, str]:
    return {".dockerconfigjson": json.dumps({"auths": auths})}


@dataclass(frozen=True, eq=False)
class Case:
    """`before` and `after`: what the Secret holds, None where it does not exist. `model`: what names the Secret."""

    id: str
    reason: str
    says: tuple[str, ...]
    model: Mapping[str, Any] = field(default_factory=lambda: _ENV)
    before: Mapping[str, str] | None = None
    after: Mapping[str, str] = field(default_factory=lambda: {"token": "hub-token-value"})


CASES = (
    Case("env-missing", "SecretNotFound", ("does not exist", "/model/secrets/HUB", "Create it")),
    Case(
        "env-lacks-the-key",
        "SecretNotFound",
        ("has no key 'token'", "/model/secrets/HUB", "Add the key"),
        before={"other": "x"},
    ),
    Case("registry-missing", "SecretNotFound", ("does not exist", "/model/image"), _REGISTRY, after=_LOGIN),
    Case(
        "registry-lacks-the-password",
        "SecretNotFound",
        ("has no key 'password'", "/model/image", "Add the key"),
        _REGISTRY,
        before={"username": "robot"},
        after=_LOGIN,
    ),
    Case(
        "registry-is-no-json",
        "SecretInvalid",
        ("its .dockerconfigjson can't be read",),
        _REGISTRY,
        before={".dockerconfigjson": "{not json"},
        after=_docker({"registry.example.com": _LOGIN}),
    ),
    Case(
        "registry-has-no-login",
        "SecretInvalid",
        ("its .dockerconfigjson can't be read",),
        _REGISTRY,
        before=_docker({}),
        after=_docker({"registry.example.com": {"auth": base64.b64encode(b"robot:registry-password").decode()}}),
    ),
    Case(
        "registry-names-two",
        "SecretInvalid",
        ("more than one registry",),
        _REGISTRY,
        before=_docker({"a.example.com": _LOGIN, "b.example.com": _LOGIN}),
        after=_docker({"registry.example.com": _LOGIN}),
    ),
)


@dataclass(frozen=True)
class Story:
    """The endpoints while their Secrets were wrong, and every version."""

    team: Team
    blocked: Mapping[str, Object]
    history: Mapping[str, list[Object]]
    writes: list[str]
    mended_at: int


def _named(model: Any, name: str) -> Any:
    if isinstance(model, Mapping):
        return {key: _named(value, name) for key, value in model.items()}
    return name if model == "(its own)" else model


def _refused(obj: Object) -> bool:
    found = condition(obj, "Ready")
    return found is not None and found["reason"].startswith("Secret")


@pytest.fixture(scope="module")
def story(new_team: NewTeam) -> Iterator[Story]:
    """Each case with a Secret and an endpoint of its name."""
    with new_team() as team:
        since = now(team)
        for case in CASES:
            if case.before is not None:
                team.secret(case.id, **case.before)
            team.apply(team.manifest(case.id, huggingFace={"model": _named(case.model, case.id)}))
        blocked = team.wait_all([case.id for case in CASES], _refused)
        team.await_polls(3)
        writes, mended_at = [one.operation for one in team.writes()], now(team)
        for case in CASES:
            team.api.delete(f"/api/v1/namespaces/{team.namespace}/secrets/{case.id}")
            team.secret(case.id, **case.after)
        until = time.monotonic() + _HEALED_WITHIN
        while not all(map(ready, team.endpoints())) and time.monotonic() < until:
            team.await_polls(1)
        yield Story(team, blocked, versions(team, since=since), writes, mended_at)


each = pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)


@each
def test_it_is_said_which_secret_lacks_what(story: Story, case: Case) -> None:
    said = condition(story.blocked[case.id], "Ready")

    assert said is not None
    assert (said["status"], said["reason"]) == ("False", case.reason)
    assert [part for part in (case.id, *case.says) if part not in said["message"]] == [], said["message"]
    # What is missing is looked for again soon; what is there and wrong waits for a person.
    progress = "Reconciling" if case.reason == "SecretNotFound" else "Stalled"
    assert condition(story.blocked[case.id], progress) is not None
    assert contradictions(story.history[case.id]) == []


@each
def test_it_is_written_once(story: Story, case: Case) -> None:
    assert len(showing(story.history[case.id], case.reason, until=story.mended_at)) == 1


@each
def test_it_is_created_once_when_the_secret_is_there_and_the_value_arrives(story: Story, case: Case) -> None:
    assert ready(story.team.get(case.id)), condition(story.team.get(case.id), "Ready")
    (post,) = story.team.posts(case.id)
    model = post.body["model"]

    if case.model is _ENV:
        assert model["secrets"] == {"HUB": "hub-token-value"}
    else:
        assert model["image"]["custom"]["credentials"] == _LOGIN


def test_nothing_is_written_remotely_meanwhile(story: Story) -> None:
    assert story.writes == []
