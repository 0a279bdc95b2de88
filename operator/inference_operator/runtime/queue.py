"""The work queue: which object to look at next, and never the same one twice at a time.

kopf runs a handler per object without a bound, forgets the errors of event handlers, and its delays cost a
patch each; this queue gives the semantics of client-go's workqueue instead. A key is waiting for its time,
ready, in work, or in work with another round owed. Adding it again never makes a second entry.
"""

from __future__ import annotations

import asyncio
import heapq
import itertools
import logging
import math
import random
import time
from collections.abc import Awaitable, Callable, Hashable, Iterable
from dataclasses import dataclass
from typing import Final, Generic, NamedTuple, Protocol

from inference_operator.runtime.lanes import K, Lanes
from inference_operator.runtime.turns import Turns

BASE_DELAY: Final = 1.0
"""Seconds before the first retry of a key; doubled for each further one."""

MAX_DELAY: Final = 600.0
"""Seconds that a retry waits at most."""

_MAX_DOUBLINGS: Final = 32
_URGENT, _NORMAL, _STOP = 0, 1, -1
_logger = logging.getLogger(__name__)


class ShutDown(Exception):  # noqa: N818 - as asyncio names its own
    """The queue hands out no more work."""


class QueueMetrics(Protocol):
    """What a queue reports of itself; all times are seconds."""

    def depth(self, ready: int) -> None:
        """Tell how many keys are ready and not yet in work."""

    def added(self) -> None:
        """Count a key that became ready, or owes another round."""

    def waited(self, seconds: float) -> None:
        """Tell how long a key was ready before a worker took it."""

    def worked(self, seconds: float) -> None:
        """Tell how long a worker had a key."""

    def retried(self) -> None:
        """Count a back-off."""


class _Unmeasured:
    def depth(self, ready: int) -> None: ...
    def added(self) -> None: ...
    def waited(self, seconds: float) -> None: ...
    def worked(self, seconds: float) -> None: ...
    def retried(self) -> None: ...


class _Ready(NamedTuple):
    rank: int
    sequence: int
    since: float


@dataclass(slots=True)
class _Delayed:
    when: float
    sequence: int
    rank: int


