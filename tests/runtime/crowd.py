"""Many resources at one account, left to themselves in simulated time, at a cost that grows with what happens.

`World` looks at every object whenever anything is looked at, which is sure and slow. Here the watch tells of what
changed, each resource is looked at when it was woken or when its last look said, and the account is read at its beat.
"""

import heapq
import itertools
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any, Self

import httpx
from tests.runtime.kill_points import ProviderDoor
from tests.runtime.kube_api import copied
from tests.runtime.vendors.hugging_face import connection
from tests.runtime.world import NAMESPACE, NEVER_IDLE, ORGANIZATION, World

from inference_operator.core.errors import Operation
from inference_operator.kube import paths
from inference_operator.providers.valve import Valve
from inference_operator.runtime.account import interval
from inference_operator.runtime.handlers import _asks_for_work
from inference_operator.runtime.index import Key
from inference_operator.simulator import HuggingFace
from inference_operator.simulator.huggingface.lifecycle import UNDERWAY

FIRST, LATER, SINGLE, LOGS, CATALOGUE = "first pages", "later pages", "single endpoints", "logs", "catalogue"
READS = {FIRST, LATER, SINGLE, LOGS, CATALOGUE}
"""What is counted of the calls, beside the writes by their methods."""


class Crowd(World):
    """`size` resources that are declared alike. `pages_of`: how many rows the provider shows at once."""

    def __init__(self, size: int, *, pages_of: int = 100, **knobs: Any) -> None:
        self.looked = 0
        super().__init__(few_offers=True, **NEVER_IDLE, max_limit=pages_of, page_size=pages_of, **knobs)
        self._vendor = self._meter = Meter(self._vendor, self.huggingface)
        self.pages_of = pages_of
        self.names = [f"n{number}" for number in range(size)]
        for name in self.names:
            self.apply(name=name)

    @classmethod
    async def settled(cls, size: int, **knobs: Any) -> Self:
        """All made and ready, a sweep ago, and nothing of it counted."""
        crowd = cls(size, **knobs)
        await crowd.until(crowd.all_ready, within=120)
        await crowd.live(crowd.poll_interval * 21)
        crowd.forget_requests()
        return crowd

    def restart(self) -> None:
        super().restart()
        self._due: list[tuple[float, int, Key]] = []
        self._order = itertools.count()
        self._looks: dict[Key, float] = {}
        self._read_at = self.monotonic()
        self.kube.changed = set(self.kube.objects)
        self.looked = 0

    def connect(self, credentials: Any, namespace: str) -> Any:
        # No witness: it looks at every endpoint before and after each write.
        door, own = ProviderDoor(self._meter, self.process), self.observer.account.valve
        valve = Unpaced(pace=own.pace, breaker=own.breaker, clock=self.monotonic, tripped=own.tripped)
        return connection(self.vendor, door, credentials, namespace, valve=valve)

    def watch(self) -> None:
        for path in self.kube.changed:
            obj = self.kube.objects.get(path)
            if "/inferenceaccounts/" in path and obj is not None:
                self.accounts.changed(copied(obj))
            elif "/inferenceendpoints/" in path:
                self._endpoint_seen(self.key(path.rpartition("/")[2]), obj)
        self.kube.changed = set()

    def _endpoint_seen(self, key: Key, obj: Any) -> None:
        known = self.index.brief(key)
        if obj is None:
            self.index.drop(key)
            self.accounts.release(key)
        elif self.index.put(copied(obj)) and _asks_for_work(known, self.index.brief(key)):
            self.woken.add(key)

    def key(self, name: str) -> Key:
        """The resource of that name."""
        return Key("InferenceEndpoint", NAMESPACE, name)

    def declare(self, name: str) -> Key:
        """Another resource."""
        self.names.append(name)
        return self.apply(name=name)

    def delete(self, key: Key) -> None:
        super().delete(key)
        self.kube.changed.add(paths.endpoint(NAMESPACE, key.name))
        self.names.remove(key.name)

    def remotely(self, name: str, **patch: Any) -> None:
        """What somebody, or the provider, does to an endpoint."""
        self.huggingface.edit(ORGANIZATION, name, patch)

    # Time.

    async def live(self, seconds: float, *, watching: Callable[[], Any] = lambda: None) -> None:
        """Time passes, and the operator does what it does; `watching` is called whenever it may have done something."""
        until = self.monotonic() + seconds
        await self._look_at_all_that_are_due()
        watching()
        while await self._next(until):
            watching()

    async def until(self, holds: Callable[[], Any], *, within: float) -> float:
        """Live until `holds` does, which takes these seconds."""
        began = self.monotonic()
        await self._look_at_all_that_are_due()
        while not holds():
            assert await self._next(began + within), f"not within {within} s"
        return self.monotonic() - began

    async def _next(self, until: float) -> bool:
        """What happens next; False where nothing does before that."""
        moment = min([self._read_at, *(due for due, _, _ in self._due[:1])])
        self.clock.advance(max(min(moment, until) - self.monotonic(), 0.0))
        if moment > until:
            return False
        if self.monotonic() >= self._read_at:
            await self.tick()
            self._read_at = self.observer._due = self.monotonic() + self.observer._beat()
        await self._look_at_all_that_are_due()
        return True

    async def _look_at_all_that_are_due(self) -> None:
        self.watch()
        while self.woken or (self._due and self._due[0][0] <= self.monotonic()):
            woken = sorted(self.woken)
            self.woken.clear()
            while self._due and self._due[0][0] <= self.monotonic():
                due, _, key = heapq.heappop(self._due)
                woken += [key] if self._looks.get(key) == due else []
            for key in dict.fromkeys(woken):
                await self._look_at(key)
            self._read_at = min(self._read_at, max(self.observer._due, self.monotonic()))

    async def _look_at(self, key: Key) -> None:
        outcome = await self.look(key)
        self.looked += 1
        self._looks.pop(key, None)
        if outcome.after is not None:
            self._looks[key] = self.monotonic() + outcome.after
            heapq.heappush(self._due, (self._looks[key], next(self._order), key))

    # What came of it.

    @property
    def poll_interval(self) -> float:
        """Of the account, in seconds."""
        return interval(self.observer.account.spec).total_seconds()

    @property
    def pages(self) -> int:
        """How many the account's endpoints fill."""
        return -(-len(self.huggingface.control.records(ORGANIZATION)) // self.pages_of)

    def is_ready(self, name: str) -> bool:
        """Whether a resource is Ready."""
        found = self.condition(self.key(name), "Ready")
        return found is not None and found["status"] == "True"

    def all_ready(self) -> bool:
        """Whether every resource is."""
        return all(map(self.is_ready, reversed(self.names)))

    @property
    def calls(self) -> Counter[str]:
        """What was asked of the provider since the requests were last forgotten."""
        return self._meter.calls

    def while_a_page_comes(self, happen: Callable[[], Awaitable[Any]]) -> None:
        """From now on this happens whenever a page was asked for, before it comes."""
        self._meter.before_page = happen

    @property
    def reads(self) -> int:
        """How many of them change nothing."""
        return sum(count for what, count in self.calls.items() if what in READS)

    @property
    def written(self) -> list[str]:
        """All writes since then: to the provider, to Kubernetes, and the Events."""
        remote = [what for what in self.calls if what not in READS]
        return [*remote, *(f"{method} {path}" for method, path, _ in self.kube.writes), *map(str, self.events.told)]

    def forget_requests(self) -> None:
        super().forget_requests()
        self.events.told.clear()
        self.calls.clear()


class Unpaced(Valve):
    """An account's valve that lets each call through at once, or not at all: waiting would take real time."""

    async def pass_through(self, operation: Operation) -> None:
        self._hold_back(operation)

    async def pass_as_page(self) -> None:
        """A page is held back by nothing."""

    async def may_ask_again(self) -> bool:
        return False


async def _nothing() -> None:
    """Nothing happens."""


class Meter(httpx.AsyncBaseTransport):
    """Counts what is asked of a vendor, and answers for it what it answered before while nothing there changes.

    The simulator goes through all of its endpoints for each page, which would be most of the work of a day at rest.
    `before_page`: what happens while a page is on its way.
    """

    def __init__(self, vendor: httpx.AsyncBaseTransport, huggingface: HuggingFace) -> None:
        self.calls: Counter[str] = Counter()
        self.before_page: Callable[[], Awaitable[Any]] = _nothing
        self._vendor = vendor
        self._huggingface = huggingface
        self._known: dict[str, tuple[bytes, Any]] = {}
        self._as_of: list[Any] = []
        self._knobs: Any = None

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        what = _what(request)
        self.calls[what] += 1
        if what in {FIRST, LATER}:
            await self.before_page()
        if what not in {FIRST, LATER} or not self._at_rest():
            return await self._vendor.handle_async_request(request)
        url, journal = str(request.url), self._huggingface.bench.journal
        if url not in self._known:
            response = await self._vendor.handle_async_request(request)
            if response.status_code == httpx.codes.OK:
                self._known[url] = await response.aread(), self._huggingface.journal[-1]
            return response
        content, before = self._known[url]
        journal.open(replace(before, time=self._huggingface.clock.now()))
        return httpx.Response(httpx.codes.OK, content=content, request=request)

    def _at_rest(self) -> bool:
        """Whether the answers to come are those of before."""
        control = self._huggingface.control
        if control.knobs.list_lag or self._huggingface.faults.list():
            return False
        records = list(control.store.records(ORGANIZATION))
        if any(one.lifecycle.state in UNDERWAY or one.deleted_at for one in records):
            return False
        # Records are never changed in place: the same ones are the same state.
        if [*map(id, records)] != [*map(id, self._as_of)] or control.knobs != self._knobs:
            self._known.clear()
            self._as_of, self._knobs = records, control.knobs.model_copy()
        return True


def _what(request: httpx.Request) -> str:
    """What is asked for; a write is its method and what follows the endpoint's name."""
    parts = request.url.path.strip("/").split("/")[3:]
    if request.url.path.startswith("/v2/provider"):
        return CATALOGUE
    if request.method != "GET":
        return " ".join([request.method, *parts[1:]])
    if parts:
        return SINGLE if len(parts) == 1 else LOGS
    return LATER if "cursor" in request.url.params else FIRST
