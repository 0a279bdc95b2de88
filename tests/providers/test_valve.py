"""What every call of an account passes: over real sockets, as the provider sees it."""

import asyncio
import time
from contextlib import asynccontextmanager

import pytest
from tests.providers import tir_remote
from tests.providers.remote import ALWAYS_THERE, connect, every

from inference_operator.core.breaker import TRIPS_AT
from inference_operator.core.errors import ErrorKind, Operation, ProviderError
from inference_operator.core.pacing import Pace
from inference_operator.providers.valve import Valve
from inference_operator.simulator import Clock, Fault, Simulator, Tir


@pytest.fixture
def simulator():
    with Simulator.start() as one:
        yield one


@asynccontextmanager
async def connected(simulator, valve):
    api = connect(simulator.url, valve=valve)
    try:
        yield api
    finally:
        await api.aclose()


def calls(simulator):
    return len(simulator.huggingface.journal)


async def test_calls_are_spread_over_time_and_none_fails(simulator):
    async with connected(simulator, Valve(Pace(20.0))) as api:
        began = time.monotonic()
        await asyncio.gather(*(api.get("n") for _ in range(40)))
        assert time.monotonic() - began > 0.9, "the first second's worth comes at once, the rest is spread"
    assert calls(simulator) == 40


async def test_after_a_refusal_nothing_is_sent_for_as_long_as_was_asked(simulator):
    simulator.huggingface.faults.add(Fault(operation="get", status=429, headers={"Retry-After": "60"}, times=1))
    async with connected(simulator, Valve()) as api:
        for _ in range(3):
            with pytest.raises(ProviderError) as error:
                await api.get("n")
            assert error.value.kind is ErrorKind.RATE_LIMITED
            assert error.value.retry_after == pytest.approx(60, abs=5)
        assert calls(simulator) == 1
        await every(api)
    assert calls(simulator) == 2, "the account's own read has a beat of its own"


async def test_what_one_endpoint_asks_to_wait_for_is_waited_for_by_no_other(simulator):
    out_of_order = Fault(operation="get", name="one", status=503, headers={"Retry-After": "60"})
    simulator.huggingface.faults.add(out_of_order)
    async with connected(simulator, Valve()) as api:
        with pytest.raises(ProviderError) as error:
            await api.get("one")
        assert (error.value.kind, error.value.retry_after) == (ErrorKind.UNAVAILABLE, 60)
        assert calls(simulator) == 1, "not tried again at once: it said when"
        assert await api.get("another") is None


def fill(simulator, pages):
    simulator.huggingface.knobs.page_size = simulator.huggingface.knobs.max_limit = 1
    for number in range(pages):
        simulator.huggingface.control.create("acme", {**ALWAYS_THERE, "name": f"n{number}"}, "acme")


async def test_pages_after_the_first_keep_to_the_pace(simulator):
    fill(simulator, 41)
    async with connected(simulator, Valve(Pace(20.0))) as api:
        began = time.monotonic()
        assert len(await every(api)) == 41
        assert time.monotonic() - began > 0.9


async def test_a_page_that_came_too_early_is_asked_for_again_and_none_before_it(simulator):
    fill(simulator, 10)
    refusal = Fault(operation="list", status=429, headers={"Retry-After": "1"}, skip=5, times=1)
    simulator.huggingface.faults.add(refusal)
    async with connected(simulator, Valve(Pace(1000.0))) as api:
        assert len(await every(api)) == 10
    assert calls(simulator) == 11


async def test_pages_go_on_whatever_others_were_told_and_stand_in_no_line(simulator):
    fill(simulator, 10)
    valve = Valve(Pace(1000.0))
    async with connected(simulator, valve) as api, valve._head:
        for _ in range(TRIPS_AT):
            valve.heard(429, {"Retry-After": "120"})
        assert valve.breaker.open
        assert len(await every(api)) == 10
    assert calls(simulator) == 10


