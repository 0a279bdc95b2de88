"""One operator that runs on for simulated weeks: its queue, its workers and its observers are tasks of a real loop.

The loop's time is the world's: where it would wait, the time moves on. Nobody starts anything anew: what is not let go
of stays, and is counted at the end of each day.
"""

import asyncio
import gc
import itertools
import os
import random
import sys
from collections import Counter, OrderedDict, defaultdict, deque
from collections.abc import Coroutine
from dataclasses import dataclass
from typing import Any

from tests.runtime.kill_points import KubeDoor, Mishap, Process, ProviderDoor
from tests.runtime.kube_api import copied
from tests.runtime.vendors.hugging_face import connection
from tests.runtime.world import (
    ACCOUNT,
    NAMESPACE,
    NEVER_IDLE,
    OPERATOR_NAMESPACE,
    ORGANIZATION,
    World,
)
from tests.support.simulated_time import simulate

from inference_operator.kube import paths
from inference_operator.kube.events import EventRecorder
from inference_operator.kube.secrets import SecretReader
from inference_operator.providers.valve import Valve
from inference_operator.runtime.account import Account
from inference_operator.runtime.accounts import Accounts
from inference_operator.runtime.gather import Gatherer
from inference_operator.runtime.handlers import Sight
from inference_operator.runtime.index import Index, Key, Object
from inference_operator.runtime.lanes import account_lane
from inference_operator.runtime.observer import Observer
from inference_operator.runtime.outputs import Outputs
from inference_operator.runtime.perform import Performer
from inference_operator.runtime.prices import PriceList
from inference_operator.runtime.queue import WorkQueue, run_workers
from inference_operator.runtime.reconciler import Reconciler
from inference_operator.runtime.settings import Settings
from inference_operator.runtime.telemetry.metrics import Metrics
from inference_operator.runtime.worker import Worker
from inference_operator.simulator import Fault

HOUR, DAY = 3_600.0, 86_400.0
WORKERS = 8
TOKENS = ("hf_test_token", "hf_other_token")


class _Door(KubeDoor):
    """The API server, which tells the watch of what changed, and keeps no Events."""

    def __init__(self, world: "LongRun") -> None:
        super().__init__(world.kube, world.process)
        self._world = world

    async def create(self, path: str, body: Object) -> Object:
        if "/events.k8s.io/" in path:
            self._world.events_sent += 1
            return body
        return await super().create(path, body)

    async def patch(self, path: str, body: Object, **options: Any) -> Object:
        return body if "/events.k8s.io/" in path else await super().patch(path, body, **options)

    async def _cross(self, method: str, path: str, call: Any) -> Object:
        try:
            return await super()._cross(method, path, call)
        finally:
            self._world.tell()


class _Accounts(Accounts):
    """Accounts whose connections call the simulator in process, in simulated time."""

    world: "LongRun"

    def connect(self, account: Account, site: Any, credentials: Any) -> Any:
        door = ProviderDoor(self.world._vendor, self.world.process)
        return connection(self.world.vendor, door, credentials, site.namespace, valve=account.valve)

    def admitted(self, site: Any) -> None:
        return None

    def changed(self, obj: Object) -> None:
        key, world = Key.of(obj), self.world
        if key in self._observers:
            super().changed(obj)
            return
        prices, valve = PriceList(world.monotonic), Valve(clock=world.monotonic)
        account = Account(key, obj, clock=world.monotonic, now=world.now, prices=prices, valve=valve)
        self._observers[key] = Observer(account, self)
        self._observers[key].start()
        self.wake(self._waiting)


@dataclass(frozen=True)
class Weight:
    """What a process holds: memory blocks, objects by type, tasks, and open files."""

    blocks: int
    objects: Counter[str]
    tasks: int
    files: int

    @classmethod
    def now(cls) -> "Weight":
        for _ in range(3):
            gc.collect()
        blocks = sys.getallocatedblocks()
        objects = Counter(type(one).__qualname__ for one in gc.get_objects())
        return cls(blocks, objects, len(asyncio.all_tasks()), len(os.listdir("/proc/self/fd")))

    def beyond(self, other: "Weight") -> Counter[str]:
        """The types of which there are more than there were."""
        return self.objects - other.objects


def entries() -> dict[int, int]:
    """How many entries each container has, by its identity."""
    return {id(one): len(one) for one in _containers()}


def longer_than(known: dict[int, int], *, by: int) -> list[str]:
    """Containers that have so many more entries than they had: some of what is in them."""
    return [repr(one)[:200] for one in _containers() if id(one) in known and len(one) >= known[id(one)] + by]


