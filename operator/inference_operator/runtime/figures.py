"""The figures of endpoints that a monitoring system adds up, and their sums, kept as endpoints come and go.

A scrape costs the same however many endpoints there are: those that look alike count as one figure with a number.
"""

from collections import Counter
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, NamedTuple


class Said(NamedTuple):
    """What one condition says."""

    type: str
    status: str
    reason: str


class Cost(NamedTuple):
    """What an hour costs: units of the currency, as a decimal number."""

    currency: str
    hourly: str


class Figures(NamedTuple):
    """What one endpoint adds to the sums."""

    state: str
    ready_replicas: int
    target_replicas: int
    cost: Cost | None
    conditions: tuple[Said, ...]

    @classmethod
    def of(cls, status: Mapping[str, Any]) -> "Figures":
        """The figures that a status gives; endpoints that look alike share one, for there are many of them."""
        cost = status.get("cost") or {}
        return _shared(
            cls(
                state=status.get("state") or "unknown",
                ready_replicas=status.get("readyReplica") or 0,
                target_replicas=status.get("targetReplica") or 0,
                cost=Cost(cost["currency"], cost["hourlyNow"]) if {"currency", "hourlyNow"} <= cost.keys() else None,
                conditions=tuple(
                    Said(one.get("type", ""), one.get("status", ""), one.get("reason", ""))
                    for one in status.get("conditions") or ()
                ),
            )
        )


@lru_cache(maxsize=1024)
def _shared(figures: Figures) -> Figures:
    return figures


class Tally:
    """How many endpoints have which figures."""

    def __init__(self) -> None:
        self._counts: Counter[Figures] = Counter()

    def exchange(self, before: Figures | None, now: Figures | None) -> None:
        """One endpoint has other figures now; None where it was not there before, or is not any more."""
        if now is not None:
            self._counts[now] += 1
        if before is not None:
            self._counts[before] -= 1
            if not self._counts[before]:
                del self._counts[before]

    def counts(self) -> Mapping[Figures, int]:
        """The figures, with the number of endpoints that have them."""
        return self._counts
