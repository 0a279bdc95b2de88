"""The adoption table: each policy against each marker, with and without differences (I2).

Who may take an endpoint that exists already, what is written for it, what is shown before that, and when what differs
is changed.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from typing import Any

import pytest
from tests.e2e import claims
from tests.e2e.conftest import OPERATOR_NAMESPACE, NewTeam
from tests.e2e_errors.history import now, showing, versions
from tests.support.team import TOKEN, Object, Team, condition, ready, says

from inference_operator.api import names
from inference_operator.simulator import Fault, Request

pytestmark = pytest.mark.proof


RELEASED = "iop1-released"
ASKED: dict[str, Any] = {"state": "running", "huggingFace": {"type": "private"}}
"""What the resources declare; what differs is public, and paused."""
CONFIRM_AFTER = 5
"""Seconds after which the marker is read again, at the earliest."""
WHAT_DIFFERS = '/type is "public", declared "private"'


@dataclass(frozen=True)
class Row:
    """One row: what the resource may do, whose marker the endpoint carries, whether it is otherwise than declared."""

    policy: str
    mark: str
    differs: bool

    @property
    def name(self) -> str:
        return f"{self.policy.lower()}-{self.mark}-{'differing' if self.differs else 'same'}"

    @property
    def refusal(self) -> str | None:
        """The reason of the condition where it is not taken, None where it is."""
        if self.mark == "predecessor" or self.policy == "Always":
            return None
        if self.mark in ("here", "elsewhere"):
            return "OwnershipConflict"
        return "AlreadyExists" if self.policy == "Never" else None

    @property
    def careful(self) -> bool:
        """Whether it is taken as it is, and confirmed."""
        return self.policy == "IfUnowned" and self.mark in ("unmarked", "released")

    @property
    def waits(self) -> bool:
        """Whether what differs waits for a change of the spec."""
        return self.careful and self.differs


ROWS = [
    Row(*one)
    for one in product(
        ("Never", "IfUnowned", "Always"),
        ("unmarked", "released", "here", "elsewhere", "predecessor"),
        (False, True),
    )
]
TAKEN = [row for row in ROWS if row.refusal is None]
REFUSED = [row for row in ROWS if row.refusal]
WAITING = [row for row in ROWS if row.waits]


@dataclass(frozen=True)
class Story:
    """`before`, `after`: remote endpoints. `shown`, `written`: by the end of the adoption; `later`: what an edit wrote.

    `history`: every version until then. `edited`: those that waited for an edit of the spec, after it.
    """

    team: Team
    before: Mapping[str, Object]
    shown: Mapping[str, Object]
    after: Mapping[str, Object]
    written: Mapping[str, list[Request]]
    read: Mapping[str, list[Request]]
    history: Mapping[str, list[Object]]
    events: list[Object]
    edited: Mapping[str, Object]
    later: Mapping[str, list[Request]]


@pytest.fixture(scope="module")
def story(new_team: NewTeam) -> Iterator[Story]:
    """Each row with an endpoint that was there before the resource of its name."""
    with new_team() as team:
        _furnish(team)
        before, since = team.remotes(), now(team)
        team.apply(*(team.manifest(row.name, adoptionPolicy=row.policy, **ASKED) for row in ROWS))
        shown = team.wait_all([row.name for row in ROWS], _at_its_end)
        team.await_polls()
        team.until(lambda: len(_announced(team)) == len(TAKEN), "all that is taken is announced")
        shown = {name: team.get(name) for name in shown}
        after, written, events = team.remotes(), _written(team), _announced(team)
        read = {row.name: team.requests("get", name=row.name) for row in ROWS}
        history = versions(team, since=since)
        team.forget_requests()
        for row in WAITING:
            team.edit(row.name, model={"env": {"A": "1"}})
        edited = team.wait_all([row.name for row in WAITING], ready)
        team.await_polls(2)
        yield Story(team, before, shown, after, written, read, history, events, edited, _written(team))


def _furnish(team: Team) -> None:
    team.make_remotely("template", tags=["theirs"], type="private")
    configuration = team.sim.control.get(team.namespace, "template").configuration
    for row in ROWS:
        changes = {"type": "public"} if row.differs else {}
        body = {**configuration, **changes, "name": row.name, "tags": [*_marker(team, row), "theirs"]}
        team.sim.control.create(team.namespace, body, "alice")
        if row.differs:
            team.sim.control.pause(team.namespace, row.name, "alice")
    team.until(lambda: all(_at_rest(one) for one in team.remotes().values()), "all run or are paused")
    team.await_polls()
    team.forget_requests()


def _marker(team: Team, row: Row) -> list[str]:
    match row.mark:
        case "unmarked":
            return []
        case "released":
            return [RELEASED]
        case "here":
            return [claims.here(team, "someone")]
        case "predecessor":
            return [claims.here(team, row.name)]
        case _:
            return [claims.elsewhere()]


def _at_rest(remote: Object) -> bool:
    return remote["status"]["state"] in ("running", "paused")


def _at_its_end(obj: Object) -> bool:
    row = next(row for row in ROWS if row.name == obj["metadata"]["name"])
    if row.refusal:
        return bool(says("Ready", "False", row.refusal)(obj))
    if row.waits:
        return bool(says("Drifted", "True", "AdoptedAsItWas")(obj)) and "pendingOperation" not in obj["status"]
    return ready(obj)


def _announced(team: Team) -> list[Object]:
    return [one for one in team.events() if one["reason"] == "Adopting"]


def _written(team: Team) -> dict[str, list[Request]]:
    return {row.name: team.writes(row.name) for row in ROWS}


def _what(requests: list[Request]) -> list[tuple[str, set[str]]]:
    """Operations with the fields that they carried."""
    return [(one.operation, set(one.body or {})) for one in requests]


def _by_name(rows: list[Row]) -> Any:
    return pytest.mark.parametrize("row", rows, ids=lambda row: row.name)


@_by_name(REFUSED)
def test_what_may_not_be_taken_is_left_as_it_was_and_the_holder_is_named(story: Story, row: Row) -> None:
    obj = story.shown[row.name]
    said = condition(obj, "Ready")
    holder = {"here": "another resource of this cluster", "elsewhere": "another cluster"}.get(row.mark, "alice")

    assert said is not None
    assert said["reason"] == row.refusal
    assert holder in said["message"]
    assert "spec.adoptionPolicy" in said["message"]
    assert story.written[row.name] == []
    assert story.after[row.name] == story.before[row.name]
    assert "remoteRef" not in obj["status"]
    assert "finalizers" not in obj["metadata"]


@_by_name(TAKEN)
def test_what_is_taken_gets_the_marker_first_and_nothing_with_it(story: Story, row: Row) -> None:
    first, *further = story.written[row.name]
    marker, *kept = first.body["tags"]

    assert _what([first]) == [("update", {"tags"})]
    assert (marker, kept) == (claims.own(story.team, row.name), ["theirs"])
    assert story.shown[row.name]["status"]["remoteRef"]["createdAt"] == story.before[row.name]["status"]["createdAt"]
    at_once = row.differs and not row.waits
    assert _what(further) == ([("update", {"type"}), ("resume", set())] if at_once else [])


@_by_name(TAKEN)
def test_taking_is_announced_with_what_differs(story: Story, row: Row) -> None:
    said = [one for one in story.events if one["regarding"]["name"] == row.name]

    assert [one["type"] for one in said] == ["Warning"]
    assert (WHAT_DIFFERS if row.differs else "It is as declared.") in said[0]["note"]


@_by_name([row for row in TAKEN if row.careful])
def test_nobodys_is_confirmed_by_a_second_read_before_it_counts(story: Story, row: Row) -> None:
    claiming = showing(story.history[row.name], "Claiming")

    (put,) = story.written[row.name]
    assert max(one.time for one in story.read[row.name]) - put.time >= CONFIRM_AFTER
    assert claiming
    assert all(obj["status"]["pendingOperation"]["type"] == "adopt" for obj in claiming)
    assert all(condition(obj, "Reconciling") for obj in claiming)


@_by_name(WAITING)
def test_what_differs_is_shown_and_waits_for_the_next_change_of_the_spec(story: Story, row: Row) -> None:
    obj, remote = story.shown[row.name], story.after[row.name]
    drifted, stopped = condition(obj, "Drifted"), condition(obj, "Ready")

    assert drifted is not None
    assert stopped is not None
    assert drifted["reason"] == "AdoptedAsItWas"
    assert WHAT_DIFFERS in drifted["message"]
    assert "The state is paused" in drifted["message"]
    assert says("Synced", "False", "AdoptedAsItWas")(obj)
    assert (stopped["status"], stopped["reason"]) == ("False", "Paused")
    assert (remote["type"], remote["status"]["state"]) == ("public", "paused")


@_by_name(WAITING)
def test_the_next_change_of_the_spec_changes_all_that_differs(story: Story, row: Row) -> None:
    assert _what(story.later[row.name]) == [("update", {"type", "model"}), ("resume", set())]
    assert condition(story.edited[row.name], "Drifted") is None
    assert story.team.remote(row.name)["type"] == "private"


@pytest.mark.parametrize("policy", ["IfUnowned", "Always"])
def test_what_differs_is_shown_before_anything_is_written(team: Team, policy: str) -> None:
    before = team.make_remotely("chat", type="public")
    team.sim.faults.add(Fault(operation="update", namespace=team.namespace, status=503))
    team.apply(team.manifest("chat", adoptionPolicy=policy, **ASKED))

    team.wait("chat", lambda obj: WHAT_DIFFERS in str(condition(obj, "Drifted")))
    team.until(lambda: _announced(team), "it is announced")
    assert team.remote("chat") == before


def test_two_who_take_at_the_same_time_find_out_who_has_it(team: Team) -> None:
    team.make_remotely("chat", type="public")
    team.apply(team.manifest("chat", adoptionPolicy="IfUnowned", **ASKED))
    team.until(lambda: [put.status for put in team.puts()] == [200], "the marker is on")
    other = claims.elsewhere()
    team.change_remotely("chat", tags=[other])

    lost = team.wait("chat", says("Ready", "False", "OwnershipConflict"))
    assert other in str(condition(lost, "Ready"))
    assert "remoteRef" not in lost["status"]
    assert "pendingOperation" not in lost["status"]
    team.await_polls(3)
    assert len(team.writes()) == 1
    assert team.remote("chat")["tags"] == [other]

    team.delete("chat")
    team.wait_gone("chat")
    assert "chat" in team.remotes()
    assert len(team.writes()) == 1


def test_what_was_taken_from_us_is_never_taken_back(team: Team) -> None:
    team.create("chat", adoptionPolicy="Always")
    team.forget_requests()
    other = claims.elsewhere()
    team.change_remotely("chat", tags=[other], type="public")

    lost = team.wait("chat", says("Ready", "False", "OwnershipConflict"))
    said = condition(lost, "Ready")
    assert said is not None
    assert "another cluster" in said["message"]
    assert "not taken back" in said["message"]
    team.edit("chat", model={"env": {"A": "1"}})
    team.wait("chat", says("Ready", "False", "OwnershipConflict"))
    team.await_polls(1)
    team.delete("chat")
    team.wait_gone("chat")
    assert team.writes() == []
    assert team.remote("chat")["tags"] == [other]


def test_one_of_this_cluster_is_named_and_loses_once_and_for_good(team: Team) -> None:
    team.create("first", huggingFace={"name": "chat"})
    team.apply(team.manifest("second", adoptionPolicy="IfUnowned", huggingFace={"name": "chat"}))
    refused = team.wait("second", says("Ready", "False", "OwnershipConflict"))
    assert f"InferenceEndpoint {team.namespace}/first" in str(condition(refused, "Ready"))

    team.patch("second", {"spec": {"adoptionPolicy": "Always"}})
    team.wait("second", ready)
    lost = team.wait("first", says("Ready", "False", "OwnershipConflict"))
    assert f"InferenceEndpoint {team.namespace}/second" in str(condition(lost, "Ready"))
    team.patch("first", {"spec": {"adoptionPolicy": "Always"}})
    team.wait("first", says("Ready", "False", "OwnershipConflict"))
    team.await_polls(2)
    assert [one.operation for one in team.writes()] == ["create", "update"]

    team.delete("first")
    team.wait_gone("first")
    assert ready(team.get("second"))
    assert "chat" in team.remotes()


CAPS = {
    # the account's maxAdoptionPolicy, what comes of an endpoint of nobody, and of one of another cluster
    "absent": (None, "AlreadyExists", "OwnershipConflict"),
    "unowned": ("IfUnowned", None, "OwnershipConflict"),
    "always": ("Always", None, None),
}


def test_a_cluster_account_caps_what_its_endpoints_may_take(team: Team) -> None:
    team.make_remotely("template")
    configuration = team.sim.control.get(team.namespace, "template").configuration
    for cap, (mark, tags) in product(CAPS, (("nobodys", []), ("theirs", [claims.elsewhere()]))):
        team.sim.control.create(team.namespace, {**configuration, "name": f"{cap}-{mark}", "tags": tags}, "alice")
    made = {cap: _cluster_account(team, cap, most) for cap, (most, *_) in CAPS.items()}
    try:
        for cap, mark in product(CAPS, ("nobodys", "theirs")):
            reference = {"kind": names.CLUSTER_ACCOUNT_KIND, "name": made[cap]}
            team.apply(team.manifest(f"{cap}-{mark}", adoptionPolicy="Always", accountRef=reference))
        for cap, (_, of_nobody, of_another) in CAPS.items():
            for mark, refusal in (("nobodys", of_nobody), ("theirs", of_another)):
                team.wait(f"{cap}-{mark}", says("Ready", "False", refusal) if refusal else ready)
        team.await_polls(2)
        written = {one.name for one in team.writes()}
        assert written == {"unowned-nobodys", "always-nobodys", "always-theirs"}
        team.api.delete(team.path())
        team.until(lambda: not team.endpoints(), "all are gone")
    finally:
        for name in made.values():
            team.api.delete(f"{_CLUSTER_ACCOUNTS}/{name}")
        team.until(lambda: not _remaining(team, made.values()), "the accounts are gone")
        team.api.delete(f"{_OPERATORS_SECRETS}/{team.namespace}")


def _remaining(team: Team, accounts: Iterable[str]) -> list[str]:
    return [name for name in accounts if team.api.get(f"{_CLUSTER_ACCOUNTS}/{name}")]


_CLUSTER_ACCOUNTS = f"/apis/{names.API_VERSION}/clusterinferenceaccounts"
_OPERATORS_SECRETS = f"/api/v1/namespaces/{OPERATOR_NAMESPACE}/secrets"


def _cluster_account(team: Team, cap: str, most: str | None) -> str:
    secret = {"apiVersion": "v1", "kind": "Secret", "stringData": {"token": TOKEN}}
    team.api.apply(f"{_OPERATORS_SECRETS}/{team.namespace}", {**secret, "metadata": {"name": team.namespace}})
    name = f"{team.namespace}-{cap}"
    block = {
        "namespace": team.namespace,
        "baseURL": team.url,
        "tokenSecretRef": {"name": team.namespace, "key": "token"},
    }
    spec: dict[str, Any] = {
        "huggingFace": block,
        "pollInterval": "1s",
        "allowedNamespaces": {"names": [team.namespace]},
    }
    account = {
        "apiVersion": names.API_VERSION,
        "kind": names.CLUSTER_ACCOUNT_KIND,
        "metadata": {"name": name},
        "spec": spec | ({"maxAdoptionPolicy": most} if most else {}),
    }
    team.api.apply(f"{_CLUSTER_ACCOUNTS}/{name}", account)
    return name
