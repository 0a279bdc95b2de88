"""The pictures: what matters of the tables."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import matplotlib as mpl

mpl.use("Agg")  # there is no screen

from matplotlib import pyplot as plt
from matplotlib.figure import Figure

from benchmarks.scale import samples as s
from benchmarks.scale.contenders import OPERATOR
from benchmarks.scale.plan import Plan
from benchmarks.scale.report import short
from benchmarks.scale.samples import Metric, Samples

_BLUE, _OTHER, _LIMIT = "#1f6feb", "#9aa4b2", "#d9dee5"
_BARS = (
    (s.POSTED, False),
    (s.READY, False),
    (s.STEADY_CALLS, True),
    (s.STEADY_CPU, False),
    (s.STEADY_RSS, False),
    (s.EDIT_PUTS, False),
)
_CURVES = {
    "memory (MiB)": s.rest_rss,
    "CPU at rest, between readings of all pages (millicores)": s.rest_cpu,
    "cold start, from process to in sync (s)": s.cold_seconds,
}


def plot_work(path: Path, samples: Samples, plan: Plan, machine: dict[str, str]) -> None:
    """Write a PNG of the contenders side by side."""
    figure, axes = plt.subplots(2, 3, figsize=(15, 8), layout="constrained")
    for axis, (metric, logarithmic) in zip(axes.flat, _BARS, strict=True):
        _bars(axis, samples, metric, logarithmic=logarithmic)
    _save(figure, path, f"{plan.size:,} endpoints, bar: median, line: spread", plan, machine)


def plot_rest(path: Path, samples: Samples, plan: Plan, machine: dict[str, str]) -> None:
    """Write a PNG of what grows with the endpoints, and how."""
    figure, axes = plt.subplots(1, 3, figsize=(15, 4.5), layout="constrained")
    for axis, (title, of) in zip(axes.flat, _CURVES.items(), strict=True):
        _curve(axis, title, samples, {count: of(count) for count in plan.settled})
    _save(figure, path, "by settled endpoints", plan, machine)


PLOTS: Final[Mapping[str, Callable[[Path, Samples, Plan, dict[str, str]], None]]] = {
    "work": plot_work,
    "rest": plot_rest,
}


def _save(figure: Figure, path: Path, what: str, plan: Plan, machine: dict[str, str]) -> None:
    figure.suptitle(
        f"{what}; {plan.runs} run{'s' if plan.runs > 1 else ''} - "
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


def _curve(axis: Any, title: str, samples: Samples, metrics: Mapping[int, Metric]) -> None:
    found = {
        count: median for count, metric in metrics.items() if (median := samples.median(metric, OPERATOR)) is not None
    }
    axis.plot(list(found), list(found.values()), marker="o", color=_BLUE)
    for count, median in found.items():
        axis.annotate(short(median), (count, median), textcoords="offset points", xytext=(0, 6), fontsize=8)
    axis.set_ylim(0, 1.25 * max(found.values(), default=1))
    axis.set_title(title, fontsize=10)
