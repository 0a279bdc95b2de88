"""Deletion: what becomes of the remote endpoint when its resource is deleted.

The finalizer stays until the remote side is where the policy wants it, and for one reason more: to say why not.
"""

from inference_operator.api.names import FINALIZER
from inference_operator.core.errors import Operation
from inference_operator.core.failures import Failure
from inference_operator.core.observation import Absent, Observation, Present, State
from inference_operator.core.ownership import Ownership
from inference_operator.core.snapshot import Snapshot
from inference_operator.core.steps import LetGo, Read, Release, Remove, Rest, Step, Switch

_POWER_FIRST = {
    "Pause": (Operation.PAUSE, (State.PAUSED,)),
    # One that is paused is at rest already, and costs even less.
    "ScaleToZero": (Operation.SCALE_TO_ZERO, (State.SCALED_TO_ZERO, State.PAUSED)),
}


def decide(snapshot: Snapshot) -> Step:
    """The next step for a resource that is being deleted."""
    subject = snapshot.subject
    if FINALIZER not in subject.finalizers:
        return Rest()
    if subject.status.remote_ref is None or snapshot.policy.observes_only:
        return LetGo()
    foreign = [one for one in subject.finalizers if one != FINALIZER]
    if foreign:
        return Rest(_blocked_by(foreign))
    if snapshot.policy.deletion_protection:
        return Rest(_PROTECTED)
    if snapshot.blocked:
        return Rest(snapshot.blocked)
    match snapshot.knowledge:
        case Absent():
            return LetGo()
        case Present(observation=observation, unlisted=False):
            return _present(snapshot, observation)
        case _:
            return Read()


def _present(snapshot: Snapshot, observation: Observation) -> Step:
    whose = snapshot.whose(observation)
    if whose not in (Ownership.OURS, Ownership.UNMARKED_OURS):
        return LetGo()
    policy = snapshot.policy.deletion
    if policy == "Delete":
        return Remove()
    if policy in _POWER_FIRST:
        operation, at_rest = _POWER_FIRST[policy]
        if observation.state not in at_rest:
            return Switch(operation)
    return Release() if whose is Ownership.OURS else LetGo()


def _blocked_by(finalizers: list[str]) -> Failure:
    return Failure(
        "DeletionBlocked",
        f"Waiting for other finalizers before the remote endpoint is deleted: {', '.join(sorted(finalizers))}.",
        terminal=False,
    )


_PROTECTED = Failure(
    "DeletionProtected",
    "spec.deletionProtection is true: the remote endpoint stays. Set it to false to let the deletion go on.",
    terminal=True,
)
