"""What is decided about accounts: which one a resource uses, whether it may, and under which policies."""

from collections.abc import Iterable, Mapping
from typing import get_args

from inference_operator.api.account import AccountDefaults, ClusterInferenceAccountSpec, InferenceAccountSpec
from inference_operator.api.endpoint import AdoptionPolicy, EndpointSpec
from inference_operator.api.names import ACCOUNT_KIND, CLUSTER_ACCOUNT_KIND, DEFAULT_ACCOUNT
from inference_operator.api.status import EndpointStatus
from inference_operator.core.snapshot import Policy

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


def goes_by_labels(spec: ClusterInferenceAccountSpec, namespace: str) -> bool:
    """Whether it takes the labels of a namespace to say if it is admitted."""
    allowed = spec.allowed_namespaces
    return allowed is not None and allowed.selector is not None and namespace not in (allowed.names or ())


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
