"""Work that waits for nothing leaves the event loop its turns: for probes, for the Lease, for pages under way."""

import asyncio
import itertools
from collections.abc import Callable

from inference_operator.runtime.queue import WorkQueue, run_workers
from inference_operator.runtime.turns import SLICE, Turns

LOOK = 0.001
"""Seconds that one look takes, during which nothing else can happen."""


class _Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


async def _beats(clock: Callable[[], float]) -> list[float]:
    """The times at which somebody else had a turn, until this is cancelled."""
    seen: list[float] = []
    try:
        while True:
            seen.append(clock())
            await asyncio.sleep(0)
    except asyncio.CancelledError:
        return seen


async def test_thousand_looks_in_a_row_keep_nobody_waiting_for_longer_than_a_slice():
    clock, looked, done = _Clock(), list[int](), asyncio.Event()
    queue = WorkQueue[int](clock=clock)

    async def look(key: int) -> None:
        clock.now += LOOK
        looked.append(key)
        if len(looked) == 1_000:
            done.set()

    for key in range(1_000):
        queue.add(key)
    beside = asyncio.create_task(_beats(clock))
    workers = asyncio.create_task(run_workers(queue, look, 128))
    await done.wait()
    queue.shutdown()
    await workers
    beside.cancel()
    seen = await beside
    assert sorted(looked) == list(range(1_000))
    assert max(later - one for one, later in itertools.pairwise(seen)) <= SLICE + LOOK
    # Nor are turns given away: what a slice has room for is done in it.
    assert clock.now / len(seen) > SLICE / 8


async def test_what_waits_by_itself_is_not_kept():
    clock = _Clock()
    turns = Turns(clock=clock)
    for _ in range(1_000):
        await turns.begin()
        clock.now += LOOK
        await asyncio.sleep(0)
        await asyncio.sleep(0)
    assert clock.now < 1.1


async def test_one_that_is_cancelled_while_it_waits_takes_no_other_with_it():
    clock = _Clock()
    turns, begun = Turns(clock=clock), list[str]()

    async def wait(name: str) -> None:
        await turns.begin()
        begun.append(name)

    first, second = asyncio.create_task(wait("first")), asyncio.create_task(wait("second"))
    await turns.begin()
    clock.now += 2 * SLICE
    await asyncio.sleep(0)
    assert begun == []
    first.cancel()
    await asyncio.wait([first, second])
    assert begun == ["second"]
