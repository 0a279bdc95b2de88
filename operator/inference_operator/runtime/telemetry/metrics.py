"""What a monitoring system asks of the operator.

Names and labels that controller-runtime and client-go already gave a meaning are taken from there, so that
dashboards and alerts for controllers work as they are. Ours begin with `inference_operator_`. No label
holds the name of an endpoint: the number of series grows with accounts and states, not with objects.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
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

CONTENT_TYPE: Final = CONTENT_TYPE_LATEST
"""The media type of what `Metrics.render` returns."""

# controller-runtime's buckets of reconcile time, in seconds.
_RECONCILE: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)
_REQUEST: Final = (0.005, 0.025, 0.1, 0.25, 0.5, 1, 2, 4, 8, 15, 30, 60)
_QUEUE: Final = (0.001, 0.01, 0.1, 1, 10, 100, 1000)


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

    def __init__(
        self,
        *,
        version: str = "",
        clock: Callable[[], float] = time.monotonic,
        refresh: Callable[[], None] = lambda: None,
    ) -> None:
        # The creation time of every counter would double the series, and nobody asks for it.
        disable_created_metrics()  # type: ignore[no-untyped-call]
        self.registry = CollectorRegistry()
        self._clock = clock
        self._refresh = refresh
        self._observed_at: dict[tuple[str, str], float] = {}
        self._states: set[str] = set()
        self._orphans_known = False
        ProcessCollector(registry=self.registry)
        self._make_workqueue()
        self._make_controller()
        self._make_requests()
        self._make_own(version)

    def render(self) -> bytes:
        """Return all metrics in the Prometheus text format, after `refresh` set those that are only read off."""
        self._refresh()
        for (provider, account), moment in self._observed_at.items():
            self._observation_age.labels(provider, account).set(self._clock() - moment)
        return generate_latest(self.registry)

    def queue(self, name: str) -> QueueInstruments:
        """Return the instruments of the work queue `name`."""
        return QueueInstruments(self, name)

    def reconciled(self, controller: str, result: str, seconds: float) -> None:
        """Record a reconcile; `result` as in controller-runtime: success, error, requeue, requeue_after."""
        self._reconciles.labels(controller, result).inc()
        self._reconcile_time.labels(controller).observe(seconds)
        if result == "error":
            self._reconcile_errors.labels(controller).inc()

    def api_server_request(self, method: str, resource: str, code: int, seconds: float) -> None:
        """Record a request to the API server (`Session.on_request`); code 0 means no answer."""
        self._rest_requests.labels(method, _code(code), resource).inc()
        self._rest_duration.labels(method, resource).observe(seconds)

    def remote_request(self, provider: str, operation: str, code: int, seconds: float) -> None:
        """Record a request to a provider; `operation` is from a fixed list, code 0 means no answer."""
        self._remote_requests.labels(provider, operation, _code(code)).inc()
        self._remote_duration.labels(provider, operation).observe(seconds)

    def observed(self, provider: str, account: str) -> None:
        """Note that the remote side of `account` (Kind/namespace/name) was just read whole."""
        self._observed_at[provider, account] = self._clock()

    def account_gone(self, provider: str, account: str) -> None:
        """Drop the series of an account that is no longer observed."""
        if self._observed_at.pop((provider, account), None) is not None:
            self._observation_age.remove(provider, account)

    def endpoint_states(self, counts: Mapping[str, int]) -> None:
        """Set how many endpoints are in each state; a state that is not named has none."""
        self._states |= counts.keys()
        for state in self._states:
            self._endpoint_state.labels(state).set(counts.get(state, 0))

    def leading(self, name: str, leads: bool) -> None:
        """Set whether this process holds the lease `name`."""
        self._leader.labels(name).set(leads)

    def drifted(self, provider: str, reason: str) -> None:
        """Count drift that was newly seen; `reason` as in the condition Drifted."""
        self._drift.labels(provider, reason).inc()

    def orphans(self, count: int) -> None:
        """Set how many endpoints the ledger of orphans holds; before the first of these there is no such series."""
        self._orphans.set(count)
        if not self._orphans_known:
            self._orphans_known = True
            self.registry.register(self._orphans)

    def event_dropped(self, reason: str) -> None:
        """Count a Kubernetes Event that was given up (`EventRecorder` with `on_drop`)."""
        self._events_dropped.labels(reason).inc()

    def _make_workqueue(self) -> None:
        def histogram(name: str, text: str) -> Histogram:
            return Histogram(name, text, ["name"], buckets=_QUEUE, registry=self.registry)

        self.workqueue_depth = Gauge("workqueue_depth", "Keys that are ready.", ["name"], registry=self.registry)
        self.workqueue_adds = self._counter("workqueue_adds", "Keys added.", "name")
        self.workqueue_retries = self._counter("workqueue_retries", "Back-offs.", "name")
        self.workqueue_queue_duration = histogram("workqueue_queue_duration_seconds", "Ready until in work.")
        self.workqueue_work_duration = histogram("workqueue_work_duration_seconds", "In work.")

    def _make_controller(self) -> None:
        prefix = "controller_runtime_reconcile"
        self._reconciles = self._counter(prefix, "Reconciles by result.", "controller", "result")
        self._reconcile_errors = self._counter(f"{prefix}_errors", "Reconciles that failed.", "controller")
        self._reconcile_time = Histogram(
            f"{prefix}_time_seconds",
            "Length of a reconcile.",
            ["controller"],
            buckets=_RECONCILE,
            registry=self.registry,
        )

    def _make_requests(self) -> None:
        self._rest_requests = self._counter(
            "rest_client_requests", "Requests to the API server.", "method", "code", "resource"
        )
        self._rest_duration = self._latency(
            "rest_client_request_duration_seconds", "Length of an API server request.", "method", "resource"
        )
        prefix = "inference_operator_remote_request"
        self._remote_requests = self._counter(f"{prefix}s", "Requests to a provider.", "provider", "operation", "code")
        self._remote_duration = self._latency(
            f"{prefix}_duration_seconds", "Length of a provider request.", "provider", "operation"
        )

    def _make_own(self, version: str) -> None:
        def gauge(name: str, text: str, *labels: str) -> Gauge:
            return Gauge(f"inference_operator_{name}", text, labels, registry=self.registry)

        self._observation_age = gauge(
            "observation_age_seconds", "Since an account's remote side was read.", "provider", "account"
        )
        self._leader = Gauge(
            "leader_election_master_status",
            "1 where this process leads, 0 where not.",
            ["name"],
            registry=self.registry,
        )
        self._endpoint_state = gauge("endpoint_state", "Endpoints in a state.", "state")
        self._drift = self._counter("inference_operator_drift", "Drift newly seen.", "provider", "reason")
        # A zero from who did not look yet would end an alert.
        self._orphans = Gauge(
            "inference_operator_orphans", "Endpoints that were let go of and may be billed on.", registry=None
        )
        self._events_dropped = self._counter("inference_operator_events_dropped", "Events given up.", "reason")
        gauge("build_info", "Always 1.", "version").labels(version).set(1)

    def _counter(self, name: str, text: str, *labels: str) -> Counter:
        return Counter(name, text, labels, registry=self.registry)

    def _latency(self, name: str, text: str, *labels: str) -> Histogram:
        return Histogram(name, text, labels, buckets=_REQUEST, registry=self.registry)


def _code(status: int) -> str:
    # As client-go: a request without an answer has the code "<error>".
    return str(status) if status else "<error>"
