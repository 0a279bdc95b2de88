"""What is decided about accounts: which one a resource uses, whether it may, and what is said of the account itself."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, get_args

from inference_operator.api.account import (
    AccountDefaults,
    AccountStatus,
    ClusterInferenceAccountSpec,
    InferenceAccountSpec,
    Quota,
)
from inference_operator.api.condition import Condition
from inference_operator.api.endpoint import AdoptionPolicy, EndpointSpec
from inference_operator.api.names import ACCOUNT_KIND, CLUSTER_ACCOUNT_KIND, DEFAULT_ACCOUNT
from inference_operator.api.status import EndpointStatus, RemoteRef
from inference_operator.core.catalogue import Offer
from inference_operator.core.failures import Failure
from inference_operator.core.moments import stamp
from inference_operator.core.snapshot import AccountAddress, Policy

_MOST_QUOTAS = 256
_LONGEST_NAME = 63
_ADOPTION_ORDER: tuple[str, ...] = get_args(AdoptionPolicy)


def candidates(spec: EndpointSpec, status: EndpointStatus) -> tuple[tuple[str, str], ...]:
    """The accounts (kind, name) to look for, the first that exists counts: the binding, the reference, the defaults."""
    if status.remote_ref is not None:
        return ((status.remote_ref.account.kind, status.remote_ref.account.name),)
    if spec.account_ref is not None:
        return ((spec.account_ref.kind or ACCOUNT_KIND, spec.account_ref.name),)
    return ((ACCOUNT_KIND, DEFAULT_ACCOUNT), (CLUSTER_ACCOUNT_KIND, DEFAULT_ACCOUNT))


def adoption_cap(spec: InferenceAccountSpec) -> str | None:
    """The most that adoption may be with an account, None where it sets no bound: its own namespace alone uses it."""
    if not isinstance(spec, ClusterInferenceAccountSpec):
        return None
    return spec.max_adoption_policy or _ADOPTION_ORDER[0]


def within_cap(adoption: str, cap: str | None) -> str:
    """The adoption policy that is left of one under a cap."""
    return adoption if cap is None else min(adoption, cap, key=_ADOPTION_ORDER.index)


def policy(spec: EndpointSpec, defaults: AccountDefaults | None, *, cap: str | None) -> Policy:
    """The policies in force. `cap`: the most that adoption may be, None where the account sets no bound."""
    account, built_in = defaults or AccountDefaults(), Policy()
    adoption = spec.adoption_policy or account.adoption_policy or built_in.adoption
    return Policy(
        mode=spec.mode or account.mode or built_in.mode,
        adoption=within_cap(adoption, cap),
        deletion=spec.deletion_policy or account.deletion_policy or built_in.deletion,
        deletion_protection=bool(spec.deletion_protection),
        deletion_timeout=spec.deletion_timeout or built_in.deletion_timeout,
    )


def admits(spec: ClusterInferenceAccountSpec, namespace: str, labels: Mapping[str, str]) -> bool:
    """Whether a cluster account may be used from a namespace with these labels."""
    allowed = spec.allowed_namespaces
    if allowed is None:
        return False
    if namespace in (allowed.names or ()):
        return True
    selector = allowed.selector
    if selector is None:
        return False
    exact = all(labels.get(key) == value for key, value in (selector.match_labels or {}).items())
    return exact and all(
        _meets(one.operator, one.key, one.values or (), labels) for one in selector.match_expressions or ()
    )


def _meets(operator: str, key: str, values: Iterable[str], labels: Mapping[str, str]) -> bool:
    match operator:
        case "In":
            return labels.get(key) in set(values)
        case "NotIn":
            return key not in labels or labels[key] not in set(values)
        case "Exists":
            return key in labels
        case _:
            return key not in labels


def leads_elsewhere(reference: RemoteRef, address: AccountAddress) -> Failure | None:
    """Why an account no longer leads to what was made with it; None where it does.

    The binding alone says where the remote endpoint is: through an account that points elsewhere it would be made a
    second time there, and the first would be left, and billed.
    """
    here = (address.provider, address.base_url, address.namespace)
    if here == (reference.provider, reference.base_url, reference.namespace):
        return None
    return Failure(
        "AccountMoved",
        f"The endpoint is in namespace {reference.namespace} at {reference.base_url}, and the account {address.name} "
        f"now leads to {address.namespace} at {address.base_url}. Let the account lead to the former place again.",
        terminal=True,
        local=True,
    )


MISSING = "CredentialsMissing"
"""The reason of an account whose Secret or key is not there."""


HIDDEN = ("NotFound", "PermissionDenied")
"""The reasons of an account that the provider shows nothing of: what it does not show may exist all the same."""


def credentials_lost(failure: Failure) -> Failure:
    """A deletion can't go on: what opened the door to the provider is gone, and was not in memory either."""
    message = (
        f"The remote endpoint can't be deleted: {failure.message} Or wait for spec.deletionTimeout, which lets go of "
        "it and enters it in the ledger of orphans."
    )
    return Failure("CredentialsLost", message, terminal=True, local=True)


