"""The adoption table: each policy against each marker, with and without differences (I2).

Who may take an endpoint that exists already, what is written for it, what is shown before that, and when what differs
is changed.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from typing import Any

import pytest
from tests.e2e import claims
from tests.e2e.conftest import NewTeam, chosen
from tests.e2e_errors.history import now, showing, versions
from tests.support.kube_api import Object
from tests.support.team import Team, condition, ready, says
from tests.support.vendors import Vendor, at_each

from inference_operator.simulator import Request

pytestmark = pytest.mark.proof


RELEASED = "iop1-released"
ASKED: dict[str, Any] = {"state": "running"}
"""What the resources ask for beside the least block; what differs has another value in a field of it, and is paused."""
CONFIRM_AFTER = 5
"""Seconds after which the marker is read again, at the earliest."""
MARKED_BY_THE_CHANGE = {"tir": "Always changes what differs with the marker; what IfUnowned says is in the table"}
NOTHING_CLAIMED = {"tir": "the marker comes with the first change, so that two who take at once don't meet in it"}


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
    def unowned(self) -> bool:
        """Whether nobody's marker stands in the way."""
        return self.mark in ("unmarked", "released")

    @property
    def careful(self) -> bool:
        """Whether it is taken as it is, and confirmed where the marker can be put on alone."""
        return self.policy == "IfUnowned" and self.unowned

    @property
    def waits(self) -> bool:
        """Whether what differs waits for a change of the spec."""
        return self.careful and self.differs

    def written(self, vendor: Vendor) -> list[tuple[str, set[str]]]:
        """The operations by which it is taken, with what they carry over the wire."""
        mark, field = {vendor.labels_key}, {vendor.first.key}
        marked_first = vendor.marks_alone or not self.unowned
        change = [("update", field if marked_first else field | mark), ("resume", set[str]())]
        at_once = self.differs and not self.waits
        return [("update", mark)] * marked_first + change * at_once


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

    def what(self, requests: list[Request]) -> list[tuple[str, set[str]]]:
        """Operations with what they carried over the wire."""
        return [(one.operation, set(self.team.vendor.carried(one))) for one in requests]


@pytest.fixture(scope="module")
def story(request: pytest.FixtureRequest, new_team: NewTeam) -> Iterator[Story]:
    """Each row with an endpoint that was there before the resource of its name."""
    with new_team(chosen(request)) as team:
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
            team.edit(row.name, **team.vendor.further.edit)
        edited = team.wait_all([row.name for row in WAITING], ready)
        team.await_polls(2)
        yield Story(team, before, shown, after, written, read, history, events, edited, _written(team))


def _furnish(team: Team) -> None:
    vendor = team.vendor
    for row in ROWS:
        changes = vendor.first.remotely(vendor.first.other) if row.differs else {}
        vendor.create(row.name, "alice", **vendor.labelled(*_marker(team, row), "theirs"), **changes)
    team.until(lambda: _all_are(team, {row.name: "running" for row in ROWS}), "all run")
    for row in ROWS:
        if row.differs:
            team.change_remotely(row.name, **vendor.in_state("paused"))
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


def _all_are(team: Team, states: Mapping[str, str]) -> bool:
    remotes = team.remotes()
    return all(team.vendor.state(remotes[name]) == state for name, state in states.items())


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


