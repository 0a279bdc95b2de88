"""What was measured: one number for each metric, contender and run, and what each metric means."""

import statistics
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Metric:
    """`more` says what is counted, where the title leaves a question."""

    title: str
    unit: str
    more: str = ""


POSTED = Metric(
    "create: first apply to last POST",
    "s",
    "for a bare limit: all its requests",
)
READY = Metric("create: first apply to all running", "s", "as the contender itself knows it")
CREATE_REMOTE = Metric("create: writes to the provider", "each")
CREATE_READS = Metric("create: reads of the provider", "each")
CREATE_KUBE = Metric("create: writes to Kubernetes", "each", "the user's own apply not counted")
CREATE_CPU = Metric("create: CPU of the contender", "s")
CREATE_API_CPU = Metric("create: CPU of API server and etcd", "s")
CREATE_PROVIDER_CPU = Metric("create: CPU of the simulated provider", "s")
CREATE_USER_CPU = Metric("create: CPU of the benchmark itself", "s", "who applies and watches, or is the bare client")
SINGLE_POST = Metric("one at a time: apply to POST", "ms")
SINGLE_READY = Metric("one at a time: running to Ready", "s")
STEADY_CALLS = Metric(
    "at rest: calls of the provider",
    "/min",
    "within two minutes after the last create, when the operator looks below the first page for what is shown late",
)
STEADY_KUBE = Metric("at rest: writes to Kubernetes", "/min", "Lease not counted")
STEADY_CPU = Metric("at rest: CPU", "millicores")
STEADY_RSS = Metric("at rest: memory", "MiB")
DRIFT = Metric("drift of one: change to correction", "s")
EDIT_SECONDS = Metric("edits of each: first edit to last PUT", "s")
EDIT_SENT = Metric("edits of each: time to send them", "s")
EDIT_PUTS = Metric("edits of each: PUTs", "each")


def cold_seconds(count: int) -> Metric:
    return Metric(f"cold start over {count:,}: start to in sync", "s")


def cold_calls(count: int) -> Metric:
    return Metric(f"cold start over {count:,}: calls of the provider", "calls")


def cold_pages(count: int) -> Metric:
    return Metric(f"cold start over {count:,}: of these, list pages", "calls")


def cold_writes(count: int) -> Metric:
    return Metric(f"cold start over {count:,}: writes to Kubernetes", "writes")


def rest_calls(count: int) -> Metric:
    return Metric(f"{count:,} settled: calls of the provider at rest", "/min")


def rest_rss(count: int) -> Metric:
    return Metric(f"{count:,} settled: memory", "MiB")


def rest_cpu(count: int) -> Metric:
    return Metric(f"{count:,} settled: CPU at rest", "millicores")


def sweep_cpu(count: int) -> Metric:
    return Metric(f"{count:,} settled: CPU at rest, a reading of all pages included", "millicores")


def grown_rss(count: int) -> Metric:
    return Metric(f"{count:,} settled: memory of the process that made them", "MiB")


@dataclass
class Samples:
    """All numbers of a benchmark, in the order in which they came."""

    values: dict[Metric, dict[str, list[float]]] = field(default_factory=lambda: defaultdict(lambda: defaultdict(list)))

    def add(self, metric: Metric, contender: str, *values: float) -> None:
        """Keep the numbers of one more run."""
        self.values[metric][contender].extend(values)

    def contenders(self, metrics: Iterable[Metric]) -> list[str]:
        """Who has numbers of these metrics, in the order of appearance."""
        return list(dict.fromkeys(name for metric in metrics for name in self.values.get(metric, {})))

    def of(self, metric: Metric, contender: str) -> list[float]:
        """The numbers, none where nothing was measured."""
        return self.values.get(metric, {}).get(contender, [])

    def median(self, metric: Metric, contender: str) -> float | None:
        """The median, None where nothing was measured."""
        found = self.of(metric, contender)
        return statistics.median(found) if found else None
