"""Keeping secret values out of everything that people or machines read (invariant I6).

Three nets, for each has holes: names of fields that hold secrets, values that were registered when they
were read, and the shapes of well-known tokens. Whoever reads a Secret registers what it got, before using
it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

from inference_operator.core import spelling

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
_SECRET_KEY: Final = re.compile(
    r"(token|password|passwd|secrets?|apikey|authorization|credentials?|cookie|privatekey|accesskey)$"
)


class Redactor:
    """A growing set of values to hide. A search costs the length of the text, however many they are."""

    def __init__(self) -> None:
        self._known: set[str] = set()
        self._by_start: dict[str, list[str]] = {}
        self._unanchored: list[str] = []

    def register(self, value: str) -> None:
        """Hide `value` from now on: as it is, in base64, and as JSON, Python, URLs and HTML quote these."""
        stripped = value.strip()
        if len(stripped) < SHORTEST or stripped in self._known:
            return
        self._known.add(stripped)
        for one in (stripped, *spelling.encoded(stripped)):
            start = spelling.anchor(one)[:SHORTEST]
            place = self._unanchored if len(start) < SHORTEST else self._by_start.setdefault(start, [])
            place.append(one)

    def text(self, text: str) -> str:
        """Return `text` with each secret value, and what has the shape of one, replaced by `***`."""
        return _hidden(text, self.within(text))

    def within(self, text: str) -> list[str]:
        """The values that `text` may hold. Of few, each is searched for; of many, what stands at each place is."""
        if len(self._by_start) < len(text):
            starts = [start for start in self._by_start if start in text]
        else:
            starts = [*self._by_start.keys() & {text[at : at + SHORTEST] for at in range(len(text))}]
        return [*self._unanchored, *(value for start in starts for value in self._by_start[start])]

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


def _hidden(text: str, values: Iterable[str]) -> str:
    # Values first: a pattern may match the beginning of one, and leave its rest in clear. The longest of them first,
    # for a value may begin with another one.
    for value in sorted(values, key=len, reverse=True):
        text = spelling.pattern(value).sub(MASK, text)
    for pattern in _PATTERNS:
        text = pattern.sub(MASK, text)
    return text


def is_secret_key(key: str) -> bool:
    """Say whether a field of this name holds a secret value; references (`tokenSecretRef`) do not."""
    return _SECRET_KEY.search(re.sub(r"[^a-z]", "", key.lower())) is not None


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
    known = (_of_namespace[each] for each in namespaces if each in _of_namespace)
    return _hidden(text, (value for one in known for value in one.within(text)))


def data(value: Any) -> Any:
    """Return `value` (of JSON's types; anything else as its repr) redacted, by key and by value."""
    return _process.data(value)