def _by_name(rows: list[Row]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("row", rows, ids=lambda row: row.name)


@at_each("story")
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


@at_each("story")
@_by_name(TAKEN)
def test_what_is_taken_gets_the_marker_first_and_nothing_with_it(story: Story, row: Row) -> None:
    vendor, written = story.team.vendor, story.written[row.name]
    before, after = story.before[row.name], story.after[row.name]

    assert story.what(written) == row.written(vendor)
    labels = [claims.own(story.team, row.name), "theirs"] if written else vendor.labels(before)
    assert vendor.labels(after) == labels
    assert story.shown[row.name]["status"]["remoteRef"]["createdAt"] == vendor.created_at(before)


@at_each("story")
@_by_name(TAKEN)
def test_taking_is_announced_with_what_differs(story: Story, row: Row) -> None:
    said = [one for one in story.events if one["regarding"]["name"] == row.name]

    assert [one["type"] for one in said] == ["Warning"]
    assert (story.team.vendor.first.difference if row.differs else "It is as declared.") in said[0]["note"]


@at_each("story", unless=NOTHING_CLAIMED)
@_by_name([row for row in TAKEN if row.careful])
def test_nobodys_is_confirmed_by_a_second_read_before_it_counts(story: Story, row: Row) -> None:
    claiming = showing(story.history[row.name], "Claiming")

    (put,) = story.written[row.name]
    assert max(one.time for one in story.read[row.name]) - put.time >= CONFIRM_AFTER
    assert claiming
    assert all(obj["status"]["pendingOperation"]["type"] == "adopt" for obj in claiming)
    assert all(condition(obj, "Reconciling") for obj in claiming)


@at_each("story")
@_by_name(WAITING)
def test_what_differs_is_shown_and_waits_for_the_next_change_of_the_spec(story: Story, row: Row) -> None:
    obj, remote, vendor = story.shown[row.name], story.after[row.name], story.team.vendor
    drifted, stopped = condition(obj, "Drifted"), condition(obj, "Ready")

    assert drifted is not None
    assert stopped is not None
    assert drifted["reason"] == "AdoptedAsItWas"
    assert vendor.first.difference in drifted["message"]
    assert "The state is paused" in drifted["message"]
    assert says("Synced", "False", "AdoptedAsItWas")(obj)
    assert (stopped["status"], stopped["reason"]) == ("False", "Paused")
    assert (vendor.first.of(remote), vendor.state(remote)) == (vendor.first.other, "paused")


@at_each("story")
@_by_name(WAITING)
def test_the_next_change_of_the_spec_changes_all_that_differs(story: Story, row: Row) -> None:
    vendor = story.team.vendor
    marked_now = set() if vendor.marks_alone else {vendor.labels_key}

    changed = {vendor.first.key, vendor.further.key} | marked_now
    assert story.what(story.later[row.name]) == [("update", changed), ("resume", set())]
    assert condition(story.edited[row.name], "Drifted") is None
    assert vendor.first.of(story.team.remote(row.name)) == vendor.first.declared
    assert vendor.labels(story.team.remote(row.name)) == [claims.own(story.team, row.name), "theirs"]


@at_each()
@pytest.mark.parametrize("policy", ["IfUnowned", "Always"])
def test_what_differs_is_announced_before_anything_is_written(team: Team, policy: str) -> None:
    before = _take_in_vain(team, policy)

    team.until(lambda: _announced(team), "it is announced")
    assert [team.vendor.first.difference in one["note"] for one in _announced(team)] == [True]
    assert team.remote("chat") == before


@at_each(unless=MARKED_BY_THE_CHANGE)
@pytest.mark.parametrize("policy", ["IfUnowned", "Always"])
def test_what_differs_is_in_the_condition_before_anything_is_written(team: Team, policy: str) -> None:
    before = _take_in_vain(team, policy)

    team.wait("chat", lambda obj: team.vendor.first.difference in str(condition(obj, "Drifted")))
    assert team.remote("chat") == before


def _take_in_vain(team: Team, policy: str) -> Object:
    """Have a resource take what differs, while the provider refuses every change; returns what is there."""
    first = team.vendor.first
    before = _made(team, **first.remotely(first.other))
    team.fail("update", status=503)
    team.apply(team.manifest("chat", adoptionPolicy=policy, **ASKED))
    return before


def _made(team: Team, **changes: Any) -> Object:
    """An endpoint of somebody's that runs."""
    team.make_remotely("chat", **changes)
    team.until(lambda: _all_are(team, {"chat": "running"}), "it runs")
    return team.remote("chat")


@at_each(unless=NOTHING_CLAIMED)
def test_two_who_take_at_the_same_time_find_out_who_has_it(team: Team) -> None:
    first = team.vendor.first
    team.make_remotely("chat", **first.remotely(first.other))
    team.apply(team.manifest("chat", adoptionPolicy="IfUnowned", **ASKED))
    team.until(lambda: [put.status for put in team.puts()] == [200], "the marker is on")
    other = claims.elsewhere()
    team.change_remotely("chat", **team.vendor.labelled(other))

    lost = team.wait("chat", says("Ready", "False", "OwnershipConflict"))
    assert other in str(condition(lost, "Ready"))
    assert "remoteRef" not in lost["status"]
    assert "pendingOperation" not in lost["status"]
    team.await_polls(3)
    assert len(team.writes()) == 1
    assert team.labels("chat") == [other]

    team.delete("chat")
    team.wait_gone("chat")
    assert "chat" in team.remotes()
    assert len(team.writes()) == 1


@at_each()
def test_what_was_taken_from_us_is_never_taken_back(team: Team) -> None:
    first, other = team.vendor.first, claims.elsewhere()
    team.create("chat", adoptionPolicy="Always")
    team.forget_requests()
    team.change_remotely("chat", **team.vendor.labelled(other), **first.remotely(first.other))

    lost = team.wait("chat", says("Ready", "False", "OwnershipConflict"))
    said = condition(lost, "Ready")
    assert said is not None
    assert "another cluster" in said["message"]
    assert "not taken back" in said["message"]
    team.edit("chat", **team.vendor.further.edit)
    team.wait("chat", says("Ready", "False", "OwnershipConflict"))
    team.await_polls(1)
    team.delete("chat")
    team.wait_gone("chat")
    assert team.writes() == []
    assert team.labels("chat") == [other]


@at_each()
def test_one_of_this_cluster_is_named_and_loses_once_and_for_good(team: Team) -> None:
    team.create("first", **team.block(name="chat"))
    team.apply(team.manifest("second", adoptionPolicy="IfUnowned", **team.block(name="chat")))
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
