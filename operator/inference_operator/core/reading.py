"""One reading of an account's endpoints, the latest change first: which pages it takes.

At rest one page says that nothing happened: it reaches back to what was known before, and the number of all endpoints
is as it was. What the page can't explain takes the pages after it. Where a provider's order or its numbers can't be
relied on, all pages are read; and so they are now and then in any case, for a provider need not document what it counts
as a change, and one that it doesn't count is on no first page.
"""

from collections.abc import Callable, Iterable, Sequence, Set
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from itertools import pairwise

from inference_operator.core.observation import Observation, State

SLACK = timedelta(seconds=30)
"""How late a change may appear in the order of changes: the provider's servers may have more than one clock."""

_SETTLED = timedelta(minutes=2)
# What changed so long ago has appeared by any clock.


@dataclass(frozen=True, slots=True)
class Row:
    """One endpoint as a page shows it, which need not be read where nothing of it changed.

    `updated_at`: the provider's text. `observe`: reads it. `digest`: the same for the same row, empty for none.
    `shared`: several endpoints have the name, and the digest is of them all.
    """

    name: str
    updated_at: str
    observe: Callable[[], Observation]
    digest: bytes = b""
    shared: bool = False


@dataclass(frozen=True, slots=True)
class Page:
    """Some of an account's endpoints. `total`: how many there are in all, None where that is not said.

    `last`: no page follows.
    """

    rows: Sequence[Row]
    total: int | None
    last: bool

    @classmethod
    def of(cls, observations: Iterable[Observation], total: int | None, last: bool) -> "Page":
        """A page of endpoints that were read."""
        return cls([Row(one.name, one.updated_at, partial(_same, one)) for one in observations], total, last)


def _same(observation: Observation) -> Observation:
    return observation


@dataclass(slots=True)
class Reading:
    """`whole`: all pages are to be read. `strict`: what does not add up, or has no order, is not to be put up with.

    `since`: how far back it has to reach. `latest`: the latest change that any page showed before; `ordered`: whether
    pages had the order of changes then.
    `expected`: gives the total that explains what is known, that was shown now among it: a total that was off after all
    had been read may stay off. `awaited`: names about to change, of which nothing may be known without seeing them.
    """

    whole: bool
    strict: bool
    since: datetime | None
    latest: datetime | None
    ordered: bool
    expected: Callable[[], int]
    awaited: Set[str]
    newest: datetime | None = None
    shown: set[str] = field(default_factory=set)
    total: int | None = None
    last: bool = False
    pages: int = 0
    _size: int = 0
    _in_order: bool = True
    _oldest: datetime | None = None
    _ends_in_news: bool = False

    def add(self, page: Page, news: Set[str]) -> None:
        """A page was read, and what it shows is known. `news`: names of which something else was known before."""
        self._ends_in_news = bool(page.rows) and page.rows[-1].name in news
        self.shown.update(one.name for one in page.rows)
        self.total, self.last, self.pages = page.total, page.last, self.pages + 1
        self._size = max(self._size, len(page.rows))
        times = [changed_at(one) for one in page.rows]
        self._in_order = self._in_order and _descending([self._oldest, *times] if self._oldest else times)
        self._oldest = next((one for one in reversed(times) if one), self._oldest)
        self.newest = max((one for one in (self.newest, *times) if one), default=None)
        self.ordered = self._in_order and (self.last or (self.ordered and not self._lacks_the_latest))

    @property
    def enough(self) -> bool:
        """Whether nothing is to be learnt from another page."""
        if self.last or self.whole or not self.pages:
            return self.last
        put_up_with = not self.strict
        reached = self._reaches_back if self.ordered else put_up_with
        return reached and (self._adds_up or put_up_with) and not self._cheaper_to_go_on

    @property
    def explains(self) -> bool:
        """Whether what is known is how things are: all was read, or no change can have been missed."""
        return self.last or (self.ordered and self._reaches_back and self._adds_up)

    @property
    def unseen(self) -> Set[str]:
        """The awaited ones that were not shown: each is to be read by itself."""
        return self.awaited - self.shown if not self.last else frozenset()

    @property
    def _lacks_the_latest(self) -> bool:
        """Whether what changed last is not among the first, and did not go either."""
        return self.latest is not None and (self.newest is None or self.newest < self.latest) and self._adds_up

    @property
    def _reaches_back(self) -> bool:
        # By times alone a page would do that is full of changes, once one row has a time that is yet to come.
        known = not self._ends_in_news
        return known and self.since is not None and self._oldest is not None and self._oldest <= self.since

    @property
    def _adds_up(self) -> bool:
        return self.total == self.expected()

    @property
    def _cheaper_to_go_on(self) -> bool:
        left = (self.total or 0) - len(self.shown)
        return bool(self.unseen) and len(self.unseen) * self._size > left


def since(newest: datetime | None, *, known_for: float, now: datetime) -> datetime | None:
    """How far back a reading has to reach. `newest`: the latest change that was seen before, for so many seconds.

    It is new by both clocks: the provider's may be ahead for ever.
    """
    is_new = newest is not None and known_for < _SETTLED.total_seconds() and now - newest < _SETTLED
    return newest - SLACK if newest and is_new else newest


def changed_at(shown: Observation | Row) -> datetime | None:
    """When it changed last, None where that can't be read."""
    try:
        moment = datetime.fromisoformat(shown.updated_at)
    except ValueError:
        return None
    return moment if moment.tzinfo else None


def moved(before: Observation, now: Observation) -> bool | None:
    """Whether a change of state moved `updatedAt`; None where these two do not tell."""
    if before.created_at != now.created_at or before.state == now.state:
        return None
    if before.updated_at == now.updated_at:
        return False
    times = changed_at(before), changed_at(now)
    # What somebody changed has moved for that alone; and an answer may be older than the one before it.
    by_itself = before.state.in_transition and now.state is not State.PAUSED and before.document == now.document
    return True if by_itself and times[0] and times[1] and times[0] < times[1] else None


def _descending(times: Sequence[datetime | None]) -> bool:
    known = [one for one in times if one]
    return len(known) == len(times) and all(a >= b for a, b in pairwise(known))
