"""What a monitoring system asks of the operator: counted here as it happens.

What is read off at a scrape instead is in `gauges`; which metrics there are, and what each means, in `catalogue`.
"""

from __future__ import annotations

from typing import Final

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    disable_created_metrics,
    generate_latest,
)
from prometheus_client.registry import Collector

from inference_operator.runtime.telemetry import catalogue
from inference_operator.runtime.telemetry.catalogue import Instrument

CONTENT_TYPE: Final = CONTENT_TYPE_LATEST
"""The media type of what `Metrics.render` returns."""

_FIRST_DRIFT: Final = "DriftDetected"


class QueueInstruments:
    """The metrics of one work queue; meets `queue.QueueMetrics`."""

    def __init__(self, metrics: Metrics, name: str) -> None:
        self._depth = metrics.workqueue_depth.labels(name)
        self._adds = metrics.workqueue_adds.labels(name)
        self._queue_duration = metrics.workqueue_queue_duration.labels(name)
        self._work_duration = metrics.workqueue_work_duration.labels(name)
        self._retries = metrics.workqueue_retries.labels(name)

    def depth(self, ready: int) -> None:
        """Set how many keys are ready."""
        self._depth.set(ready)

    def added(self) -> None:
        """Count an add."""
        self._adds.inc()

    def waited(self, seconds: float) -> None:
        """Record the seconds a key was ready."""
        self._queue_duration.observe(seconds)

    def worked(self, seconds: float) -> None:
        """Record the seconds a key was in work."""
        self._work_duration.observe(seconds)

    def retried(self) -> None:
        """Count a back-off."""
        self._retries.inc()


class Metrics:
    """All metrics of a process, in a registry of its own. All durations are seconds."""

    def __init__(self, *, version: str = "") -> None:
        # The creation time of every counter would double the series, and nobody asks for it.
        disable_created_metrics()  # type: ignore[no-untyped-call]  # prometheus_client left its types out
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        self._make_queue_and_controller()
        self._rest_requests = self._counter(catalogue.API_REQUESTS)
        self._rest_duration = self._histogram(catalogue.API_DURATION)
        self._remote_requests = self._counter(catalogue.REMOTE_REQUESTS)
        self._remote_duration = self._histogram(catalogue.REMOTE_DURATION)
        self._remote_changes = self._counter(catalogue.REMOTE_CHANGES)
        self._drift = self._counter(catalogue.DRIFT)
        self._events_dropped = self._counter(catalogue.EVENTS_DROPPED)
        self._orphans: Gauge | None = None
        self._gauge(catalogue.BUILD_INFO).labels(version).set(1)

    def render(self) -> bytes:
        """Return all metrics in the Prometheus text format."""
        return generate_latest(self.registry)

    def beside(self, collector: Collector) -> None:
        """Have what `collector` reads off at each scrape rendered too."""
        self.registry.register(collector)

    def queue(self, name: str) -> QueueInstruments:
        """Return the instruments of the work queue `name`."""
        return QueueInstruments(self, name)

    def reconciled(self, controller: str, result: str, seconds: float, *, terminal: bool = False) -> None:
        """Record a reconcile; `result` as in controller-runtime: success, error, requeue_after.

        `terminal`: it is an error that waits for a person.
        """
        self._reconciles.labels(controller, result).inc()
        self._reconcile_time.labels(controller).observe(seconds)
        self._reconcile_errors.labels(controller).inc(result == "error")
        self._terminal_errors.labels(controller).inc(terminal)

    def api_server_request(self, method: str, resource: str, code: int, seconds: float) -> None:
        """Record a request to the API server (`Session.on_request`); code 0 means no answer."""
        self._rest_requests.labels(method, _code(code), resource).inc()
        self._rest_duration.labels(method, resource).observe(seconds)

    def remote_request(self, provider: str, operation: str, code: int, seconds: float) -> None:
        """Record a request to a provider; `operation` is from a fixed list, code 0 means no answer."""
        self._remote_requests.labels(provider, operation, _code(code)).inc()
        self._remote_duration.labels(provider, operation).observe(seconds)

    def remote_change(self, provider: str, change: str, outcome: str) -> None:
        """Count a change of a remote endpoint: a line of the change log."""
        self._remote_changes.labels(provider, change, outcome).inc()

    def uses(self, provider: str) -> None:
        """A provider is used: its drift counts from zero, so that a rate sees the first one."""
        self._drift.labels(provider, _FIRST_DRIFT)

    def leading(self, name: str, leads: bool) -> None:
        """Set whether this process holds the lease `name`."""
        self._leader.labels(name).set(leads)

    def drifted(self, provider: str, reason: str) -> None:
        """Count drift that was newly seen; `reason` as in the condition Drifted."""
        self._drift.labels(provider, reason).inc()

    def orphans(self, count: int) -> None:
        """Set how many endpoints the ledger of orphans holds.

        Before the first of these there is no such series: a zero from who did not look yet would end an alert.
        """
        if self._orphans is None:
            self._orphans = self._gauge(catalogue.ORPHANS)
        self._orphans.set(count)

    def event_dropped(self, reason: str) -> None:
        """Count a Kubernetes Event that was given up (`EventRecorder` with `on_drop`)."""
        self._events_dropped.labels(reason).inc()

    def _make_queue_and_controller(self) -> None:
        self.workqueue_depth = self._gauge(catalogue.QUEUE_DEPTH)
        self.workqueue_adds = self._counter(catalogue.QUEUE_ADDS)
        self.workqueue_retries = self._counter(catalogue.QUEUE_RETRIES)
        self.workqueue_queue_duration = self._histogram(catalogue.QUEUE_WAITED)
        self.workqueue_work_duration = self._histogram(catalogue.QUEUE_WORKED)
        self._reconciles = self._counter(catalogue.RECONCILES)
        self._reconcile_errors = self._counter(catalogue.RECONCILE_ERRORS)
        self._terminal_errors = self._counter(catalogue.TERMINAL_ERRORS)
        self._reconcile_time = self._histogram(catalogue.RECONCILE_TIME)
        self._leader = self._gauge(catalogue.LEADER)

    def _counter(self, one: Instrument) -> Counter:
        return Counter(one.name, one.text, one.labels, registry=self.registry)

    def _gauge(self, one: Instrument) -> Gauge:
        return Gauge(one.name, one.text, one.labels, registry=self.registry)

    def _histogram(self, one: Instrument) -> Histogram:
        return Histogram(one.name, one.text, one.labels, buckets=one.buckets, registry=self.registry)


def _code(status: int) -> str:
    # As client-go: a request without an answer has the code "<error>".
    return str(status) if status else "<error>"
