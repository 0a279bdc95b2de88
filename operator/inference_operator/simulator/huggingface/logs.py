"""Container logs: the same few lines for the same life, so that tests can read them twice."""

from dataclasses import dataclass
from typing import Any

from inference_operator.simulator.huggingface.record import Record, timestamp
from inference_operator.simulator.huggingface.replicas import replica_ids

_STARTING = (
    (0.001, "info", "Preparing container"),
    (0.002, "info", "Downloading {repository}"),
    (0.003, "warning", "No quantization configured"),
)
_SERVING = ((0.004, "info", "Application startup complete."),)
_FAILING = (
    (0.004, "error", "Traceback (most recent call last):"),
    (0.005, "error", 'RuntimeError: can\'t load "{repository}": the simulated start failed'),
)


@dataclass(frozen=True, slots=True)
class Line:
    """One log line; `at` in seconds since 1970."""

    at: float
    level: str
    text: str
    replica: str

    def entry(self, width: int | None) -> dict[str, Any]:
        """Return the line as the v3 logs write it, cut to `width` characters."""
        return {
            "timestamp": timestamp(self.at, digits=9),
            "line": self.text[:width],
            "stream": "stderr" if self.level == "error" else "stdout",
            "replica_id": self.replica,
            "level": self.level,
        }


def lines(record: Record) -> list[Line]:
    """Return the lines of all replicas that exist, in the order of time."""
    life = record.lifecycle
    repository = record.configuration["model"]["repository"]
    said: tuple[tuple[float, str, str], ...] = () if life.state == "pending" else _STARTING
    if life.state in {"failed", "updateFailed"}:
        said += _FAILING
    elif life.ready:
        said += _SERVING
    found = [
        Line(life.since + after, level, text.format(repository=repository), replica)
        for replica in replica_ids(record)
        for after, level, text in said
    ]
    return sorted(found, key=lambda line: (line.at, line.replica))
