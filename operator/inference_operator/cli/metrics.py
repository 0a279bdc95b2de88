"""`inference-operator metrics`: how an endpoint fares, in figures and, for a person at a terminal, in curves."""

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from inference_operator.api.names import DEFAULT_OPERATOR_NAMESPACE
from inference_operator.cli.access import Access
from inference_operator.cli.options import (
    Form,
    Kubeconfig,
    Name,
    Namespace,
    OperatorNamespace,
    ReplicaId,
    Since,
    Until,
)
from inference_operator.cli.output import Output, print_json, print_line, print_table, to_terminal
from inference_operator.cli.sentences import CommandError, plain_errors
from inference_operator.cli.sparkline import sparkline
from inference_operator.core.insight import Curve, Metrics, Quantity, Window

_WINDOW = timedelta(hours=1)
_TITLES = ("METRIC", "OF", "LATEST", "OVERALL", "HIGHEST")
_WORDS = {
    Quantity.LATENCY: "latency",
    Quantity.REQUESTS: "requests",
    Quantity.PENDING_REQUESTS: "pending requests",
    Quantity.REPLICAS: "replicas",
    Quantity.CPU: "CPU",
    Quantity.MEMORY: "memory",
    Quantity.ACCELERATOR: "accelerator",
    Quantity.ACCELERATOR_MEMORY: "accelerator memory",
    Quantity.TIME_TO_FIRST_TOKEN: "time to first token",
    Quantity.INTER_TOKEN_LATENCY: "inter-token latency",
    Quantity.KV_CACHE: "KV cache",
    Quantity.PREFIX_CACHE: "prefix cache",
    Quantity.ENGINE_RUNNING: "engine, running",
    Quantity.ENGINE_WAITING: "engine, waiting",
}


@dataclass(frozen=True, slots=True)
class _Question:
    name: str
    window: Window
    replica: str | None


def metrics(
    name: Name,
    *,
    namespace: Namespace = "default",
    since: Since = None,
    until: Until = None,
    replica: ReplicaId = None,
    output: Form = Output.TABLE,
    kubeconfig: Kubeconfig = None,
    operator_namespace: OperatorNamespace = DEFAULT_OPERATOR_NAMESPACE,
) -> None:
    """Print what was measured of an InferenceEndpoint, by default over the last hour.

    OVERALL is the figure for the whole time: the percentile of all requests, their number, else the mean. The error
    rate counts answers with 5xx. The token is the account's Secret if you may read it, else HF_TOKEN.

    Example: inference-operator metrics sentiment -n team-a --since 30m
    """
    with plain_errors():
        question = _Question(name, _window(since, until), replica)
        found = asyncio.run(_metrics(Access(kubeconfig, namespace, operator_namespace), question))
    if output is Output.JSON:
        print_json(_document(found))
    else:
        _print(found)


def _window(since: datetime | None, until: datetime | None) -> Window:
    stop = until or datetime.now(UTC)
    start = since or stop - _WINDOW
    if start >= stop:
        raise CommandError("--since is not before --until. Give an earlier --since.")
    return Window(start, stop)


async def _metrics(access: Access, question: _Question) -> Metrics:
    from inference_operator.cli.remote import remote_endpoint

    async with remote_endpoint(access, question.name) as remote:
        return await remote.connection.metrics(remote.name, question.window, replica=question.replica)


def _print(found: Metrics) -> None:
    print_line(f"From       {_moment(found.window.start)} to {_moment(found.window.stop)}")
    print_line(f"Requests   {_figure(found.requests)}, {_figure(found.request_rate)} per second")
    percent = None if found.error_rate is None else found.error_rate * 100
    print_line(f"Errors     {_figure(percent, '%')}")
    print_line("")
    drawn = to_terminal()
    print_table((*_TITLES, "TREND") if drawn else _TITLES, (_row(curve, drawn=drawn) for curve in found.curves))


def _row(curve: Curve, *, drawn: bool) -> tuple[str, ...]:
    figures = (curve.latest, curve.overall, curve.highest)
    row = (_WORDS[curve.quantity], curve.label, *(_figure(one, curve.quantity.unit) for one in figures))
    return (*row, sparkline([point.value for point in curve.points])) if drawn else row


def _figure(value: float | None, unit: str = "") -> str:
    return "-" if value is None else f"{value:.4g}{' ' if unit else ''}{unit}"


def _moment(time: datetime) -> str:
    return time.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def _document(found: Metrics) -> dict[str, Any]:
    return {
        "start": _moment(found.window.start),
        "stop": _moment(found.window.stop),
        "requests": found.requests,
        "requestsPerSecond": found.request_rate,
        "errorRate": found.error_rate,
        "replicas": list(found.replicas),
        "metrics": [
            {
                "metric": curve.quantity.value,
                "of": curve.label,
                "unit": curve.quantity.unit,
                "latest": curve.latest,
                "overall": curve.overall,
                "highest": curve.highest,
                "points": [{"time": point.at, "value": point.value} for point in curve.points],
            }
            for curve in found.curves
        ],
    }
