"""How commands print: plain aligned columns or JSON, and nothing that a terminal would act on.

What a container logs, or a provider answers, is untrusted: an escape sequence in it could rewrite what the person
sees. So control characters are shown as escapes.
"""

import json
import sys
import unicodedata
from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import Any

import typer

_GAP = "   "
_ACTED_ON = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
"""Unicode categories: control, format (which turns the direction of text), surrogate, line and paragraph separator."""


class Output(StrEnum):
    """The forms that a command prints in."""

    TABLE = "table"
    JSON = "json"


def printable(text: str) -> str:
    """The text on one line, with what a terminal would act on as `\\x1b`, `\\u202e`; a tab becomes spaces."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(map(_shown, text.expandtabs(4)))


def _shown(character: str) -> str:
    if unicodedata.category(character) not in _ACTED_ON:
        return character
    code = ord(character)
    return f"\\x{code:02x}" if code <= 0xFF else f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"  # noqa: PLR2004 - widths of the escapes


def print_line(text: str) -> None:
    """Print one line, at once."""
    typer.echo(printable(text))


def print_json(document: Any) -> None:
    """Print a document over several lines; ASCII alone, so that nothing in it reaches the terminal raw."""
    typer.echo(json.dumps(document, indent=2, allow_nan=False))


def print_table(titles: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print columns as wide as what is in them; an empty cell is `-`."""
    lines = [tuple(titles), *(tuple(printable(cell) or "-" for cell in row) for row in rows)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    for line in lines:
        cells = (cell.ljust(width) for cell, width in zip(line, widths, strict=True))
        typer.echo(_GAP.join(cells).rstrip())


def to_terminal() -> bool:
    """Whether a person looks at stdout, on a terminal that can show block characters."""
    return sys.stdout.isatty() and (sys.stdout.encoding or "").lower().startswith("utf")
