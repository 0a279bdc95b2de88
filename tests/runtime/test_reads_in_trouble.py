"""What trouble with one endpoint costs its account in reads: no more than rest does, once it is looked at (I5)."""

import pytest
from tests.runtime.at_scale import HOUR, ORDERED, UNORDERED
from tests.runtime.crowd import CATALOGUE, FIRST, LATER, SINGLE, Crowd

from inference_operator.core.cadence import FAST_FOR
from inference_operator.simulator import Fault

KINDS = pytest.mark.parametrize("kind", [ORDERED, UNORDERED], ids=["ordered", "unordered"])


async def in_half_an_hour(crowd: Crowd) -> int:
    """First pages."""
    crowd.forget_requests()
    await crowd.live(HOUR / 2)
    return crowd.calls[FIRST]


@pytest.fixture
async def crowd():
    crowd = await Crowd.settled(60, pages_of=10, **ORDERED)
    await crowd.live(HOUR / 4)
    return crowd


def at_rest(crowd: Crowd) -> float:
    return HOUR / 2 / crowd.poll_interval


@pytest.mark.parametrize("status", [400, 409, 503])
@pytest.mark.parametrize("pages_of", [10, 100], ids=["of many pages", "of one page"])
async def test_of_a_create_that_is_refused_for_good(pages_of: int, status: int) -> None:
    crowd = await Crowd.settled(60, pages_of=pages_of, **ORDERED)
    crowd.huggingface.faults.add(Fault(operation="create", status=status))
    crowd.declare("refused")
    await crowd.live(HOUR / 2)
    assert await in_half_an_hour(crowd) <= at_rest(crowd) + 20


async def test_of_one_that_somebody_deleted_and_that_waits_for_a_secret(crowd: Crowd) -> None:
    missing = {"secretKeyRef": {"name": "nowhere", "key": "token"}}
    crowd.patch(crowd.key("n1"), {"spec": {"huggingFace": {"model": {"secrets": {"HF_TOKEN": missing}}}}})
    await crowd.live(60)
    crowd.remove_by_hand("n1")
    await crowd.live(HOUR / 4)
    assert await in_half_an_hour(crowd) <= at_rest(crowd) + 5


@KINDS
async def test_of_one_that_starts_for_ever(kind) -> None:
    crowd = await Crowd.settled(60, pages_of=10, **kind)
    crowd.huggingface.knobs.initializing_seconds = 1e9
    crowd.declare("stuck")
    await crowd.live(HOUR / 4)
    assert await in_half_an_hour(crowd) >= 0.9 * HOUR / 2 / 2, "who may still come up is looked at fast"
    await crowd.live(FAST_FOR)
    assert await in_half_an_hour(crowd) <= at_rest(crowd) + 1


async def test_of_endpoints_that_come_and_go(crowd: Crowd) -> None:
    crowd.forget_requests()
    for number in range(30):
        key = crowd.declare(f"ci-{number}")
        await crowd.live(20)
        crowd.delete(key)
        await crowd.live(40)
    sweeps = HOUR / 2 / 300 + 2
    assert crowd.calls[LATER] <= crowd.pages * sweeps, "what we delete ourselves is no reason to read all pages"


@KINDS
async def test_one_that_runs_before_a_replica_serves_is_ready_within_five_seconds_of_it(kind) -> None:
    crowd = await Crowd.settled(60, pages_of=10, **kind)
    crowd.remotely("n3", state="running", readyReplica=0)
    await crowd.until(lambda: not crowd.is_ready("n3"), within=120)
    crowd.remotely("n3", readyReplica=1)
    assert await crowd.until(lambda: crowd.is_ready("n3"), within=60) <= 5


async def test_where_one_bad_request_was_answered_the_order_is_asked_for_again(crowd: Crowd) -> None:
    crowd.huggingface.faults.add(Fault(operation="list", status=400, times=2))
    await crowd.live(60)
    later = crowd.calls[LATER]
    assert await in_half_an_hour(crowd) == at_rest(crowd)
    assert crowd.calls[LATER] <= 4 * (crowd.pages - 1) + later
    assert set(crowd.calls) <= {FIRST, LATER, CATALOGUE}
    assert crowd.calls[SINGLE] == 0
