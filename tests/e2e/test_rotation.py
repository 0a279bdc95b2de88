"""A token is replaced while its account is at work: no request fails because of it, and nobody sees anything of it."""

import itertools
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pytest
from tests.e2e_errors.history import now, versions
from tests.support.operator import OperatorProcess
from tests.support.team import TOKEN, Object, Team, condition, ready

pytestmark = pytest.mark.proof


ENDPOINTS = 50
INTERVAL = 3.0
"""The account's pollInterval in seconds: a new token is seen within it, and the old one is revoked after it."""

NEW_TOKEN, BAD_TOKEN = "hf_rotatedtoken9876543210", "hf_refusedtoken5555555555"
_NAMES = [f"chat-{number}" for number in range(ENDPOINTS)]


@dataclass(frozen=True)
class Story:
    """What was seen of endpoints and account from before until all was at rest. `asked`: (user, status, time)."""

    team: Team
    endpoints: Mapping[str, Sequence[Object]]
    account: Sequence[Object]
    asked: Sequence[tuple[str | None, int | None, float]]
    revoked_at: float
    wanted: Mapping[str, int]
    failed: Sequence[str]
    pids: tuple[int, int]


class Editing:
    """Somebody who edits one endpoint after another."""

    def __init__(self, team: Team) -> None:
        self._team = team
        self._next = itertools.cycle(_NAMES)
        self.wanted = dict.fromkeys(_NAMES, 2)

    def go_on(self, seconds: float) -> None:
        """Edit for so long, twenty times a second at most."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            name = next(self._next)
            self.wanted[name] = 5 - self.wanted[name]
            self._team.edit(name, compute={"scaling": {"maxReplica": self.wanted[name]}})
            time.sleep(0.05)


@pytest.fixture(scope="module")
def story(new_team: Callable[[], Any], operator: OperatorProcess) -> Any:
    """Fifty endpoints that are edited all the while; amid that the token is replaced, and the old one revoked."""
    with new_team() as team:
        _begin(team)
        before, since = operator.pid, now(team)
        editing = Editing(team)
        editing.go_on(1)
        team.secret("hf", token=NEW_TOKEN)
        editing.go_on(INTERVAL)
        team.sim.tokens.revoke(TOKEN)
        revoked_at = team.sim.clock.now()
        editing.go_on(2)
        team.wait_all(_NAMES, lambda obj: ready(obj) and _is_as_edited(team, editing, obj), timeout=60)
        yield Story(
            team,
            versions(team, since=since),
            versions(team, since=since, kind="account").get("hf", []),
            [(one.user, one.status, one.time) for one in team.requests()],
            revoked_at,
            editing.wanted,
            _failed(team, operator),
            (before, operator.pid),
        )


def _begin(team: Team) -> None:
    team.sim.tokens.add(TOKEN, user="before")
    team.sim.tokens.add(NEW_TOKEN, user="after")
    team.account(pollInterval=f"{INTERVAL:.0f}s")
    team.apply(*(team.manifest(name) for name in _NAMES))
    team.wait_all(_NAMES, ready, timeout=60)
    team.forget_requests()


def _is_as_edited(team: Team, editing: Editing, obj: Object) -> bool:
    return _max_replica(team, obj) == editing.wanted[obj["metadata"]["name"]]


def _max_replica(team: Team, obj: Object) -> int:
    found: int = team.remote(obj["metadata"]["name"])["compute"]["scaling"]["maxReplica"]
    return found


def _failed(team: Team, operator: OperatorProcess) -> list[str]:
    return [line for line in operator.log.splitlines() if '"reconcile failed"' in line and team.namespace in line]


def test_no_reconcile_fails_and_nothing_is_restarted(story: Story) -> None:
    assert story.failed == []
    assert story.pids[0] == story.pids[1]


def test_the_provider_refuses_neither_token(story: Story) -> None:
    assert [one for one in story.asked if one[1] == 401] == []
    assert {user for user, _, _ in story.asked} == {"before", "after"}


def test_from_the_revocation_on_the_new_one_alone_is_used(story: Story) -> None:
    later = {user for user, _, at in story.asked if at > story.revoked_at}
    assert later == {"after"}


def test_nobody_sees_anything_of_it(story: Story) -> None:
    said = {condition(obj, "Ready")["reason"] for history in story.endpoints.values() for obj in history}
    assert said <= {"Running", "Updating", "Provisioning"}, said
    assert [obj for history in story.endpoints.values() for obj in history if condition(obj, "Stalled")] == []
    assert {condition(obj, "Ready")["status"] for obj in story.account} <= {"True"}


def test_every_edit_arrives(story: Story) -> None:
    remotes = story.team.remotes()
    assert {name: remotes[name]["compute"]["scaling"]["maxReplica"] for name in _NAMES} == story.wanted


def test_a_new_one_that_is_refused_is_said_on_the_account_and_the_former_goes_on(
    team: Team, operator: OperatorProcess
) -> None:
    team.sim.tokens.add(TOKEN, user="before")
    team.sim.tokens.revoke(BAD_TOKEN)
    names = _NAMES[:3]
    team.apply(*(team.manifest(name) for name in names))
    team.wait_all(names, ready)
    since = now(team)
    team.secret("hf", token=BAD_TOKEN)
    team.until(lambda: _said(team)["reason"] == "CredentialsInvalid", "the account says so")
    team.forget_requests()
    for name in names:
        team.edit(name, compute={"scaling": {"maxReplica": 4}})
    team.wait_all(names, lambda obj: ready(obj) and _max_replica(team, obj) == 4)
    team.await_polls(2)

    assert "go on being used as long as they work" in _said(team)["message"]
    assert {one.user for one in team.writes()} == {"before"}
    seen = {condition(obj, "Ready")["reason"] for one in versions(team, since=since).values() for obj in one}
    assert "AccountNotReady" not in seen

    team.secret("hf", token=TOKEN)
    team.until(lambda: _said(team)["status"] == "True", "the account is well again")


def _said(team: Team) -> Object:
    found = team.api.get(f"{team.path('account')}/hf")
    assert found is not None
    said = condition(found, "Ready")
    assert said is not None
    return said
