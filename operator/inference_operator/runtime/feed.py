"""What is known of one account's remote endpoints, by name.

Lists, reads and the answers to our own writes come in in any order. Each carries the time from which it is known to be
true, and what is older than what is already known is dropped: a list that was under way while an update was
answered must not undo it.
"""

import json
from collections.abc import Container, Iterator, Set
from dataclasses import dataclass, replace
from datetime import datetime

from pydantic import TypeAdapter

from inference_operator.core.observation import Absent, Knowledge, Observation, Present, State, Unlisted, Unread
from inference_operator.core.reading import SLACK, Page, Reading, Row, changed_at, moved, since
from inference_operator.runtime.packed import Packer

_OBSERVATION = TypeAdapter(Observation)
_HIDDEN_FOR = 600.0
# Seconds for which one that lists don't show is believed to be as it was read.


@dataclass(frozen=True, slots=True)
class _Entry:
    """`read`: it was read by name, or answered to a write; a list may lag behind the truth that it was asked for.

    `packed`: the observation, where it was seen; `listed`: and no later list lacked it. `absent`: a read said so.
    `digest`: of the row of the last list that showed it, empty where rows have none. `hidden`: a read found it after a
    complete list had lacked it, and no list showed it since.
    """

    as_of: float
    read: bool = False
    packed: bytes | None = None
    listed: bool = False
    moving: bool = False
    absent: bool = False
    digest: bytes = b""
    hidden: bool = False

    @property
    def on_lists(self) -> bool:
        """Whether a list is to show it."""
        return self.listed and not self.hidden

    @property
    def is_row(self) -> bool:
        """Whether it is what the row of its digest said."""
        return self.on_lists and not self.read and self.packed is not None


