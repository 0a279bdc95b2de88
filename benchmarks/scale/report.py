"""The numbers as tables: the median and the spread."""

import statistics
from collections.abc import Callable, Mapping

from benchmarks.scale import samples as s
from benchmarks.scale.plan import Plan
from benchmarks.scale.samples import Metric, Samples

WORK = (
    *(s.POSTED, s.READY, s.CREATE_REMOTE, s.CREATE_READS, s.CREATE_KUBE, s.CREATE_CPU),
    *(s.CREATE_API_CPU, s.CREATE_PROVIDER_CPU, s.CREATE_USER_CPU),
    *(s.STEADY_CALLS, s.STEADY_KUBE, s.STEADY_CPU, s.STEADY_RSS),
    *(s.DRIFT, s.EDIT_SECONDS, s.EDIT_SENT, s.EDIT_PUTS, s.SINGLE_POST, s.SINGLE_READY),
)


def rest_metrics(plan: Plan) -> list[Metric]:
    """The metrics of cold starts and of rest."""
    cold = (s.cold_seconds, s.cold_calls, s.cold_pages, s.cold_writes)
    kinds = (*cold, s.rest_calls, s.rest_cpu, s.sweep_cpu, s.rest_rss, s.grown_rss)
    return [kind(count) for count in plan.settled for kind in kinds]


PARTS: Mapping[str, Callable[[Plan], list[Metric]]] = {"work": lambda _: [*WORK], "rest": rest_metrics}
"""What each part of a run measures."""


def table(samples: Samples, metrics: list[Metric]) -> list[list[str]]:
    """Rows of cells, the first row being the head; the only one where nothing was measured."""
    names = samples.contenders(metrics)
    rows = [["", *names]]
    for metric in metrics:
        if metric in samples.values:
            unit = f"{metric.title} ({metric.unit})"
            rows.append([unit, *(cell(samples.of(metric, name)) for name in names)])
    return rows


def cell(values: list[float]) -> str:
    """The median, with the smallest and the largest where they differ."""
    if not values:
        return ""
    median, low, high = (short(value) for value in (statistics.median(values), min(values), max(values)))
    return median if low == high else f"{median} ({low}-{high})"


def short(value: float) -> str:
    """Three figures, or all before the point."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"


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
