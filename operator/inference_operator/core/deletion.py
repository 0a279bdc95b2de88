"""Deletion: what becomes of the remote endpoint when its resource is deleted.

The finalizer stays until the remote side is where the policy wants it, and for one reason more: to say why not. It does
not stay for ever: after deletionTimeout the resource goes, and what it leaves behind is entered in the ledger of
orphans, for somebody may be paying for it.
"""

from datetime import datetime, timedelta

from inference_operator.api.names import FINALIZER
from inference_operator.core.errors import Operation
from inference_operator.core.failures import Failure
from inference_operator.core.observation import Absent, Observation, Present, State
from inference_operator.core.ownership import Ownership
from inference_operator.core.snapshot import Snapshot
from inference_operator.core.steps import Abandon, LetGo, Read, Release, Remove, Rest, Step, Switch

_POWER_FIRST = {
    "Pause": (Operation.PAUSE, (State.PAUSED,)),
    # One that is paused is at rest already, and costs even less.
    "ScaleToZero": (Operation.SCALE_TO_ZERO, (State.SCALED_TO_ZERO, State.PAUSED)),
}

_ON_ITS_WAY = 5.0
"""Seconds to the next look at what is coming to rest."""

_CARRIED_OUT_BY = 300.0
"""Seconds that a provider may take for what it accepted, before somebody should look at it."""

_SLACK = timedelta(minutes=5)
"""By how much the provider's clock may be behind ours: a needless entry in the ledger is cheaper than a hidden bill."""


def decide(snapshot: Snapshot) -> Step:
    """The next step for a resource that is being deleted."""
    subject = snapshot.subject
    if FINALIZER not in subject.finalizers:
        return Rest()
    if snapshot.abandoned or not (subject.unreadable or _acts(snapshot)):
        return LetGo()
    foreign = [one for one in subject.finalizers if one != FINALIZER]
    if foreign:
        # No timeout here: the object stays anyhow, and once they are gone the remote endpoint can be deleted.
        return Rest(_blocked_by(foreign))
    step = Rest(snapshot.blocked) if subject.unreadable else _step(snapshot)
    stuck = isinstance(step, Rest) and step.failure
    return Abandon(stuck) if stuck and overdue(snapshot) and subject.status.remote_ref else step


def _acts(snapshot: Snapshot) -> bool:
    """Whether there is something remote that this resource may do something about."""
    return snapshot.subject.status.remote_ref is not None and not snapshot.policy.observes_only


def overdue_in(snapshot: Snapshot) -> float | None:
    """Seconds until deletionTimeout releases a resource that is being deleted; None where it is not."""
    since = snapshot.subject.deleted_at
    if since is None or not snapshot.subject.deleting:
        return None
    return (since + snapshot.policy.deletion_timeout - snapshot.now).total_seconds()


def overdue(snapshot: Snapshot) -> bool:
    """Whether the resource is let go of whatever stands in the way."""
    left = overdue_in(snapshot)
    return left is not None and left <= 0


def _step(snapshot: Snapshot) -> Step:
    if snapshot.policy.deletion_protection:
        return Rest(_PROTECTED)
    if snapshot.blocked:
        return Rest(snapshot.blocked)
    match snapshot.knowledge:
        case Absent() if snapshot.creating and not snapshot.verified:
            return Read()
        case Absent() if snapshot.creating and snapshot.unsettled_for > 0:
            return Rest(_UNSETTLED, after=snapshot.unsettled_for)
        case Absent():
            return LetGo()
        # Letting go by an old list would leave behind what became ours since.
        case Present(observation=observation, unlisted=False) if snapshot.verified:
            return _present(snapshot, observation)
        case _:
            return Read()


def _present(snapshot: Snapshot, observation: Observation) -> Step:
    whose = snapshot.whose(observation)
    if whose is Ownership.UNOWNED and _perhaps_ours(snapshot, observation):
        return Abandon(_UNCONFIRMED)
    # What the object of this name had before it was made anew is its own from the binding on, marker or not.
    if not whose.ours_by_name:
        return LetGo()
    policy = snapshot.policy.deletion
    if policy == "Delete":
        return Remove()
    if policy in _POWER_FIRST:
        operation, at_rest = _POWER_FIRST[policy]
        if observation.heading in at_rest:
            return _awaited(snapshot)
        if observation.state not in at_rest:
            return Switch(operation)
    return LetGo() if whose is Ownership.UNMARKED_OURS else Release()


def _perhaps_ours(snapshot: Snapshot, observation: Observation) -> bool:
    """Whether it may be of our own create, whose answer was lost and whose marker is not there."""
    pending = snapshot.subject.status.pending_operation
    if pending is None or not snapshot.creating or not observation.created_at:
        return False
    return datetime.fromisoformat(observation.created_at) >= datetime.fromisoformat(pending.started_at) - _SLACK


def _blocked_by(finalizers: list[str]) -> Failure:
    return Failure(
        "DeletionBlocked",
        f"Waiting for other finalizers before the remote endpoint is deleted: {', '.join(sorted(finalizers))}.",
        terminal=False,
    )


def not_carried_out(snapshot: Snapshot) -> Step:
    """The provider took what the deletion asks for, and shows the endpoint as it was."""
    rest = _awaited(snapshot)
    return Abandon(rest.failure) if rest.failure and overdue(snapshot) else rest


def _awaited(snapshot: Snapshot) -> Rest:
    """What the provider took is waited for; what it does not carry out is said, and comes to an end."""
    return Rest(after=_ON_ITS_WAY) if snapshot.ending_for < _CARRIED_OUT_BY else Rest(_NOT_CARRIED_OUT)


_NOT_CARRIED_OUT = Failure(
    "NotCarriedOut",
    "The provider accepted what the deletion asks for, and has not carried it out after five minutes. It is asked for "
    "again; see at the provider why the endpoint stays as it is.",
    terminal=False,
)

_UNSETTLED = Failure(
    "CreateUnsettled",
    "The answer to the create was lost, and the endpoint may still appear: it is looked for once more before the "
    "resource goes.",
    terminal=False,
)

_UNCONFIRMED = Failure(
    "CreateUnconfirmed",
    "The answer to the create was lost, and an endpoint of the name appeared without the ownership marker. It is left "
    "alone, as it may be somebody else's.",
    terminal=True,
)

_PROTECTED = Failure(
    "DeletionProtected",
    "spec.deletionProtection is true: the remote endpoint stays. Set it to false to let the deletion go on.",
    terminal=True,
)