class Feed:
    """The knowledge of one account. Times are of a monotonic clock, in seconds.

    `listed_at`: from when the last complete list is true, None before the first. `pages`: how many that took.
    `strict_at`: when a reading began last that put up with nothing.
    `moves`: whether a change of state moves the provider's time of change, None while that is not known.
    `changing`: names of which news may come at any time, with when the last came.
    """

    def __init__(self) -> None:
        self._entries: dict[str, _Entry] = {}
        self._packer = Packer()
        self._newest: datetime | None = None
        self._newest_at = float("-inf")
        self._newest_left = self._left_before = False
        self._surplus = 0
        self._present = 0
        self.changing: dict[str, float] = {}
        self.listed_at: float | None = None
        self.strict_at: float | None = None
        self.pages = 0
        self.moves: bool | None = None
        self.ordered = True

    def knowledge(self, name: str) -> Knowledge:
        """What is known of a name."""
        entry = self._entries.get(name)
        if entry is None:
            return Unread() if self.listed_at is None else Unlisted()
        if entry.packed is not None:
            return Present(self._unpacked(entry.packed), unlisted=not entry.listed)
        return Absent() if entry.absent else Unread()

    def read_since(self, name: str, moment: float) -> bool:
        """Whether the name itself was read, or answered to a write, since then."""
        entry = self._entries.get(name)
        return entry is not None and entry.read and entry.as_of >= moment

    def names(self) -> Iterator[str]:
        """The names of all endpoints that are known to exist."""
        return (name for name, entry in self._entries.items() if entry.packed is not None)

    def saw(self, observation: Observation, *, as_of: float) -> bool:
        """One endpoint was read, or answered to a write. Whether that is news."""
        return self._see(observation, as_of, read=True)

    def missed(self, name: str, *, as_of: float) -> bool:
        """A read of the name said that it does not exist. Whether that is news."""
        return self._put(name, _Entry(as_of, read=True, absent=True))

    def doubt(self, name: str, *, now: float) -> None:
        """What is known of the name no longer holds: it must be read."""
        known = self._entries.get(name) or _Entry(float("-inf"))
        self._set(name, replace(known, as_of=float("-inf"), read=False, packed=None, moving=True, absent=False), now)

    def reading(self, *, whole: bool, strict: bool, awaited: Set[str], began: float, now: datetime) -> Reading:
        """A reading begins. `awaited`: names in use of which something is to be learnt soon."""
        implied = self.moves is True and self.ordered
        # One that failed before it could go by that leaves it to the next one.
        self._left_before, self._newest_left = self._left_before or self._newest_left, False
        reaching = since(self._newest, known_for=began - self._newest_at, now=now)
        return Reading(
            whole=whole or self.listed_at is None,
            strict=strict,
            since=reaching if strict else self._newest,
            latest=None if self._left_before else self._newest,
            ordered=self.ordered,
            expected=lambda: self._present + self._surplus,
            awaited=frozenset(name for name in awaited if not (implied and self._on_pages(name))),
        )

    def took(self, page: Page, *, as_of: float) -> set[str]:
        """A page, true from `as_of` on. Returns the names of which something else is known now."""
        return {row.name for row in page.rows if self._shown(row, as_of)}

    def ended(self, reading: Reading, *, as_of: float, in_use: Container[str]) -> set[str]:
        """A reading that began at `as_of` ended. Returns the names of which something else is known now.

        `in_use`: names that a resource is about; any other that no page showed is forgotten.
        """
        if reading.newest is not None and reading.newest != self._newest:
            self._newest, self._newest_at = reading.newest, as_of
        self.ordered, self._left_before = reading.ordered, False
        if reading.strict or reading.last:
            self.strict_at = as_of
        if not reading.last:
            return set()
        missing = [name for name in self._entries if name not in reading.shown]
        self._surplus = 0 if reading.total is None else reading.total - len(reading.shown)
        # Where fewer are left out than are believed to be, one of these is gone.
        believed = reading.total is None or sum(self._entries[name].hidden for name in missing) <= self._surplus
        changed = {name for name in missing if self._not_listed(name, as_of, in_use, believed=believed)}
        self.listed_at, self.pages = as_of, reading.pages
        return changed

    def _not_listed(self, name: str, as_of: float, in_use: Container[str], *, believed: bool) -> bool:
        """Whether that is news. `believed`: not of one that is hidden, unless it was read long ago."""
        entry = self._entries[name]
        if name not in in_use:
            self._set(name, None, as_of)
            return False
        if entry.as_of >= as_of or (entry.hidden and believed and as_of - entry.as_of < _HIDDEN_FOR):
            return False
        if not entry.listed:
            # It may never come, as where a create was refused: who doubts the name reads it.
            self._set(name, replace(entry, moving=False), as_of)
            return False
        self._set(name, replace(entry, read=False, listed=False, moving=True), as_of)
        return entry.packed is not None

    def _on_pages(self, name: str) -> bool:
        """Whether a page will show it when something of it changes."""
        entry = self._entries.get(name)
        return entry is not None and entry.on_lists and entry.packed is not None

    def _shown(self, row: Row, as_of: float) -> bool:
        """A row came. Whether that is news; one that is as it was is not read for that."""
        known = self._entries.get(row.name)
        if known is not None and known.packed is not None and not known.on_lists:
            # It is among those that the last complete list had too few.
            self._surplus = max(self._surplus - 1, 0)
        if known is not None and known.is_row and row.digest and row.digest == known.digest:
            return self._put(row.name, replace(known, as_of=as_of))
        observation = row.observe()
        if known is not None and self._lags(known, observation, as_of):
            return False
        # Of those that share its name another may have changed.
        another = row.shared and known is not None and known.digest not in (b"", row.digest)
        return self._see(observation, as_of, read=False, digest=row.digest) or another

    def _lags(self, known: _Entry, shown: Observation, as_of: float) -> bool:
        """Whether a list shows less than an answer about the endpoint itself did just before.

        Not for long: by the time of change alone nothing is disbelieved for ever.
        """
        if not known.read or known.packed is None or as_of - known.as_of > SLACK.total_seconds():
            return False
        told = self._unpacked(known.packed)
        before, now = changed_at(told), changed_at(shown)
        return told.created_at == shown.created_at and before is not None and now is not None and now < before

    def _see(self, observation: Observation, as_of: float, *, read: bool, digest: bytes = b"") -> bool:
        packed = self._packer.pack(_text(observation))
        known = self._entries.get(observation.name)
        hidden = read and known is not None and known.packed is not None and not known.on_lists
        moving, digest = _moves(observation), digest or (known.digest if known else b"")
        is_news = self._put(
            observation.name,
            _Entry(as_of, read=read, packed=packed, listed=True, moving=moving, digest=digest, hidden=hidden),
        )
        if is_news and known is not None and known.packed is not None:
            told = moved(self._unpacked(known.packed), observation)
            # One that did not move it is proof; one that did may have been changed at the same time.
            self.moves = False if told is False or self.moves is False else told or self.moves
        return is_news

    def _unpacked(self, packed: bytes) -> Observation:
        return _OBSERVATION.validate_python(json.loads(self._packer.unpack(packed)))

    def _put(self, name: str, entry: _Entry) -> bool:
        """Whether this is news."""
        known = self._entries.get(name)
        if known is not None and (entry.as_of, entry.read) < (known.as_of, known.read):
            return False
        self._set(name, entry, entry.as_of)
        return known is None or _told(known) != _told(entry)

    def _set(self, name: str, entry: _Entry | None, now: float) -> None:
        before = self._entries.pop(name, None)
        self._present += bool(entry and entry.on_lists) - bool(before and before.on_lists)
        if before and before.packed and not (entry and entry.packed):
            # What changed last may go by our own hand: then it is on no page, in whatever order they are.
            self._newest_left |= changed_at(self._unpacked(before.packed)) == self._newest
        if entry is not None:
            self._entries[name] = entry
        if entry is None or not entry.moving:
            self.changing.pop(name, None)
        elif before is None or not before.moving or _told(before) != _told(entry):
            self.changing[name] = now


def _moves(observation: Observation) -> bool:
    """Whether something is to come of it soon: also of one that is said to run while no replica serves yet."""
    return observation.state.in_transition or (observation.state is State.RUNNING and not observation.serves)


def _text(observation: Observation) -> bytes:
    """The same for what is equal, in whatever order the provider gave it; and for any text, also half a character."""
    return json.dumps(_OBSERVATION.dump_python(observation), sort_keys=True, separators=(",", ":")).encode()


def _told(entry: _Entry) -> tuple[object, ...]:
    """What is known by it."""
    return entry.packed, entry.listed, entry.absent
