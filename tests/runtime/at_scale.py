"""What has to hold of an account whatever the number of its endpoints, for any number of them."""

import math
import random
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from typing import Any

from tests.runtime.crowd import CATALOGUE, FIRST, LATER, Crowd
from tests.runtime.world import ACCOUNT, ORGANIZATION

from inference_operator.core import cadence
from inference_operator.kube import paths
from inference_operator.runtime.account import interval
from inference_operator.runtime.index import Key
from inference_operator.simulator.huggingface.listing import order

HOUR = 3600.0
ORDERED, UNORDERED = {"state_change_moves_updated_at": True}, {"state_change_moves_updated_at": False}
"""The two kinds of servers: a change of state moves the time of change, or it does not."""


def sweep_period(crowd: Crowd) -> float:
    """Seconds from one reading of all pages to the next: it begins at a beat."""
    account = crowd.observer.account
    beat = interval(account.spec)
    after = cadence.whole_after(beat, pages=account.feed.pages, moves=account.feed.moves)
    return math.ceil(after / beat.total_seconds()) * beat.total_seconds()


# At rest.


async def rest(crowd: Crowd, hours: int) -> Counter[str]:
    """Leave it alone, hour by hour: nothing is written, nothing is read but pages. Returns what was read."""
    reads = Counter[str]()
    for _ in range(hours):
        crowd.forget_requests()
        await crowd.live(HOUR)
        reads += crowd.calls
        assert crowd.written == []
        assert crowd.all_ready()
    sweeps = hours * HOUR / sweep_period(crowd)
    assert abs(reads[LATER] - (crowd.pages - 1) * sweeps) <= crowd.pages - 1
    assert reads[CATALOGUE] == hours * HOUR / cadence.PRICES_LOOK
    assert set(reads) <= {FIRST, LATER, CATALOGUE}
    return reads


# A cold start.


async def start_over(crowd: Crowd) -> Counter[str]:
    """Start an operator over what is settled: nothing is written. Returns the calls until all was looked at."""
    crowd.forget_requests()
    before = {name: crowd.object(crowd.key(name)) for name in crowd.names}
    crowd.restart()
    await crowd.live(crowd.poll_interval / 2)
    calls = crowd.calls.copy()
    assert crowd.looked >= len(crowd.names)
    assert crowd.observer.account.feed.listed_at is not None
    assert {name: crowd.object(crowd.key(name)) for name in crowd.names} == before
    assert crowd.written == []
    assert crowd.all_ready()
    return calls


# New resources.

PURPOSES = (
    ("finalizer", lambda body: "finalizers" in body["metadata"]),
    ("where it will be, and that a create is under way", lambda body: _operation(body) == "create"),
    ("that it was made", lambda body: _operation(body, gone=True)),
    ("that it starts", lambda body: _state(body) == "initializing"),
    ("that it runs", lambda body: _state(body) == "running"),
)
EVENT = "what happened"


def _operation(body: Any, *, gone: bool = False) -> Any:
    status = body.get("status") or {}
    if gone:
        return "pendingOperation" in status and status["pendingOperation"] is None
    return (status.get("pendingOperation") or {}).get("type")


def _state(body: Any) -> Any:
    return (body.get("status") or {}).get("state")


def purposes(crowd: Crowd) -> dict[str, list[str]]:
    """What each write of an endpoint was for, by the endpoint's name, Events apart. A write for nothing is an error."""
    found = defaultdict(list)
    for method, path, body in crowd.kube.writes:
        name = re.search(r"/inferenceendpoints/([^/]+)", path)
        if name is None:
            continue
        fitting = [purpose for purpose, fits in PURPOSES if method == "PATCH" and fits(body)]
        assert fitting, (method, path, body)
        found[name[1]].append(fitting[0])
    return found


# Changes from outside.


class Change:
    """Something that happens to an endpoint, and how it is seen that it is known here."""

    def __init__(self, what: str, name: str, at: float) -> None:
        self.what, self.name, self.at = what, name, at
        self.began = self.took = math.nan
        self.shown: Callable[[], Any] = lambda: False

    async def happen(self, crowd: Crowd) -> None:
        """It happens now."""
        await getattr(self, f"_{self.what}")(crowd, crowd.key(self.name))
        self.began = crowd.monotonic()

    async def _setting(self, crowd: Crowd, key: Key) -> None:
        """Somebody changes what is not declared."""
        crowd.remotely(self.name, compute={"scaling": {"scaleToZeroTimeout": 45}})
        self.shown = lambda: crowd.status(key)["effective"].get("scaleToZeroTimeout") == 45

    async def _drift(self, crowd: Crowd, key: Key) -> None:
        """Somebody changes what is declared."""
        crowd.remotely(self.name, compute={"scaling": {"maxReplica": 7}})
        self.shown = lambda: _found(crowd, self.name).configuration["compute"]["scaling"]["maxReplica"] == 2

    async def _failure(self, crowd: Crowd, key: Key) -> None:
        """It fails by itself."""
        crowd.remotely(self.name, state="failed", errorMessage="The disk is full.")
        self.shown = lambda: crowd.status(key)["state"] == "failed" and not crowd.is_ready(self.name)

    async def _removal(self, crowd: Crowd, key: Key) -> None:
        """Somebody deletes it."""
        before = crowd.status(key)["remoteRef"]["createdAt"]
        crowd.remove_by_hand(self.name)
        self.shown = lambda: crowd.status(key)["remoteRef"].get("createdAt") not in {before, None}

    async def _replacement(self, crowd: Crowd, key: Key) -> None:
        """Somebody deletes it and makes another of the same name."""
        crowd.remove_by_hand(self.name)
        await crowd.make_by_hand(self.name)
        self.shown = lambda: crowd.ready(key) == ("False", "AlreadyExists")

    async def _stranger(self, crowd: Crowd, key: Key) -> None:
        """Somebody makes one that nobody declared."""
        await crowd.make_by_hand(f"by-hand-{self.name}")
        wanted = _unmanaged(crowd) + 1
        self.shown = lambda: _unmanaged(crowd) >= wanted


