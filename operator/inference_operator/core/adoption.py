"""What to do about a remote endpoint of our name that is not (or not provably) ours."""

from inference_operator.api.names import FINALIZER
from inference_operator.core.failures import Failure
from inference_operator.core.observation import Observation
from inference_operator.core.ownership import Claim, Ownership
from inference_operator.core.snapshot import Snapshot
from inference_operator.core.steps import Bind, Hold, Rest, Step, Update


def decide(snapshot: Snapshot, observation: Observation, whose: Ownership) -> Step:
    """Take it where the policy allows, else say whose it is. Nothing is changed but the marker."""
    refusal = _refusal(snapshot, observation, whose)
    if refusal:
        return Rest(refusal)
    if FINALIZER not in snapshot.subject.finalizers:
        return Hold()
    if snapshot.subject.status.remote_ref is None:
        return Bind(creating=False)
    return Update(change={})


def _refusal(snapshot: Snapshot, observation: Observation, whose: Ownership) -> Failure | None:
    policy = snapshot.policy.adoption
    if whose is Ownership.SAME_OBJECT:
        # Names are unique in a cluster: the object that made this claim is gone, and this one stands in its place.
        return None
    if whose is Ownership.FOREIGN:
        return None if policy == "Always" else _conflict(snapshot, observation)
    return None if policy in ("IfUnowned", "Always") else _already_exists(observation)


def _conflict(snapshot: Snapshot, observation: Observation) -> Failure:
    holder = next(claim for text in observation.claims if (claim := Claim.parse(text)))
    where = _whereabouts(holder, snapshot)
    return Failure(
        "OwnershipConflict",
        f"The endpoint {observation.name!r} belongs to {where} (marker {holder}). Choose another name in the provider "
        "block, delete the other resource, or set spec.adoptionPolicy to Always to take it over.",
        terminal=True,
    )


def _whereabouts(holder: Claim, snapshot: Snapshot) -> str:
    if holder.cluster != snapshot.claim.cluster:
        return "another cluster"
    known = next((rival for rival in snapshot.rivals if holder.is_of(*rival)), None)
    return f"InferenceEndpoint {known[0]}/{known[1]}" if known else "another resource of this cluster"


def _already_exists(observation: Observation) -> Failure:
    by = f" (created by {observation.created_by.name})" if observation.created_by else ""
    return Failure(
        "AlreadyExists",
        f"An endpoint named {observation.name!r} exists already{by} and is not managed by this resource. Choose "
        "another "
        "name, delete it at the provider, or set spec.adoptionPolicy to IfUnowned to take it over.",
        terminal=True,
    )
