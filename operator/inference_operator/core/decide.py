"""The decision: from what is declared and what is known to the one next step.

Read it as a list of questions, asked in an order that is safe: is it being deleted, may we act at all, what do we
know, whose is it, is it as declared.
"""

from inference_operator.api.names import FINALIZER
from inference_operator.core import adoption, deletion, drift
from inference_operator.core.catalogue import objection
from inference_operator.core.diff import change_for
from inference_operator.core.documents import merged
from inference_operator.core.errors import Operation
from inference_operator.core.failures import Failure
from inference_operator.core.fingerprint import changed
from inference_operator.core.ineffective import effective_differences
from inference_operator.core.inquiry import inquiry
from inference_operator.core.observation import Absent, Observation, Present, State, Unlisted, Unread
from inference_operator.core.ownership import Ownership
from inference_operator.core.power import action
from inference_operator.core.snapshot import Snapshot
from inference_operator.core.steps import (
    WRITES_TO_EXISTING,
    Bind,
    Consult,
    Create,
    Hold,
    LetGo,
    Probe,
    Read,
    Rest,
    Step,
    Switch,
    Update,
)


def decide(snapshot: Snapshot) -> Step:
    """The next step for one resource."""
    step = _next(snapshot)
    if step == Rest():
        step = inquiry(snapshot) or step
    # A list may be old, and the name another's by now: what exists is changed only as it was read in this very look,
    # and what may have gone to sleep since is not woken by a question.
    return Read() if isinstance(step, (*WRITES_TO_EXISTING, Probe)) and not snapshot.verified else step


def _next(snapshot: Snapshot) -> Step:
    if snapshot.subject.deleting:
        return deletion.decide(snapshot)
    if snapshot.policy.observes_only and FINALIZER in snapshot.subject.finalizers:
        return LetGo()
    if snapshot.blocked:
        return Rest(snapshot.blocked)
    if snapshot.unresolved:
        return _without_values(snapshot, snapshot.unresolved)
    match snapshot.knowledge:
        case Unread() | Present(unlisted=True):
            return Read()
        case Present(observation=observation):
            return Read() if snapshot.may_be_another(observation) else _present(snapshot, observation)
        case Unlisted() if not _never_sent(snapshot):
            return Read()
        case Unlisted() | Absent():
            return _create(snapshot)


def _without_values(snapshot: Snapshot, failure: Failure) -> Step:
    """Nothing is sent that lacks its secret values. A pause carries none, and ends the bill."""
    if not _pauses(snapshot):
        return Rest(failure)
    match snapshot.knowledge:
        case Unread() | Present(unlisted=True):
            return Read()
        case Present(observation=observation) if snapshot.whose(observation) is Ownership.OURS:
            return Switch(Operation.PAUSE) if _due(snapshot, observation) is Operation.PAUSE else Rest(failure)
    return Rest(failure)


def _pauses(snapshot: Snapshot) -> bool:
    """Whether a pause is asked for, of an endpoint that is managed and not being taken over."""
    managed = FINALIZER in snapshot.subject.finalizers and not snapshot.policy.observes_only
    return managed and snapshot.subject.power.wanted is State.PAUSED and not (snapshot.adopting or snapshot.waiting)


def paused_as_asked(snapshot: Snapshot) -> bool:
    """Whether the pause that is asked for was carried out, on what is ours."""
    if not isinstance(snapshot.knowledge, Present) or not _pauses(snapshot):
        return False
    observation = snapshot.knowledge.observation
    return snapshot.whose(observation) is Ownership.OURS and State.PAUSED in (observation.state, observation.heading)


def _never_sent(snapshot: Snapshot) -> bool:
    """Whether no create can have been sent by us: only then a list without the name is enough to send one."""
    status = snapshot.subject.status
    if snapshot.policy.observes_only:
        return False
    if status.remote_ref is None:
        return True
    return status.pending_operation is not None and status.pending_operation.nonce == snapshot.fresh_intent


def _create(snapshot: Snapshot) -> Step:
    if snapshot.policy.observes_only:
        return Rest(_NOTHING_TO_OBSERVE)
    if snapshot.desired is None:
        return Rest()
    if not snapshot.offers_fresh:
        return Consult()
    runs_on, replicas = snapshot.desired.runs_on, snapshot.desired.replicas
    refusal = objection(snapshot.offers, runs_on, replicas) if runs_on else None
    if refusal is not None:
        return Rest(refusal)
    if FINALIZER not in snapshot.subject.finalizers:
        return Hold()
    if not snapshot.creating:
        return Bind(creating=True)
    return Create(snapshot.desired.creation())


def _present(snapshot: Snapshot, observation: Observation) -> Step:
    if snapshot.policy.observes_only:
        return Rest()
    whose = snapshot.whose(observation)
    if not whose.ours:
        return adoption.decide(snapshot, observation, whose)
    if FINALIZER not in snapshot.subject.finalizers:
        return Hold()
    if snapshot.subject.status.remote_ref is None:
        return Bind()
    if snapshot.adopting:
        return adoption.confirm(snapshot, whose)
    return Rest() if snapshot.waiting else _converge(snapshot, observation)


def _converge(snapshot: Snapshot, observation: Observation) -> Step:
    due = _due(snapshot, observation)
    # Pausing first saves the roll-out of an edit that is to be paused anyway; scaling to zero may need the edit.
    if due is Operation.PAUSE:
        return Switch(due)
    return _update(snapshot) or (Switch(due) if due else _rest(snapshot))


def _rest(snapshot: Snapshot) -> Rest:
    return Rest(MARKER_REFUSED) if snapshot.marker_refused and drift.marker_missing(snapshot) else Rest()


def _due(snapshot: Snapshot, observation: Observation) -> Operation | None:
    subject = snapshot.subject
    due = action(
        subject.power,
        subject.applied_power,
        observation.state,
        again=subject.reconcile_requested,
        heading=observation.heading,
    )
    return None if drift.POWER in drift.contested(snapshot) else due


def _update(snapshot: Snapshot) -> Update | None:
    found = effective_differences(snapshot)
    resend = snapshot.desired is not None and changed(snapshot.subject.status.secrets_fingerprint, snapshot.fingerprint)
    if snapshot.desired is None or not (found or resend):
        return None
    carriers = snapshot.desired.carriers(snapshot.shape) if resend else {}
    return Update(merged(change_for(found), carriers), found)


MARKER_REFUSED = Failure(
    "MarkerRejected",
    "The provider does not keep the ownership marker, a text of 53 characters that begins with iop1-. The endpoint "
    "stays managed by its name and creation time, but a lost status would leave it to nobody. See whether the "
    "provider limits what it is kept in, tags or environment variables, and declare fewer of them.",
    terminal=True,
)

_NOTHING_TO_OBSERVE = Failure(
    "RemoteNotFound",
    "No endpoint of this name exists, and mode Observe creates none. "
    "Create it at the provider, or set spec.mode to Manage.",
    terminal=True,
)