async def test_a_page_that_is_to_wait_for_long_ends_the_reading_and_says_so(simulator):
    fill(simulator, 10)
    simulator.huggingface.faults.add(Fault(operation="list", status=429, headers={"Retry-After": "60"}, skip=5))
    async with connected(simulator, Valve(Pace(1000.0))) as api:
        with pytest.raises(ProviderError) as error:
            await every(api)
    assert error.value.retry_after == pytest.approx(60, abs=5)
    assert calls(simulator) == 6


async def test_closing_waits_for_a_page_under_way(simulator):
    simulator.huggingface.faults.add(Fault(operation="list", action="delay", delay=0.5))
    api = connect(simulator.url)
    under_way = asyncio.create_task(every(api))
    await asyncio.sleep(0.1)
    await api.aclose()
    assert await under_way == []


async def test_the_account_s_read_does_not_stand_in_the_line_of_the_others(simulator):
    async with connected(simulator, Valve(Pace(0.1))) as api:
        waiting = [asyncio.create_task(api.get("n")) for _ in range(40)]
        await asyncio.sleep(0.1)
        assert await every(api) == []
        assert not all(one.done() for one in waiting)
        for one in waiting:
            one.cancel()
        await asyncio.wait(waiting)


async def test_the_line_moves_as_fast_as_the_rate_recovers(monkeypatch):
    now = 0.0

    async def sleep(seconds):
        nonlocal now
        now += seconds

    valve = Valve(Pace(10.0), clock=lambda: now)
    for second in range(10):
        valve.heard(429, {})
        valve.heard(200, {})
        now += 1.0 if second < 9 else 0.0
    monkeypatch.setattr("inference_operator.providers.valve.asyncio.sleep", sleep)
    began = now
    await asyncio.gather(*(valve.pass_through(Operation.GET) for _ in range(20)))
    assert now - began < 20, "at the rate of the first, it would be minutes"


async def test_when_calls_fail_in_a_row_only_the_account_s_read_is_sent(simulator):
    simulator.huggingface.faults.add(Fault(operation="*", status=503))
    valve = Valve(Pace(1000.0))
    async with connected(simulator, valve) as api:
        while not valve.breaker.open:
            with pytest.raises(ProviderError):
                await api.get("n")
        sent = calls(simulator)
        with pytest.raises(ProviderError) as error:
            await api.get("n")
        assert (error.value.kind, error.value.sent) == (ErrorKind.UNAVAILABLE, False)
        assert calls(simulator) == sent
        with pytest.raises(ProviderError):
            await every(api)
        assert calls(simulator) == sent + 1, "once, and not three times"


async def test_a_list_for_the_sake_of_one_endpoint_is_no_read_of_the_account():
    tir, valve = Tir(clock=Clock.frozen()), Valve()
    api = tir_remote.connect(tir, valve=valve)
    valve.pace.heard(429, 60.0, valve.clock())
    with pytest.raises(ProviderError) as error:
        await api.get("unheard-of")
    assert (error.value.kind, error.value.sent) == (ErrorKind.RATE_LIMITED, False)
    assert tir.journal == []
    assert await every(api) == []
    await api.aclose()


async def test_a_write_that_fails_counts_and_a_success_forgives(simulator):
    simulator.huggingface.faults.add(Fault(operation="delete", action="drop", times=TRIPS_AT - 1))
    valve = Valve(Pace(1000.0))
    async with connected(simulator, valve) as api:
        for _ in range(TRIPS_AT - 1):
            with pytest.raises(ProviderError):
                await api.delete("n")
        assert valve.breaker.failed == TRIPS_AT - 1
        await api.delete("n")
        assert valve.breaker.failed == 0


async def test_closing_waits_for_what_is_under_way(simulator):
    simulator.huggingface.faults.add(Fault(operation="get", action="delay", delay=0.5))
    api = connect(simulator.url)
    under_way = asyncio.create_task(api.get("n"))
    await asyncio.sleep(0.1)
    await api.aclose()
    assert under_way.done()
    assert await under_way is None
