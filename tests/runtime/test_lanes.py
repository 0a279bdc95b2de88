"""No account may have all the workers (I9)."""

import asyncio
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inference_operator.runtime.index import Index, Key
from inference_operator.runtime.lanes import account_lane
from inference_operator.runtime.queue import ShutDown, WorkQueue, run_workers

WIDTH = 3


async def until(holds):
    for _ in range(10_000):
        if holds():
            return
        await asyncio.sleep(0)
    raise AssertionError("never")


async def at_once(queue):
    """The next key, which there is."""
    following = asyncio.create_task(queue.get())
    await until(following.done)
    return following.result()


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


async def test_places_of_keys_whose_lane_changed_while_they_waited_pass_to_the_next():
    lanes: dict[str, str] = {}
    queue = WorkQueue(lane=lambda key: lanes.get(key, "x"), lane_width=2)
    for key in ("a", "b", "moved", "gone", "c", "d"):
        queue.add(key)
    assert [await queue.get(), await queue.get()] == ["a", "b"]
    following = [asyncio.create_task(queue.get()) for _ in range(4)]
    await asyncio.sleep(0)
    lanes |= {"moved": "y", "gone": "z"}
    queue.done("a")
    queue.done("b")
    await until(lambda: all(one.done() for one in following))
    assert [one.result() for one in following] == ["moved", "gone", "c", "d"]


async def test_a_change_of_lane_between_the_call_and_the_entry_costs_nobody_the_place():
    lanes: dict[str, str] = {}
    queue = WorkQueue(lane=lambda key: lanes.get(key, "x"), lane_width=1)
    for key in ("a", "moved", "b"):
        queue.add(key)
    assert await queue.get() == "a"
    following = [asyncio.create_task(queue.get()) for _ in range(2)]
    await asyncio.sleep(0)
    queue.done("a")
    lanes["moved"] = "y"
    await until(lambda: all(one.done() for one in following))
    assert [one.result() for one in following] == ["moved", "b"]


async def test_an_urgent_entry_right_after_another_was_called_costs_nobody_the_place():
    queue = WorkQueue(lane=lambda key: "x", lane_width=1)
    for key in ("a", "b", "c"):
        queue.add(key)
    assert await queue.get() == "a"
    waiting = asyncio.create_task(queue.get())
    await asyncio.sleep(0)
    queue.done("a")
    queue.add("c", priority=True)
    assert await waiting == "b"
    queue.done("b")
    assert await at_once(queue) == "c"


async def test_one_that_entered_another_lane_waits_no_more_where_it_waited():
    lanes: dict[str, str] = {}
    queue = WorkQueue(lane=lambda key: lanes.get(key, "x"), lane_width=1)
    for key in ("a", "moved", "b"):
        queue.add(key)
    assert await queue.get() == "a"
    waiting = asyncio.create_task(queue.get())
    await asyncio.sleep(0)
    lanes["moved"] = "y"
    queue.add("moved", priority=True)
    assert await waiting == "moved"
    queue.done("a")
    assert await at_once(queue) == "b", "and the place was not kept for the one that went elsewhere"


KEYS = st.sampled_from("abcdefgh")
EVENTS = st.one_of(
    st.tuples(st.just("add"), KEYS, st.booleans()),
    st.tuples(st.just("move"), KEYS, st.sampled_from(["x", "y", None])),
    st.tuples(st.just("take"), st.integers(1, 4), st.none()),
    st.tuples(st.just("done"), st.integers(0, 7), st.none()),
)


class Ward:
    """A queue whose keys change lanes, with any number of workers, that is watched."""

    def __init__(self, width):
        self.lane = dict.fromkeys("abcdefgh", "x")
        self.queue = WorkQueue(lane=self.lane.__getitem__, lane_width=width)
        self.width = width
        self.owed = set()
        self.in_work = {}
        self._workers = set()

    async def apply(self, kind, subject, detail):
        """One event, with nothing else in between."""
        if kind == "add":
            self.queue.add(subject, priority=detail)
            self.owed.add(subject)
        elif kind == "move":
            self.lane[subject] = detail
        elif kind == "done" and self.in_work:
            key = list(self.in_work)[subject % len(self.in_work)]
            del self.in_work[key]
            self.queue.done(key)
        elif kind == "take":
            self._workers |= {asyncio.create_task(self._take()) for _ in range(subject)}
            await self.rest()

    async def rest(self):
        """Until the workers have what they can get."""
        for _ in range(3):
            await asyncio.sleep(0)

    async def finish(self):
        """Workers enough, each of which ends; raises what a worker raised."""
        for _ in range(30):
            await self.apply("take", 8, None)
            while self.in_work:
                await self.apply("done", 0, None)
        self.queue.shutdown()
        await asyncio.gather(*self._workers)

    async def _take(self):
        try:
            key = await self.queue.get()
        except ShutDown:
            return
        assert key not in self.in_work
        self.owed.discard(key)
        self.in_work[key] = self.lane[key]
        held = Counter(lane for lane in self.in_work.values() if lane is not None)
        assert max(held.values(), default=0) <= self.width


@settings(deadline=None, max_examples=300)
@given(st.lists(EVENTS, max_size=60), st.integers(1, 3))
def test_no_lane_is_ever_wider_than_it_may_be_and_nobody_is_forgotten(events, width):
    async def program():
        ward = Ward(width)
        line = [("add", key, False) for key in ward.lane]
        for event in [*line, ("take", width + 1, None), *events]:
            await ward.apply(*event)
        await ward.finish()
        assert not ward.owed, "added and never handed out"
        assert ward.queue.idle

    asyncio.run(program())


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
    assert account_lane(index, lambda _: True)(Key("InferenceEndpoint", "team-a", "one")) == lane


def test_without_a_default_account_of_its_own_namespace_it_is_in_the_lane_of_the_clusters():
    index, asked = Index(), []
    for namespace in ("team-a", "team-b"):
        metadata = {"namespace": namespace, "name": "one", "uid": "u"}
        index.put({"kind": "InferenceEndpoint", "metadata": metadata, "spec": {}})
    lane = account_lane(index, lambda key: asked.append(key) or key.namespace == "team-b")
    assert lane(Key("InferenceEndpoint", "team-a", "one")) == "ClusterInferenceAccount/default"
    assert lane(Key("InferenceEndpoint", "team-b", "one")) == "team-b/InferenceAccount/default"
    assert asked == [Key("InferenceAccount", "team-a", "default"), Key("InferenceAccount", "team-b", "default")]


def test_an_object_that_is_gone_waits_in_no_lane():
    assert account_lane(Index(), lambda _: True)(Key("InferenceEndpoint", "team-a", "one")) is None