def not_ready(failure: Failure, account: str) -> Failure:
    """An account's failure in the words of an endpoint that uses it."""
    message = f"The account {account} is not ready ({failure.reason}): {failure.message}"
    return Failure("AccountNotReady", message, failure.terminal, failure.retry_after)


def quotas(offers: Iterable[Offer]) -> tuple[Quota, ...]:
    """What is in use and what is allowed, by vendor and instance type; hardware that nobody uses says nothing."""
    found: dict[str, Quota] = {}
    for offer in offers:
        name = f"{offer.hardware.vendor} {offer.hardware.instance_type}"
        if offer.quota is not None and offer.used > 0:
            found[name[:_LONGEST_NAME]] = Quota(name=name[:_LONGEST_NAME], limit=offer.quota, used=offer.used)
    return tuple(found[name] for name in sorted(found))


@dataclass(frozen=True, slots=True)
class Usage:
    """Who uses an account.

    `states`: status.state of each resource; `bound`: those with a remote endpoint; `unmanaged`: remote
    endpoints of no resource. `quotas`: of the hardware that is in use.
    """

    states: tuple[str, ...]
    bound: int
    unmanaged: int
    quotas: tuple[Quota, ...] = ()


def status(
    before: AccountStatus, failure: Failure | None, *, generation: int, usage: Usage | None, now: datetime
) -> dict[str, Any]:
    """The account's status as JSON. `usage`: None while it is not known, and then what was last said stands."""
    composed = {
        **before.to_json(),
        "observedGeneration": generation,
        "conditions": [_since(one, before).to_json() for one in _conditions(failure, generation, now)],
    }
    if usage is not None:
        counts = Counter(usage.states)
        by_state = dict(sorted(counts.items()))
        composed["endpoints"] = {"total": counts.total(), "bound": usage.bound, "byState": by_state}
        composed["unmanaged"] = usage.unmanaged
        composed["quota"] = [one.to_json() for one in usage.quotas[:_MOST_QUOTAS]] or None
    return AccountStatus.from_json(composed).to_json()


def _conditions(failure: Failure | None, generation: int, now: datetime) -> Iterator[Condition]:
    """Ready, and beside it Stalled where somebody has to do something, as on an endpoint."""

    def condition(kind: str, holds: bool, reason: str, message: str) -> Condition:
        return Condition(
            type=kind,
            status="True" if holds else "False",
            reason=reason,
            message=message,
            last_transition_time=stamp(now),
            observed_generation=generation,
        )

    if failure is None:
        yield condition("Ready", True, "Ready", "The provider answers, and the credentials are accepted.")
        return
    yield condition("Ready", False, failure.reason, failure.message)
    if failure.terminal:
        yield condition("Stalled", True, failure.reason, failure.message)


def _since(condition: Condition, before: AccountStatus) -> Condition:
    for previous in before.conditions or ():
        if previous.type == condition.type and previous.status == condition.status:
            return condition.model_copy(update={"last_transition_time": previous.last_transition_time})
    return condition
