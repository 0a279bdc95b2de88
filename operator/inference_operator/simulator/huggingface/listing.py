"""The list's filters, order and pages, as pure functions over records."""

import base64
import binascii
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from inference_operator.simulator.errors import ApiError
from inference_operator.simulator.huggingface.knobs import Knobs
from inference_operator.simulator.huggingface.record import Record

SORT_KEYS = ("createdAt", "updatedAt", "name")
DIRECTIONS = ("asc", "desc")
_LONGEST_CURSOR = 12


@dataclass(frozen=True, slots=True)
class Filters:
    """What to list: endpoints with all `tags`, `search` in the name, one of each other set (None: any)."""

    tags: frozenset[str] = frozenset()
    search: str = ""
    types: frozenset[str] | None = None
    tasks: frozenset[str] | None = None
    states: frozenset[str] | None = None

    def accept(self, record: Record) -> bool:
        """Say whether the record is listed."""
        configuration = record.configuration
        return (
            self.search in record.name
            and self.tags.issubset(configuration["tags"])
            and (self.types is None or configuration["type"] in self.types)
            and (self.tasks is None or configuration["model"]["task"] in self.tasks)
            and (self.states is None or record.lifecycle.state in self.states)
        )


@dataclass(frozen=True, slots=True)
class Page:
    """One page: its records, the number of all matches, and the cursors of its neighbours."""

    records: Sequence[Record]
    total: int
    following: str | None
    previous: str | None


def order(
    records: Iterable[Record], sort_by: str = "createdAt", direction: Literal["asc", "desc"] | str = "desc"
) -> list[Record]:
    """Return the records in the order asked for; ties are broken by name, so that pages never overlap."""
    keys = {
        "createdAt": lambda record: (record.created_at, record.name),
        "updatedAt": lambda record: (record.updated_at, record.name),
        "name": lambda record: (record.name,),
    }
    return sorted(records, key=keys[sort_by], reverse=direction == "desc")


def page(records: Sequence[Record], *, cursor: str | None, limit: int | None, knobs: Knobs) -> Page:
    """Return the page at `cursor` (None: the first) of at most `limit` records (None: the default).

    Raises ApiError 400 for a cursor that this server did not make, or a limit that it does not accept.
    """
    size = _size(limit, knobs)
    start = _offset(cursor)
    end = start + size
    more = size > 0 and end < len(records)
    return Page(
        records=records[start:end],
        total=len(records),
        following=_cursor(end) if more else None,
        previous=_cursor(max(start - size, 0)) if start > 0 and size > 0 else None,
    )


def _size(limit: int | None, knobs: Knobs) -> int:
    if limit is None:
        return knobs.page_size
    if limit > knobs.max_limit and knobs.over_limit == "reject":
        raise ApiError(400, f"Bad Request: limit must be at most {knobs.max_limit}")
    return min(limit, knobs.max_limit)


def _cursor(offset: int) -> str:
    return base64.urlsafe_b64encode(f"o{offset}".encode()).decode().rstrip("=")


def _offset(cursor: str | None) -> int:
    if cursor is None:
        return 0
    try:
        text = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True).decode("ascii")
    except (binascii.Error, ValueError):
        text = ""
    if not (text.startswith("o") and text[1:].isdecimal() and len(text) <= _LONGEST_CURSOR):
        raise ApiError(400, "Bad Request: invalid cursor")
    return int(text[1:])
