"""Drift: what is changed outside is told field by field, with who did it, and put right; but nobody is fought (I6)."""

import re

import pytest
from tests.e2e_errors.history import now, versions
from tests.support.kube_api import Object
from tests.support.operator import OperatorProcess
from tests.support.team import Predicate, Team, condition, ready, says, settled
from tests.support.vendors import at_each

from inference_operator.core.documents import merged

pytestmark = pytest.mark.proof


SECRET = "hub-secret-value-0123"
IN_CLEAR = {"huggingFace": '{"A": "***"}', "tir": '{"A": {"disabled": {"key": false'}
"""What is told of a variable that has the secret value, from its beginning; what is long is cut."""
CONTESTED = ("field", "beside", "power")


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
    found = re.findall(rf'^inference_operator_drift_total{{.*reason="{reason}".*}} (\S+)$', operator.metrics(), re.M)
    return sum(map(float, found))


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
    first = team.vendor.first
    for name in ("field", "beside"):
        team.change_remotely(name, **first.remotely(first.other))
    team.change_remotely("power", **team.vendor.in_state("paused"))


def _carried(team: Team, name: str) -> list[Object]:
    """What each update of a remote endpoint changed."""
    return [team.vendor.carried(put) for put in team.puts(name)]


def _by_whom(team: Team) -> str:
    return "Last changed by alice." if team.vendor.tells_who else ""


@at_each()
def test_what_is_changed_outside_is_told_and_put_right(team: Team, operator: OperatorProcess) -> None:
    first, second = team.vendor.first, team.vendor.second
    team.create("chat")
    counted, since = _counted(operator, "DriftDetected"), now(team)
    team.change_remotely("chat", **first.remotely(first.other), **second.remotely(second.other))
    team.wait("chat", _corrected(team, 1))

    told = [obj for obj in versions(team, since=since)["chat"] if _drift(obj)]
    assert told, "it is told before it is put right"
    for said in (_drift(told[0]), *_events(team, "chat", "DriftDetected")):
        assert first.difference in said
        assert second.difference in said
        assert _by_whom(team) in said
    assert says("Synced", "False", "DriftDetected")(told[0])
    team.until(lambda: len(_events(team, "chat", "DriftDetected")) == 1, "one Event")
    put_right = merged(first.remotely(first.declared), second.remotely(second.declared))
    assert _carried(team, "chat") == [put_right]
    assert _counted(operator, "DriftDetected") == counted + 1
    at_rest = team.get("chat")
    assert condition(at_rest, "Drifted") is None
    corrected = [one["field"] for one in at_rest["status"]["driftCorrections"]]
    assert corrected == sorted((first.pointer, second.pointer))


@at_each()
def test_what_is_not_managed_or_only_watched_stays_as_it_is(team: Team, operator: OperatorProcess) -> None:
    first = team.vendor.first
    for name in ("watched", "deleted"):
        team.vendor.create(name, "alice")
    team.await_polls()
    team.apply(
        team.manifest("ignoring", ignoreDrift=[first.pointer]),
        team.manifest("watched", mode="Observe"),
        team.manifest("deleted", mode="Observe"),
    )
    team.wait_all(["ignoring", "watched", "deleted"], settled)
    team.wait("ignoring", ready)
    team.forget_requests()
    counted, since = _counted(operator, "DriftDetected"), now(team)

    for name in ("ignoring", "watched"):
        team.change_remotely(name, **first.remotely(first.other))
    team.vendor.remove("deleted")
    obj = team.wait("watched", says("Drifted", "True", "DriftDetected"))
    assert first.difference in _drift(obj)
    assert _by_whom(team) in _drift(obj)
    assert "Observe leaves it" in _drift(obj)
    team.wait("deleted", says("Ready", "False", "RemoteNotFound"), timeout=45)
    team.await_polls(2)
    assert team.writes() == []
    assert not any(_drift(obj) for obj in versions(team, since=since).get("ignoring", []))
    assert len(_events(team, "watched", "DriftDetected")) == 1
    assert _counted(operator, "DriftDetected") == counted + 1

    team.change_remotely("watched", **first.remotely(first.declared))
    team.wait("watched", lambda obj: settled(obj) and not _drift(obj))


@at_each()
def test_what_somebody_keeps_changing_back_is_shown_and_left(team: Team, operator: OperatorProcess) -> None:
    first, second, further = team.vendor.first, team.vendor.second, team.vendor.further
    team.apply(team.manifest("field"), team.manifest("beside"), team.manifest("power", state="running"))
    team.wait_all(CONTESTED, ready)
    for count in range(1, 4):
        _change_back(team)
        team.wait_all(CONTESTED, _corrected(team, count))
    assert not any(_drift(obj) for obj in team.endpoints()), "all is as declared"

    counted = _counted(operator, "DriftContested")
    _change_back(team)
    team.change_remotely("beside", **second.remotely(second.other))
    contested = team.wait_all(CONTESTED, says("Drifted", "True", "DriftContested"))
    assert first.difference in _drift(contested["field"])
    assert _by_whom(team) in _drift(contested["field"])
    assert '"paused", declared "running"' in _drift(contested["power"])
    assert says("Ready", "False", "Paused")(contested["power"])
    assert condition(contested["power"], "Stalled") is not None
    assert _counted(operator, "DriftContested") >= counted + len(CONTESTED)
    team.until(lambda: len(_events(team, "field", "DriftContested")) == 1, "an Event")
    team.until(lambda: len(team.puts("beside")) == 4, "the other field is put right")
    assert _carried(team, "beside")[-1] == second.remotely(second.declared)

    operator.restart()
    team.await_polls(3)
    left = team.wait_all(CONTESTED, says("Drifted", "True", "DriftContested"))
    assert second.pointer not in _drift(left["beside"])
    assert [len(_corrections(team, name)) for name in CONTESTED] == [3, 4, 3]

    for name in CONTESTED:
        team.edit(name, **further.edit)
    team.wait_all(CONTESTED, lambda obj: ready(obj) and not _drift(obj))
    both = merged(first.remotely(first.declared), further.remotely(further.declared))
    assert _carried(team, "field")[-1] == both
    assert team.actions("power") == ["resume"] * 4


@at_each()
def test_no_secret_value_is_told_of_what_somebody_put_in_clear(team: Team, operator: OperatorProcess) -> None:
    vendor = team.vendor
    team.secret("hub", token=SECRET)
    team.create("chat", **team.block(vendor.environment({"A": "1"}, {"HUB": ("hub", "token")})))
    logged, since = len(operator.log), now(team)
    team.change_remotely("chat", **vendor.with_variable(team.remote("chat"), "A", SECRET))
    team.wait("chat", _corrected(team, 1))
    team.until(lambda: _events(team, "chat", "DriftDetected"), "an Event")

    told = [_drift(obj) for obj in versions(team, since=since)["chat"] if _drift(obj)]
    assert any(f"{vendor.environment_pointer} is {IN_CLEAR[vendor.key]}" in said for said in told)
    for shown in (team.get("chat"), versions(team, since=since), team.events(), operator.log[logged:]):
        assert SECRET not in str(shown)
    assert vendor.variables(team.remote("chat")) == {"A": "1", "HUB": SECRET}
