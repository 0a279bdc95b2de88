"""Answers that are kept for a moment, so that many who ask make one call."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


@dataclass(frozen=True, slots=True)
class _Kept(Generic[V]):
    answer: asyncio.Future[V]
    asked_at: float


class AnswerCache(Generic[K, V]):
    """Answers by key, each kept for `seconds` from when it was asked for.

    Who asks while the answer is on its way shares it. What the call raises is raised to all of them and not kept.
    Of more than `size` answers the oldest go.
    """

    def __init__(self, *, seconds: float, size: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._seconds = seconds
        self._size = size
        self._clock = clock
        self._kept: dict[K, _Kept[V]] = {}

    async def get(self, key: K, ask: Callable[[], Awaitable[V]]) -> V:
        """The kept answer, else that of `ask`."""
        kept = self._kept.get(key)
        if kept is None or not self._good(kept):
            kept = self._start(key, ask)
        # Shielded: who came first may be cancelled while others still wait.
        return await asyncio.shield(kept.answer)

    def _start(self, key: K, ask: Callable[[], Awaitable[V]]) -> _Kept[V]:
        self._make_room(key)
        task = asyncio.ensure_future(_awaited(ask))
        task.add_done_callback(_look_at)
        kept = self._kept[key] = _Kept(task, self._clock())
        return kept

    def _make_room(self, key: K) -> None:
        self._kept.pop(key, None)
        # The oldest come first, for a dict keeps the order of insertion: no scan of the whole.
        while self._kept and (len(self._kept) >= self._size or not self._good(next(iter(self._kept.values())))):
            del self._kept[next(iter(self._kept))]

    def _good(self, kept: _Kept[V]) -> bool:
        if not kept.answer.done():
            return True
        failed = kept.answer.cancelled() or kept.answer.exception() is not None
        return not failed and self._clock() - kept.asked_at < self._seconds


async def _awaited(ask: Callable[[], Awaitable[V]]) -> V:
    return await ask()


def _look_at(done: "asyncio.Future[V]") -> None:
    # Else asyncio logs an exception that nobody waited for any more.
    if not done.cancelled():
        done.exception()