def _containers() -> list[Any]:
    """All of them. One that holds plain values alone is not listed by the collector, but whoever holds it is."""
    gc.collect()
    kinds = (dict, list, set, deque, defaultdict, OrderedDict, Counter)
    held = {id(part): part for one in gc.get_objects() for part in gc.get_referents(one) if type(part) in kinds}
    return [*held.values()]


class LongRun(World):
    """`size` resources at an account that is read every five minutes, and everything that happens in a month."""

    def __init__(self, size: int, *, seed: int) -> None:
        super().__init__(few_offers=True, **NEVER_IDLE, state_change_moves_updated_at=True, page_size=5, max_limit=5)
        self.rng = random.Random(seed)
        self._numbers = itertools.count()
        self.names = [f"n{next(self._numbers)}" for _ in range(size)]
        self.deeds = Counter[str]()
        self.events_sent = 0

    def restart(self) -> None:
        """Nothing works before `begin`."""

    def run(self, program: Coroutine[Any, Any, Any]) -> Any:
        """Run a program in the world's time, with the operator at work."""
        return simulate(self._with_operator(program), self.clock)

    async def _with_operator(self, program: Coroutine[Any, Any, Any]) -> Any:
        workers, events = self._begin()
        try:
            return await program
        finally:
            assert await self.queue.drain(60)
            await workers
            await self.accounts.stop()
            await events.close()

    def _begin(self) -> tuple[asyncio.Task[None], EventRecorder]:
        self.process = Process(self.border)
        self.door, self.index = _Door(self), Index()
        self.queue: WorkQueue[Key] = WorkQueue(
            clock=self.monotonic,
            rng=random.Random(7),
            lane=account_lane(self.index, lambda _: True),
            lane_width=WORKERS // 2,
        )
        self.accounts = _Accounts(
            session=self.door,
            index=self.index,
            settings=Settings(),
            metrics=Metrics(version="test"),
            wake=lambda keys: [self.queue.add(key) for key in list(keys)],
        )
        self.accounts.world = self
        events = EventRecorder(self.door, "test", "test", now=self.now, refresh_seconds=HOUR)
        self.sight = Sight(self.index, self.accounts, self.queue)
        self.sight.begin()
        self.kube.changed = set(self.kube.objects)
        gatherer = Gatherer(
            accounts=self.accounts,
            secrets=SecretReader(self.door, ttl=50.0, clock=self.monotonic),
            cluster_id=self.cluster_id,
            operator_namespace=OPERATOR_NAMESPACE,
            now=self.now,
        )
        self.reconciler = Reconciler(
            index=self.index,
            gatherer=gatherer,
            performer=Performer(self.door, self.index),
            outputs=Outputs(self.door, events),
            clock=self.monotonic,
        )
        worker = Worker(self.queue, self.reconciler, Metrics(version="test"))
        return asyncio.create_task(run_workers(self.queue, worker.work, WORKERS), name="workers"), events

    def tell(self) -> None:
        """What changed is told to the watch."""
        for path in sorted(self.kube.changed):
            obj = self.kube.objects.get(path)
            if obj is not None and "/inferenceaccounts/" in path:
                self.accounts.changed(copied(obj))
            elif obj is not None and "/inferenceendpoints/" in path:
                self.sight.endpoint(copied(obj))
        self.kube.changed.clear()
        for key, brief in self.index.briefs("InferenceEndpoint").items():
            if paths.endpoint(NAMESPACE, key.name) not in self.kube.objects:
                self.sight.endpoint_gone(key, brief.uid)

    # What happens.

    async def day(self) -> Weight:
        """A day of all sorts of things, and an evening on which all comes to rest. What the process holds then."""
        self._succeed_all()
        self._declare_all()
        for _ in range(20):
            self._something_happens()
            self.tell()
            await asyncio.sleep(self.rng.expovariate(1 / HOUR))
        self.huggingface.faults.clear()
        self.huggingface.control.knobs.fail_deploys = None
        self.border.plan(())
        self._declare_all()
        await asyncio.sleep(HOUR)
        self._mend_all()
        await asyncio.sleep(3 * HOUR)
        assert {self.ready(key) for key in self.keys()} == {("True", "Running")}
        assert self.queue.idle
        self._forget()
        return Weight.now()

    def _something_happens(self) -> None:
        deed = self.rng.choice([one for one in dir(self) if one.startswith("_deed_")])
        self.deeds[deed.removeprefix("_deed_")] += 1
        getattr(self, deed)(self.rng.choice(self.names))

    def _deed_edit(self, name: str) -> None:
        if self._is_declared(name):
            change = {"compute": {"scaling": {"maxReplica": self.rng.randint(1, 4)}}}
            self.patch(Key("InferenceEndpoint", NAMESPACE, name), {"spec": {"huggingFace": change}})

    def _deed_power(self, name: str) -> None:
        if self._is_declared(name):
            state = self.rng.choice(["running", "paused"])
            self.patch(Key("InferenceEndpoint", NAMESPACE, name), {"spec": {"state": state}})

    def _deed_deletion(self, name: str) -> None:
        if self._is_declared(name):
            self.kube.remove(paths.endpoint(NAMESPACE, name))

    def _deed_creation(self, name: str) -> None:
        if not self._is_declared(name):
            self.apply(name=name)

    def _deed_edit_by_hand(self, name: str) -> None:
        if self.huggingface.control.store.find(ORGANIZATION, name):
            self.huggingface.edit(ORGANIZATION, name, {"compute": {"scaling": {"maxReplica": 7}}})

    def _deed_failure(self, name: str) -> None:
        if self.huggingface.control.store.find(ORGANIZATION, name):
            self.huggingface.edit(ORGANIZATION, name, {"state": "failed", "errorMessage": "The disk is full."})

    def _deed_removal_by_hand(self, name: str) -> None:
        if self.huggingface.control.store.find(ORGANIZATION, name):
            self.remove_by_hand(name)

    def _deed_failing_deploys(self, _: str) -> None:
        self.huggingface.knobs.fail_deploys = self.rng.choice(["runtime", None])

    def _deed_trouble(self, _: str) -> None:
        self.huggingface.faults.clear()
        status = self.rng.choice([401, 403, 429, 500, 503])
        seed = self.rng.randrange(1000)
        self.huggingface.faults.add(Fault(status=status, probability=self.rng.choice([0.2, 1.0]), seed=seed))

    def _deed_lost_answers(self, _: str) -> None:
        self.huggingface.faults.clear()
        self.huggingface.faults.add(Fault(action="drop", when="after", probability=0.3, seed=self.rng.randrange(1000)))

    def _deed_all_is_well(self, _: str) -> None:
        self.huggingface.faults.clear()

    def _deed_trouble_in_the_cluster(self, _: str) -> None:
        now = len(self.border.crossings)
        mishaps = [now + self.rng.randint(1, 40) for _ in range(8)]
        self.border.plan(Mishap(at, self.rng.choice(["refuse", "lose the answer"])) for at in mishaps)

    def _deed_rotation(self, _: str) -> None:
        self.put_secret("hf", token=self.rng.choice(TOKENS))

    def _is_declared(self, name: str) -> bool:
        obj = self.kube.objects.get(paths.endpoint(NAMESPACE, name))
        return obj is not None and "deletionTimestamp" not in obj["metadata"]

    def _succeed_all(self) -> None:
        """All go, and others come in their place: what is kept of a name, and for ever, grows."""
        for name in filter(self._is_declared, self.names):
            self.kube.remove(paths.endpoint(NAMESPACE, name))
        self.names = [f"n{next(self._numbers)}" for _ in self.names]

    def _declare_all(self) -> None:
        self.put_secret("hf", token=TOKENS[0])
        for name in self.names:
            obj = self.kube.objects.get(paths.endpoint(NAMESPACE, name))
            if obj is None or self._is_declared(name):
                self.apply({"spec": {"state": "running"}}, name=name)
        self.tell()

    def _mend_all(self) -> None:
        for one in self.huggingface.control.records(ORGANIZATION):
            if one.lifecycle.state in {"failed", "updateFailed"}:
                self.huggingface.edit(ORGANIZATION, one.name, {"state": "running"})

    def _forget(self) -> None:
        """What only the world around the operator keeps."""
        self.forget_requests()
        self.border.crossings.clear()
        self.border.struck.clear()
        self.witness.removed_by_hand.clear()
        store = self.huggingface.control.store
        store._gone.clear()
        for history in store._history.values():
            history.clear()

    def slow_down(self) -> None:
        """The account is read every five minutes from now on."""
        path = paths.account(ACCOUNT.kind, NAMESPACE, ACCOUNT.name)
        known = self.kube.objects[path]
        self.kube.put(path, {**known, "spec": {**known["spec"], "pollInterval": "5m"}})
