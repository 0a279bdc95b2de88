"""What a step changes at the provider, in the words of the change log: what, which fields, and why.

Names of fields only: what is sent may be a secret value.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from inference_operator.core import drift
from inference_operator.core.diff import Shape
from inference_operator.core.documents import Document, pointer
from inference_operator.core.snapshot import Snapshot
from inference_operator.core.steps import Create, Release, Remove, Step, Switch, Update

WHY: Final = {
    "declared": "the spec declares it",
    "secret": "the value of a Secret that the spec refers to changed",
    "drift": "it was changed outside, and is put right",
    "adoption": "an endpoint that exists is taken over, or gets its marker back",
    "requested": "a person asked for a reconcile by annotation",
    "deletion": "the resource is deleted, and its deletionPolicy says so",
}
"""The reasons of changes, each with its meaning."""

CHANGES: Final = {
    "create": "The endpoint was created.",
    "update": "Fields of it were sent. What the provider has an action for, as a restart, may take a call of its own.",
    "claim": "The ownership marker was put on it.",
    "pause": "It was paused.",
    "resume": "It was resumed.",
    "scaleToZero": "It was scaled to zero.",
    "delete": "It was deleted.",
    "release": "The ownership marker was replaced by the one that says: free to take.",
}
"""The changes, each with its meaning."""


@dataclass(frozen=True, slots=True)
class RemoteChange:
    """One change. `fields`: pointers into the provider block, of a whole field where that is sent in one piece."""

    change: str
    fields: tuple[str, ...]
    why: str


def change_of(step: Step, snapshot: Snapshot) -> RemoteChange | None:
    """What a step changes remotely, None where it changes nothing there. `snapshot`: of before the step."""
    match step:
        case Create(document=document):
            return RemoteChange("create", tuple(_leaves(document, snapshot.shape)), "declared")
        case Update(change=change, fields=fields):
            sent = tuple(_leaves(change, snapshot.shape))
            return RemoteChange("update" if sent else "claim", sent, _why_updated(sent, bool(fields), snapshot))
        case Switch(operation=operation):
            return RemoteChange(operation.value, (drift.POWER,), _why_switched(snapshot))
        case Remove():
            return RemoteChange("delete", (), "deletion")
        case Release():
            return RemoteChange("release", (), "deletion")
    return None


def _why_updated(sent: tuple[str, ...], differs: bool, snapshot: Snapshot) -> str:
    if not sent:
        return "adoption"
    if not differs:
        return "secret"
    return "drift" if drift.drifted(snapshot.subject) else "declared"


def _why_switched(snapshot: Snapshot) -> str:
    subject = snapshot.subject
    if subject.deleting:
        return "deletion"
    if subject.power != subject.applied_power:
        return "declared"
    return "requested" if subject.reconcile_requested else "drift"


def _leaves(document: Document, shape: Shape, path: tuple[str, ...] = ()) -> Iterator[str]:
    for key, value in document.items():
        here = (*path, key)
        if isinstance(value, Mapping) and value and pointer(*here) not in shape.whole:
            yield from _leaves(value, shape, here)
        else:
            yield pointer(*here)
