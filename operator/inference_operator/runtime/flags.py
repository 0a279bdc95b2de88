"""The flags of `inference-operator run`: one for each setting, in the order of the help."""

import argparse
from collections.abc import Callable, Sequence
from typing import Any

from inference_operator.runtime.settings import Settings, own_namespace

Add = Callable[..., Any]

_DEFAULT = Settings()
_SHORTEST_LEASE = 3
_EXAMPLE = """example:
  inference-operator run --kubeconfig ~/.kube/config --namespace team-a --log-format text
"""


def parse(arguments: Sequence[str]) -> Settings:
    """The settings that the flags say."""
    parser = parser_of_flags()
    flags = parser.parse_args(arguments)
    if flags.openmetrics and flags.metrics_port < 0:
        parser.error("--openmetrics is served on the metrics port, which --metrics-port -1 turns off")
    return Settings(
        kubeconfig=flags.kubeconfig,
        namespaces=tuple(flags.namespace),
        allow_base_urls=tuple(flags.allow_base_url),
        cluster_id=flags.cluster_id,
        operator_namespace=flags.operator_namespace or own_namespace(),
        leader_elect=flags.leader_elect,
        lease_name=flags.lease_name,
        lease_duration=flags.lease_duration,
        workers=flags.workers,
        max_in_flight=flags.max_in_flight,
        provider_timeout=flags.provider_timeout,
        health_port=flags.health_port if flags.health_port >= 0 else None,
        metrics_port=flags.metrics_port if flags.metrics_port >= 0 else None,
        openmetrics=flags.openmetrics,
        per_endpoint_metrics=flags.per_endpoint_metrics,
        tracing=flags.tracing,
        log_level=flags.log_level,
        log_format=flags.log_format,
    )


def parser_of_flags() -> argparse.ArgumentParser:
    """What reads the flags; the reference page is made from it too."""
    parser = argparse.ArgumentParser(
        prog="inference-operator run",
        description="Run the operator.",
        epilog=_EXAMPLE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    for some in (_place, _leadership, _pace, _ports, _telling):
        some(parser.add_argument)
    return parser


def _place(add: Add) -> None:
    add("--kubeconfig", metavar="FILE", help="how to reach the cluster; in a pod its service account is used")
    add(
        "--namespace",
        metavar="NS",
        action="append",
        default=[],
        help="work in this namespace only (repeatable)",
    )
    add(
        "--allow-base-url",
        metavar="URL",
        action="append",
        default=[],
        help="a provider API address that accounts may name beside the vendors' own (repeatable)",
    )
    add(
        "--cluster-id",
        metavar="ID",
        help="stands for this cluster in ownership markers; default: kube-system's UID",
    )
    add(
        "--operator-namespace",
        metavar="NS",
        help="where the operator's own Secrets are; default: the pod's namespace",
    )


def _leadership(add: Add) -> None:
    add(
        "--leader-elect",
        action=argparse.BooleanOptionalAction,
        default=_DEFAULT.leader_elect,
        help="write only while holding the Lease, so that several replicas may run (default on)",
    )
    add(
        "--lease-name",
        default=_DEFAULT.lease_name,
        metavar="NAME",
        help=f"the Lease, in the operator's namespace (default {_DEFAULT.lease_name})",
    )
    add(
        "--lease-duration",
        type=_at_least(_SHORTEST_LEASE),
        default=_DEFAULT.lease_duration,
        metavar="S",
        help=f"seconds after which a standby takes over from one that died; at least {_SHORTEST_LEASE} "
        f"(default {_DEFAULT.lease_duration})",
    )


def _pace(add: Add) -> None:
    add(
        "--workers",
        type=_at_least(1),
        default=_DEFAULT.workers,
        metavar="N",
        help=f"resources worked on at once (default {_DEFAULT.workers})",
    )
    add(
        "--max-in-flight",
        type=_at_least(1),
        default=_DEFAULT.max_in_flight,
        metavar="N",
        help=f"calls under way at once per account (default {_DEFAULT.max_in_flight})",
    )
    add(
        "--provider-timeout",
        type=_seconds,
        default=_DEFAULT.provider_timeout,
        metavar="S",
        help=f"seconds to wait for an answer, the whole of it (default {_DEFAULT.provider_timeout:.0f})",
    )


def _ports(add: Add) -> None:
    add(
        "--health-port",
        type=int,
        default=_DEFAULT.health_port,
        metavar="PORT",
        help=f"/healthz and /readyz; -1 for none (default {_DEFAULT.health_port})",
    )
    add(
        "--metrics-port",
        type=int,
        default=_DEFAULT.metrics_port,
        metavar="PORT",
        help=f"/metrics; -1 for none (default {_DEFAULT.metrics_port})",
    )
    add(
        "--openmetrics",
        action="store_true",
        help="also serve /openmetrics/NAMESPACE/NAME on the metrics port: what the provider measures of one endpoint, "
        "for callers whose bearer token may get it",
    )


def _telling(add: Add) -> None:
    add(
        "--per-endpoint-metrics",
        action="store_true",
        help="metrics of endpoints name each one, in labels namespace and name: as many series as that takes",
    )
    add(
        "--tracing",
        action="store_true",
        help="send traces over OTLP/HTTP, as the variables OTEL_* say; on too where OTEL_EXPORTER_OTLP_ENDPOINT is set",
    )
    levels = ["DEBUG", "INFO", "WARNING", "ERROR"]
    add("--log-level", default=_DEFAULT.log_level, choices=levels, help=f"default {_DEFAULT.log_level}")
    add(
        "--log-format",
        default=_DEFAULT.log_format,
        choices=["json", "text"],
        help=f"default {_DEFAULT.log_format}",
    )


def _at_least(least: int) -> Callable[[str], int]:
    def number(text: str) -> int:
        value = int(text)
        if value < least:
            raise argparse.ArgumentTypeError(f"{value} is less than {least}")
        return value

    number.__name__ = "int"  # argparse names it where the text is no number
    return number


def _seconds(text: str) -> float:
    value = float(text)
    if not 0 < value < float("inf"):
        raise argparse.ArgumentTypeError(f"{text} is no time to wait")
    return value
