"""Keeping secret values out of everything that people or machines read (invariant I6).

Three nets, for each has holes: names of fields that hold secrets, values that were registered when they
were read, and the shapes of well-known tokens. Whoever reads a Secret registers what it got, before using
it.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any, Final
from urllib.parse import quote, quote_plus

MASK: Final = "***"
"""What stands where a secret value was."""

SHORTEST: Final = 6
"""Characters: shorter values are not registered, for they occur by chance ("true", "8080")."""

_PATTERNS: Final = (
    re.compile(r"\bhf_[A-Za-z0-9]{8,}"),
    # A JSON Web Token, as a ServiceAccount's is: there are too many to register each.
    re.compile(r"\beyJ[\w-]{8,}\.[\w-]+\.[\w-]+"),
    re.compile(r"(?i)(?<=\bbearer )\s*[^\s'\",;]+"),
)
_ESCAPES: Final[tuple[Callable[[str], str], ...]] = (json.dumps, partial(json.dumps, ensure_ascii=False), repr)
_QUOTINGS: Final = 4
_SECRET_KEY: Final = re.compile(
    r"(token|password|passwd|secrets?|apikey|authorization|credentials?|cookie|privatekey|accesskey)$"
)


class Redactor:
    """A growing set of values to hide. A search costs the length of the text, however many they are."""

    def __init__(self) -> None:
        self._by_start: dict[str, list[str]] = {}

    def register(self, value: str) -> None:
        """Hide `value` from now on: as it is, and as JSON, URLs and base64 spell it."""
        stripped = value.strip()
        if len(stripped) < SHORTEST:
            return
        for spelling in _spellings(stripped):
            known = self._by_start.setdefault(spelling[:SHORTEST], [])
            if spelling not in known:
                known.append(spelling)
                # The longest first: a value may begin with another one.
                known.sort(key=len, reverse=True)

    def text(self, text: str) -> str:
        """Return `text` with each secret value replaced by `***`."""
        # Values first: a pattern may match the beginning of one, and leave its rest in clear.
        text = "".join(self._pieces(text)) if self._may_hold_one(text) else text
        for pattern in _PATTERNS:
            text = pattern.sub(MASK, text)
        return text

    def data(self, value: Any) -> Any:
        """Return `value` (of JSON's types; anything else as its repr) redacted, by key and by value."""
        if value is None or isinstance(value, bool | int | float):
            return value
        if isinstance(value, Mapping):
            return {self.text(str(key)): self._field(str(key), item) for key, item in value.items()}
        if isinstance(value, list | tuple | set | frozenset):
            return [self.data(item) for item in value]
        return self.text(value if isinstance(value, str) else _text_of(value))

    def _field(self, key: str, value: Any) -> Any:
        return MASK if value is not None and is_secret_key(key) else self.data(value)

    def _may_hold_one(self, text: str) -> bool:
        """Whether a closer look is worth its time: with few values, searching for each of them is faster."""
        return len(self._by_start) > len(text) or any(start in text for start in self._by_start)

    def _pieces(self, text: str) -> Iterable[str]:
        kept = position = 0
        while position + SHORTEST <= len(text):
            candidates = self._by_start.get(text[position : position + SHORTEST], ())
            found = next((value for value in candidates if text.startswith(value, position)), None)
            if found is None:
                position += 1
                continue
            yield text[kept:position] + MASK
            kept = position = position + len(found)
        yield text[kept:]


def is_secret_key(key: str) -> bool:
    """Say whether a field of this name holds a secret value; references (`tokenSecretRef`) do not."""
    return _SECRET_KEY.search(re.sub(r"[^a-z]", "", key.lower())) is not None


def _spellings(value: str) -> set[str]:
    encoded = value.encode()
    base64s = {base64.b64encode(encoded).decode(), base64.urlsafe_b64encode(encoded).decode()}
    quoted = {value}
    # An error that quotes a body that quotes the value, and so on; what has nothing to escape stays one spelling.
    for _ in range(_QUOTINGS):
        quoted |= {escape(one)[1:-1] for one in quoted for escape in _ESCAPES}
    spellings = {
        *quoted,
        # Bytes that could not be decoded, as an error shows them.
        *(repr(one.encode())[2:-1] for one in quoted),
        quote(value, safe=""),
        quote(value),
        quote_plus(value),
        *base64s,
        *(spelling.rstrip("=") for spelling in base64s),
    }
    return {spelling for spelling in spellings if len(spelling) >= SHORTEST}


def _text_of(value: object) -> str:
    try:
        return repr(value)
    except Exception:
        return f"<{type(value).__name__}>"


_process = Redactor()
_of_namespace: dict[str, Redactor] = {}


def register(value: str, *, namespace: str = "") -> None:
    """Hide `value`, which was read in a namespace, from now on."""
    _process.register(value)
    _of_namespace.setdefault(namespace, Redactor()).register(value)


def text(text: str, *, namespaces: Iterable[str] | None = None) -> str:
    """Return `text` with each secret value replaced by `***`: those of these namespaces, or all.

    What one team sees is masked by its own values alone: another's Secret may hold any word, to have it vanish.
    """
    if namespaces is None:
        return _process.text(text)
    for one in (_shapes, *(_of_namespace[each] for each in namespaces if each in _of_namespace)):
        text = one.text(text)
    return text


def data(value: Any) -> Any:
    """Return `value` (of JSON's types; anything else as its repr) redacted, by key and by value."""
    return _process.data(value)


_shapes = Redactor()
"""Knows no value, and hides what has the shape of a token."""
