"""`inference-operator run`: flags, signals, and nothing of the command line's libraries."""

import argparse
import asyncio
import signal
from collections.abc import Sequence

import stamina.instrumentation

from inference_operator.kube.lease import Lost
from inference_operator.runtime.operator import Misconfigured, Operator
from inference_operator.runtime.settings import Settings, own_namespace
from inference_operator.runtime.telemetry import logging as logs
from inference_operator.runtime.telemetry import tracing
from inference_operator.runtime.telemetry.logging import get_logger

_SHORTEST_LEASE = 3
_EXAMPLE = """example:
  inference-operator run --kubeconfig ~/.kube/config --namespace team-a --log-format text
"""


def main(arguments: Sequence[str]) -> int:
    """Run the operator until SIGTERM or SIGINT. Returns the exit code: 0 stopped, 1 failed; misuse exits with 2."""
    settings = parse(arguments)
    stamina.instrumentation.set_on_retry_hooks([])  # metrics count every request; its lines would tell nobody anything
    logs.configure(level=settings.log_level, log_format=settings.log_format)
    try:
        _trace(wanted=settings.tracing)
        asyncio.run(_run(settings))
    except Lost as error:
        get_logger(__name__).error("the lease is lost; ending, so that a fresh start can stand by", why=str(error))
        return 1
    except (Misconfigured, tracing.NotInstalled) as error:
        get_logger(__name__).error("the operator can't work like this", why=str(error))
        return 1
    except Exception as error:
        get_logger(__name__).error("the operator failed", error=f"{type(error).__name__}: {error}", exc_info=True)
        return 1
    finally:
        tracing.stop()
    return 0


def _trace(*, wanted: bool) -> None:
    if wanted:
        tracing.start()
    elif tracing.is_asked_for():
        try:
            tracing.start()
        except tracing.NotInstalled as error:
            # A platform sets the variables for every pod: who did not ask for it here goes without.
            get_logger(__name__).warning("no traces are sent", why=str(error))


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
    add = parser.add_argument
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
    add(
        "--leader-elect",
        action=argparse.BooleanOptionalAction,
        default=True,
        help="write only while holding the Lease, so that several replicas may run (default on)",
    )
    add(
        "--lease-name",
        default="inference-operator",
        metavar="NAME",
        help="the Lease, in the operator's namespace (default inference-operator)",
    )
    add(
        "--lease-duration",
        type=_lease_duration,
        default=15,
        metavar="S",
        help="seconds after which a standby takes over from one that died; at least 3 (default 15)",
    )
    add("--workers", type=int, default=128, metavar="N", help="resources worked on at once (default 128)")
    add(
        "--max-in-flight",
        type=int,
        default=20,
        metavar="N",
        help="calls under way at once per account (default 20)",
    )
    add("--provider-timeout", type=float, default=30.0, metavar="S", help="seconds to wait for an answer (default 30)")
    add(
        "--health-port",
        type=int,
        default=8080,
        metavar="PORT",
        help="/healthz and /readyz; -1 for none (default 8080)",
    )
    add("--metrics-port", type=int, default=8081, metavar="PORT", help="/metrics; -1 for none (default 8081)")
    add(
        "--openmetrics",
        action="store_true",
        help="also serve /openmetrics/NAMESPACE/NAME on the metrics port: what the provider measures of one endpoint, "
        "for callers whose bearer token may get it",
    )
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
    add("--log-level", default="INFO", choices=["DEBUG", "INFO", "WARNING", "ERROR"], help="default INFO")
    add("--log-format", default="json", choices=["json", "text"], help="default json")
    return parser


def _lease_duration(text: str) -> int:
    seconds = int(text)
    if seconds < _SHORTEST_LEASE:
        raise argparse.ArgumentTypeError(f"{seconds} is less than {_SHORTEST_LEASE}")
    return seconds


async def _run(settings: Settings) -> None:
    operator = Operator(settings)
    loop = asyncio.get_running_loop()

    def heed_signals() -> None:
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, operator.stop.set)

    heed_signals()
    await operator.run(on_ready=heed_signals)