def _found(crowd: Crowd, name: str) -> Any:
    return crowd.huggingface.control.store.find(ORGANIZATION, name)


def _unmanaged(crowd: Crowd) -> int:
    account = crowd.kube.objects[paths.account(ACCOUNT.kind, ACCOUNT.namespace, ACCOUNT.name)]
    return account["status"].get("unmanaged", 0)


async def suffer(
    crowd: Crowd, kinds: Sequence[str], *, count: int, seconds: float, among: Sequence[str] = (), seed: int = 0
) -> list[Change]:
    """Have changes happen, each to another endpoint, at any time; every one is shown. Returns them."""
    rng = random.Random(seed)
    began, names = crowd.monotonic(), rng.sample(among or crowd.names, count)
    times = sorted(rng.uniform(0, seconds - 120) for _ in names)
    changes = [Change(kinds[number % len(kinds)], name, times[number]) for number, name in enumerate(names)]
    under_way: list[Change] = []

    def look() -> None:
        for change in [one for one in under_way if one.shown()]:
            change.took = crowd.monotonic() - change.began
            under_way.remove(change)

    for change in changes:
        await crowd.live(max(began + change.at - crowd.monotonic(), 0.0), watching=look)
        await change.happen(crowd)
        under_way.append(change)
    await crowd.live(began + seconds - crowd.monotonic(), watching=look)
    assert not under_way, [f"{one.what} of {one.name}" for one in under_way]
    return changes


# Edits.


async def edit(crowd: Crowd, times: int, *, seconds: float, seed: int = 0) -> None:
    """Edit each so often within these seconds, at any time. Returns when all have what was declared last."""
    rng, began, made = random.Random(seed), crowd.monotonic(), Counter[str]()
    for at, name in sorted((rng.uniform(0, seconds), name) for name in crowd.names for _ in range(times)):
        await crowd.live(max(began + at - crowd.monotonic(), 0.0))
        made[name] += 1
        crowd.patch(crowd.key(name), {"spec": {"huggingFace": {"model": {"env": {"EDIT": str(made[name])}}}}})

    def arrived(name: str) -> bool:
        return bool(_found(crowd, name).configuration["model"].get("env") == {"EDIT": str(times)})

    await crowd.until(lambda: all(map(arrived, crowd.names)) and crowd.all_ready(), within=60)


def behind_the_first_page(crowd: Crowd) -> list[str]:
    """The endpoints that a server without an order of changes never shows first."""
    return [one.name for one in order(crowd.huggingface.control.records(ORGANIZATION))[crowd.pages_of :]]


def slowest(changes: Sequence[Change]) -> dict[str, float]:
    """How long the slowest of each kind took to be shown, in seconds."""
    found: dict[str, float] = defaultdict(float)
    for change in changes:
        found[change.what] = max(found[change.what], change.took)
    return dict(found)


# Transitions.

PENDING, INITIALIZING = 3.0, 11.0
SLOWLY = {"pending_seconds": PENDING, "initializing_seconds": INITIALIZING}


async def start_more(crowd: Crowd, count: int, *, seed: int = 0) -> list[float]:
    """Declare more, one after the other, all of them in transition at once. Returns seconds from running to Ready."""
    crowd.huggingface.knobs.pending_seconds, crowd.huggingface.knobs.initializing_seconds = PENDING, INITIALIZING
    rng, waiting, took = random.Random(seed), set[str](), list[float]()

    def look() -> None:
        for name in [one for one in waiting if crowd.is_ready(one)]:
            took.append(crowd.monotonic() - (_found(crowd, name).created_at + PENDING + INITIALIZING))
            waiting.remove(name)

    for number in range(count):
        name = f"more-{seed}-{number}"
        waiting.add(name)
        crowd.declare(name)
        await crowd.live(rng.uniform(0, PENDING + INITIALIZING) / count, watching=look)
    assert len(waiting) == count, "all are in transition"
    await crowd.live(60, watching=look)
    assert not waiting
    return sorted(took)


def percentile(found: Sequence[float], share: float) -> float:
    """The value that this share of them does not exceed."""
    return sorted(found)[math.ceil(share * len(found)) - 1]
