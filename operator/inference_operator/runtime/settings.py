"""What the operator is told at its start, and nothing that it could find out by itself."""

import os
from dataclasses import dataclass
from pathlib import Path

from inference_operator.api.names import DEFAULT_OPERATOR_NAMESPACE

_NAMESPACE_FILE = Path("/var/run/secrets/kubernetes.io/serviceaccount/namespace")


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The operator's settings; each but the last is a flag of `inference-operator run`.

    `kubeconfig`: path; None in a cluster, else KUBECONFIG or ~/.kube/config.
    `namespaces`: where it works; empty means everywhere.
    `allow_base_urls`: provider API addresses that accounts may name beside the vendors' own.
    `cluster_id`: stands for this cluster in ownership markers; None means the UID of kube-system.
    `operator_namespace`: where the Secrets of cluster accounts and the operator's own are.
    `leader_elect`: whether it writes only while it holds the Lease `lease_name` of that namespace; without, no other
    may run beside it. `lease_duration`: seconds after which another one takes over a lease that is not renewed.
    `workers`: resources worked on at once. `max_in_flight`: calls under way at once per account.
    `provider_timeout`: seconds to wait for a provider's answer.
    `openmetrics`: also serve the provider's metrics of single endpoints, on the metrics port.
    `per_endpoint_metrics`: the operator's own metrics name each endpoint. `tracing`: send traces over OTLP.
    `drain_seconds`: how long a stop waits for what is in work.
    """

    kubeconfig: str | None = None
    namespaces: tuple[str, ...] = ()
    allow_base_urls: tuple[str, ...] = ()
    cluster_id: str | None = None
    operator_namespace: str = DEFAULT_OPERATOR_NAMESPACE
    leader_elect: bool = True
    lease_name: str = "inference-operator"
    lease_duration: int = 15
    workers: int = 128
    max_in_flight: int = 20
    provider_timeout: float = 30.0
    health_port: int | None = 8080
    metrics_port: int | None = 8081
    openmetrics: bool = False
    per_endpoint_metrics: bool = False
    tracing: bool = False
    log_level: str = "INFO"
    log_format: str = "json"
    drain_seconds: float = 20.0


def own_namespace() -> str:
    """The namespace that the operator's pod runs in, or the one that the manifests install it into."""
    if from_environment := os.environ.get("POD_NAMESPACE"):
        return from_environment
    try:
        return _NAMESPACE_FILE.read_text().strip()
    except OSError:
        return DEFAULT_OPERATOR_NAMESPACE
