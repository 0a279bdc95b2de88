"""Changes that were made outside: which they are, who made them, and how long they are put right.

What differs because the spec was just edited is no drift. What somebody keeps changing back is put right three times
within an hour, and then shown: a fight that restarts a paid endpoint every few seconds helps nobody.
"""

import json
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from inference_operator.api.status import Correction
from inference_operator.core import redact
from inference_operator.core.diff import Difference
from inference_operator.core.moments import stamp
from inference_operator.core.observation import Observation
from inference_operator.core.ownership import Ownership
from inference_operator.core.snapshot import Snapshot, Subject

CORRECTIONS = 3
"""How often a field is put right within `WITHIN`."""

WITHIN = timedelta(hours=1)

POWER = "/state"
"""Stands for the power state among the fields."""

BY = " Last changed by "
"""Stands before the name of who made a change."""

_NOT_OF_AN_EDIT = ("DriftDetected", "DriftContested")
_LONGEST_VALUE = 64
_MOST_FIELDS = 16


def drifted(subject: Subject) -> bool:
    """Whether the remote side was as this spec declares before, so that a difference comes from outside."""
    said = {one.type: one for one in subject.status.conditions or () if one.observed_generation == subject.generation}
    if subject.edited:
        return False
    synced, told = said.get("Synced"), said.get("Drifted")
    return (synced is not None and synced.status == "True") or (told is not None and told.reason in _NOT_OF_AN_EDIT)


def contested(snapshot: Snapshot) -> frozenset[str]:
    """The fields that were put right as often as it is done, and are left as they are for now."""
    if snapshot.subject.edited:
        return frozenset()
    return frozenset(one.field for one in _recent(snapshot.subject, snapshot.now) if len(one.at) >= CORRECTIONS)


def contested_until(snapshot: Snapshot) -> float | None:
    """Seconds until a contested field may be put right again, None where none is contested."""
    held = contested(snapshot)
    oldest = [_moment(one.at[0]) for one in _recent(snapshot.subject, snapshot.now) if one.field in held]
    return max((min(oldest) + WITHIN - snapshot.now).total_seconds(), 1.0) if oldest else None


def corrected(snapshot: Snapshot, fields: Iterable[str]) -> list[Correction]:
    """The record with these fields put right now."""
    now = stamp(snapshot.now)
    known = {one.field: [*one.at] for one in _recent(snapshot.subject, snapshot.now)}
    for field in fields:
        known[field] = [*known.get(field, ()), now][-CORRECTIONS:]
    newest = sorted(known.items(), key=lambda item: item[1][-1], reverse=True)[:_MOST_FIELDS]
    return [Correction.model_validate({"field": field, "at": at}) for field, at in sorted(newest)]


def marker_missing(snapshot: Snapshot) -> bool:
    """Whether an endpoint of ours lost the marker: it is put back with the next change."""
    return snapshot.in_sight is Ownership.UNMARKED_OURS


def unmarked(snapshot: Snapshot) -> bool:
    """Whether the endpoint in sight lacks our marker, whosever it is; where only observing, that is as it should be."""
    return snapshot.in_sight not in (None, Ownership.OURS)


def told(found: Iterable[Difference]) -> str:
    """The differences in words: field, what is there, what is declared. No secret value is in a difference."""
    return "; ".join(f"{one.pointer} is {_value(one.observed)}, declared {_value(one.declared)}" for one in found)


def by_whom(observation: Observation) -> str:
    """Who changed it last, as far as the provider says."""
    return f"{BY}{observation.updated_by.name}." if observation.updated_by else ""


def _recent(subject: Subject, now: datetime) -> list[Correction]:
    """What was put right within the hour; corrections of another spec do not count."""
    if subject.generation != subject.status.observed_generation:
        return []
    found = []
    for one in subject.status.drift_corrections or ():
        at = [moment for moment in one.at if now - _moment(moment) < WITHIN]
        if at:
            found.append(one.model_copy(update={"at": at}))
    return found


def _moment(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return datetime.min.replace(tzinfo=UTC)


def _value(value: Any) -> str:
    # Masked before it is cut: of half a secret value nobody could tell that it is one.
    text = "absent" if value is None else redact.text(json.dumps(value, sort_keys=True))
    return text if len(text) <= _LONGEST_VALUE else text[: _LONGEST_VALUE - 1] + "…"
