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

from inference_operator.core.observation import Absent, Knowledge, Observation, Present, Unlisted, Unread
from inference_operator.core.reading import Page, Reading, moved, since
from inference_operator.runtime.packed import Packer

_OBSERVATION = TypeAdapter(Observation)


@dataclass(frozen=True, slots=True)
class _Entry:
    """`read`: it was read by name, or answered to a write; a list may lag behind the truth that it was asked for.

    `packed`: the observation, where it was seen; `listed`: and no later list lacked it. `absent`: a read said so.
    """

    as_of: float
    read: bool = False
    packed: bytes | None = None
    listed: bool = False
    moving: bool = False
    absent: bool = False


class Feed:
    """The knowledge of one account. Times are of a monotonic clock, in seconds.

    `listed_at`: from when the last complete list is true, None before the first. `pages`: how many that took.
    `strict_at`: when a reading began last that put up with nothing.
    `moves`: whether a change of state moves the provider's time of change, None while that is not known.
    `changing`: names of which news may come at any time.
    """

    def __init__(self) -> None:
        self._entries: dict[str, _Entry] = {}
        self._packer = Packer()
        self._newest: datetime | None = None
        self._surplus = 0
        self._present = 0
        self.changing: set[str] = set()
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

    def doubt(self, name: str) -> None:
        """What is known of the name no longer holds: it must be read."""
        self._set(name, _Entry(float("-inf"), moving=True))

    def reading(self, *, whole: bool, strict: bool, awaited: Set[str], now: datetime) -> Reading:
        """A reading begins. `awaited`: names in use of which something is to be learnt soon."""
        implied = self.moves is True and self.ordered
        return Reading(
            whole=whole or self.listed_at is None,
            strict=strict,
            since=since(self._newest, now) if strict else self._newest,
            latest=self._newest,
            ordered=self.ordered,
            known=lambda: self._present,
            surplus=self._surplus,
            awaited=frozenset() if implied else awaited,
        )

    def took(self, page: Page, *, as_of: float) -> set[str]:
        """A page, true from `as_of` on. Returns the names of which something else is known now."""
        return {one.name for one in page.observations if self._see(one, as_of, read=False)}

    def ended(self, reading: Reading, *, as_of: float, in_use: Container[str]) -> set[str]:
        """A reading that began at `as_of` ended. Returns the names of which something else is known now.

        `in_use`: names that a resource is about; any other that no page showed is forgotten.
        """
        self._newest, self.ordered = reading.newest or self._newest, reading.ordered
        if reading.strict or reading.last:
            self.strict_at = as_of
        if not reading.last:
            return set()
        missing = [name for name in self._entries if name not in reading.shown]
        changed = {name for name in missing if self._not_listed(name, as_of, in_use)}
        self.listed_at, self.pages = as_of, reading.pages
        self._surplus = 0 if reading.total is None else reading.total - len(reading.shown)
        return changed

    def _not_listed(self, name: str, as_of: float, in_use: Container[str]) -> bool:
        """Whether that is news."""
        entry = self._entries[name]
        if name not in in_use:
            self._set(name, None)
            return False
        if not entry.listed or entry.as_of >= as_of:
            return False
        self._set(name, replace(entry, read=False, listed=False, moving=True))
        return True

    def _see(self, observation: Observation, as_of: float, *, read: bool) -> bool:
        packed = self._packer.pack(_text(observation))
        known = self._entries.get(observation.name)
        is_news = self._put(
            observation.name,
            _Entry(as_of, read=read, packed=packed, listed=True, moving=observation.state.in_transition),
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
        self._set(name, entry)
        return known is None or _told(known) != _told(entry)

    def _set(self, name: str, entry: _Entry | None) -> None:
        before = self._entries.pop(name, None)
        self._present += bool(entry and entry.listed) - bool(before and before.listed)
        if entry is not None:
            self._entries[name] = entry
        (self.changing.add if entry is not None and entry.moving else self.changing.discard)(name)


def _text(observation: Observation) -> bytes:
    """The same for what is equal, in whatever order the provider gave it; and for any text, also half a character."""
    return json.dumps(_OBSERVATION.dump_python(observation), sort_keys=True, separators=(",", ":")).encode()


def _told(entry: _Entry) -> tuple[object, ...]:
    """What is known by it."""
    return entry.packed, entry.listed, entry.absent
