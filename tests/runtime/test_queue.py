"""The laws of the work queue, on a loop whose time is simulated: hours pass in milliseconds, exactly."""

import asyncio
import random
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.support.simulated_time import now, simulate

from inference_operator.runtime.queue import MAX_DELAY, ShutDown, WorkQueue, run_workers


def new_queue(**options: Any) -> WorkQueue[str]:
    return WorkQueue[str](clock=now, rng=random.Random(7), **options)


async def take_all(queue: WorkQueue[str], *, within: float) -> list[tuple[str, float]]:
    """Everything the queue hands out in `within` seconds, with its time."""
    taken = []
    try:
        async with asyncio.timeout(within):
            while True:
                key = await queue.get()
                taken.append((key, now()))
                queue.done(key)
    except TimeoutError:
        return taken


additions = st.lists(
    st.tuples(
        st.sampled_from("abc"),
        st.sampled_from([0.0, 0.5, 1.0, 5.0]),  # pause before
        st.sampled_from([0.0, 0.0, 0.5, 2.0, 60.0]),  # after
        st.booleans(),  # priority
        st.sampled_from(["add", "add", "retry"]),
    ),
    max_size=30,
)


@settings(max_examples=150, deadline=None)
@given(additions=additions, workers=st.integers(1, 4), duration=st.sampled_from([0.0, 0.3, 3.0]))
def test_no_key_is_lost_and_none_is_worked_on_twice_at_once(
    additions: list[tuple[str, float, float, bool, str]], workers: int, duration: float
) -> None:
    async def program() -> None:
        queue = new_queue()
        steps = iter(range(1_000_000))
        added, begun = defaultdict(list), defaultdict(list)
        busy: set[str] = set()

        async def handler(key: str) -> None:
            assert key not in busy
            busy.add(key)
            begun[key].append(next(steps))
            await asyncio.sleep(duration)
            busy.remove(key)

        async with asyncio.TaskGroup() as group:
            group.create_task(run_workers(queue, handler, workers))
            for key, pause, after, priority, kind in additions:
                await asyncio.sleep(pause)
                added[key].append(next(steps))
                if kind == "add":
                    queue.add(key, after=after, priority=priority)
                else:
                    queue.retry(key)
            await asyncio.sleep(2 * MAX_DELAY)
            assert await queue.drain(MAX_DELAY)
        for key, moments in added.items():
            assert begun[key][-1] > moments[-1]
            assert len(begun[key]) <= len(moments)

    simulate(program())


@settings(deadline=None)
@given(times=st.lists(st.sampled_from([0.0, 1.0, 2.5, 30.0]), min_size=1, max_size=8))
def test_many_adds_make_one_round_at_the_earliest_of_their_times(times: list[float]) -> None:
    async def program() -> list[tuple[str, float]]:
        queue = new_queue()
        for after in times:
            queue.add("a", after=after)
        return await take_all(queue, within=100)

    assert simulate(program()) == [("a", pytest.approx(min(times)))]


def test_an_add_during_work_makes_exactly_one_more_round_after_it() -> None:
    async def program() -> list[float]:
        queue, begun = new_queue(), list[float]()

        async def handler(key: str) -> None:
            begun.append(now())
            if len(begun) == 1:
                queue.add(key)
                queue.add(key, priority=True)
                queue.add(key, after=1.0)
            await asyncio.sleep(10)

        queue.add("a")
        await run_for(queue, handler, workers=3, seconds=60)
        return begun

    assert simulate(program()) == [0.0, 10.0]


def test_a_delayed_add_during_work_waits_its_time() -> None:
    async def program() -> list[float]:
        queue, begun = new_queue(), list[float]()

        async def handler(key: str) -> None:
            begun.append(now())
            if len(begun) == 1:
                queue.add(key, after=30)

        queue.add("a")
        await run_for(queue, handler, workers=1, seconds=60)
        return begun

    assert simulate(program()) == [0.0, 30.0]


def test_priority_goes_first_and_raises_a_key_that_is_ready_already() -> None:
    async def program() -> list[str]:
        queue = new_queue()
        for key in "abc":
            queue.add(key)
        queue.add("d", priority=True)
        queue.add("c", priority=True)
        queue.add("d")
        return [key for key, _ in await take_all(queue, within=1)]

    assert simulate(program()) == ["d", "c", "a", "b"]


def test_superseded_times_do_not_accumulate() -> None:
    async def program() -> tuple[int, list[tuple[str, float]]]:
        queue = new_queue()
        for after in range(5000, 100, -1):
            queue.add("a", after=float(after))
        return len(queue._schedule), await take_all(queue, within=10_000)

    size, taken = simulate(program())
    assert size < 200
    assert taken == [("a", 101.0)]