class WorkQueue(Generic[K]):
    """Keys to work on, for one event loop; `clock` gives seconds that grow as the loop's do.

    `lane`: what keys share that can be slow, such as an account; at most `lane_width` keys of a lane are in work at
    once, so that one in trouble leaves workers to the others. Keys whose lane is None are not bounded.

    Its laws: a key that was added is handed out after that (until the queue is shut down); it is not handed
    out again before `done`; any number of adds before it is handed out make one round.
    """

    def __init__(
        self,
        *,
        clock: Callable[[], float] = time.monotonic,
        rng: random.Random | None = None,
        metrics: QueueMetrics | None = None,
        base_delay: float = BASE_DELAY,
        max_delay: float = MAX_DELAY,
        lane: Callable[[K], Hashable] = lambda key: None,
        lane_width: int | None = None,
    ) -> None:
        self.clock = clock
        self._rng = rng or random.Random()  # noqa: S311 - jitter, not cryptography
        self._metrics: QueueMetrics = metrics or _Unmeasured()
        self._base_delay = base_delay
        self._max_delay = max_delay
        self._sequence = itertools.count(1)
        # An entry of the heaps counts only while the dict beside it names the same sequence number.
        self._order: asyncio.PriorityQueue[tuple[int, int, K | None]] = asyncio.PriorityQueue()
        self._lanes = Lanes[K](lane, lane_width, self._order.put_nowait)
        self._ready: dict[K, _Ready] = {}
        self._schedule: list[tuple[float, int, K]] = []
        self._delayed: dict[K, _Delayed] = {}
        self._in_work: dict[K, float] = {}
        self._owed: dict[K, _Ready] = {}
        self._failures: dict[K, int] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._idle = asyncio.Event()
        self._idle.set()
        self._closed = False

    def __len__(self) -> int:
        """Return how many keys are ready and not yet in work."""
        return len(self._ready)

    @property
    def idle(self) -> bool:
        """Whether nothing is ready or in work; what is delayed does not count."""
        return not self._ready and not self._in_work

    @property
    def in_work(self) -> frozenset[K]:
        """The keys that workers have now."""
        return frozenset(self._in_work)

    def ages(self) -> list[float]:
        """For how many seconds workers have had each of their keys."""
        now = self.clock()
        return [now - since for since in self._in_work.values()]

    def add(self, key: K, *, after: float = 0.0, priority: bool = False) -> None:
        """Have `key` worked on, in `after` seconds at the latest; `priority` goes before all without it.

        Of several times the earliest counts. While the key is in work, it is worked on once more afterwards.
        """
        if self._closed:
            return
        rank = _URGENT if priority else _NORMAL
        if after > 0:
            self._delay(key, after, rank)
        else:
            self._delayed.pop(key, None)
            self._make_ready(key, rank)

    def scatter(self, keys: Iterable[K], *, over: float) -> None:
        """Have each of `keys` worked on, at a time of its own within `over` seconds."""
        for key in keys:
            self.add(key, after=self._rng.uniform(0.0, over))

    async def get(self) -> K:
        """Wait for the next key and take it; `done` must follow. Raises ShutDown when there will be none."""
        while True:
            rank, sequence, key = await self._order.get()
            if rank == _STOP or key is None:
                self._order.put_nowait((_STOP, 0, None))
                raise ShutDown
            ready = self._ready.get(key)
            if ready is not None and ready.sequence == sequence and self._lanes.enter(key, rank, sequence):
                return self._take(key, ready)

    def done(self, key: K) -> None:
        """Give `key` back after work, whatever came of it."""
        self._metrics.worked(self.clock() - self._in_work.pop(key))
        self._lanes.leave(key)
        owed = self._owed.pop(key, None)
        if owed is not None and not self._closed:
            self._enter(key, owed)
        if not self._in_work:
            self._idle.set()

    def retry(self, key: K, *, at_least: float = 0.0, at_most: float = math.inf) -> float:
        """Add `key` again after its back-off, or `at_least` seconds if that is longer; return the seconds.

        The back-off doubles with each call until `forget`, to the maximum or `at_most` seconds, and has up to half of
        it taken off at random.
        """
        doublings: int = self._failures.get(key, 0)
        self._failures[key] = min(doublings + 1, _MAX_DOUBLINGS)
        delay = min(self._base_delay * 2.0**doublings, self._max_delay, at_most) * self._rng.uniform(0.5, 1.0)
        delay = max(delay, at_least)
        self._metrics.retried()
        self.add(key, after=delay)
        return delay

    def failures(self, key: K) -> int:
        """Return how many back-offs `key` had since it was last forgotten."""
        return self._failures.get(key, 0)

    def forget(self, key: K) -> None:
        """End the back-off of `key`: the next retry begins at the base again."""
        self._failures.pop(key, None)

    def shutdown(self) -> None:
        """Hand out nothing more; what is in work may finish."""
        if self._closed:
            return
        self._closed = True
        if self._timer is not None:
            self._timer.cancel()
        self._order.put_nowait((_STOP, 0, None))

    async def drain(self, deadline: float) -> bool:
        """Shut down and wait for what is in work; False when `deadline` seconds were not enough."""
        self.shutdown()
        try:
            async with asyncio.timeout(deadline):
                await self._idle.wait()
        except TimeoutError:
            return False
        return True

    def _take(self, key: K, ready: _Ready) -> K:
        del self._ready[key]
        now = self.clock()
        self._in_work[key] = now
        self._idle.clear()
        self._metrics.waited(now - ready.since)
        self._metrics.depth(len(self._ready))
        return key

    def _make_ready(self, key: K, rank: int) -> None:
        place = self._owed if key in self._in_work else self._ready
        present = place.get(key)
        if present is not None and present.rank <= rank:
            return
        since = self.clock() if present is None else present.since
        ready = _Ready(rank, next(self._sequence), since)
        if present is None:
            self._metrics.added()
        if place is self._owed:
            self._owed[key] = ready
        else:
            self._enter(key, ready)

    def _enter(self, key: K, ready: _Ready) -> None:
        self._ready[key] = ready
        self._order.put_nowait((ready.rank, ready.sequence, key))
        self._metrics.depth(len(self._ready))

    def _delay(self, key: K, after: float, rank: int) -> None:
        if key in self._ready or key in self._owed:
            return
        when = self.clock() + after
        present = self._delayed.get(key)
        if present is not None and present.when <= when:
            return
        delayed = _Delayed(when, next(self._sequence), rank)
        self._delayed[key] = delayed
        heapq.heappush(self._schedule, (when, delayed.sequence, key))
        self._compact()
        self._arm()

    def _compact(self) -> None:
        # Superseded times stay in the heap until they pass; more of them than of valid ones is a leak.
        if len(self._schedule) > 64 + 2 * len(self._delayed):
            self._schedule = [(item.when, item.sequence, key) for key, item in self._delayed.items()]
            heapq.heapify(self._schedule)

    def _arm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._schedule and not self._closed:
            delay = max(0.0, self._schedule[0][0] - self.clock())
            self._timer = asyncio.get_running_loop().call_later(delay, self._promote)

    def _promote(self) -> None:
        now = self.clock()
        while self._schedule and self._schedule[0][0] <= now:
            _, sequence, key = heapq.heappop(self._schedule)
            delayed = self._delayed.get(key)
            if delayed is not None and delayed.sequence == sequence:
                del self._delayed[key]
                self._make_ready(key, delayed.rank)
        self._arm()


async def run_workers(queue: WorkQueue[K], handler: Callable[[K], Awaitable[None]], count: int) -> None:
    """Let `count` workers pass keys to `handler` until the queue is shut down.

    The handler decides what follows (`forget`, `retry`, `add`); an exception that leaves it is logged and
    retried.
    """
    turns = Turns(clock=queue.clock)
    async with asyncio.TaskGroup() as group:
        for number in range(count):
            group.create_task(_work(queue, handler, turns), name=f"worker-{number}")


async def _work(queue: WorkQueue[K], handler: Callable[[K], Awaitable[None]], turns: Turns) -> None:
    while True:
        try:
            key = await queue.get()
        except ShutDown:
            return
        try:
            await turns.begin()
            await _handle(queue, handler, key)
        finally:
            queue.done(key)


async def _handle(queue: WorkQueue[K], handler: Callable[[K], Awaitable[None]], key: K) -> None:
    try:
        await handler(key)
    except asyncio.CancelledError:
        # Awaiting something that others cancelled raises this too; only a cancellation of this worker ends
        # it.
        task = asyncio.current_task()
        if task is None or task.cancelling():
            raise
        queue.retry(key)
    except Exception:
        delay = queue.retry(key)
        _logger.exception("unexpected error, retrying", extra={"key": str(key), "retry_in": round(delay, 1)})
