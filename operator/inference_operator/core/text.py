"""Words of a provider made fit for a status: what changes from one failure to the next is taken out.

A request id or a time inside a message would make each repetition of one failure a new text, and with it a write and an
event for each. So the same failure becomes the same text. Secret values go first, while they are still whole.
"""

import re

from pydantic import ValidationError

from inference_operator.core import redact

_MAX_LENGTH = 1024
_MAX_READ = 64 * 1024
_CUT_OFF = 8 * 1024

_VARYING = (
    (re.compile(r"\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d)?"), "(time)"),
    (re.compile(r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b", re.IGNORECASE), "(id)"),
    (re.compile(r"\b[0-9a-f]{24,64}\b", re.IGNORECASE), "(id)"),
    (re.compile(r"(?i)\b(request|trace|correlation)[ _-]?id[\"']?[:= ]+[\"']?[\w.=;-]+"), r"\1 id (id)"),
    (re.compile(r"\b0x[0-9a-f]{6,}\b", re.IGNORECASE), "(id)"),
)
# Control characters, line ends, and what turns the direction of a text around.
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069]+")


def stable(text: str) -> str:
    """One line, without secret values, ids and times, at most 1024 characters."""
    text = _masked(text)
    for pattern, replacement in _VARYING:
        text = pattern.sub(replacement, text)
    return _line(text)


def plain(text: str) -> str:
    """One line, without secret values, at most 1024 characters; ids and times stay, as in a log."""
    return _line(_masked(text))


def complaint(error: Exception) -> str:
    """What an exception says in one line; of input that does not fit a model the place, and never the input."""
    if isinstance(error, ValidationError):
        first = error.errors(include_input=False, include_url=False)[0]
        return f"{'.'.join(str(part) for part in first['loc'])}: {first['msg']}"
    return str(error).splitlines()[0] if str(error) else type(error).__name__


def _masked(text: str) -> str:
    """The beginning of a text without secret values; half a value may stand where it was cut off, and goes too."""
    masked = redact.text(text[:_MAX_READ])
    return masked if len(text) <= _MAX_READ else masked[: max(len(masked) - _CUT_OFF, 0)]


def _line(text: str) -> str:
    line = _UNPRINTABLE.sub(" ", text).strip()
    return line if len(line) <= _MAX_LENGTH else line[: _MAX_LENGTH - 1] + "…"
