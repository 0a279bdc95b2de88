"""Every metric of the operator, as data: what makes them and the reference page both read this.

Names and labels that controller-runtime and client-go already gave a meaning are taken from there, so that dashboards
and alerts for controllers work as they are. Ours begin with `inference_operator_`. No label holds the name of an
endpoint unless `--per-endpoint-metrics` is on: the number of series grows with accounts and states, not with objects.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal

# controller-runtime's buckets of reconcile time, in seconds.
_RECONCILE: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)
_REQUEST: Final = (0.005, 0.025, 0.1, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 15.0, 30.0, 60.0)
_QUEUE: Final = (0.001, 0.01, 0.1, 1.0, 10.0, 100.0, 1000.0)

EACH: Final = ("namespace", "name")
"""The labels that `--per-endpoint-metrics` adds."""


@dataclass(frozen=True, slots=True)
class Instrument:
    """One metric. `name` is as it is exposed. `each`: it has a series for each endpoint where that is switched on."""

    name: str
    kind: Literal["counter", "gauge", "histogram"]
    labels: tuple[str, ...]
    text: str
    buckets: tuple[float, ...] = ()
    each: bool = False


def _counter(name: str, text: str, *labels: str) -> Instrument:
    return Instrument(name, "counter", labels, text)


def _gauge(name: str, text: str, *labels: str, each: bool = False) -> Instrument:
    return Instrument(name, "gauge", labels, text, each=each)


def _seconds(name: str, text: str, buckets: tuple[float, ...], *labels: str) -> Instrument:
    return Instrument(name, "histogram", labels, text, buckets)


ENDPOINT_STATE: Final = _gauge(
    "inference_operator_endpoint_state", "Endpoints whose status.state is this.", "state", each=True
)
ENDPOINT_CONDITION: Final = _gauge(
    "inference_operator_endpoint_condition",
    "Endpoints with a condition of this type, status and reason.",
    *("type", "status", "reason"),
    each=True,
)
READY_REPLICAS: Final = _gauge("inference_operator_ready_replicas", "Replicas that serve.", each=True)
TARGET_REPLICAS: Final = _gauge("inference_operator_target_replicas", "Replicas that the provider aims at.", each=True)
HOURLY_COST: Final = _gauge(
    "inference_operator_hourly_cost",
    "What an hour costs at the present number of replicas, in units of the currency.",
    "currency",
    each=True,
)
DRIFT: Final = _counter(
    "inference_operator_drift_total", "Drift newly seen, by the condition's reason.", "provider", "reason"
)
ORPHANS: Final = _gauge(
    "inference_operator_orphans",
    "Remote endpoints that were let go of and may be billed on. No series before they were counted once.",
)
EVENTS_DROPPED: Final = _counter(
    "inference_operator_events_dropped_total", "Kubernetes Events that were given up.", "reason"
)

ACCOUNT_READY: Final = _gauge(
    "inference_operator_account_ready",
    "1 where the account can be used, 0 where not; the reason is its condition's, Ready where nothing is wrong.",
    *("provider", "account", "reason"),
)
OBSERVATION_AGE: Final = _gauge(
    "inference_operator_observation_age_seconds",
    "Since the account's remote side was read last. No series before the first reading.",
    *("provider", "account"),
)
CIRCUIT_OPEN: Final = _gauge(
    "inference_operator_account_circuit_open",
    "1 while too many calls failed in a row, and endpoints of the account are not worked on.",
    *("provider", "account"),
)
ASKED_TO_WAIT: Final = _gauge(
    "inference_operator_account_wait_seconds",
    "For how long the provider still asks the account to wait.",
    *("provider", "account"),
)

REMOTE_REQUESTS: Final = _counter(
    "inference_operator_remote_requests_total",
    "Requests to a provider; the code of one without an answer is <error>.",
    *("provider", "operation", "code"),
)
REMOTE_DURATION: Final = _seconds(
    "inference_operator_remote_request_duration_seconds",
    "Length of a request to a provider.",
    _REQUEST,
    *("provider", "operation"),
)
REMOTE_CHANGES: Final = _counter(
    "inference_operator_remote_changes_total",
    "Changes of remote endpoints, each a line of the change log; outcome is done, refused or unconfirmed.",
    *("provider", "change", "outcome"),
)

QUEUE_DEPTH: Final = _gauge("workqueue_depth", "Keys that are ready.", "name")
QUEUE_ADDS: Final = _counter("workqueue_adds_total", "Keys added.", "name")
QUEUE_RETRIES: Final = _counter("workqueue_retries_total", "Back-offs.", "name")
QUEUE_WAITED: Final = _seconds("workqueue_queue_duration_seconds", "From ready until in work.", _QUEUE, "name")
QUEUE_WORKED: Final = _seconds("workqueue_work_duration_seconds", "In work.", _QUEUE, "name")
QUEUE_UNFINISHED: Final = _gauge(
    "workqueue_unfinished_work_seconds", "What is in work has been so for this long, added up.", "name"
)
QUEUE_LONGEST: Final = _gauge(
    "workqueue_longest_running_processor_seconds", "What is in work longest has been so for this long.", "name"
)

RECONCILES: Final = _counter(
    "controller_runtime_reconcile_total",
    "Reconciles; result is success, requeue_after or error.",
    *("controller", "result"),
)
RECONCILE_ERRORS: Final = _counter(
    "controller_runtime_reconcile_errors_total", "Reconciles that ended with a failure.", "controller"
)
TERMINAL_ERRORS: Final = _counter(
    "controller_runtime_terminal_reconcile_errors_total", "Of these, those that wait for a person.", "controller"
)
RECONCILE_TIME: Final = _seconds(
    "controller_runtime_reconcile_time_seconds", "Length of a reconcile.", _RECONCILE, "controller"
)
ACTIVE_WORKERS: Final = _gauge("controller_runtime_active_workers", "Resources in work.", "controller")
MAX_WORKERS: Final = _gauge(
    "controller_runtime_max_concurrent_reconciles", "Resources in work at most: --workers.", "controller"
)
LEADER: Final = _gauge(
    "leader_election_master_status", "1 where this process holds the Lease of this name, 0 where not.", "name"
)

API_REQUESTS: Final = _counter(
    "rest_client_requests_total",
    "Requests to the API server, watches apart; the code of one without an answer is <error>.",
    *("method", "code", "resource"),
)
API_DURATION: Final = _seconds(
    "rest_client_request_duration_seconds", "Length of a request to the API server.", _REQUEST, "method", "resource"
)

BUILD_INFO: Final = _gauge("inference_operator_build_info", "Always 1.", "version")
PROCESS: Final = (
    _gauge("process_virtual_memory_bytes", "Virtual memory."),
    _gauge("process_resident_memory_bytes", "Memory in RAM."),
    _gauge("process_start_time_seconds", "When the process began, in seconds since 1970."),
    _counter("process_cpu_seconds_total", "Processor time used."),
    _gauge("process_open_fds", "Open file descriptors."),
    _gauge("process_max_fds", "File descriptors that may be open."),
)
"""What prometheus_client tells of the process; on Linux alone."""

SECTIONS: Final = {
    "Endpoints": (
        *(ENDPOINT_STATE, ENDPOINT_CONDITION, READY_REPLICAS, TARGET_REPLICAS, HOURLY_COST),
        *(DRIFT, ORPHANS, EVENTS_DROPPED),
    ),
    "Accounts": (ACCOUNT_READY, OBSERVATION_AGE, CIRCUIT_OPEN, ASKED_TO_WAIT),
    "Providers": (REMOTE_REQUESTS, REMOTE_DURATION, REMOTE_CHANGES),
    "Work queue": (
        *(QUEUE_DEPTH, QUEUE_ADDS, QUEUE_RETRIES, QUEUE_WAITED, QUEUE_WORKED),
        *(QUEUE_UNFINISHED, QUEUE_LONGEST),
    ),
    "Controller": (
        *(RECONCILES, RECONCILE_ERRORS, TERMINAL_ERRORS, RECONCILE_TIME),
        *(ACTIVE_WORKERS, MAX_WORKERS, LEADER),
    ),
    "API server": (API_REQUESTS, API_DURATION),
    "Process": (BUILD_INFO, *PROCESS),
}
"""All of them, as the reference page groups them."""


def instruments() -> Iterator[Instrument]:
    """All of them, one after the other."""
    for section in SECTIONS.values():
        yield from section
