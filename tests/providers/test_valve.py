"""What every call of an account passes: over real sockets, as the provider sees it."""

import asyncio
import time
from contextlib import asynccontextmanager

import pytest
from tests.providers.remote import connect, every

from inference_operator.core.breaker import TRIPS_AT
from inference_operator.core.errors import ErrorKind, ProviderError
from inference_operator.core.pacing import Pace
from inference_operator.providers.valve import Valve
from inference_operator.simulator import Fault, Simulator


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
