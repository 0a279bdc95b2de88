"""What is said of a resource, condition by condition, before transition times are put on.

The table of the conditions is read from top to bottom here: whether the remote side can be seen at all, what stops us,
and then what state the endpoint is in.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from inference_operator.api.condition import ConditionStatus
from inference_operator.core import cadence, drift
from inference_operator.core.diff import Difference
from inference_operator.core.drift_words import LEFT_AS_IT_IS, said_of_drift
from inference_operator.core.errors import Operation
from inference_operator.core.failures import Failure
from inference_operator.core.ineffective import CONDITION, ineffective, said_of
from inference_operator.core.inquiry import unproven
from inference_operator.core.observation import Absent, Observation, Present, State
from inference_operator.core.ownership import Ownership
from inference_operator.core.power import action
from inference_operator.core.snapshot import Snapshot


@dataclass(frozen=True, slots=True)
class Verdict:
    """One condition without its times."""

    type: str
    status: ConditionStatus
    reason: str
    message: str


@dataclass(frozen=True, slots=True)
class _Shown:
    """How an endpoint's state shows in Ready. `progress`: Reconciling or Stalled, None at rest."""

    ready: bool
    reason: str
    message: str
    progress: Literal["Reconciling", "Stalled"] | None = None


def verdicts(snapshot: Snapshot, failure: Failure | None) -> tuple[Verdict, ...]:
    """All conditions of a resource. `failure`: what stopped the last pass, None where nothing did."""
    if snapshot.stale and not (failure and (failure.terminal or snapshot.subject.deleting)):
        return _stale(failure)
    observation = snapshot.knowledge.observation if isinstance(snapshot.knowledge, Present) else None
    shown, drifted = _shown(snapshot, observation, failure), said_of_drift(snapshot)
    return (
        Verdict("Ready", "True" if shown.ready else "False", shown.reason, shown.message),
        # What a stranger's endpoint answers is not said of this one.
        _available(snapshot, None if snapshot.in_sight in _STRANGERS else observation),
        _synced(snapshot, shown, failure, drifted),
        *_progress(shown),
        *((Verdict("Drifted", "True", *drifted),) if drifted else ()),
        *_ineffective(snapshot),
    )


def _shown(snapshot: Snapshot, observation: Observation | None, failure: Failure | None) -> _Shown:
    if snapshot.subject.deleting:
        return _deleting(failure)
    if failure is not None:
        return _stopped(failure)
    if observation is None:
        return _Shown(False, "Provisioning", "The endpoint is about to be created.", "Reconciling")
    return _BY_STATE[observation.state](observation, snapshot)


def _deleting(failure: Failure | None) -> _Shown:
    if failure is None:
        return _Shown(False, "Deleting", "The remote endpoint is being removed.", "Reconciling")
    return _stopped(failure)


def _stopped(failure: Failure) -> _Shown:
    return _Shown(False, failure.reason, failure.message, "Stalled" if failure.terminal else "Reconciling")


def _running(observation: Observation, snapshot: Snapshot) -> _Shown:
    if not observation.serves:
        return _Shown(False, "Provisioning", "It runs, but no replica is ready yet.", "Reconciling")
    if unproven(snapshot, observation):
        return _silent(snapshot)
    return _Shown(True, "Running", "The endpoint serves requests.")


def _silent(snapshot: Snapshot) -> _Shown:
    if snapshot.silences < cadence.PROBES:
        return _Shown(False, "Provisioning", f"It runs, but {_silence(snapshot)}.", "Reconciling")
    said = f"It runs, but {_silence(snapshot)}. It is asked every ten minutes for two hours, and when it is changed."
    return _Shown(False, "HealthRouteSilent", said, "Stalled")


def _silence(snapshot: Snapshot) -> str:
    said = f": {snapshot.health.said}" if snapshot.health else ""
    return f"its health route has not answered yet{said}"


def _paused(observation: Observation, snapshot: Snapshot) -> _Shown:
    due = action(snapshot.subject.power, snapshot.subject.applied_power, State.PAUSED)
    if due is Operation.RESUME and (snapshot.waiting or drift.POWER in drift.contested(snapshot)):
        return _Shown(False, "Paused", "The endpoint is paused; see the condition Drifted.", "Stalled")
    if due is Operation.RESUME and not snapshot.policy.observes_only:
        return _Shown(False, "Paused", "The endpoint is paused and is being resumed.", "Reconciling")
    return _Shown(True, "Paused", "The endpoint is paused: it serves nothing and is not billed.")


