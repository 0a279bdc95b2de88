"""Lanes of the work queue: a bound on how many workers one account may have, so that none is left without.

A provider that does not answer holds each worker that calls it until the time is up. Without a bound, the endpoints of
one such account would hold them all, and every other account would wait (invariant I9).
"""

import heapq
from collections import defaultdict
from collections.abc import Callable, Hashable
from typing import Generic, TypeAlias, TypeVar

from inference_operator.api.names import ACCOUNT_KIND, CLUSTER_ACCOUNT_KIND, DEFAULT_ACCOUNT
from inference_operator.runtime.index import Index, Key

K = TypeVar("K", bound=Hashable)
Entry: TypeAlias = tuple[int, int, K]
"""A key in line: its rank, the sequence number of its arrival, itself. The least goes first."""


class Lanes(Generic[K]):
    """Who has a place in which lane, and who waits for one. A lane of None, or without a `width`, is never full.

    A place that becomes free passes straight to who waits first, who is told by `call` to `enter` and take it. So a
    lane in which somebody waits is full, and each of its places is held by one who will leave it: nobody is forgotten.
    """

    def __init__(self, lane: Callable[[K], Hashable], width: int | None, call: Callable[[Entry[K]], object]) -> None:
        self._lane = lane
        self._width = width
        self._call = call
        self._places: dict[K, Hashable] = {}
        self._taken: dict[Hashable, int] = defaultdict(int)
        # An entry of a line counts only while the dict beside it names the same sequence number.
        self._lines: dict[Hashable, list[Entry[K]]] = defaultdict(list)
        self._waiting: dict[K, int] = {}

    def enter(self, key: K, rank: int, sequence: int) -> bool:
        """Let a key in, until it leaves; False where its lane is full, and then it waits to be called.

        It waits in one line, for the last entry that it tried. A place that it was called to in a lane that is not its
        own any more passes to the next there.
        """
        lane = self._lane(key)
        self._waiting.pop(key, None)
        if self._places.get(key, lane) != lane:
            self.leave(key)
        if lane is None or self._width is None or key in self._places:
            return True
        if self._taken[lane] >= self._width:
            self._waiting[key] = sequence
            heapq.heappush(self._lines[lane], (rank, sequence, key))
            return False
        self._places[key] = lane
        self._taken[lane] += 1
        return True

    def leave(self, key: K) -> None:
        """A key is done, if it had a place: call who waits first in its lane."""
        if key not in self._places:
            return
        lane = self._places.pop(key)
        following = self._next(lane)
        if following is not None:
            self._places[following[-1]] = lane
            self._call(following)
        elif self._taken[lane] > 1:
            self._taken[lane] -= 1
        else:
            del self._taken[lane]

    def _next(self, lane: Hashable) -> Entry[K] | None:
        line = self._lines.get(lane, [])
        while line:
            rank, sequence, key = heapq.heappop(line)
            if self._waiting.get(key) == sequence:
                del self._waiting[key]
                return rank, sequence, key
        self._lines.pop(lane, None)
        return None


def account_lane(objects: Index, exists: Callable[[Key], bool]) -> Callable[[Key], Hashable]:
    """The lane of an endpoint: its account. `exists`: whether there is such an account now."""

    def lane(key: Key) -> Hashable:
        brief = objects.brief(key)
        if brief is None:
            return None  # What is gone is soon done.
        own = Key(ACCOUNT_KIND, key.namespace, DEFAULT_ACCOUNT)
        falls_back = brief.account == f"{own.namespace}/{own.kind}/{own.name}" and not exists(own)
        return f"{CLUSTER_ACCOUNT_KIND}/{DEFAULT_ACCOUNT}" if falls_back else brief.account

    return lane
