"""Which id a name stands for, and since when a name is not shown: what one connection remembers between two calls.

Losing it costs calls and time, never correctness.
"""

from collections.abc import Callable, Iterable

from inference_operator.providers.tir.wire import Seen

PROOF = 30.0
"""Seconds over which reads must go on not to show a name before nothing of it is believed to exist."""


class Register:
    """The names of one project. `clock`: monotonic seconds."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._ids: dict[str, str] = {}
        self._gone: set[str] = set()
        self._missed_since: dict[str, float] = {}
        self._refused: set[str] = set()

    def id_of(self, name: str) -> str | None:
        """The id that a name was last known to stand for."""
        return self._ids.get(name)

    def note(self, name: str, identity: str) -> None:
        """The endpoint of this id exists, and is the one that the name stands for."""
        self._ids[name] = identity
        self._gone.discard(identity)
        self._missed_since.pop(name, None)
        self._refused.discard(name)

    def gone(self, name: str, identity: str) -> None:
        """The endpoint of this id does not exist any more, whatever a list shows."""
        self._gone.add(identity)
        if self._ids.get(name) == identity:
            del self._ids[name]

    def forget(self, name: str) -> None:
        """Another endpoint of the name is about to be made: what was known of it, absence too, no longer holds."""
        self._ids.pop(name, None)
        self._missed_since.pop(name, None)
        self._refused.discard(name)

    def refused(self, name: str) -> None:
        """That other one was not made: there is as much of the name as a list shows."""
        self._refused.add(name)

    def unproven_for(self, name: str) -> float:
        """The name is not shown: seconds until that is proof, 0 where it is now."""
        if name in self._refused:
            return 0.0
        since = self._missed_since.setdefault(name, self._clock())
        left = max(since + PROOF - self._clock(), 0.0)
        if not left:
            del self._missed_since[name]
        return left

    def named(self, name: str, shown: Iterable[Seen]) -> Seen | None:
        """The endpoint that a name stands for in a list."""
        return next((one for one in self.chosen(shown) if one.name == name), None)

    def chosen(self, shown: Iterable[Seen]) -> list[Seen]:
        """Of each name one endpoint: the one on record, else one that carries a marker, else the oldest."""
        best: dict[str, Seen] = {}
        for one in shown:
            if one.id in self._gone:
                continue
            self._missed_since.pop(one.name, None)
            rival = best.get(one.name)
            if rival is None or self._rank(one) < self._rank(rival):
                best[one.name] = one
        return list(best.values())

    def _rank(self, one: Seen) -> tuple[bool, bool, int]:
        return (self._ids.get(one.name) != one.id, not one.marker.claims, int(one.id))
