"""What is known of one account's remote endpoints, by name.

Lists, reads and the answers to our own writes come in in any order. Each carries the time from which it is known to be
true, and what is older than what is already known is dropped: a list that was under way while an update was
answered must not undo it.
"""

from collections.abc import Container, Iterable, Iterator
from dataclasses import dataclass

from inference_operator.core.observation import Absent, Knowledge, Observation, Present, Unlisted, Unread


@dataclass(frozen=True, slots=True)
class _Entry:
    """`read`: it was read by name, or answered to a write; a list may lag behind the truth that it was asked for."""

    knowledge: Knowledge
    as_of: float
    read: bool = False


class Feed:
    """The knowledge of one account. Times are of a monotonic clock, in seconds."""

    def __init__(self) -> None:
        self._entries: dict[str, _Entry] = {}
        self._listed_at: float | None = None

    @property
    def listed_at(self) -> float | None:
        """The time from which the last complete list is true; None before the first one."""
        return self._listed_at

    def knowledge(self, name: str) -> Knowledge:
        """What is known of a name."""
        entry = self._entries.get(name)
        if entry is not None:
            return entry.knowledge
        return Unread() if self._listed_at is None else Unlisted()

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
        self._entries[name] = _Entry(Unread(), float("-inf"))

    def listed(self, observations: Iterable[Observation], *, as_of: float, in_use: Container[str]) -> set[str]:
        """A complete list, true from `as_of` on. Returns the names of which something else is known now.

        `in_use`: names that a resource is about; any other that is not listed is forgotten.
        """
        shown = {one.name: one for one in observations}
        changed = {name for name, one in shown.items() if self._put(name, _Entry(Present(one), as_of))}
        self._listed_at = as_of
        missing = [name for name in self._entries if name not in shown]
        return changed | {name for name in missing if self._not_listed(name, as_of, in_use)}

    def _not_listed(self, name: str, as_of: float, in_use: Container[str]) -> bool:
        """Whether that is news."""
        entry = self._entries[name]
        if name not in in_use:
            del self._entries[name]
            return False
        if not isinstance(entry.knowledge, Present) or entry.knowledge.unlisted or entry.as_of >= as_of:
            return False
        self._entries[name] = _Entry(Present(entry.knowledge.observation, unlisted=True), entry.as_of)
        return True

    def _put(self, name: str, entry: _Entry) -> bool:
        """Whether this is news."""
        known = self._entries.get(name)
        if known is not None and (entry.as_of, entry.read) < (known.as_of, known.read):
            return False
        self._entries[name] = entry
        return known is None or known.knowledge != entry.knowledge