def _scaled_to_zero(observation: Observation, snapshot: Snapshot) -> _Shown:
    return _Shown(True, "ScaledToZero", "The endpoint has no replica; a request wakes it.")


def _in_progress(reason: str, doing: str) -> Callable[[Observation, Snapshot], _Shown]:
    def show(observation: Observation, snapshot: Snapshot) -> _Shown:
        return _Shown(False, reason, observation.message or doing, "Reconciling")

    return show


def _failed(reason: str, what: str, next_step: str) -> Callable[[Observation, Snapshot], _Shown]:
    def show(observation: Observation, snapshot: Snapshot) -> _Shown:
        said = (observation.error_message or observation.message or what).rstrip(".")
        return _Shown(False, reason, f"{said}. {next_step}", "Stalled")

    return show


_BY_STATE: dict[State, Callable[[Observation, Snapshot], _Shown]] = {
    State.RUNNING: _running,
    State.PAUSED: _paused,
    State.SCALED_TO_ZERO: _scaled_to_zero,
    State.PENDING: _in_progress("Provisioning", "The endpoint is waiting for hardware."),
    State.INITIALIZING: _in_progress("Provisioning", "The endpoint is starting."),
    State.UPDATING: _in_progress("Updating", "The endpoint is rolling out a new version."),
    State.UNKNOWN: _in_progress("StateUnknown", "The provider reports a state that is not known here."),
    State.FAILED: _failed("ProvisioningFailed", "The endpoint failed to start", "See its logs, and correct the spec."),
    State.UPDATE_FAILED: _failed(
        "UpdateFailed",
        "The update failed",
        "The version before it goes on serving; see its logs, and correct the spec.",
    ),
}


_STRANGERS = (Ownership.UNOWNED, Ownership.FOREIGN)


def _available(snapshot: Snapshot, observation: Observation | None) -> Verdict:
    if snapshot.stale:
        return Verdict("Available", "Unknown", "ObservationStale", _STALE)
    if observation is None and not isinstance(snapshot.knowledge, Absent):
        for seen in snapshot.subject.status.conditions or ():
            if seen.type == "Available" and seen.status != "Unknown":
                return Verdict(seen.type, seen.status, seen.reason, seen.message)
    if observation is not None and unproven(snapshot, observation):
        return Verdict("Available", "False", "HealthRouteSilent", f"It runs, but {_silence(snapshot)}.")
    if observation is not None and observation.serves and observation.state not in (State.PAUSED, State.SCALED_TO_ZERO):
        return Verdict("Available", "True", "Serving", "Requests are answered.")
    return Verdict("Available", "False", "NotServing", "No replica answers requests.")


def _synced(snapshot: Snapshot, shown: _Shown, failure: Failure | None, drifted: tuple[str, str] | None) -> Verdict:
    if failure is not None or not isinstance(snapshot.knowledge, Present):
        return Verdict("Synced", "False", shown.reason, shown.message)
    found, left = snapshot.differences, drifted is not None and drifted[0] in LEFT_AS_IT_IS
    if found or left:
        what = _fields(found) if found else drift.POWER
        return Verdict("Synced", "False", drifted[0] if drifted else "DriftDetected", f"Not as declared: {what}.")
    remarks = snapshot.desired.remarks if snapshot.desired else ()
    return Verdict("Synced", "True", "AsDeclared", " ".join(("The remote endpoint is as declared.", *remarks)))


def _progress(shown: _Shown) -> tuple[Verdict, ...]:
    return (Verdict(shown.progress, "True", shown.reason, shown.message),) if shown.progress else ()


def _ineffective(snapshot: Snapshot) -> tuple[Verdict, ...]:
    found = ineffective(snapshot)
    return (Verdict(CONDITION, "True", "FieldIneffective", said_of(found)),) if found else ()


_STALE = "The provider could not be read for longer than three sweep periods; what is shown was last seen then."


def _stale(failure: Failure | None) -> tuple[Verdict, ...]:
    why = f" {failure.message}" if failure else ""
    message = f"{_STALE}{why}"
    return (
        Verdict("Ready", "Unknown", "ObservationStale", message),
        Verdict("Available", "Unknown", "ObservationStale", message),
        Verdict("Synced", "Unknown", "ObservationStale", message),
    )


def _fields(found: tuple[Difference, ...]) -> str:
    return ", ".join(one.pointer for one in found)
