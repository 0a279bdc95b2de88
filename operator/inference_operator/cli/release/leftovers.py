"""What an operator that is uninstalled would leave: endpoints at a provider, billed, that nobody looks after."""

from collections.abc import Sequence
from typing import Any, Final

from inference_operator.kube import paths
from inference_operator.kube.errors import Forbidden, NotFound
from inference_operator.kube.session import Session

_SHOWN: Final = 10


async def left(session: Session, namespaces: Sequence[str]) -> list[str]:
    """The InferenceEndpoints that are left, as namespace/name; of all namespaces where none are named. KubeError."""
    found = [one for namespace in namespaces or (None,) for one in await _list(session, namespace)]
    return sorted(f"{one['metadata']['namespace']}/{one['metadata']['name']}" for one in found)


def refusal(found: Sequence[str], release: str, revision: int, namespace: str) -> list[str]:
    """The lines that say why the release stays, and what to do; none where nothing is left."""
    if not found:
        return []
    more = f" and {len(found) - _SHOWN} more" if len(found) > _SHOWN else ""
    return [
        f"Nothing is uninstalled: InferenceEndpoints are left: {', '.join(found[:_SHOWN])}{more}.",
        "Without the operator they go on at the provider, and are billed. Delete them, and uninstall again:",
        "  kubectl delete ie --all --all-namespaces",
        "Or leave them as they are until the operator is installed again; nothing is deleted at the provider then:",
        f"  helm rollback {release} {revision} --namespace {namespace}",
        f"  helm upgrade {release} CHART --namespace {namespace} --reset-then-reuse-values --set uninstall.force=true",
        f"  helm uninstall {release} --namespace {namespace}",
        "The rollback alone ends the attempt: until then Helm takes the release for half uninstalled.",
    ]


def not_told(error: Forbidden) -> list[str]:
    """The lines for a namespace that can't be looked at: with a deleted one its RoleBinding went too."""
    return [
        f"Nothing is uninstalled: whether InferenceEndpoints are left can't be told: {error}",
        "Where the namespace was deleted, take it out of watchNamespaces first (helm upgrade); or set "
        "uninstall.force=true.",
    ]


async def _list(session: Session, namespace: str | None) -> list[dict[str, Any]]:
    try:
        return await session.list(paths.endpoints(namespace))
    except NotFound:
        return []  # There is no such kind any more.
