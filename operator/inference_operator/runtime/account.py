"""One account at work: its connection, what is known of its remote side, and why it can't be used when it can't."""

import asyncio
import math
import time
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from inference_operator.api.account import AccountStatus, ClusterInferenceAccountSpec, InferenceAccountSpec
from inference_operator.api.names import CLUSTER_ACCOUNT_KIND
from inference_operator.core import cadence
from inference_operator.core.failures import Failure
from inference_operator.core.pacing import DEFAULT_RATE
from inference_operator.core.snapshot import AccountAddress
from inference_operator.providers.base import Connection, Plugin, Site
from inference_operator.providers.registry import plugin
from inference_operator.providers.valve import Valve
from inference_operator.runtime.feed import Feed
from inference_operator.runtime.index import Key, Object
from inference_operator.runtime.prices import PriceList

_POLL_INTERVAL = timedelta(seconds=15)
_NOT_READ_YET = Failure("Connecting", "Its first answer is awaited.", terminal=False)


@dataclass(slots=True)
class Account:
    """`failure` is None once the remote side was read with the credentials in use.

    `warning`: what is wrong beside that, while the account works. `credentials_of`: grows with each exchange of them.
    `judged`: the generation of the spec that was last read by: what is said of it is not of a later one.
    `born`: since when this process knows of it.
    `taking`: endpoints that are about to be held; `holding`: one at a time has the account held for it.
    `secrets_namespace`: where its Secrets are. `users`: remote name -> the resources that are about it; `used`: the
    other way round. `read_at`: when the last reading began that says how things are, on the monotonic clock. `hurry`:
    have the remote side read soon, as something was set in motion there. `wake`: have resources looked at.
    """

    key: Key
    obj: Object
    clock: Callable[[], float] = time.monotonic
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    feed: Feed = field(default_factory=Feed)
    failure: Failure | None = _NOT_READ_YET
    connection: Connection | None = None
    site: Site | None = None
    warning: Failure | None = None
    credentials_of: int = 0
    judged: int = field(init=False)
    read_at: float | None = None
    users: dict[str, set[Key]] = field(default_factory=lambda: defaultdict(set))
    used: dict[Key, str] = field(default_factory=dict)
    taking: set[Key] = field(default_factory=set)
    holding: asyncio.Lock = field(default_factory=asyncio.Lock)
    secrets_namespace: str = ""
    prices: PriceList = field(default_factory=PriceList)
    valve: Valve = field(default_factory=Valve)
    hurry: Callable[[], None] = lambda: None
    wake: Callable[[Iterable[Key]], None] = lambda keys: None
    born: float = field(init=False)
    _parsed: tuple[Object, InferenceAccountSpec] | None = None

    def __post_init__(self) -> None:
        self.born = self.clock()
        self.judged = self.obj["metadata"].get("generation", 0)

    def became(self, obj: Object) -> bool:
        """The account as it is now. Whether what is declared of it changed."""
        edited = _edition(self.obj) != _edition(obj)
        self.obj = obj
        self._pace()
        return edited

    @property
    def spec(self) -> InferenceAccountSpec:
        """What is declared about the account."""
        if self._parsed is None or self._parsed[0] is not self.obj:
            model = ClusterInferenceAccountSpec if self.is_cluster_wide else InferenceAccountSpec
            self._parsed = self.obj, model.from_json(self.obj.get("spec") or {})
        return self._parsed[1]

    @property
    def status(self) -> AccountStatus:
        """What was last said of it."""
        return AccountStatus.from_json(self.obj.get("status") or {})

    @property
    def is_cluster_wide(self) -> bool:
        """Whether several namespaces may use it."""
        return self.key.kind == CLUSTER_ACCOUNT_KIND

    @property
    def leaving(self) -> bool:
        """Whether it is being deleted, and only waits for its endpoints."""
        return "deletionTimestamp" in self.obj["metadata"]

    @property
    def plugin(self) -> Plugin:
        """Its provider. Raises LookupError where none is installed."""
        return plugin(self.spec.provider_key or "")

    @property
    def address(self) -> AccountAddress | None:
        """What a binding records of it, None before the first connection."""
        if self.site is None:
            return None
        uid = self.obj["metadata"]["uid"]
        provider = self.spec.provider_key or ""
        return AccountAddress(self.key.kind, self.key.name, uid, provider, self.site.base_url, self.site.namespace)

    @property
    def unread(self) -> bool:
        """Whether nothing is known yet, not even why not: the first answer is on its way, and wakes every user."""
        return self.failure is _NOT_READ_YET

    def renewed(self) -> None:
        """Other credentials are in use: what was asked of, or failed with, those before is forgotten."""
        self.warning = None
        self.credentials_of += 1
        self._pace()
        self.valve.pace.forgive()
        self.valve.breaker.close()
        self.wake(self.everyone())

    @property
    def stale(self) -> bool:
        """Whether nothing shown is vouched for any more."""
        return self.stale_in < 0

    @property
    def stale_in(self) -> float:
        """Seconds until nothing shown is vouched for any more, unless it is read before."""
        limit = cadence.STALE_AFTER * interval(self.spec).total_seconds()
        return (self.born if self.read_at is None else self.read_at) + limit - self.clock()

    @property
    def passing(self) -> bool:
        """Whether it could not be read yet, for a reason that may pass: what was said before still stands."""
        return self.read_at is None and self.failure is not None and not self.failure.terminal and not self.stale

    @property
    def in_transition(self) -> bool:
        """Whether one of the endpoints in use is about to change."""
        return not self.feed.changing.isdisjoint(self.users) or (self.feed.listed_at is None and bool(self.users))

    @property
    def awaited(self) -> set[str]:
        """The names in use of which news may come at any time."""
        return {name for name in self.feed.changing if name in self.users}

    @property
    def whole_due(self) -> bool:
        """Whether it is time to read all pages."""
        return self._since_whole >= cadence.whole_after(
            interval(self.spec), pages=self.feed.pages, moves=self.feed.moves
        )

    @property
    def strict_due(self) -> bool:
        """Whether it is time to read on where the first page does not explain what is known."""
        return self.strict_in <= 0

    @property
    def strict_in(self) -> float:
        """Seconds until then."""
        last = self.feed.strict_at
        return 0.0 if last is None else last + interval(self.spec).total_seconds() - self.clock()

    @property
    def _since_whole(self) -> float:
        return math.inf if self.feed.listed_at is None else self.clock() - self.feed.listed_at

    def stored(self, obj: Object, *, over: Object) -> None:
        """A write over a version was answered: what the watch told meanwhile is later, and stays."""
        if self.obj is over:
            self.obj = obj

    def use(self, name: str, by: Key) -> None:
        """A resource is about this remote name, and no other of the account."""
        if self.used.get(by, name) != name:
            self.release(by)
        self.used[by] = name
        self.users[name].add(by)

    def release(self, by: Key) -> bool:
        """A resource is about no remote name any more. Whether it was about one."""
        name = self.used.pop(by, None)
        if name is None:
            return False
        self.users[name].discard(by)
        if not self.users[name]:
            del self.users[name]
        return True

    def tell_others(self, name: str, by: Key) -> None:
        """One resource learnt something of a name: the others that are about it should look."""
        self.wake(self.users.get(name, set()) - {by})

    def everyone(self) -> set[Key]:
        """All resources that use the account."""
        return set(self.used)

    def unmanaged(self) -> int:
        """How many endpoints exist remotely that no resource here is about."""
        return sum(1 for name in self.feed.names() if name not in self.users)

    def _pace(self) -> None:
        self.valve.pace.allow(self.spec.max_requests_per_second or DEFAULT_RATE)


def _edition(obj: Object) -> tuple[str | None, int | None]:
    """Which object, with which spec: one may be made anew under its name."""
    return obj["metadata"].get("uid"), obj["metadata"].get("generation")


def interval(spec: InferenceAccountSpec) -> timedelta:
    """How often the account is read at rest."""
    return spec.poll_interval or _POLL_INTERVAL
