"""No secret value in what is written about a resource, and nobody else's words taken for one.

A resource is masked by the values of its own namespace and of its account's Secrets. By those of others it is not: a
team that puts an everyday word into a Secret would have it vanish from everybody's status, and what the operator
remembers there (the commit of a revision) would be lost and changed at the provider.
"""

from typing import Any

from inference_operator.core import redact

_FROM_OUTSIDE = ("message", "errorMessage", "url", "createdBy", "updatedBy", "private", "lastLogLines")


def redacted(status: dict[str, Any], namespaces: tuple[str, ...]) -> dict[str, Any]:
    """The status with no secret value in any of the words that come from outside.

    What was resolved is left out rather than masked, as it is read again and acted on.
    """
    words = {key: mask(status[key], namespaces) for key in _FROM_OUTSIDE if key in status}
    conditions = [
        {**one, "message": redact.text(one["message"], namespaces=namespaces)} for one in status.get("conditions", ())
    ]
    resolved = status.get("effective") or {}
    kept = {key: value for key, value in resolved.items() if mask(value, namespaces) == value}
    effective = {"effective": kept} if kept else {}
    return {**{key: value for key, value in status.items() if key != "effective"}, **effective, **words} | {
        "conditions": conditions
    }


def mask(value: Any, namespaces: tuple[str, ...]) -> Any:
    """JSON with the secret values of these namespaces masked."""
    if isinstance(value, dict):
        return {key: mask(item, namespaces) for key, item in value.items()}
    if isinstance(value, list):
        return [mask(item, namespaces) for item in value]
    return redact.text(value, namespaces=namespaces) if isinstance(value, str) else value
