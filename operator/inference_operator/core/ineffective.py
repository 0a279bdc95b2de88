"""Declared values that were sent and never came back: not sent again, and said so, also to the next process.

What is said is all that outlives a restart. So it is read back here, beside the words that it is said with.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from inference_operator.core import drift
from inference_operator.core.diff import Difference
from inference_operator.core.snapshot import Snapshot

MAX_ATTEMPTS = 2
"""How often a declared value is sent that does not come back, before it is called ineffective."""

CONDITION = "IneffectiveFields"
_POINTER = re.compile(r"(?<=\s)/[^\s,]+")


def effective_differences(snapshot: Snapshot) -> tuple[Difference, ...]:
    """The differences that sending can still mend, and that nobody else keeps making."""
    contested = drift.contested(snapshot)
    return tuple(
        one
        for one in snapshot.differences
        if one.pointer not in contested and snapshot.attempts.get(one.pointer, 0) < MAX_ATTEMPTS
    )


def ineffective(snapshot: Snapshot) -> tuple[Difference, ...]:
    """The declared values that were sent and never came back."""
    return tuple(one for one in snapshot.differences if snapshot.attempts.get(one.pointer, 0) >= MAX_ATTEMPTS)


def said_of(found: Iterable[Difference]) -> str:
    """The condition's message."""
    return (
        f"The provider accepted but did not apply {', '.join(one.pointer for one in found)}. "
        "It is not sent again until the spec changes; check that the chosen engine knows the field."
    )


def sent_in_vain(conditions: Iterable[Mapping[str, Any]], generation: int) -> set[str]:
    """The pointers that a status' conditions name for this generation of the spec."""
    said = [one for one in conditions if one["type"] == CONDITION and one["status"] == "True"]
    return {
        pointer.rstrip(".")
        for one in said
        if one.get("observedGeneration") == generation
        for pointer in _POINTER.findall(one["message"])
    }
