"""The vendor's PUT: merged into what is; absent or null keeps, lists, maps and unions are replaced whole."""

from collections.abc import Mapping
from typing import Any, Literal

Document = dict[str, Any]

WHOLE = frozenset(
    {
        ("model", "env"),
        ("model", "secrets"),
        ("model", "image"),
        ("compute", "scaling", "measure"),
        ("customRouter",),
        ("route",),
        ("notifications",),
    }
)
"""Objects that are replaced, not merged."""

NESTED = frozenset({("network",), ("experimentalFeatures",)})
"""Objects whose update schema is that of the create, so that both readings are possible."""


def merge(
    current: Mapping[str, Any], update: Mapping[str, Any], nested: Literal["merge", "replace"] = "merge"
) -> Document:
    """Return `current` with `update` merged in; neither is changed."""
    whole = WHOLE if nested == "merge" else WHOLE | NESTED
    merged = _merge(current, update, whole, ())
    router = merged.get("customRouter")
    if router is not None and router.get("tag") is None:
        merged["customRouter"] = None
    return merged


def _merge(
    current: Mapping[str, Any],
    update: Mapping[str, Any],
    whole: frozenset[tuple[str, ...]],
    path: tuple[str, ...],
) -> Document:
    merged = dict(current)
    for key, value in update.items():
        if value is None:
            continue
        here = (*path, key)
        if isinstance(value, Mapping) and here not in whole:
            merged[key] = _merge(current.get(key) or {}, value, whole, here)
        else:
            merged[key] = value
    return merged
