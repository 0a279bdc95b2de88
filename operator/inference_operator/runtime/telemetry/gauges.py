"""Metrics that are read off when they are asked for: how endpoints, accounts and workers stand at that moment.

What only the leader knows, or would count twice with it, a standby leaves out: sums over the replicas stay true.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from typing import TypeAlias, get_args

from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from inference_operator.api.status import EndpointState
from inference_operator.runtime.account import Account
from inference_operator.runtime.figures import Figures
from inference_operator.runtime.index import Key
from inference_operator.runtime.telemetry import catalogue
from inference_operator.runtime.telemetry.catalogue import Instrument

Values: TypeAlias = Mapping[tuple[str, ...], float]

STATES: tuple[str, ...] = get_args(EndpointState)
"""Each has a series, be it 0: an alert on one that is not there would never end."""


def _family(one: Instrument, values: Values, *, each: bool = False) -> GaugeMetricFamily:
    family = GaugeMetricFamily(one.name, one.text, labels=(*one.labels, *catalogue.EACH) if each else one.labels)
    for labels, value in values.items():
        family.add_metric(labels, value)
    return family


class _Sums:
    """Adds figures up, metric by metric."""

    def __init__(self) -> None:
        self.states = Counter[tuple[str, ...]]()
        self.conditions = Counter[tuple[str, ...]]()
        self.ready = Counter[tuple[str, ...]]()
        self.target = Counter[tuple[str, ...]]()
        self.costs: dict[tuple[str, ...], float] = {}

    def add(self, figures: Figures, number: int = 1, *, of: tuple[str, ...] = ()) -> None:
        """Add what `number` endpoints have; `of` is the namespace and name where each counts by itself."""
        self.states[(figures.state, *of)] += number
        self.ready[of] += figures.ready_replicas * number
        self.target[of] += figures.target_replicas * number
        for said in figures.conditions:
            self.conditions[(*said, *of)] += number
        if figures.cost is not None:
            at = (figures.cost.currency, *of)
            self.costs[at] = self.costs.get(at, 0.0) + float(figures.cost.hourly) * number

    def families(self, *, each: bool) -> Iterable[GaugeMetricFamily]:
        """The sums as metrics."""
        yield _family(catalogue.ENDPOINT_STATE, self.states, each=each)
        yield _family(catalogue.ENDPOINT_CONDITION, self.conditions, each=each)
        yield _family(catalogue.READY_REPLICAS, self.ready, each=each)
        yield _family(catalogue.TARGET_REPLICAS, self.target, each=each)
        yield _family(catalogue.HOURLY_COST, self.costs, each=each)


class EndpointSums(Collector):
    """All endpoints together."""

    def __init__(self, counts: Callable[[], Mapping[Figures, int]], *, leads: Callable[[], bool]) -> None:
        self._counts = counts
        self._leads = leads

    def collect(self) -> Iterable[GaugeMetricFamily]:
        """The metrics as they are now."""
        if not self._leads():
            return
        sums = _Sums()
        sums.states.update({(state,): 0 for state in STATES})
        sums.ready[()] = sums.target[()] = 0
        for figures, number in self._counts().items():
            sums.add(figures, number)
        yield from sums.families(each=False)


class EachEndpoint(Collector):
    """Every endpoint by itself: as many series as that takes, which vanish with it."""

    def __init__(self, figures: Callable[[], Iterable[tuple[Key, Figures]]], *, leads: Callable[[], bool]) -> None:
        self._figures = figures
        self._leads = leads

    def collect(self) -> Iterable[GaugeMetricFamily]:
        """The metrics as they are now."""
        if not self._leads():
            return
        sums = _Sums()
        for key, figures in self._figures():
            sums.add(figures, of=(key.namespace, key.name))
        yield from sums.families(each=True)


class AccountGauges(Collector):
    """The accounts that this process observes, each by itself."""

    def __init__(self, accounts: Callable[[], Iterable[Account]]) -> None:
        self._accounts = accounts

    def collect(self) -> Iterable[GaugeMetricFamily]:
        """The metrics as they are now."""
        ready = dict[tuple[str, ...], float]()
        age, circuit, wait = ready.copy(), ready.copy(), ready.copy()
        for account in self._accounts():
            labels = (_provider(account), str(account.key))
            said = account.failure or account.warning
            ready[(*labels, said.reason if said else "Ready")] = float(account.failure is None)
            circuit[labels] = float(account.valve.breaker.open)
            wait[labels] = account.valve.pace.asked_to_wait(account.valve.clock())
            if account.read_at is not None:
                age[labels] = account.clock() - account.read_at
        yield _family(catalogue.ACCOUNT_READY, ready)
        yield _family(catalogue.OBSERVATION_AGE, age)
        yield _family(catalogue.CIRCUIT_OPEN, circuit)
        yield _family(catalogue.ASKED_TO_WAIT, wait)


def _provider(account: Account) -> str:
    try:
        return account.spec.provider_key or ""
    except ValueError:
        return ""  # what is stored is none of ours: one such account hides no other


class WorkGauges(Collector):
    """What the workers of one queue have in work; `ages` gives for how long each key of it."""

    def __init__(self, controller: str, *, workers: int, ages: Callable[[], list[float]]) -> None:
        self._controller = controller
        self._workers = workers
        self._ages = ages

    def collect(self) -> Iterable[GaugeMetricFamily]:
        """The metrics as they are now."""
        ages = self._ages()
        for one, value in (
            (catalogue.QUEUE_UNFINISHED, sum(ages)),
            (catalogue.QUEUE_LONGEST, max(ages, default=0.0)),
            (catalogue.ACTIVE_WORKERS, len(ages)),
            (catalogue.MAX_WORKERS, self._workers),
        ):
            yield _family(one, {(self._controller,): value})
