"""Writing status: only what changed, in one request, and nothing at all when nothing did (invariant I4)."""

from __future__ import annotations

from typing import Any

from inference_operator.kube.session import Session


def patch_for(current: dict[str, Any] | None, desired: dict[str, Any]) -> dict[str, Any] | None:
    """Return the smallest merge patch (RFC 7386) from `current` to `desired`, or None when they are equal.

    A key with the value None in `desired` counts as absent, because that is all a merge patch can say.
    Lists are replaced whole.
    """
    return _difference(current or {}, _without_nulls(desired)) or None


async def write_status(
    session: Session,
    path: str,
    *,
    resource_version: str,
    current: dict[str, Any] | None,
    desired: dict[str, Any],
) -> dict[str, Any] | None:
    """Bring the status at `path` (a /status subresource) from `current` to `desired`; return the object.

    Returns None, and sends nothing, when they are equal. Conflict when the object is no longer at
    `resource_version`.
    """
    patch = patch_for(current, desired)
    if patch is None:
        return None
    return await session.patch(path, {"metadata": {"resourceVersion": resource_version}, "status": patch})


def _difference(current: dict[str, Any], desired: dict[str, Any]) -> dict[str, Any]:
    patch: dict[str, Any] = {key: None for key in current if key not in desired}
    for key, wanted in desired.items():
        present = current.get(key)
        if isinstance(wanted, dict) and isinstance(present, dict):
            if inner := _difference(present, wanted):
                patch[key] = inner
        elif key not in current or present != wanted:
            patch[key] = wanted
    return patch


def _without_nulls(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_nulls(item) for key, item in value.items() if item is not None}
    if isinstance(value, list):
        return [_without_nulls(item) for item in value]
    return value
