"""No account may have all the workers (I9)."""

import asyncio
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inference_operator.runtime.index import Index, Key
from inference_operator.runtime.lanes import Lanes, account_lane
from inference_operator.runtime.queue import WorkQueue, run_workers

WIDTH = 3


async def until(holds):
    for _ in range(10_000):
        if holds():
            return
        await asyncio.sleep(0)
    raise AssertionError("never")


async def worked(keys, *, stuck="x", workers=8):
    """What was worked on while every key of the lane `stuck` never comes to an end, and how many of it were begun."""
    queue = WorkQueue(lane=lambda key: key[0], lane_width=WIDTH)
    done, begun, never = [], Counter(), asyncio.Event()

    async def handle(key):
        begun[key[0]] += 1
        if key[0] == stuck:
            await never.wait()
        done.append(key)

    for key in keys:
        queue.add(key)
    task = asyncio.create_task(run_workers(queue, handle, workers))
    await until(lambda: len(done) == sum(1 for key in keys if key[0] != stuck))
    held = begun[stuck]
    never.set()
    await until(lambda: len(done) == len(keys))
    queue.shutdown()
    await task
    return held, done


async def test_an_account_that_hangs_holds_its_share_of_the_workers_and_the_others_go_on():
    keys = [("x", number) for number in range(50)] + [("y", number) for number in range(50)]
    held, done = await worked(keys)
    assert held == WIDTH
    assert sorted(done) == sorted(keys), "and its own are done when it answers"


async def test_keys_of_a_full_lane_are_worked_on_in_their_order():
    keys = [("x", number) for number in range(20)]
    _, done = await worked(keys)
    assert done[WIDTH:] == keys[WIDTH:]


async def test_what_was_put_aside_and_added_again_is_worked_on_once():
    queue = WorkQueue(lane=lambda key: "one", lane_width=1)
    queue.add("a")
    queue.add("b")
    assert await queue.get() == "a"
    waiting = asyncio.create_task(queue.get())
    await asyncio.sleep(0)
    assert not waiting.done()
    queue.add("b", priority=True)
    await asyncio.sleep(0)
    assert not waiting.done(), "urgent or not, the lane is full"
    queue.done("a")
    assert await waiting == "b"
    queue.done("b")
    assert queue.idle


@given(st.lists(st.tuples(st.sampled_from("xyz"), st.integers(0, 30)), max_size=60), st.integers(1, 4))
def test_no_lane_is_ever_wider_than_it_may_be_and_nobody_is_forgotten(arrivals, width):
    lanes = Lanes(lambda key: key[0], width)
    inside, outside, entered = [], 0, Counter()
    for sequence, key in enumerate(dict.fromkeys(arrivals)):
        if lanes.enter(key, 1, sequence):
            inside.append(key)
        else:
            outside += 1
        assert max(Counter(one[0] for one in inside).values(), default=0) <= width
    while inside:
        leaver = inside.pop(0)
        entered[leaver] += 1
        for rank, sequence, key in lanes.leave(leaver):
            assert lanes.enter(key, rank, sequence)
            inside.append(key)
            outside -= 1
    assert outside == 0
    assert set(entered.values()) <= {1}


@pytest.mark.parametrize(
    ("spec", "status", "lane"),
    [
        ({}, {}, "team-a/InferenceAccount/default"),
        ({"accountRef": {"name": "hf"}}, {}, "team-a/InferenceAccount/hf"),
        ({"accountRef": {"name": "s", "kind": "ClusterInferenceAccount"}}, {}, "ClusterInferenceAccount/s"),
        ({}, {"account": "ClusterInferenceAccount/default"}, "ClusterInferenceAccount/default"),
    ],
)
def test_the_lane_of_an_endpoint_is_its_account(spec, status, lane):
    index = Index()
    metadata = {"namespace": "team-a", "name": "one", "uid": "u"}
    index.put({"kind": "InferenceEndpoint", "metadata": metadata, "spec": spec, "status": status})
    assert account_lane(index)(Key("InferenceEndpoint", "team-a", "one")) == lane


def test_an_object_that_is_gone_has_a_lane_too():
    assert account_lane(Index())(Key("InferenceEndpoint", "team-a", "one"))
