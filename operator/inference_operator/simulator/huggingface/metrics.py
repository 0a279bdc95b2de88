"""The vendor's graphs: made up from the asked time window alone, so the same question has the same answer."""

import math
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from inference_operator.simulator.errors import ApiError
from inference_operator.simulator.huggingface.record import Record
from inference_operator.simulator.huggingface.replicas import replica_ids

_POINTS = 30
Curve = Callable[[int], float]


class Window:
    """The time that a graph covers."""

    def __init__(self, start: str, stop: str) -> None:
        self.start, self.stop = _moment(start), _moment(stop)
        if self.stop < self.start:
            raise ApiError(400, "Bad Request: stop must not be before start")

    def document(self) -> dict[str, Any]:
        """Return the part that all windowed graphs share."""
        step = (self.stop - self.start).total_seconds() / _POINTS
        return {"start": _text(self.start), "stop": _text(self.stop), "timeWindowSeconds": math.ceil(step)}

    def points(self, curve: Curve) -> list[dict[str, Any]]:
        """Return the graph of a curve over the window."""
        step: timedelta = (self.stop - self.start) / _POINTS
        return [{"x": _text(self.start + step * number), "y": curve(number)} for number in range(_POINTS)]


def graphs(record: Record, window: Window, replica: str | None) -> dict[str, Any]:
    """Return the document of all graphs, of one replica if given."""
    known = replica_ids(record)
    chosen = [identifier for identifier in known if replica in {None, identifier}]
    over = window.document()
    codes = [{"statusCode": "200", "sum": 60.0, "data": window.points(lambda _: 2.0)}]
    grouped = [{"statusCode": "2xx", "sum": 60.0, "data": window.points(lambda _: 2.0)}]
    ready = float(record.lifecycle.ready)
    return over | {
        "replicaIds": known,
        "responseStatusCode": over | {"series": codes},
        "responseStatusCodeGrouped": over | {"series": grouped},
        "responseElapsed": over | {"series": _latencies(window)},
        "pendingRequest": over | {"series": [{"status": "pending", "data": window.points(lambda _: 0.0)}]},
        "replicasStatus": over | {"replicaIds": known, "series": []},
        "replicasRunning": over
        | {"series": [{"status": "running", "max": ready, "data": window.points(lambda _: ready)}]},
        "hardwareCpu": _hardware(window, chosen, 40.0),
        "hardwareMem": _hardware(window, chosen, 55.0),
        "hardwareGpu": _hardware(window, chosen, 70.0),
        "hardwareGpuMem": _hardware(window, chosen, 80.0),
        "inference": None,
    }


def open_metrics(record: Record) -> str:
    """Return the OpenMetrics text of an endpoint."""
    samples = "".join(f'requests_total{{replica="{replica}",code="200"}} 60\n' for replica in replica_ids(record))
    return f"# TYPE requests counter\n{samples}# EOF\n"


def _constant(value: float) -> Curve:
    return lambda _: value


def _latencies(window: Window) -> list[dict[str, Any]]:
    figures = {"p50": 0.05, "p90": 0.09, "p95": 0.12, "p99": 0.2}
    return [
        {"percentile": name, "summary": value, "data": window.points(_constant(value))}
        for name, value in figures.items()
    ]


def _hardware(window: Window, replicas: list[str], level: float) -> dict[str, Any]:
    series = [
        {
            "replicaId": replica,
            "deviceId": 0,
            "max": level + 9,
            "data": window.points(lambda n: level + n % 10),
        }
        for replica in replicas
    ]
    return {"series": series}


def _moment(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text.upper()).astimezone(UTC)
    except (ValueError, OverflowError):
        raise ApiError(422, f"Failed to deserialize the JSON body into the target type: invalid date {text}") from None


def _text(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
