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
from inference_operator.core import account_refusals, cadence
from inference_operator.core.desired import Desired
from inference_operator.core.failures import Failure, same_outage, told_after
from inference_operator.core.pacing import DEFAULT_RATE
from inference_operator.core.reading import Reading
from inference_operator.core.snapshot import AccountAddress, Subject
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

    `hides`: it was answered that nothing is there, or may be seen, and no read went well since: what is not shown there
    may exist all the same.
    `warning`: what is wrong beside that, while the account works. `credentials_of`: grows with each exchange of them.
    `judged`: the generation of the spec that was last read by: what is said of it is not of a later one.
    `born`: since when this process knows of it.
    `held_back`: resources for which nothing was sent, as too many calls of others had failed. `doubtful`: those that
    were looked at while nothing was vouched for, and are to be when that is over.
    `taking`: endpoints that are about to be held; `holding`: one at a time has the account held for it.
    `secrets_namespace`: where its Secrets are. `users`: remote name -> the resources that are about it; `used`: the
    other way round. `read_at`: when the last reading began that says how things are, on the monotonic clock; `page_at`:
    when the last page of the reading under way was asked for; `whole_took`: seconds for all pages. `hurry`: have the
    remote side read soon, as something was set in motion there. `wake`: have resources looked at.
    """

    key: Key
    obj: Object
    clock: Callable[[], float] = time.monotonic
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    feed: Feed = field(default_factory=Feed)
    failure: Failure | None = _NOT_READ_YET
    trouble: Failure | None = _NOT_READ_YET
    connection: Connection | None = None
    site: Site | None = None
    warning: Failure | None = None
    credentials_of: int = 0
    judged: int = field(init=False)
    read_at: float | None = None
    page_at: float | None = None
    whole_took: float = 0.0
    users: dict[str, set[Key]] = field(default_factory=lambda: defaultdict(set))
    used: dict[Key, str] = field(default_factory=dict)
    taking: set[Key] = field(default_factory=set)
    held_back: set[Key] = field(default_factory=set)
    doubtful: set[Key] = field(default_factory=set)
    holding: asyncio.Lock = field(default_factory=asyncio.Lock)
    secrets_namespace: str = ""
    prices: PriceList = field(default_factory=PriceList)
    valve: Valve = field(default_factory=Valve)
    hurry: Callable[[], None] = lambda: None
    wake: Callable[[Iterable[Key]], None] = lambda keys: None
    born: float = field(init=False)
    hides: bool = False
    _edited: bool = False
    _otherwise: int = 0
    _other: str = ""
    _parsed: tuple[Object, InferenceAccountSpec] | None = None

    def __post_init__(self) -> None:
        self.born = self.clock()
        self.judged = self.obj["metadata"].get("generation", 0)

    def became(self, obj: Object) -> bool:
        """The account as it is now. Whether what is declared of it changed."""
        edited = _edition(self.obj) != _edition(obj)
        self._edited = self._edited or edited
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

    def desired(self, subject: Subject) -> Desired:
        """What is to be at its provider for a resource. Raises ValueError for what can't be."""
        return self.plugin.desired(subject.spec, name=subject.name, effective=subject.status.effective)

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

    def judge(self) -> bool:
        """A look at it begins. Whether it is the first one since the account was edited."""
        self.judged = self.obj["metadata"].get("generation", 0)
        edited, self._edited = self._edited, False
        return edited

    def came_to(self, failure: Failure | None, *, anew: bool = False) -> bool:
        """A look at it ended so. Whether its resources are to be told. `anew`: it was with another spec or token.

        Of one outage they are told what it began with: its answers differ, and each would be a write to each of them.
        Only what it came to be for good is told again.
        """
        told, was_unread = self.trouble, self.unread
        self.failure = failure
        self.hides = failure is not None and (self.hides or account_refusals.hides(failure))
        if failure and told and same_outage(told, failure) and not (was_unread or anew):
            before, self._other = self._other, failure.reason if failure.terminal else ""
            again = self._otherwise + 1 if self._other == before else 1
            self._otherwise = again if failure.reason != told.reason else 0
            if self._otherwise < told_after(told, failure):
                return False
        self.trouble, self._otherwise = failure, 0
        return told != failure

    def renewed(self) -> None:
        """Other credentials are in use: what was asked of, or failed with, those before is forgotten."""
        self.warning = None
        self.credentials_of += 1
        self._pace()
        self.valve.pace.forgive()
        self.valve.breaker.close()

    def moved(self) -> None:
        """It leads to another place: what is known is of the one before."""
        self.feed, self.prices = Feed(), self.prices.anew()
        self.read_at = self.page_at = None
        self.whole_took, self.born = 0.0, self.clock()

    @property
    def stale(self) -> bool:
        """Whether nothing shown is vouched for any more."""
        return self.stale_in < 0

    def vouches_for(self, key: Key) -> bool:
        """Whether what is known can be shown of a resource. One that is told otherwise is woken when that changes."""
        if self.stale:
            self.doubtful.add(key)
        return not self.stale

    @property
    def stale_in(self) -> float:
        """Seconds until nothing shown is vouched for any more, unless it is read before."""
        limit = cadence.stale_after(interval(self.spec))
        known = self.born if self.read_at is None else self.read_at
        until = known + cadence.stale_after(interval(self.spec), whole_took=self.whole_took)
        return max(until, (self.page_at or known) + limit) - self.clock()

    def goes_on(self, asked: float) -> None:
        """A page of a reading came that was asked for then, and what was vouched for goes on to be.

        Very many endpoints take longer than that, page by page. What was stale is not before a reading has ended well;
        nor do the pages of one count that follows on a reading that failed.
        """
        if not self.stale and (self.failure is None or self.unread):
            self.page_at = asked

    def ended(self, began: float, reading: Reading) -> None:
        """A reading that began then ended well."""
        self.page_at = None
        if reading.last:
            self.whole_took = self.clock() - began
        if reading.explains:
            self.read_at = began

    @property
    def passing(self) -> bool:
        """Whether it could not be read yet, for a reason that may pass: what was said before still stands."""
        return self.read_at is None and self.failure is not None and not self.failure.terminal and not self.stale

    @property
    def in_transition(self) -> bool:
        """Whether one of the endpoints in use is about to change."""
        if self.feed.listed_at is None:
            return bool(self.users)
        since = self.clock() - cadence.FAST_FOR
        return any(at >= since and name in self.users for name, at in self.feed.changing.items())

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
        self.held_back.discard(by)
        self.doubtful.discard(by)
        name = self.used.pop(by, None)
        if name is None:
            return False
        self.users[name].discard(by)
        if not self.users[name]:
            del self.users[name]
        return True

    def doubt(self, name: str) -> None:
        """What is known of a remote name no longer holds."""
        self.feed.doubt(name, now=self.clock())

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
