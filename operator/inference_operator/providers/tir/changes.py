"""A whole configuration with a change in it: a PUT replaces everything, and a change names only what differs."""

from typing import Any

from inference_operator.core.documents import Document, merged

_WHOLE = ("sku", "commitment", "privateCloud", "engineArgs", "readinessProbe", "livenessProbe", "dataset", "env")
"""Objects that a change replaces as one piece."""


def changed(before: Document, change: Document) -> dict[str, Any]:
    """The configuration after the change, in the block's coordinates. What excludes another thing replaces it."""
    inner = {key: value for key, value in change.items() if key not in _WHOLE}
    whole = {key: value for key, value in change.items() if key in _WHOLE}
    after = {**merged(before, inner), **whole}
    if "sku" in change:
        after.pop("privateCloud", None)
    elif "privateCloud" in change:
        after.pop("sku", None)
    if after.get("sku", {}).get("type") != "committed":
        after.pop("commitment", None)
    return after | _model(after, change.get("model", {}))


def _model(after: Document, change: Document) -> dict[str, Any]:
    """A model is loaded from one place."""
    other = {"id": "integrationID", "integrationID": "id"}
    dropped = {other[key] for key in change if key in other} - {*change}
    if not dropped:
        return {}
    return {"model": {key: value for key, value in after["model"].items() if key not in dropped}}
