"""The ConfigMap of `writeConnectionTo`: how to reach an endpoint, for workloads to mount. Never a token.

The name is the user's choice, so it may be taken. Whose a ConfigMap is, its ownerReferences say: one that
does not name this very endpoint (by uid) is somebody else's and is neither changed nor deleted (invariant
I2).
"""

from __future__ import annotations

from typing import Any, Final

from inference_operator.api.names import FIELD_MANAGER
from inference_operator.kube import paths
from inference_operator.kube.errors import Conflict, NotFound
from inference_operator.kube.session import Session
from inference_operator.kube.status import patch_for

_MANAGED_BY: Final = {"app.kubernetes.io/managed-by": FIELD_MANAGER}


class TargetExists(Exception):  # noqa: N818 - a state of the cluster, named as its reason is
    """A ConfigMap of the wanted name exists and is not this endpoint's."""

    def __init__(self, namespace: str, name: str) -> None:
        super().__init__(f"ConfigMap {namespace}/{name} exists and was not made for this endpoint")


async def apply(session: Session, *, owner: dict[str, Any], name: str, data: dict[str, str]) -> None:
    """Make ConfigMap `name`, beside `owner` (an InferenceEndpoint) and owned by it, hold exactly `data`.

    Sends one GET, and a write only when something differs. Raises TargetExists; Conflict when it changed in
    between.
    """
    namespace = owner["metadata"]["namespace"]
    found = await _find(session, namespace, name)
    if found is None:
        found = await _create(session, owner, name, data)
    if not _is_owned(found, owner):
        raise TargetExists(namespace, name)
    await _update(session, found, data)


async def remove(session: Session, *, owner: dict[str, Any], name: str) -> None:
    """Delete ConfigMap `name` beside `owner` if it is this endpoint's; otherwise do nothing."""
    namespace = owner["metadata"]["namespace"]
    found = await _find(session, namespace, name)
    if found is None or not _is_owned(found, owner):
        return
    metadata = found["metadata"]
    try:
        await session.delete(
            paths.configmap(namespace, name),
            uid=metadata["uid"],
            resource_version=metadata["resourceVersion"],
        )
    except NotFound:
        return


async def _find(session: Session, namespace: str, name: str) -> dict[str, Any] | None:
    try:
        return await session.get(paths.configmap(namespace, name))
    except NotFound:
        return None


async def _create(session: Session, owner: dict[str, Any], name: str, data: dict[str, str]) -> dict[str, Any]:
    namespace = owner["metadata"]["namespace"]
    try:
        return await session.create(paths.configmaps(namespace), _configmap(owner, name, data))
    except Conflict:
        return await session.get(paths.configmap(namespace, name))


async def _update(session: Session, found: dict[str, Any], data: dict[str, str]) -> None:
    patch = patch_for(found.get("data"), data)
    if patch is None:
        return
    metadata = found["metadata"]
    body = {"metadata": {"resourceVersion": metadata["resourceVersion"]}, "data": patch}
    await session.patch(paths.configmap(metadata["namespace"], metadata["name"]), body)


def _is_owned(configmap: dict[str, Any], owner: dict[str, Any]) -> bool:
    references = configmap["metadata"].get("ownerReferences") or []
    return any(reference.get("uid") == owner["metadata"]["uid"] for reference in references)


def _configmap(owner: dict[str, Any], name: str, data: dict[str, str]) -> dict[str, Any]:
    reference = {
        "apiVersion": owner["apiVersion"],
        "kind": owner["kind"],
        "name": owner["metadata"]["name"],
        "uid": owner["metadata"]["uid"],
        "controller": False,
        # True would need the right to update the finalizers of endpoints, where admission enforces that.
        "blockOwnerDeletion": False,
    }
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {
            "name": name,
            "namespace": owner["metadata"]["namespace"],
            "labels": _MANAGED_BY,
            "ownerReferences": [reference],
        },
        "data": data,
    }
