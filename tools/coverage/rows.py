"""Where each name went, as `rows/` says: one file for each source, one row for each name."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

ROWS = Path(__file__).parent / "rows"
_ENDS = ("place", "refused", "command", "how", "absent")


@dataclass(frozen=True, slots=True)
class Row:
    """What became of one name: exactly one of the five ends.

    `place`: a field of the resource, or `account:` and a field of the accounts. `refused`: the field that the API
    server refuses, its message naming the new place. `command`: a command of `inference-operator`. `how`: what else
    does it. `absent`: why it is not offered, with what the operator does then in `instead`.
    `test` is a pytest node id without parameters; of what is absent there may be none.
    """

    name: str
    place: str | None = None
    refused: str | None = None
    command: str | None = None
    how: str | None = None
    absent: str | None = None
    instead: str | None = None
    test: str | None = None

    @property
    def ends(self) -> list[str]:
        """Which of the five ends it has."""
        return [end for end in _ENDS if getattr(self, end) is not None]


@cache
def node_ids() -> dict[str, str]:
    """The short names of tests that rows use, with their node ids."""
    found: dict[str, str] = yaml.safe_load((ROWS / "tests.yaml").read_text(encoding="utf-8"))
    return found


@cache
def rows(source: str) -> tuple[Row, ...]:
    """The rows of a source. Raises KeyError for a test's short name that is none."""
    listed: list[dict[str, Any]] = yaml.safe_load((ROWS / f"{source}.yaml").read_text(encoding="utf-8"))
    return tuple(_row(one) for one in listed)


def _row(given: dict[str, Any]) -> Row:
    test = given.get("test")
    return Row(**{**given, "test": node_ids()[test] if test else None})
