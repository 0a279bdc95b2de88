"""What a reader of the tables has to know: ratios to others, percentiles, and what is counted."""

import math
from collections.abc import Sequence

from benchmarks.scale import samples as s
from benchmarks.scale.contenders import BARE_KUBE, HUB, HUB_THREADS, KOPF, OPERATOR
from benchmarks.scale.plan import Plan
from benchmarks.scale.report import cell, short
from benchmarks.scale.samples import Metric, Samples

_COMPARED = (
    (
        s.POSTED,
        s.POSTED,
        BARE_KUBE,
        "last POST / all requests of bare Kubernetes",
        "promised <= 1.25",
    ),
    (s.READY, s.POSTED, BARE_KUBE, "all running / all requests of bare Kubernetes, which waits for no provider", ""),
    (s.POSTED, s.POSTED, HUB, f"last POST / {HUB}, one call after another", "promised < 1"),
    (s.POSTED, s.POSTED, HUB_THREADS, f"last POST / {HUB_THREADS}, without a limit", ""),
    (s.POSTED, s.POSTED, KOPF, f"last POST / {KOPF}, without a limit", ""),
)
_NEARLY_ALL = ((s.SINGLE_POST, 0.99, "promised <= 500"), (s.SINGLE_READY, 0.95, "promised <= 5"))


def remarks(samples: Samples, plan: Plan, metrics: Sequence[Metric]) -> list[str]:
    """All of them that are of these metrics, a line each."""
    edited = [
        f"Each endpoint was edited {plan.edits} times, one edit right after the other.",
        f"{HUB}: one edit of each was carried out, and multiplied. A loop remembers nothing: each is a call.",
    ]
    return [
        *_ratios(samples, metrics),
        *_percentiles(samples, metrics),
        *(edited if s.EDIT_PUTS in metrics else []),
        *(f"{metric.title}: {metric.more}." for metric in metrics if metric.more),
    ]


def _ratios(samples: Samples, metrics: Sequence[Metric]) -> list[str]:
    """The operator's to others', of each run by itself: they took turns within it."""
    found = []
    for metric, of_other, other, title, promised in _COMPARED:
        pairs = zip(samples.of(metric, OPERATOR), samples.of(of_other, other), strict=False)
        if metric in metrics and (values := [mine / theirs for mine, theirs in pairs]):
            found.append(": ".join([title, cell(values)]) + (f"; {promised}" if promised else ""))
    return found


def _percentiles(samples: Samples, metrics: Sequence[Metric]) -> list[str]:
    """What is promised for nearly all, of all runs together."""
    return [
        f"{metric.title}: p{100 * share:.0f} of {len(values)} is {short(_percentile(values, share))} {metric.unit}; "
        f"{promised}"
        for metric, share, promised in _NEARLY_ALL
        if metric in metrics and (values := samples.of(metric, OPERATOR))
    ]


def _percentile(values: Sequence[float], share: float) -> float:
    return sorted(values)[math.ceil(share * len(values)) - 1]
