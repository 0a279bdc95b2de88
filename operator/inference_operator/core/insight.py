"""What a person asks of a running endpoint (its log, its replicas, its metrics), in no provider's words.

Everything here is for people and their scripts to look at; no decision about an endpoint is made from it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from statistics import fmean

Notice = Callable[[str], None]
"""Told one sentence about what is shown: that it is less than was asked for, or that it pauses."""


@dataclass(frozen=True, slots=True)
class LogQuery:
    """Which lines of a log. None means any.

    `replica`: an id. `level`: the provider's word. `search`: text that the line contains, whatever its case.
    `since`, `until`: aware times, both inclusive. `tail`: only that many lines, the last ones. `follow`: go on with
    what is written from then on, without end.
    """

    replica: str | None = None
    level: str | None = None
    search: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    tail: int | None = None
    follow: bool = False


@dataclass(frozen=True, slots=True)
class LogLine:
    """One line of a container's log, as untrusted as what the container writes; it may hold control characters.

    `timestamp` is RFC 3339 as the provider wrote it. Where the provider does not say, a field is empty.
    """

    text: str
    timestamp: str = ""
    replica: str = ""
    level: str = ""
    stream: str = ""


@dataclass(frozen=True, slots=True)
class Replica:
    """One replica. `live`: of the version that serves. `updating`: of the version that is being rolled out.

    `started_at`, `stopped_at`: RFC 3339 as the provider wrote it. `exit_code` is None while it runs.
    """

    id: str
    version: str
    stage: str
    live: bool
    updating: bool
    started_at: str | None = None
    stopped_at: str | None = None
    exit_code: int | None = None


@dataclass(frozen=True, slots=True)
class Window:
    """A span of time; both ends are aware times."""

    start: datetime
    stop: datetime


class Quantity(Enum):
    """What is measured. Each has its unit in `unit`, empty where it is a bare number."""

    LATENCY = "latency"
    REQUESTS = "requests"
    PENDING_REQUESTS = "pendingRequests"
    REPLICAS = "replicas"
    CPU = "cpu"
    MEMORY = "memory"
    ACCELERATOR = "accelerator"
    ACCELERATOR_MEMORY = "acceleratorMemory"
    TIME_TO_FIRST_TOKEN = "timeToFirstToken"
    INTER_TOKEN_LATENCY = "interTokenLatency"
    KV_CACHE = "kvCache"
    PREFIX_CACHE = "prefixCache"
    ENGINE_RUNNING = "engineRunning"
    ENGINE_WAITING = "engineWaiting"

    @property
    def unit(self) -> str:
        """`s`, `%` or nothing."""
        return _UNITS.get(self, "")


_UNITS = {
    Quantity.LATENCY: "s",
    Quantity.CPU: "%",
    Quantity.MEMORY: "%",
    Quantity.ACCELERATOR: "%",
    Quantity.ACCELERATOR_MEMORY: "%",
}


@dataclass(frozen=True, slots=True)
class Point:
    """A value at a time (RFC 3339 as the provider wrote it); None where the provider has none."""

    at: str
    value: float | None


@dataclass(frozen=True, slots=True)
class Curve:
    """One quantity over the window. `label` tells it from the others of its quantity: `p95`, `5xx`, a replica.

    `whole`: the provider's one figure for the window (a percentile of all requests, their number). `peak`: its
    highest value. Both are taken from the points where the provider does not say.
    """

    quantity: Quantity
    label: str
    points: tuple[Point, ...]
    whole: float | None = None
    peak: float | None = None

    @property
    def values(self) -> list[float]:
        """The values that there are, in order."""
        return [point.value for point in self.points if point.value is not None]

    @property
    def latest(self) -> float | None:
        """The last value."""
        return self.values[-1] if self.values else None

    @property
    def overall(self) -> float | None:
        """One figure for the window: the provider's, else the number of requests, else the mean."""
        if self.whole is not None or not self.values:
            return self.whole
        return sum(self.values) if self.quantity is Quantity.REQUESTS else fmean(self.values)

    @property
    def highest(self) -> float | None:
        """The highest value."""
        return max(self.values, default=None) if self.peak is None else self.peak


@dataclass(frozen=True, slots=True)
class Metrics:
    """All that was measured in a window. `replicas`: ids of those that there were."""

    window: Window
    replicas: tuple[str, ...]
    curves: tuple[Curve, ...]

    @property
    def requests(self) -> float | None:
        """How many were answered; None where nothing is known of any."""
        return _total(self._answers())

    @property
    def request_rate(self) -> float | None:
        """Requests answered per second."""
        seconds = (self.window.stop - self.window.start).total_seconds()
        return None if self.requests is None or seconds <= 0 else self.requests / seconds

    @property
    def error_rate(self) -> float | None:
        """The share of answers, from 0 to 1, that were the server's fault (5xx)."""
        if not self.requests:
            return None
        return (_total([one for one in self._answers() if one.label.startswith("5")]) or 0.0) / self.requests

    def _answers(self) -> list[Curve]:
        return [curve for curve in self.curves if curve.quantity is Quantity.REQUESTS]


def _total(curves: list[Curve]) -> float | None:
    known = [curve.overall for curve in curves if curve.overall is not None]
    return sum(known) if known else None
