"""Whether anybody looks after a remote endpoint, judged from outside any resource.

A person who deletes or takes back an orphan acts without the operator's memory. So everything that may speak for
somebody else counts here: a live resource's marker, another cluster's, a resource that is bound to the endpoint.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, TypeAlias

from inference_operator.api.names import FINALIZER
from inference_operator.core.observation import Observation
from inference_operator.core.orphans import Orphan
from inference_operator.core.ownership import RELEASED, Claim

Address: TypeAlias = tuple[str, str, str, str]
"""Where an endpoint is: provider, base URL, namespace there, name."""

Object: TypeAlias = Mapping[str, Any]
"""An InferenceEndpoint as the API server gives it."""

_UNLISTED = "whose it is can't be told, as you may not list InferenceEndpoints in all namespaces"
_NOBODY = "00000000-0000-0000-0000-000000000000"


class Custody(Enum):
    """What became of a remote endpoint that was, or seems to be, let go of."""

    ORPHAN = "nobody looks after it"
    HELD = "somebody looks after it"
    GONE = "it does not exist any more"
    UNCLEAR = "nobody can tell"


@dataclass(frozen=True, slots=True)
class Judgement:
    """`why`: what to tell a person who takes it for an orphan; a clause without a full stop."""

    custody: Custody
    why: str


@dataclass(frozen=True, slots=True)
class Binding:
    """The resource (`namespace/name`) that holds an endpoint; `confirmed`: it has it, and is not letting go of it.

    `id`: which of those that may share the name, where ids tell them apart.
    """

    resource: str
    confirmed: bool
    id: str | None = None


@dataclass(frozen=True, slots=True)
class Holders:
    """Who holds remote endpoints in this cluster: by the claim that a marker states, and by the address bound to.

    `heirs`: by the object that a claim names, the resources (`namespace/name`) of that name that have no endpoint yet.
    One that was made anew, as after a rebuild, takes back what the one before it had, whatever UID the marker states.
    """

    cluster: str
    claims: Mapping[Claim, Binding]
    bound: Mapping[Address, Binding]
    heirs: Mapping[str, str]


def holders(cluster_id: str, endpoints: Iterable[Object]) -> Holders:
    """What the InferenceEndpoints of a cluster, all of them, say. `endpoints`: as the API server gives them."""
    known = [(_claim(cluster_id, one["metadata"]), one) for one in endpoints]
    return Holders(
        cluster=Claim.of(cluster_id=cluster_id, namespace="", name="", uid=_NOBODY).cluster,
        claims={claim: Binding(_resource(one), not _is_leaving(one)) for claim, one in known},
        bound=bindings(one for _, one in known),
        heirs={claim.object: _resource(one) for claim, one in known if not _has_one(one)},
    )


def bindings(endpoints: Iterable[Object]) -> dict[Address, Binding]:
    """Which resources are bound to which endpoints."""
    bound = [one for one in endpoints if (one.get("status") or {}).get("remoteRef")]
    references = [(one, one["status"]["remoteRef"]) for one in bound]
    return {address(there): Binding(_resource(one), _confirmed(one), there.get("id")) for one, there in references}


def address(reference: Mapping[str, Any]) -> Address:
    """The address that a `status.remoteRef` names."""
    provider, base_url, namespace, name = (
        str(reference.get(part, "")) for part in ("provider", "baseURL", "namespace", "name")
    )
    return (provider, base_url.rstrip("/"), namespace, name)


def taken_back(orphan: Orphan, bound: Mapping[Address, Binding]) -> bool:
    """Whether a resource has the endpoint of this name now: where names are unique, the orphan is it, or is gone."""
    binding = bound.get(address(orphan.remote))
    if binding is None or not binding.confirmed:
        return False
    return binding.id is None or binding.id == orphan.remote.get("id", binding.id)


def is_marked(observation: Observation) -> bool:
    """Whether its own marker says that it is an orphan, or may be one."""
    return _released(observation) or any(map(Claim.parse, observation.claims))


def judge(observation: Observation, where: Address, recorded: Orphan | None, known: Holders | None) -> Judgement:
    """Whose an endpoint is. `recorded`: its entry in the ledger; `known`: None where the resources can't be listed."""
    if known is None:
        return Judgement(Custody.UNCLEAR, _UNLISTED)
    held = _held(observation, where, known)
    if held is not None:
        return held
    if is_marked(observation):
        return Judgement(Custody.ORPHAN, "")
    return _unmarked(observation, recorded)


def _held(observation: Observation, where: Address, known: Holders) -> Judgement | None:
    claims = [claim for text in observation.claims if (claim := Claim.parse(text))]
    for claim in claims:
        if claim.cluster != known.cluster:
            return Judgement(Custody.HELD, f"it carries the marker of another cluster ({claim})")
        if claim in known.claims:
            return _by(known.claims[claim], "it belongs to InferenceEndpoint {}")
    if where in known.bound:
        return _by(known.bound[where], "InferenceEndpoint {} is bound to it")
    # None of them has it, and none may ever: so it stays on the ledger.
    heirs = [Binding(known.heirs[claim.object], False) for claim in claims if claim.object in known.heirs]
    return _by(heirs[0], "it is of an InferenceEndpoint {} before this one, which may take it back") if heirs else None


def _by(binding: Binding, text: str) -> Judgement:
    # What is let go of may be on its way to the ledger, and must not be taken off it.
    custody = Custody.HELD if binding.confirmed else Custody.UNCLEAR
    return Judgement(custody, text.format(binding.resource))


def _unmarked(observation: Observation, recorded: Orphan | None) -> Judgement:
    made = recorded.remote.get("createdAt") if recorded else None
    if recorded is None or made is None:
        return Judgement(Custody.UNCLEAR, "it carries no ownership marker, and nothing on record says that it was ours")
    if made != observation.created_at:
        return Judgement(Custody.GONE, f"the one on record was made at {made}, and this one of its name is another")
    return Judgement(Custody.ORPHAN, "")


def _released(observation: Observation) -> bool:
    return any(text.lower() == RELEASED for text in observation.claims)


def _claim(cluster_id: str, metadata: Mapping[str, Any]) -> Claim:
    return Claim.of(cluster_id=cluster_id, namespace=metadata["namespace"], name=metadata["name"], uid=metadata["uid"])


def _resource(obj: Object) -> str:
    return f"{obj['metadata']['namespace']}/{obj['metadata']['name']}"


def _has_one(obj: Object) -> bool:
    return bool((obj.get("status") or {}).get("remoteRef")) and _confirmed(obj)


def _is_leaving(obj: Object) -> bool:
    return "deletionTimestamp" in obj["metadata"]


def _confirmed(obj: Object) -> bool:
    """Whether the resource was seen to have what it is bound to, and means to keep it: one that observes does not."""
    kept = FINALIZER in (obj["metadata"].get("finalizers") or ()) and not _is_leaving(obj)
    status = obj["status"]
    return kept and bool(status["remoteRef"].get("createdAt")) and not status.get("pendingOperation")
