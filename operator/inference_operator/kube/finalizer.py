"""The operator's finalizer on an object that others may put theirs on too.

A merge patch replaces the list whole, and names the resourceVersion that the list was read at: another
controller's concurrent change makes a Conflict, never a lost finalizer.
"""

from __future__ import annotations

from typing import Any

from inference_operator.kube.errors import NotFound
from inference_operator.kube.session import Session


async def add(session: Session, path: str, *, obj: dict[str, Any], finalizer: str) -> dict[str, Any]:
    """Put `finalizer` on `obj` (as last read from `path`), return the stored object; `obj` if it has it.

    Conflict when `obj` is stale; Invalid when it is being deleted, for then no finalizer may be added.
    """
    present = _finalizers(obj)
    if finalizer in present:
        return obj
    return await _replace(session, path, obj, [*present, finalizer])


async def remove(session: Session, path: str, *, obj: dict[str, Any], finalizer: str) -> dict[str, Any] | None:
    """Take `finalizer` off `obj` and return the stored object, or None when the object is gone already.

    Conflict when `obj` is stale. Finalizers of others stay, in their order.
    """
    present = _finalizers(obj)
    if finalizer not in present:
        return obj
    try:
        return await _replace(session, path, obj, [item for item in present if item != finalizer])
    except NotFound:
        return None


def _finalizers(obj: dict[str, Any]) -> list[str]:
    return list(obj["metadata"].get("finalizers") or [])


async def _replace(session: Session, path: str, obj: dict[str, Any], finalizers: list[str]) -> dict[str, Any]:
    metadata = {"finalizers": finalizers or None, "resourceVersion": obj["metadata"]["resourceVersion"]}
    return await session.patch(path, {"metadata": metadata})
