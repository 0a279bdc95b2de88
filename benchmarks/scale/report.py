"""The numbers as tables: the median, the spread, and how many times the operator's."""

import json
import statistics
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.scale import samples as s
from benchmarks.scale.plan import Plan
from benchmarks.scale.replay import BARE_HTTP, BARE_KUBE
from benchmarks.scale.samples import Metric, Samples

WORK = (
    *(s.POSTED, s.READY, s.CREATE_REMOTE, s.CREATE_READS, s.CREATE_KUBE, s.CREATE_CPU),
    *(s.CREATE_API_CPU, s.CREATE_PROVIDER_CPU, s.CREATE_USER_CPU),
    *(s.STEADY_CALLS, s.STEADY_KUBE, s.STEADY_CPU, s.STEADY_RSS),
    *(s.DRIFT, s.EDIT_SECONDS, s.EDIT_SENT, s.EDIT_PUTS, s.SINGLE_POST, s.SINGLE_READY),
)


def rest_metrics(plan: Plan) -> list[Metric]:
    """The metrics of cold starts and of rest."""
    kinds = (s.cold_seconds, s.cold_calls, s.cold_pages, s.cold_writes, s.rest_rss, s.grown_rss, s.rest_cpu)
    return [kind(count) for count in plan.settled for kind in kinds]


def tables(samples: Samples, plan: Plan) -> list[list[list[str]]]:
    """Tables as rows of cells, the first row being the head."""
    return [table for metrics in (WORK, rest_metrics(plan)) if (table := _table(samples, metrics))[1:]]


def _table(samples: Samples, metrics: tuple[Metric, ...] | list[Metric]) -> list[list[str]]:
    names = samples.contenders(metrics)
    rows = [["", *names]]
    for metric in metrics:
        if metric in samples.values:
            unit = f"{metric.title} ({metric.unit})"
            rows.append([unit, *(_cell(samples.of(metric, name)) for name in names)])
    return rows


def _cell(values: list[float]) -> str:
    if not values:
        return ""
    median, low, high = (short(value) for value in (statistics.median(values), min(values), max(values)))
    return median if low == high else f"{median} ({low}-{high})"


def short(value: float) -> str:
    """Three figures, or all before the point."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"


def ratios(samples: Samples) -> list[str]:
    """What the project promises as ratios, from the medians."""
    operator, hub = (samples.median(s.POSTED, name) for name in ("operator", "hub client"))
    http, kube = (samples.median(s.POSTED, name) for name in (BARE_HTTP, BARE_KUBE))
    if operator is None or hub is None or http is None or kube is None:
        return []
    limit = max(http, kube)
    ready = samples.median(s.READY, "operator") or 0.0
    return [
        f"all running / slower bare limit: {ready / limit:.2f}",
        f"last POST / slower bare limit: {operator / limit:.2f} (promised <= 1.25)",
        f"last POST / the vendor's client in a loop: {operator / hub:.2f} (promised < 1)",
    ]


def remarks(samples: Samples, plan: Plan) -> list[str]:
    """The ratios, and what a reader of the tables has to know."""
    explained = [f"{metric.title}: {metric.more}." for metric in samples.values if metric.more]
    edited = f"Each endpoint was edited {plan.edits} times, one edit right after the other."
    return [*ratios(samples), *([edited] if s.EDIT_PUTS in samples.values else []), *explained, *samples.notes]


def text(table: list[list[str]]) -> str:
    """A table for a terminal."""
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    return "\n".join("  " + "  ".join(_padded(row, widths)) for row in table)


def _padded(row: list[str], widths: list[int]) -> list[str]:
    head, *cells = zip(row, widths, strict=True)
    return [head[0].ljust(head[1]), *(cell.rjust(width) for cell, width in cells)]


def markdown(table: list[list[str]]) -> str:
    """A table for documentation."""
    head, *rows = (f"| {' | '.join(row)} |" for row in table)
    rule = f"|---|{'---:|' * (len(table[0]) - 1)}"
    return "\n".join([head, rule, *rows])


def write_raw(path: Path, samples: Samples, plan: Plan, machine: dict[str, str]) -> None:
    """Everything that was measured, as JSON."""
    document = {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": machine,
        "plan": asdict(plan),
        "notes": samples.notes,
        "samples": [
            {"metric": metric.title, "unit": metric.unit, "contender": name, "values": values}
            for metric, found in samples.values.items()
            for name, values in found.items()
        ],
    }
    path.write_text(json.dumps(document, indent=1) + "\n")


def read_raw(path: Path, samples: Samples, plan: Plan) -> None:
    """Take in what was measured before. Raises ValueError where that was of another size."""
    document = json.loads(path.read_text())
    if document["plan"] != asdict(plan):
        raise ValueError(f"{path} is of {document['plan']}, and this is {asdict(plan)}")
    known = {metric.title: metric for metric in (*WORK, *rest_metrics(plan))}
    for one in document["samples"]:
        samples.add(known[one["metric"]], one["contender"], *one["values"])
    samples.notes += document["notes"]
    samples.note(f"Measured apart, at {document['at']}: {', '.join(_parts(document))}.")


def _parts(document: dict[str, Any]) -> list[str]:
    return list(dict.fromkeys(one["metric"].partition(":")[0] for one in document["samples"]))
