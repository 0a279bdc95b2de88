"""The vendor's graphs (`AllGraphs` of its contract), read tolerantly: a series that makes no sense is left out.

Units are nowhere documented for the graphs; they are those of the vendor's OpenMetrics text: seconds and percent.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from inference_operator.core.errors import Operation
from inference_operator.core.insight import Curve, Metrics, Point, Quantity, Window
from inference_operator.providers.http import Answer
from inference_operator.providers.huggingface.errors import malformed

_PLAIN = (
    ("responseElapsed", Quantity.LATENCY, "percentile"),
    ("responseStatusCodeGrouped", Quantity.REQUESTS, "statusCode"),
    ("pendingRequest", Quantity.PENDING_REQUESTS, "status"),
    ("replicasRunning", Quantity.REPLICAS, "status"),
    ("hardwareCpu", Quantity.CPU, "replicaId"),
    ("hardwareMem", Quantity.MEMORY, "replicaId"),
    ("hardwareGpu", Quantity.ACCELERATOR, "replicaId"),
    ("hardwareGpuMem", Quantity.ACCELERATOR_MEMORY, "replicaId"),
)
_ENGINE = (
    (("ttft",), Quantity.TIME_TO_FIRST_TOKEN),
    (("itl",), Quantity.INTER_TOKEN_LATENCY),
    (("kvCache",), Quantity.KV_CACHE),
    (("prefixCache",), Quantity.PREFIX_CACHE),
    (("requests", "running"), Quantity.ENGINE_RUNNING),
    (("requests", "waiting"), Quantity.ENGINE_WAITING),
)
_LARGEST = 1e15
"""More is no measurement, and sums of it would leave the range of numbers."""
_DEVICES = frozenset({Quantity.ACCELERATOR, Quantity.ACCELERATOR_MEMORY})


def metrics(answer: Answer, window: Window) -> Metrics:
    """The curves of a successful answer about `window`. Raises MALFORMED where it is no object."""
    if not isinstance(answer.body, Mapping):
        raise malformed(Operation.METRICS, answer)
    ids = answer.body.get("replicaIds")
    return Metrics(
        window=window,
        replicas=tuple(one for one in ids if isinstance(one, str)) if isinstance(ids, list) else (),
        curves=tuple(_curves(answer.body)),
    )


def _curves(body: Mapping[str, Any]) -> Iterator[Curve]:
    for graph, quantity, label in _PLAIN:
        yield from _series(_level(body, graph), quantity, label)
    inference = _level(body, "inference")
    for path, quantity in _ENGINE:
        graph_of_engine: Any = inference
        for part in path:
            graph_of_engine = _level(graph_of_engine, part)
        yield from _series(graph_of_engine, quantity, "replicaId")


def _series(graph: Any, quantity: Quantity, label: str) -> Iterator[Curve]:
    found = graph.get("series") if isinstance(graph, Mapping) else None
    for one in found if isinstance(found, list) else ():
        if isinstance(one, Mapping) and isinstance(one.get(label), str):
            yield Curve(
                quantity=quantity,
                label=_label(one, quantity, label),
                points=tuple(_points(one.get("data"))),
                whole=_number(one.get("sum" if quantity is Quantity.REQUESTS else "summary")),
                peak=_number(one.get("max")),
            )


def _label(series: Mapping[str, Any], quantity: Quantity, label: str) -> str:
    device = series.get("deviceId")
    numbered = quantity in _DEVICES and isinstance(device, int)
    return f"{series[label]}/{device}" if numbered else str(series[label])


def _points(data: Any) -> Iterator[Point]:
    for point in data if isinstance(data, list) else ():
        if isinstance(point, Mapping) and isinstance(point.get("x"), str):
            yield Point(point["x"], _number(point.get("y")))


def _level(above: Any, key: str) -> Any:
    return above.get(key) if isinstance(above, Mapping) else None


def _number(value: Any) -> float | None:
    if not isinstance(value, int | float) or isinstance(value, bool):
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    # No such number either: the comparison is false for NaN.
    return number if abs(number) <= _LARGEST else None
