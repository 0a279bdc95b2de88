"""What to do about a remote endpoint of our name that is not (or not provably) ours.

Taking over nobody's endpoint changes its tags alone. Two may do it at the same time, and the provider has no way to
make one of them fail; so the marker is read again after a while, and who finds the other's has lost. What differs from
the spec is shown first and changed no earlier than with the next change of the spec.
"""

from datetime import datetime

from inference_operator.api.names import FINALIZER
from inference_operator.core.failures import Failure
from inference_operator.core.observation import Observation
from inference_operator.core.ownership import Claim, Ownership
from inference_operator.core.snapshot import Snapshot
from inference_operator.core.steps import Bind, Hold, Read, Rest, Step, Update

CONFIRM_AFTER = 5.0
"""Seconds after which the marker is read again."""

_SLACK = 1.0
"""Seconds more, since recorded times are whole seconds."""


def decide(snapshot: Snapshot, observation: Observation, whose: Ownership) -> Step:
    """Take it where the policy allows, else say whose it is. Nothing is changed but the marker."""
    refusal = _refusal(snapshot, observation, whose)
    if refusal:
        # By a list alone nothing is given up that was begun.
        return Rest(refusal) if snapshot.verified or not snapshot.adopting else Read()
    if FINALIZER not in snapshot.subject.finalizers:
        return Hold()
    if snapshot.marker_refused and not snapshot.subject.edited:
        return Rest(NOT_KEPT)
    careful = whose is Ownership.UNOWNED and snapshot.policy.adoption == "IfUnowned"
    if whose is Ownership.UNOWNED and snapshot.shape.marks_with_first_change:
        return Bind(claiming=True) if snapshot.verified else Read()
    return Update(change={}) if _is_bound(snapshot, observation, careful=careful) else Bind(adopting=careful)


def _is_bound(snapshot: Snapshot, observation: Observation, *, careful: bool) -> bool:
    """Whether this incarnation is the one that was bound to take it over: of another nobody was shown what differs."""
    reference = snapshot.subject.status.remote_ref
    if reference is None:
        return False
    return not careful or (snapshot.adopting and reference.created_at in (None, observation.created_at))


def takes(snapshot: Snapshot, observation: Observation) -> bool:
    """Whether an endpoint that is not ours is about to be, by the policy."""
    whose = snapshot.whose(observation)
    not_ours = whose in (Ownership.UNOWNED, Ownership.FOREIGN, Ownership.SAME_OBJECT)
    return not_ours and _refusal(snapshot, observation, whose) is None


def confirm(snapshot: Snapshot, whose: Ownership) -> Step:
    """The endpoint has our marker: wait until it can be believed to stay there."""
    if whose is Ownership.UNMARKED_OURS:
        return Rest(TAKEN_OFF) if snapshot.verified else Read()
    left = confirm_in(snapshot)
    return Rest(CLAIMING, after=left) if left > 0 else Read()


def confirm_in(snapshot: Snapshot) -> float:
    """Seconds until a read confirms that the marker stayed; 0 or less when it does so now."""
    pending = snapshot.subject.status.pending_operation
    if pending is None:
        return 0.0
    since = (snapshot.now - datetime.fromisoformat(pending.started_at)).total_seconds()
    # A clock that was set back is not waited for.
    return min(CONFIRM_AFTER + _SLACK - since, CONFIRM_AFTER + _SLACK)


CLAIMING = Failure("Claiming", "The endpoint exists, and the ownership marker is being put on it.", terminal=False)

TAKEN_OFF = Failure(
    "Claiming", "The ownership marker was taken off right after it was put on. It is put on once more.", terminal=False
)

NOT_KEPT = Failure(
    "MarkerRejected",
    "The provider does not keep the ownership marker, a text of 53 characters that begins with iop1-, and what can't "
    "be marked is not taken over. See whether the provider limits what it is kept in, tags or environment variables; "
    "it is tried again when the spec is changed or a reconcile is requested.",
    terminal=True,
)


def not_kept(snapshot: Snapshot) -> bool:
    """Whether the marker that was just sent is not on the endpoint, which is not ours without it."""
    whose = snapshot.in_sight
    return snapshot.marker_refused and whose is not None and not whose.ours


def _refusal(snapshot: Snapshot, observation: Observation, whose: Ownership) -> Failure | None:
    policy = snapshot.policy.adoption
    if whose is Ownership.SAME_OBJECT:
        # Names are unique in a cluster: the object that made this claim is gone, and this one stands in its place.
        return None
    if whose is Ownership.LOST:
        return _conflict(snapshot, observation, _TAKEN_FROM_US)
    if whose is Ownership.FOREIGN:
        return None if policy == "Always" else _conflict(snapshot, observation, _TAKEN)
    return None if policy in ("IfUnowned", "Always") else _already_exists(snapshot, observation)


_TAKEN = (
    "Choose another name in the provider block, delete the other resource, or set spec.adoptionPolicy to Always to "
    "take it over."
)
_TAKEN_FROM_US = (
    "It was this resource's, and was taken over there; it is not taken back, for that would have no end. Delete one of "
    "the two resources."
)


def _conflict(snapshot: Snapshot, observation: Observation, next_step: str) -> Failure:
    holder = next(claim for text in observation.claims if (claim := Claim.parse(text)))
    where = _whereabouts(holder, snapshot)
    return Failure(
        "OwnershipConflict",
        f"The endpoint {observation.name!r} belongs to {where} (marker {holder}). {next_step}",
        terminal=True,
    )


def _whereabouts(holder: Claim, snapshot: Snapshot) -> str:
    if holder.cluster != snapshot.claim.cluster:
        return "another cluster"
    if holder.is_of(snapshot.subject.namespace, snapshot.subject.name):
        return "a resource of this name in another cluster that has the same --cluster-id"
    known = next((rival for rival in snapshot.rivals if holder.is_of(*rival)), None)
    return f"InferenceEndpoint {known[0]}/{known[1]}" if known else "another resource of this cluster"


def _already_exists(snapshot: Snapshot, observation: Observation) -> Failure:
    by = f" (created by {observation.created_by.name})" if observation.created_by else ""
    # The answer to a create of ours was lost, and with it what would tell this endpoint from another's.
    perhaps = " It may be of this resource's own create, whose answer was lost." if snapshot.creating else ""
    return Failure(
        "AlreadyExists",
        f"An endpoint named {observation.name!r} exists already{by}, carries no ownership marker and is not managed by "
        f"this resource.{perhaps} Choose another name, delete it at the provider, or set spec.adoptionPolicy to "
        "IfUnowned to take it over.",
        terminal=True,
    )