def test_back_off_doubles_to_the_cap_with_jitter_until_forgotten() -> None:
    async def program() -> tuple[list[float], float]:
        queue = new_queue()
        delays = [queue.retry("a") for _ in range(14)]
        assert queue.failures("a") == 14
        queue.forget("a")
        return delays, queue.retry("a")

    delays, after_forget = simulate(program())
    for doublings, delay in enumerate(delays):
        longest = min(2.0**doublings, MAX_DELAY)
        assert longest / 2 <= delay <= longest
    assert len(set(delays)) == len(delays)
    assert after_forget <= 1.0


def test_back_off_waits_at_least_what_the_server_asked() -> None:
    async def program() -> tuple[float, list[tuple[str, float]]]:
        queue = new_queue()
        delay = queue.retry("a", at_least=42)
        return delay, await take_all(queue, within=100)

    assert simulate(program()) == (42, [("a", 42.0)])


def test_a_failing_key_is_retried_and_stops_no_worker(caplog: pytest.LogCaptureFixture) -> None:
    async def program() -> Counter[str]:
        queue, rounds = new_queue(), Counter[str]()

        async def handler(key: str) -> None:
            rounds[key] += 1
            if key == "bad" and rounds[key] <= 3:
                raise ValueError("broken")
            if key == "cancelled" and rounds[key] == 1:
                # As when something shared that it awaits is cancelled by somebody else.
                raise asyncio.CancelledError

        for key in ("bad", "cancelled", "good"):
            queue.add(key)
        await run_for(queue, handler, workers=1, seconds=60)
        return rounds

    assert simulate(program()) == {"bad": 4, "cancelled": 2, "good": 1}
    assert "broken" in caplog.text


def test_cancelling_the_workers_ends_them() -> None:
    async def program() -> bool:
        queue = new_queue()
        queue.add("a")
        workers = asyncio.create_task(run_workers(queue, lambda _: asyncio.sleep(1000), 2))
        await asyncio.sleep(1)
        assert queue.in_work == {"a"}
        workers.cancel()
        await asyncio.wait([workers])
        return workers.cancelled() and not queue.in_work

    assert simulate(program())


def test_drain_lets_work_finish_and_hands_out_nothing_new() -> None:
    async def program() -> tuple[bool, list[str]]:
        queue, finished = new_queue(), list[str]()

        async def handler(key: str) -> None:
            await asyncio.sleep(5)
            finished.append(key)
            queue.add(key)

        workers = asyncio.create_task(run_workers(queue, handler, 1))
        queue.add("a")
        queue.add("b")
        queue.add("c", after=1)
        await asyncio.sleep(1)
        drained = await queue.drain(10)
        await workers
        with pytest.raises(ShutDown):
            await queue.get()
        return drained, finished

    assert simulate(program()) == (True, ["a"])


def test_drain_gives_up_at_its_deadline() -> None:
    async def program() -> tuple[bool, float]:
        queue = new_queue()
        queue.add("a")
        workers = asyncio.create_task(run_workers(queue, lambda _: asyncio.sleep(1000), 1))
        await asyncio.sleep(1)
        drained = await queue.drain(10)
        workers.cancel()
        return drained, now()

    assert simulate(program()) == (False, 11.0)


def test_a_cancelled_get_takes_no_key() -> None:
    async def program() -> list[tuple[str, float]]:
        queue = new_queue()
        waiting = asyncio.create_task(queue.get())
        await asyncio.sleep(1)
        queue.add("a")
        waiting.cancel()
        await asyncio.wait([waiting])
        assert waiting.cancelled()
        return await take_all(queue, within=1)

    assert simulate(program()) == [("a", 1.0)]


def test_the_queue_reports_depth_adds_latency_work_time_and_retries() -> None:
    class Recorder:
        def __init__(self) -> None:
            self.calls: dict[str, list[float]] = defaultdict(list)

        def depth(self, ready: int) -> None:
            self.calls["depth"].append(ready)

        def added(self) -> None:
            self.calls["added"].append(1)

        def waited(self, seconds: float) -> None:
            self.calls["waited"].append(seconds)

        def worked(self, seconds: float) -> None:
            self.calls["worked"].append(seconds)

        def retried(self) -> None:
            self.calls["retried"].append(1)

    async def program() -> dict[str, list[float]]:
        recorder = Recorder()
        queue = new_queue(metrics=recorder)
        queue.add("a")
        queue.add("a")
        await asyncio.sleep(2)
        key = await queue.get()
        queue.retry(key)
        await asyncio.sleep(3)
        queue.done(key)
        return dict(recorder.calls)

    # The retry's time came during the work, so another round was owed when it ended.
    assert simulate(program()) == {
        "depth": [1, 0, 1],
        "added": [1, 1],
        "waited": [2.0],
        "worked": [3.0],
        "retried": [1],
    }


async def run_for(
    queue: WorkQueue[str], handler: Callable[[str], Awaitable[None]], *, workers: int, seconds: float
) -> None:
    async with asyncio.TaskGroup() as group:
        group.create_task(run_workers(queue, handler, workers))
        await asyncio.sleep(seconds)
        await queue.drain(seconds)
