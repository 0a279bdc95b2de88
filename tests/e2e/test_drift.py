"""Drift: what is changed outside is told field by field, with who did it, and put right; but nobody is fought (I6)."""

import re
from typing import Any

import pytest
from tests.e2e_errors.history import now, versions
from tests.support.operator import OperatorProcess
from tests.support.team import Object, Predicate, Team, condition, ready, says, settled

from inference_operator.simulator import Request

pytestmark = pytest.mark.proof


SECRET = "hub-secret-value-0123"
WITH_SECRET = {"model": {"env": {"A": "1"}, "secrets": {"HUB": {"secretKeyRef": {"name": "hub", "key": "token"}}}}}
CONTESTED = ("field", "beside", "power")
ZERO = {"compute": {"scaling": {"scaleToZeroTimeout": 15}}}


def _drift(obj: Object) -> str:
    """The message of the condition, empty where there is none."""
    return str((condition(obj, "Drifted") or {}).get("message", ""))


def _events(team: Team, name: str, reason: str) -> list[str]:
    """The notes of the Events with this reason about one resource."""
    return [
        one["note"]
        for one in team.events()
        if one["reason"] == reason and one["regarding"]["name"] == name and one["type"] == "Warning"
    ]


def _counted(operator: OperatorProcess, reason: str) -> float:
    """What the counter of drift says."""
    found = re.search(rf'^inference_operator_drift_total{{.*reason="{reason}".*}} (\S+)$', operator.metrics(), re.M)
    return float(found[1]) if found else 0.0


def _corrected(team: Team, count: int) -> Predicate:
    """A predicate: all is as declared again, after so many PUTs about the resource."""

    def holds(obj: Object) -> bool:
        return len(_corrections(team, obj["metadata"]["name"])) == count and ready(obj) and settled(obj)

    holds.__name__ = f"corrected {count} times"
    return holds


def _corrections(team: Team, name: str) -> list[str]:
    """The changes of a remote endpoint since it was made."""
    return [one.operation for one in team.writes(name) if one.operation != "create"]


def _change_back(team: Team) -> None:
    for name in ("field", "beside"):
        team.change_remotely(name, type="public")
    team.change_remotely("power", state="paused")


def _fields(request: Request) -> dict[str, Any]:
    return dict(request.body)


def test_what_is_changed_outside_is_told_and_put_right(team: Team, operator: OperatorProcess) -> None:
    team.create("chat")
    counted, since = _counted(operator, "DriftDetected"), now(team)
    team.change_remotely("chat", type="public", compute={"scaling": {"maxReplica": 5}})
    team.wait("chat", _corrected(team, 1))

    told = [obj for obj in versions(team, since=since)["chat"] if _drift(obj)]
    assert told, "it is told before it is put right"
    for said in (_drift(told[0]), *_events(team, "chat", "DriftDetected")):
        assert '/type is "public", declared "private"' in said
        assert "/compute/scaling/maxReplica is 5, declared 2" in said
        assert "Last changed by alice." in said
    assert says("Synced", "False", "DriftDetected")(told[0])
    team.until(lambda: len(_events(team, "chat", "DriftDetected")) == 1, "one Event")
    (put,) = team.puts("chat")
    assert _fields(put) == {"type": "private", "compute": {"scaling": {"maxReplica": 2}}}
    assert _counted(operator, "DriftDetected") == counted + 1
    at_rest = team.get("chat")
    assert condition(at_rest, "Drifted") is None
    assert [one["field"] for one in at_rest["status"]["driftCorrections"]] == ["/compute/scaling/maxReplica", "/type"]


