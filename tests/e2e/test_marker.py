"""What a provider may do to the ownership marker, which to it is a tag like any other (I1, I2)."""

import pytest
from tests.e2e import claims
from tests.e2e_errors.failures import ask_again
from tests.support.operator import OperatorProcess
from tests.support.team import Team, condition, ready, says, settled

pytestmark = pytest.mark.proof


MARKER = "^iop1-"
REFUSALS = {
    "too-long": ("tag_max_length", 20),
    "too-many": ("tag_max_count", 0),
    "not-in-the-right-form": ("tags_reject", MARKER),
}


def test_a_marker_in_another_case_and_order_is_still_ours(team: Team, operator: OperatorProcess) -> None:
    team.sim.knobs.tags_lowercase = True
    team.sim.knobs.tags_order = "reversed"
    team.create("chat", huggingFace={"tags": ["b", "a"]})
    team.await_polls(2)
    operator.restart()
    team.await_polls(2)
    team.wait("chat", settled)
    assert [one.operation for one in team.writes()] == ["create"]

    team.edit("chat", tags=["c", "b"])
    team.wait("chat", settled)
    team.await_polls(2)
    assert [one.operation for one in team.writes()] == ["create", "update"]
    assert condition(team.get("chat"), "Drifted") is None
    assert set(team.remote("chat")["tags"]) == {"b", "c", claims.own(team, "chat")}
    team.delete("chat")
    team.wait_gone("chat")
    assert team.remotes() == {}


def test_a_marker_that_is_refused_is_said_and_nothing_is_made_without_it(team: Team) -> None:
    for name, (knob, value) in REFUSALS.items():
        team.forget_requests()
        setattr(team.sim.knobs, knob, value)
        team.apply(team.manifest(name))
        refused = team.wait(name, says("Ready", "False", "MarkerRejected"))
        assert condition(refused, "Stalled") is not None, name
        assert "remoteRef" not in refused["status"], name
        assert "iop1-" in str(condition(refused, "Ready")), name
        team.await_polls(1)
        assert [(one.operation, one.status) for one in team.writes()] == [("create", 400)], name
        assert team.remotes() == {}

        setattr(team.sim.knobs, knob, None)
        ask_again(team, name, "now")
        team.wait(name, ready)
        team.delete(name)
        team.wait_gone(name)


def test_a_marker_that_vanishes_without_a_word_makes_no_second_endpoint_and_leaves_none(
    team: Team, operator: OperatorProcess
) -> None:
    team.sim.knobs.tags_drop = MARKER
    team.apply(team.manifest("chat", huggingFace={"tags": ["mine"]}))
    said = team.wait("chat", says("Ready", "False", "MarkerRejected"))
    assert condition(said, "Stalled") is not None
    assert said["status"]["remoteRef"]["createdAt"]
    operator.restart()
    team.await_polls(3)
    team.wait("chat", says("Ready", "False", "MarkerRejected"))
    assert [one.operation for one in team.writes()] == ["create"]

    team.edit("chat", type="public")
    team.until(lambda: team.remote("chat")["type"] == "public", "it is managed still")
    team.wait("chat", says("Ready", "False", "MarkerRejected"))
    team.await_polls(2)
    assert [one.operation for one in team.writes()] == ["create", "update"]
    team.delete("chat")
    team.wait_gone("chat")
    assert team.remotes() == {}


def test_a_marker_that_is_kept_again_is_no_failure_any_more(team: Team) -> None:
    team.sim.knobs.tags_drop = MARKER
    team.apply(team.manifest("chat"))
    team.wait("chat", says("Ready", "False", "MarkerRejected"))

    team.sim.knobs.tags_drop = None
    team.edit("chat", type="public")
    healed = team.wait("chat", ready)
    assert condition(healed, "Drifted") is None
    assert team.remote("chat")["tags"] == [claims.own(team, "chat")]


def test_a_marker_that_was_taken_off_is_shown_and_put_back_with_the_next_change(team: Team) -> None:
    left = {"no-tag": [], "another-tag": ["theirs"], "deleted": []}
    team.apply(*(team.manifest(name) for name in left))
    team.wait_all(left, ready)
    team.forget_requests()
    for name, tags in left.items():
        team.change_remotely(name, tags=tags)

    team.wait_all(left, says("Drifted", "True", "MarkerMissing"))
    team.until(lambda: "MarkerMissing" in {one["reason"] for one in team.events()}, "an Event")
    team.await_polls(2)
    assert all(says("Ready")(obj) for obj in team.endpoints())
    assert team.writes() == [], "nothing is written for it alone"

    team.delete("deleted")
    for name in ("no-tag", "another-tag"):
        team.edit(name, model={"env": {"A": "1"}})
    team.wait_all(["no-tag", "another-tag"], lambda obj: ready(obj) and condition(obj, "Drifted") is None)
    for name in ("no-tag", "another-tag"):
        (put,) = team.writes(name)
        assert put.body == {"model": {"env": {"A": "1"}}, "tags": [claims.own(team, name), *left[name]]}
    team.wait_gone("deleted")
    assert "deleted" not in team.remotes()
