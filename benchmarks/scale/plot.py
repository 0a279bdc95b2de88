"""The picture: what matters of the tables, as bars with their spread."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import matplotlib as mpl

mpl.use("Agg")  # there is no screen

from matplotlib import pyplot as plt

from benchmarks.scale import samples as s
from benchmarks.scale.contenders import OPERATOR
from benchmarks.scale.plan import Plan
from benchmarks.scale.report import short
from benchmarks.scale.samples import Metric, Samples

_BLUE, _OTHER, _LIMIT = "#1f6feb", "#9aa4b2", "#d9dee5"
_BARS = ((s.POSTED, False), (s.READY, False), (s.STEADY_CALLS, True), (s.STEADY_CPU, False), (s.EDIT_PUTS, False))


def plot(path: Path, samples: Samples, plan: Plan, machine: dict[str, str]) -> None:
    """Write a PNG."""
    figure, axes = plt.subplots(2, 3, figsize=(15, 8), layout="constrained")
    *bars, last = axes.flat
    for axis, (metric, logarithmic) in zip(bars, _BARS, strict=True):
        _bars(axis, samples, metric, logarithmic=logarithmic)
    _memory(last, samples, plan)
    figure.suptitle(
        f"{plan.size:,} endpoints, {plan.runs} run{'s' if plan.runs > 1 else ''} (bar: median, line: spread) - "
        f"{machine['cores']} cores {machine['processor']}, {machine['memory']}, Python {machine['python']}"
    )
    figure.savefig(path, dpi=110)
    plt.close(figure)


def _bars(axis: Any, samples: Samples, metric: Metric, *, logarithmic: bool) -> None:
    names = samples.contenders([metric])
    medians = [samples.median(metric, name) or 0.0 for name in names]
    axis.barh(names, medians, xerr=_spread(samples, metric, names, medians), color=[_colour(name) for name in names])
    for row, name in enumerate(names):
        end = max(samples.of(metric, name))
        axis.annotate(f" {short(medians[row])}", (end, row), va="center", fontsize=8)
    if logarithmic and any(medians):
        axis.set_xscale("symlog", linthresh=1)
    axis.invert_yaxis()
    axis.margins(x=0.2)
    axis.set_title(f"{metric.title} ({metric.unit}{', log' if logarithmic else ''})", fontsize=10)


def _spread(samples: Samples, metric: Metric, names: Sequence[str], medians: Sequence[float]) -> list[list[float]]:
    found = [samples.of(metric, name) for name in names]
    return [
        [median - min(values) for values, median in zip(found, medians, strict=True)],
        [max(values) - median for values, median in zip(found, medians, strict=True)],
    ]


def _colour(name: str) -> str:
    return _BLUE if name == OPERATOR else _LIMIT if name.startswith("bare") else _OTHER


def _memory(axis: Any, samples: Samples, plan: Plan) -> None:
    counts = [count for count in plan.settled if samples.of(s.rest_rss(count), OPERATOR)]
    if not counts:
        axis.set_axis_off()
        return
    medians = [samples.median(s.rest_rss(count), OPERATOR) or 0.0 for count in counts]
    axis.plot(counts, medians, marker="o", color=_BLUE)
    for count, median in zip(counts, medians, strict=True):
        axis.annotate(short(median), (count, median), textcoords="offset points", xytext=(0, 6), fontsize=8)
    axis.set_ylim(0, 1.25 * max(medians, default=1))
    axis.set_xlabel("settled endpoints")
    axis.set_title("operator's memory by settled endpoints (MiB)", fontsize=10)
