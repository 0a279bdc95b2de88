"""How the vendor spells values: lists as base64, numbers as strings and the other way round.

Each reading is tolerant: what the vendor answers is one of several spellings, by endpoint, client and year
(docs/reference/tir-api.md, "Body of a create" and "Objects returned").
"""

import ast
import base64
import binascii
import json
import re
from typing import Any

_WHOLE = re.compile(r"-?(0|[1-9][0-9]{0,14})", re.ASCII)
_DECIMAL = re.compile(r"-?(0|[1-9][0-9]{0,9})\.[0-9]{1,9}", re.ASCII)
_MAX_INT32 = 2**31 - 1


def encoded(words: list[str]) -> str:
    """A list of words as `detailed_info.commands` and `.args` take it: base64 of JSON, or empty."""
    return base64.b64encode(json.dumps(words).encode()).decode() if words else ""


def words(value: Any) -> list[str]:
    """The list of words that an answer means: a list, or text of one, in base64 or in clear."""
    if isinstance(value, list):
        return [one if isinstance(one, str) else json.dumps(one) for one in value]
    if not isinstance(value, str) or not value:
        return []
    text = _decoded(value)
    for parse in (json.loads, ast.literal_eval):
        try:
            found = parse(text)
        except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
            continue
        if isinstance(found, list):
            return words(found)
    return [text]


def _decoded(text: str) -> str:
    try:
        return base64.b64decode(text, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError, ValueError):
        return text


def typed(text: str) -> Any:
    """An engine's setting as the wire has it: a number, true or false where the text reads as one."""
    if _WHOLE.fullmatch(text):
        return int(text)
    if _DECIMAL.fullmatch(text):
        return float(text)
    return {"true": True, "false": False}.get(text, text)


def untyped(value: Any) -> str:
    """The text of an engine's setting, one for each value: `1.50` and 1.5 are the same."""
    if isinstance(value, str):
        value = typed(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return value if isinstance(value, str) else json.dumps(value, sort_keys=True)


def flag(value: Any) -> bool | None:
    """True or false, also where it is spelled as text; None for anything else."""
    if isinstance(value, bool):
        return value
    return {"true": True, "yes": True, "false": False, "no": False}.get(str(value).lower())


def count(value: Any) -> int | None:
    """A number that is not negative, also where it is text; None for anything else."""
    if isinstance(value, str) and _WHOLE.fullmatch(value):
        value = int(value)
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    whole = isinstance(value, int) and not isinstance(value, bool)
    return value if whole and 0 <= value <= _MAX_INT32 else None


def text(value: Any) -> str | None:
    """A text that says something; None for anything else."""
    return value if isinstance(value, str) and value else None


def identity(value: Any) -> str | None:
    """An id as text, whether the wire has it as a number or as text; None for anything else."""
    if isinstance(value, int) and not isinstance(value, bool) and value > 0:
        return str(value)
    return value if isinstance(value, str) and _WHOLE.fullmatch(value) and value != "0" else None
