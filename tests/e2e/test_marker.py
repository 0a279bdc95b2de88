"""What a provider may do to the ownership marker, which to it is a word like any other (I1, I2)."""

from typing import Any

import pytest
from tests.e2e import claims
from tests.e2e_errors.failures import ask_again
from tests.support.operator import OperatorProcess
from tests.support.team import Team, condition, ready, says, settled
from tests.support.vendors import at_each

pytestmark = pytest.mark.proof


Knob = tuple[str, Any, Any]
"""A knob of the simulator, what it is set to, and what it is when all is well."""

REFUSALS: dict[str, dict[str, Knob]] = {
    "huggingFace": {
        "too-long": ("tag_max_length", 20, None),
        "too-many": ("tag_max_count", 0, None),
        "not-in-the-right-form": ("tags_reject", "^iop1-", None),
    },
    "tir": {"too-long": ("env_limit", 20, 32768)},
}
"""Ways to refuse it, by provider."""
DROPS: dict[str, Knob] = {
    "huggingFace": ("tags_drop", "^iop1-", None),
    "tir": ("drop_variables", ["INFERENCE_OPERATOR_CLAIM"], []),
}
"""How it vanishes, by provider."""


def _turn(team: Team, knob: Knob, *, well: bool) -> None:
    name, ill, healthy = knob
    setattr(team.sim.knobs, name, healthy if well else ill)


@at_each(unless={"tir": "it keeps the names and the order of variables"})
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


@at_each()
def test_a_marker_that_is_refused_is_said_and_nothing_is_made_without_it(team: Team) -> None:
    for name, knob in REFUSALS[team.vendor.key].items():
        team.forget_requests()
        _turn(team, knob, well=False)
        team.apply(team.manifest(name))
        refused = team.wait(name, says("Ready", "False", "MarkerRejected"))
        assert condition(refused, "Stalled") is not None, name
        assert "remoteRef" not in refused["status"], name
        assert "iop1-" in str(condition(refused, "Ready")), name
        team.await_polls(1)
        assert [(one.operation, one.status) for one in team.writes()] == [("create", 400)], name
        assert team.remotes() == {}

        _turn(team, knob, well=True)
        ask_again(team, name, "now")
        team.wait(name, ready)
        team.delete(name)
        team.wait_gone(name)


@at_each()
def test_a_marker_that_vanishes_without_a_word_makes_no_second_endpoint_and_leaves_none(
    team: Team, operator: OperatorProcess
) -> None:
    first = team.vendor.first
    _turn(team, DROPS[team.vendor.key], well=False)
    team.apply(team.manifest("chat"))
    said = team.wait("chat", says("Ready", "False", "MarkerRejected"))
    assert condition(said, "Stalled") is not None
    assert said["status"]["remoteRef"]["createdAt"]
    operator.restart()
    team.await_polls(3)
    team.wait("chat", says("Ready", "False", "MarkerRejected"))
    assert [one.operation for one in team.writes()] == ["create"]

    team.edit("chat", **first.declare(first.other))
    team.until(lambda: first.of(team.remote("chat")) == first.other, "it is managed still")
    team.wait("chat", says("Ready", "False", "MarkerRejected"))
    team.await_polls(2)
    assert [one.operation for one in team.writes()] == ["create", "update"]
    team.delete("chat")
    team.wait_gone("chat")
    assert team.remotes() == {}


@at_each()
def test_a_marker_that_is_kept_again_is_no_failure_any_more(team: Team) -> None:
    first, knob = team.vendor.first, DROPS[team.vendor.key]
    _turn(team, knob, well=False)
    team.apply(team.manifest("chat"))
    team.wait("chat", says("Ready", "False", "MarkerRejected"))

    _turn(team, knob, well=True)
    team.edit("chat", **first.declare(first.other))
    healed = team.wait("chat", ready)
    assert condition(healed, "Drifted") is None
    assert team.labels("chat") == [claims.own(team, "chat")]


@at_each(unless={"tir": "what is taken over has no marker until its first change, so that none is missed"})
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
