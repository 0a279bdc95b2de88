"""How a secret value is spelled where something quotes it: one pattern for any depth of quoting.

An error quotes a body that quotes the value, in JSON, Python's repr, a URL or HTML. Each of them adds backslashes, or
turns a character into its number; none changes letters, digits and a few signs. So a value is found by its longest
plain run, which survives all of them, and the pattern says what the rest may have become.
"""

import base64
import re
from functools import lru_cache
from typing import Final

_PLAIN: Final = re.compile(r"[A-Za-z0-9_.~-]+")
_PIECES: Final = re.compile(r"\\+|[A-Za-z0-9_.~-]+|.", re.DOTALL)
_SHORT: Final = {"\n": "n", "\r": "r", "\t": "t", "\b": "b", "\f": "f", "\v": "v", "\a": "a"}
_ENTITIES: Final = {'"': "quot", "'": "apos", "&": "amp", "<": "lt", ">": "gt"}
_BACKSLASH: Final = r"(?:\\|%(?:25)*5c)"
# Possessive: a run of backslashes is of any length, and is never tried in parts.
_BACKSLASHES: Final = f"{_BACKSLASH}*+"


def anchor(value: str) -> str:
    """The longest run of characters that no quoting changes; may be empty."""
    return max(_PLAIN.findall(value), key=len, default="")


def encoded(value: str) -> set[str]:
    """The value in base64, without padding: standard and for URLs."""
    data = value.encode("utf-8", "surrogatepass")
    return {spelled(data).decode().rstrip("=") for spelled in (base64.b64encode, base64.urlsafe_b64encode)}


def shortest(value: str) -> int:
    """How many characters it takes at least, however it is quoted: a run of backslashes may be one."""
    return sum(1 if piece[0] == "\\" else len(piece) for piece in _PIECES.findall(value))


@lru_cache(maxsize=512)
def pattern(value: str) -> re.Pattern[str]:
    """What matches the value as it is and as any of these quotes it, however deep."""
    # A run of backslashes in the value is one of any other length, once it was quoted.
    return re.compile("".join(map(_piece, _PIECES.findall(value))))


def _piece(text: str) -> str:
    if text[0] == "\\":
        return f"(?i:{_BACKSLASH}++)"
    return text.replace(".", r"\.") if _PLAIN.fullmatch(text) else _any_of(text)


def _any_of(char: str) -> str:
    number, units, octets = ord(char), char.encode("utf-16-be", "surrogatepass"), char.encode("utf-8", "surrogatepass")
    ways = [
        "".join(rf"{_BACKSLASHES}u{units[at : at + 2].hex()}" for at in range(0, len(units), 2)),
        f"{_BACKSLASHES}U{number:08x}",
        "".join(f"{_BACKSLASHES}x{octet:02x}" for octet in octets),
        _BACKSLASHES + "".join(f"%(?:25)*{octet:02x}" for octet in octets),
        f"{_BACKSLASHES}&(?:amp;)*#(?:{number}|x{number:x});",
    ]
    if number <= 0xFF:  # noqa: PLR2004 - what repr spells with two digits
        ways.append(f"{_BACKSLASHES}x{number:02x}")
    if char in _SHORT:
        ways.append(f"{_BACKSLASHES}{_SHORT[char]}")
    if char in _ENTITIES:
        ways.append(f"{_BACKSLASHES}&(?:amp;)*{_ENTITIES[char]};")
    if char == " ":
        ways.append(r"\+|%(?:25)*2b")
    # As it is comes last: it may be the beginning of another way.
    return f"(?i:{'|'.join(ways)}|{_BACKSLASHES}{re.escape(char)})"
