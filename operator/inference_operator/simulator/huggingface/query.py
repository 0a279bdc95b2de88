"""Query parameters, and their refusals: 400, as the vendor's framework answers a query that it can't read."""

from collections.abc import Collection

from inference_operator.simulator.errors import ApiError
from inference_operator.simulator.operation import Call

_MAX = 2**31 - 1


def _refusal(key: str, text: str) -> ApiError:
    return ApiError(400, f"Failed to deserialize query string: {key}: {text}")


def unsigned(call: Call, key: str, maximum: int = _MAX) -> int | None:
    """Return a whole number from 0 to `maximum`, or None when absent."""
    text = call.query.get(key)
    if text is None:
        return None
    if not (text.isascii() and text.isdecimal()) or len(text) > len(str(maximum)) or int(text) > maximum:
        raise _refusal(key, "invalid digit found in string")
    return int(text)


def boolean(call: Call, key: str) -> bool:
    """Return a switch, off when absent."""
    text = call.query.get(key, "false")
    if text not in {"true", "false"}:
        raise _refusal(key, "provided string was not `true` or `false`")
    return text == "true"


def choice(call: Call, key: str, allowed: Collection[str]) -> str | None:
    """Return one of the allowed words, or None when absent."""
    text = call.query.get(key)
    if text is not None and text not in allowed:
        raise _refusal(key, f"unknown variant `{text}`, expected one of {', '.join(allowed)}")
    return text


def csv(call: Call, key: str, allowed: Collection[str] | None = None) -> frozenset[str] | None:
    """Return the words of a comma-separated list, or None when absent or empty."""
    words = frozenset(word for word in call.query.get(key, "").split(",") if word)
    for word in words:
        if allowed is not None and word not in allowed:
            raise _refusal(key, f"unknown variant `{word}`, expected one of {', '.join(allowed)}")
    return words or None
