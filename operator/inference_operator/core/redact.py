"""Keeping secret values out of everything that people or machines read (invariant I6).

Three nets, for each has holes: names of fields that hold secrets, values that were registered when they
were read, and the shapes of well-known tokens. Whoever reads a Secret registers what it got, before using
it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from inference_operator.core import spelling

MASK: Final = "***"
"""What stands where a secret value was."""

SHORTEST: Final = 6
"""Characters: shorter values are not registered, for they occur by chance ("true", "8080")."""

_SHORTEST_LINE: Final = 16
_LONGEST: Final = 2048

_PATTERNS: Final = (
    re.compile(r"\bhf_[A-Za-z0-9]{8,}"),
    # A JSON Web Token, as a ServiceAccount's is: there are too many to register each.
    re.compile(r"\beyJ[\w-]{8,}\.[\w-]+\.[\w-]+"),
    re.compile(r"(?i)(?<=\bbearer )\s*[^\s'\",;]+"),
)
_SECRET_KEY: Final = re.compile(
    r"(token|password|passwd|secrets?|apikey|authorization|credentials?|cookie|privatekey|accesskey)$"
)


@dataclass(frozen=True, slots=True)
class _Secret:
    """A value to hide. `anchor`: what of it no quoting changes; `shortest`: characters that it takes at least."""

    value: str
    anchor: str
    shortest: int

    def may_be_in(self, text: str) -> bool:
        return self.shortest <= len(text) and self.anchor in text


class Redactor:
    """A growing set of values to hide. A search costs the length of the text, however many they are."""

    def __init__(self) -> None:
        self._known: set[str] = set()
        self._by_start: dict[str, list[_Secret]] = {}
        self._unanchored: list[_Secret] = []

    def register(self, value: str) -> None:
        """Hide `value` from now on: as it is, in base64, and as JSON, Python, URLs and HTML quote these.

        Of one of several lines each is hidden too: whatever fails to read it quotes the line where it failed.
        """
        stripped = value.strip()
        if len(stripped) < SHORTEST or stripped in self._known:
            return
        self._known.add(stripped)
        lines = [line.strip() for line in stripped.splitlines()] if "\n" in stripped else []
        long = [line for line in lines if len(line) >= _SHORTEST_LINE]
        for one in dict.fromkeys((*_cut(stripped), *spelling.encoded(stripped), *long)):
            secret = _Secret(one, spelling.anchor(one), spelling.shortest(one))
            start = secret.anchor[:SHORTEST]
            (self._unanchored if len(start) < SHORTEST else self._by_start.setdefault(start, [])).append(secret)

    def text(self, text: str) -> str:
        """Return `text` with each secret value, and what has the shape of one, replaced by `***`."""
        return _hidden(text, self.within(text))

    def within(self, text: str) -> list[str]:
        """The values that `text` may hold. Of few, each is searched for; of many, what stands at each place is."""
        if len(self._by_start) < len(text):
            starts = [start for start in self._by_start if start in text]
        else:
            starts = [*self._by_start.keys() & {text[at : at + SHORTEST] for at in range(len(text))}]
        found = (*self._unanchored, *(one for start in starts for one in self._by_start[start]))
        return [one.value for one in found if one.may_be_in(text)]

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


def _cut(value: str) -> list[str]:
    """A long value in parts: a pattern costs time and memory for each character that may be quoted."""
    return [value[start : start + _LONGEST] for start in range(0, len(value), _LONGEST)]


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
