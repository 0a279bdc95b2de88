"""Answers that are kept for a moment: one call for many who ask, and no failure, nor anything for ever."""

import asyncio

import pytest

from inference_operator.runtime.answer_cache import AnswerCache


class Source:
    """Counts the calls; `gate` holds them up."""

    def __init__(self):
        self.calls, self.gate, self.error = 0, asyncio.Event(), None
        self.gate.set()
        self.now = 0.0

    def clock(self):
        return self.now

    async def ask(self):
        self.calls += 1
        call = self.calls
        await self.gate.wait()
        if self.error is not None:
            raise self.error
        return call


@pytest.fixture
async def source():
    return Source()


@pytest.fixture
def recent(source):
    return AnswerCache(seconds=10.0, size=3, clock=source.clock)


async def test_an_answer_serves_for_its_time_and_each_key_has_its_own(recent, source):
    assert [await recent.get("a", source.ask) for _ in range(3)] == [1, 1, 1]
    assert await recent.get("b", source.ask) == 2
    source.now = 9.9
    assert await recent.get("a", source.ask) == 1
    source.now = 10.0
    assert await recent.get("a", source.ask) == 3


async def test_all_who_ask_meanwhile_share_one_call_however_long_it_takes(recent, source):
    source.gate.clear()
    asking = [asyncio.create_task(recent.get("a", source.ask)) for _ in range(20)]
    await asyncio.sleep(0)
    source.now = 60.0
    asking.append(asyncio.create_task(recent.get("a", source.ask)))
    await asyncio.sleep(0)
    source.gate.set()
    assert await asyncio.gather(*asking) == [1] * 21


async def test_a_failure_is_told_to_all_who_wait_and_to_nobody_later(recent, source):
    source.error = RuntimeError("no")
    told = await asyncio.gather(*(recent.get("a", source.ask) for _ in range(3)), return_exceptions=True)
    assert [str(one) for one in told] == ["no"] * 3
    assert source.calls == 1
    source.error = None
    assert await recent.get("a", source.ask) == 2


async def test_one_who_leaves_takes_the_answer_from_nobody(recent, source):
    source.gate.clear()
    first, second = (asyncio.create_task(recent.get("a", source.ask)) for _ in range(2))
    await asyncio.sleep(0)
    first.cancel()
    source.gate.set()
    assert await second == 1


async def test_no_more_are_kept_than_it_has_room_for(recent, source):
    for key in "abcd":
        await recent.get(key, source.ask)
    assert await recent.get("b", source.ask) == 2
    assert await recent.get("a", source.ask) == 5, "the oldest went"
