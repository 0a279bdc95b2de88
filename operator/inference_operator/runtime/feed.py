"""What is known of one account's remote endpoints, by name.

Lists, reads and the answers to our own writes come in in any order. Each carries the time from which it is known to be
true, and what is older than what is already known is dropped: a list that was under way while an update was
answered must not undo it.
"""

from collections.abc import Container, Iterator, Set
from dataclasses import dataclass
from datetime import datetime

from inference_operator.core.observation import Absent, Knowledge, Observation, Present, Unlisted, Unread
from inference_operator.core.reading import Page, Reading, moved, since


@dataclass(frozen=True, slots=True)
class _Entry:
    """`read`: it was read by name, or answered to a write; a list may lag behind the truth that it was asked for."""

    knowledge: Knowledge
    as_of: float
    read: bool = False


class Feed:
    """The knowledge of one account. Times are of a monotonic clock, in seconds.

    `listed_at`: from when the last complete list is true, None before the first. `pages`: how many that took.
    `moves`: whether a change of state moves the provider's time of change, None while that is not known.
    `changing`: names of which news may come at any time.
    """

    def __init__(self) -> None:
        self._entries: dict[str, _Entry] = {}
        self._newest: datetime | None = None
        self._surplus = 0
        self._present = 0
        self.changing: set[str] = set()
        self.listed_at: float | None = None
        self.pages = 0
        self.moves: bool | None = None
        self.ordered = True

    def knowledge(self, name: str) -> Knowledge:
        """What is known of a name."""
        entry = self._entries.get(name)
        if entry is not None:
            return entry.knowledge
        return Unread() if self.listed_at is None else Unlisted()

    def read_since(self, name: str, moment: float) -> bool:
        """Whether the name itself was read, or answered to a write, since then."""
        entry = self._entries.get(name)
        return entry is not None and entry.read and entry.as_of >= moment

    def observations(self) -> Iterator[Observation]:
        """Every endpoint that is known to exist."""
        for entry in self._entries.values():
            if isinstance(entry.knowledge, Present):
                yield entry.knowledge.observation

    def saw(self, observation: Observation, *, as_of: float) -> bool:
        """One endpoint was read, or answered to a write. Whether that is news."""
        return self._put(observation.name, _Entry(Present(observation), as_of, read=True))

    def missed(self, name: str, *, as_of: float) -> bool:
        """A read of the name said that it does not exist. Whether that is news."""
        return self._put(name, _Entry(Absent(), as_of, read=True))

    def doubt(self, name: str) -> None:
        """What is known of the name no longer holds: it must be read."""
        self._set(name, _Entry(Unread(), float("-inf")))

    def reading(self, *, whole: bool, strict: bool, awaited: Set[str], now: datetime) -> Reading:
        """A reading begins. `awaited`: names in use of which something is to be learnt soon."""
        implied = self.moves is True and self.ordered
        return Reading(
            whole=whole or self.listed_at is None,
            strict=strict,
            since=since(self._newest, now),
            known=lambda: self._present,
            surplus=self._surplus,
            awaited=frozenset() if implied else awaited,
        )

    def took(self, page: Page, *, as_of: float) -> set[str]:
        """A page, true from `as_of` on. Returns the names of which something else is known now."""
        return {one.name for one in page.observations if self._put(one.name, _Entry(Present(one), as_of))}

    def ended(self, reading: Reading, *, as_of: float, pages: int, in_use: Container[str]) -> set[str]:
        """A reading that began at `as_of` ended. Returns the names of which something else is known now.

        `in_use`: names that a resource is about; any other that no page showed is forgotten.
        """
        self._newest, self.ordered = reading.newest or self._newest, reading.ordered
        if not reading.last:
            return set()
        missing = [name for name in self._entries if name not in reading.shown]
        changed = {name for name in missing if self._not_listed(name, as_of, in_use)}
        self.listed_at, self.pages = as_of, pages
        self._surplus = 0 if reading.total is None else reading.total - self._present
        return changed

    def _not_listed(self, name: str, as_of: float, in_use: Container[str]) -> bool:
        """Whether that is news."""
        entry = self._entries[name]
        if name not in in_use:
            self._set(name, None)
            return False
        if not isinstance(entry.knowledge, Present) or entry.knowledge.unlisted or entry.as_of >= as_of:
            return False
        self._set(name, _Entry(Present(entry.knowledge.observation, unlisted=True), entry.as_of))
        return True

    def _put(self, name: str, entry: _Entry) -> bool:
        """Whether this is news."""
        known = self._entries.get(name)
        if known is not None and (entry.as_of, entry.read) < (known.as_of, known.read):
            return False
        self._set(name, entry)
        return known is None or known.knowledge != entry.knowledge

    def _set(self, name: str, entry: _Entry | None) -> None:
        before = self._entries.pop(name, None)
        self._present += _is_listed(entry) - _is_listed(before)
        if entry is None:
            self.changing.discard(name)
            return
        self._entries[name] = entry
        (self.changing.add if _is_changing(entry) else self.changing.discard)(name)
        if before is not None and isinstance(before.knowledge, Present) and isinstance(entry.knowledge, Present):
            told = moved(before.knowledge.observation, entry.knowledge.observation)
            # One that did not move it is proof; one that did may have been changed at the same time.
            self.moves = False if told is False or self.moves is False else told or self.moves


def _is_listed(entry: _Entry | None) -> bool:
    return entry is not None and isinstance(entry.knowledge, Present) and not entry.knowledge.unlisted


def _is_changing(entry: _Entry) -> bool:
    match entry.knowledge:
        case Present(observation=observation, unlisted=unlisted):
            return unlisted or observation.state.in_transition
        case Unread():
            return True
    return False
