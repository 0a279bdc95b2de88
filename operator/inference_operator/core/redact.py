"""Keeping secret values out of everything that people or machines read (invariant I6).

Three nets, for each has holes: names of fields that hold secrets, values that were registered when they
were read, and the shapes of well-known tokens. Whoever reads a Secret registers what it got, before using
it.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from inference_operator.core import spelling

MASK: Final = "***"
"""What stands where a secret value was."""

SHORTEST: Final = 6
"""Characters: shorter values are not registered, for they occur by chance ("true", "8080")."""

KEPT: Final = 7 * 86_400.0
"""Seconds for which a value is hidden after it was read last."""

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

    @property
    def start(self) -> str:
        """How each of its spellings begins somewhere, empty where nothing of it is long enough for that."""
        return self.anchor[:SHORTEST] if len(self.anchor) >= SHORTEST else ""

    def may_be_in(self, text: str) -> bool:
        return self.shortest <= len(text) and self.anchor in text


@dataclass(slots=True)
class _Registered:
    """When a value was read last, and what is hidden for it."""

    at: float
    secrets: list[_Secret]


class Redactor:
    """The values to hide. A search costs the length of the text, however many they are.

    One that nobody has read for a week is forgotten: what is in use is read again and again. `clock`: seconds.
    `edition`: grows with each value that is hidden from then on.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._known: dict[str, _Registered] = {}
        self._by_start: dict[str, list[_Secret]] = {}
        self._unanchored: list[_Secret] = []
        self.edition = 0

    def register(self, value: str) -> None:
        """Hide `value` from now on: as it is, in base64, and as JSON, Python, URLs and HTML quote these.

        Of one of several lines each is hidden too: whatever fails to read it quotes the line where it failed.
        """
        stripped = value.strip()
        if len(stripped) < SHORTEST:
            return
        # The order is that of the last registration.
        known = self._known.pop(stripped, None)
        self._known[stripped] = _Registered(self._clock(), known.secrets if known else self._hide(stripped))
        self._forget()

    def _hide(self, stripped: str) -> list[_Secret]:
        self.edition += 1
        lines = [line.strip() for line in stripped.splitlines()] if "\n" in stripped else []
        long = [line for line in lines if len(line) >= _SHORTEST_LINE]
        found = dict.fromkeys((*_cut(stripped), *spelling.encoded(stripped), *long))
        secrets = [_Secret(one, spelling.anchor(one), spelling.shortest(one)) for one in found]
        for secret in secrets:
            (self._by_start.setdefault(secret.start, []) if secret.start else self._unanchored).append(secret)
        return secrets

    def _forget(self) -> None:
        while self._known:
            oldest = next(iter(self._known))
            if self._clock() - self._known[oldest].at < KEPT:
                return
            for secret in self._known.pop(oldest).secrets:
                self._drop(secret)

    def _drop(self, secret: _Secret) -> None:
        if not secret.start:
            self._unanchored.remove(secret)
            return
        self._by_start[secret.start].remove(secret)
        if not self._by_start[secret.start]:
            del self._by_start[secret.start]

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


def edition() -> int:
    """Grows with each value that is hidden from then on: what was redacted before may look otherwise now."""
    return _process.edition


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
