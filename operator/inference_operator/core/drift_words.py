"""What the condition Drifted says: which fields are otherwise than declared, by whom, and what becomes of them."""

from inference_operator.core import adoption, drift
from inference_operator.core.observation import Observation, Present
from inference_operator.core.power import action
from inference_operator.core.snapshot import Snapshot

LEFT_AS_IT_IS = ("AdoptedAsItWas", "DriftContested")
"""The reasons under which nothing is done about it for now."""

_LEFT = f"It was put right {drift.CORRECTIONS} times within an hour, and is left for now."
_MARKER_MISSING = "The ownership marker is missing from the tags; it is put back with the next change."


def said_of_drift(snapshot: Snapshot) -> tuple[str, str] | None:
    """What is otherwise than declared and not because of an edit: the reason and the message."""
    if not isinstance(snapshot.knowledge, Present):
        return None
    observation, found = snapshot.knowledge.observation, snapshot.differences
    told = f"{drift.told(found)}.{drift.by_whom(observation)}"
    if snapshot.policy.observes_only:
        return ("DriftDetected", f"{told} Mode Observe leaves it so.") if found else None
    if not snapshot.whose(observation).ours and not _being_taken_over(snapshot, observation):
        return None
    if snapshot.waiting or snapshot.adopting:
        return _as_adopted(snapshot, observation, told if found else "")
    if contest := _contest(snapshot, observation):
        return "DriftContested", f"{contest}.{drift.by_whom(observation)} {_LEFT}"
    if found and (drift.drifted(snapshot.subject) or _being_taken_over(snapshot, observation)):
        return "DriftDetected", f"{told} It is put right."
    unmarked = drift.marker_missing(snapshot) and not snapshot.shape.marks_with_first_change
    return ("MarkerMissing", _MARKER_MISSING) if unmarked else None


def _as_adopted(snapshot: Snapshot, observation: Observation, told: str) -> tuple[str, str] | None:
    due = action(snapshot.subject.power, snapshot.subject.applied_power, observation.state, heading=observation.heading)
    power = f"The state is {observation.state.value}, spec.state asks for {due.value}." if due else ""
    both = " ".join(part for part in (told, power) if part)
    return ("AdoptedAsItWas", f"{both} It is changed with the next change of the spec.") if both else None


def _being_taken_over(snapshot: Snapshot, observation: Observation) -> bool:
    """Whether it was made by others, and is about to become as declared."""
    return snapshot.subject.status.remote_ref is not None and adoption.takes(snapshot, observation)


def _contest(snapshot: Snapshot, observation: Observation) -> str:
    """What differs still of what was put right too often, empty where nothing does."""
    contested, power = drift.contested(snapshot), snapshot.subject.power
    fields = drift.told(one for one in snapshot.differences if one.pointer in contested)
    applied, heading = snapshot.subject.applied_power, observation.heading
    due = action(power, applied, observation.state, heading=heading) if drift.POWER in contested else None
    state = f'{drift.POWER} is "{observation.state.value}", declared "{power.wanted}"' if due else ""
    return "; ".join(part for part in (fields, state) if part)
