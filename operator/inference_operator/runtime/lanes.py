"""Lanes of the work queue: a bound on how many workers one account may have, so that none is left without.

A provider that does not answer holds each worker that calls it until the time is up. Without a bound, the endpoints of
one such account would hold them all, and every other account would wait (invariant I9).
"""

from collections import OrderedDict, defaultdict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

from inference_operator.api.names import ACCOUNT_KIND, CLUSTER_ACCOUNT_KIND, DEFAULT_ACCOUNT
from inference_operator.runtime import index

Key = TypeVar("Key", bound=Hashable)


class Lanes(Generic[Key]):
    """Who is in which lane, and who waits to enter it. A lane of None, or without a `width`, is never full."""

    def __init__(self, lane: Callable[[Key], Hashable], width: int | None) -> None:
        self._lane = lane
        self._width = width
        self._entered: dict[Key, Hashable] = {}
        self._count: dict[Hashable, int] = defaultdict(int)
        # By key, so that one that is added once more while it waits waits once, at the place of the better rank.
        self._waiting: dict[Hashable, OrderedDict[Key, tuple[int, int]]] = defaultdict(OrderedDict)

    def enter(self, key: Key, rank: int, sequence: int) -> bool:
        """Let a key in; False where its lane is full, and then it is told of by `leave`, with its place in line."""
        lane = self._lane(key)
        if lane is None or self._width is None:
            return True
        if self._count[lane] >= self._width:
            waiting = self._waiting[lane]
            last = next(reversed(waiting.values()), None)
            waiting[key] = (rank, sequence)
            if last is not None and rank < last[0]:
                waiting.move_to_end(key, last=False)
            return False
        self._entered[key] = lane
        self._count[lane] += 1
        return True

    def leave(self, key: Key) -> list[tuple[int, int, Key]]:
        """A key is done. Returns who may try to enter now."""
        if key not in self._entered:
            return []
        lane = self._entered.pop(key)
        self._count[lane] -= 1
        if self._count[lane] == 0:
            del self._count[lane]
        waiting = self._waiting.get(lane)
        if not waiting:
            self._waiting.pop(lane, None)
            return []
        following, (rank, sequence) = waiting.popitem(last=False)
        return [(rank, sequence, following)]


def account_lane(objects: index.Index) -> Callable[[index.Key], Hashable]:
    """The lane of an endpoint: its account, as its status says or else its spec."""

    def lane(key: index.Key) -> Hashable:
        obj = objects.get(key) or {}
        used = (obj.get("status") or {}).get("account")
        reference = (obj.get("spec") or {}).get("accountRef") or {}
        declared = f"{reference.get('kind') or ACCOUNT_KIND}/{reference.get('name') or DEFAULT_ACCOUNT}"
        account = used or declared
        return account if account.startswith(f"{CLUSTER_ACCOUNT_KIND}/") else f"{key.namespace}/{account}"

    return lane