def test_what_is_not_managed_or_only_watched_stays_as_it_is(team: Team, operator: OperatorProcess) -> None:
    team.make_remotely("watched")
    configuration = team.sim.control.get(team.namespace, "watched").configuration
    team.sim.control.create(team.namespace, {**configuration, "name": "deleted"}, "alice")
    team.apply(
        team.manifest("ignoring", ignoreDrift=["/type"]),
        team.manifest("watched", mode="Observe"),
        team.manifest("deleted", mode="Observe"),
    )
    team.wait_all(["ignoring", "watched", "deleted"], settled)
    team.wait("ignoring", ready)
    team.forget_requests()
    counted, since = _counted(operator, "DriftDetected"), now(team)

    for name in ("ignoring", "watched"):
        team.change_remotely(name, type="public")
    team.sim.control.delete(team.namespace, "deleted")
    obj = team.wait("watched", says("Drifted", "True", "DriftDetected"))
    assert '/type is "public", declared "private"' in _drift(obj)
    assert "Last changed by alice." in _drift(obj)
    assert "Observe leaves it" in _drift(obj)
    team.wait("deleted", says("Ready", "False", "RemoteNotFound"))
    team.await_polls(2)
    assert team.writes() == []
    assert not any(_drift(obj) for obj in versions(team, since=since).get("ignoring", []))
    assert len(_events(team, "watched", "DriftDetected")) == 1
    assert _counted(operator, "DriftDetected") == counted + 1

    team.change_remotely("watched", type="private")
    team.wait("watched", lambda obj: settled(obj) and not _drift(obj))


def test_what_somebody_keeps_changing_back_is_shown_and_left(team: Team, operator: OperatorProcess) -> None:
    team.apply(
        team.manifest("field"), team.manifest("beside"), team.manifest("power", state="running", huggingFace=ZERO)
    )
    team.wait_all(CONTESTED, ready)
    for count in range(1, 4):
        _change_back(team)
        team.wait_all(CONTESTED, _corrected(team, count))
    assert not any(_drift(obj) for obj in team.endpoints()), "all is as declared"

    counted = _counted(operator, "DriftContested")
    _change_back(team)
    team.change_remotely("beside", compute={"scaling": {"maxReplica": 5}})
    contested = team.wait_all(CONTESTED, says("Drifted", "True", "DriftContested"))
    assert '/type is "public", declared "private"' in _drift(contested["field"])
    assert "Last changed by alice." in _drift(contested["field"])
    assert '"paused", declared "running"' in _drift(contested["power"])
    assert says("Ready", "False", "Paused")(contested["power"])
    assert condition(contested["power"], "Stalled") is not None
    assert _counted(operator, "DriftContested") >= counted + len(CONTESTED)
    team.until(lambda: len(_events(team, "field", "DriftContested")) == 1, "an Event")
    team.until(lambda: len(team.puts("beside")) == 4, "the other field is put right")
    assert _fields(team.puts("beside")[-1]) == {"compute": {"scaling": {"maxReplica": 2}}}

    operator.restart()
    team.await_polls(3)
    left = team.wait_all(CONTESTED, says("Drifted", "True", "DriftContested"))
    assert "maxReplica" not in _drift(left["beside"])
    assert [len(_corrections(team, name)) for name in CONTESTED] == [3, 4, 3]

    for name in CONTESTED:
        team.edit(name, model={"env": {"A": "1"}})
    team.wait_all(CONTESTED, lambda obj: ready(obj) and not _drift(obj))
    assert _fields(team.puts("field")[-1]) == {"type": "private", "model": {"env": {"A": "1"}}}
    assert team.actions("power") == ["resume"] * 4


def test_no_secret_value_is_told_of_what_somebody_put_in_clear(team: Team, operator: OperatorProcess) -> None:
    team.secret("hub", token=SECRET)
    team.create("chat", huggingFace=WITH_SECRET)
    logged, since = len(operator.log), now(team)
    team.change_remotely("chat", model={"env": {"A": SECRET}})
    team.wait("chat", _corrected(team, 1))
    team.until(lambda: _events(team, "chat", "DriftDetected"), "an Event")

    told = [_drift(obj) for obj in versions(team, since=since)["chat"] if _drift(obj)]
    assert any("/model/env is" in said and "***" in said for said in told)
    for shown in (team.get("chat"), versions(team, since=since), team.events(), operator.log[logged:]):
        assert SECRET not in str(shown)
    assert team.remote("chat")["model"]["secrets"] == {"HUB": SECRET}
