"""A curve in a few characters."""

from collections.abc import Sequence
from itertools import pairwise
from statistics import fmean

_BARS = "▁▂▃▄▅▆▇█"
_NOTHING = " "


def sparkline(values: Sequence[float | None], width: int = 30) -> str:
    """At most `width` bars, from the lowest value to the highest; blank where there is none, level where all are equal.

    Neighbours share a bar by their mean where there are more values than bars.
    """
    shared = [_mean(group) for group in _groups(values, width)]
    known = [value for value in shared if value is not None]
    if not known:
        return ""
    lowest, span = min(known), max(known) - min(known)
    return "".join(_NOTHING if value is None else _bar(value - lowest, span) for value in shared)


def _groups(values: Sequence[float | None], width: int) -> list[Sequence[float | None]]:
    count = min(width, len(values))
    edges = [len(values) * number // count for number in range(count + 1)] if count else []
    return [values[start:stop] for start, stop in pairwise(edges)]


def _mean(group: Sequence[float | None]) -> float | None:
    known = [value for value in group if value is not None]
    return fmean(known) if known else None


def _bar(height: float, span: float) -> str:
    return _BARS[round(height / span * (len(_BARS) - 1))] if span > 0 else _BARS[0]
