"""The Events that the operator writes, by reason."""

from typing import Final

_HEAD = """# Events

<!-- Generated from tools/reference/events.py by `python -m tools.reference`. -->

Of each InferenceEndpoint, in the group `events.k8s.io`, reported by `inference-operator`; `kubectl describe ie` shows
them. The same Event within some minutes is counted and not written again. Nothing depends on one: what must not get
lost is in the status, and each change of a remote endpoint in the [change log](logs.md#change-log).
"""

_NORMAL = "Normal"
_WARNING = "Warning"

EVENTS: Final = {
    "Created": (_NORMAL, "The remote endpoint was created."),
    "Updated": (_NORMAL, "It was changed; the message names the fields."),
    "Claimed": (_NORMAL, "The ownership marker was put on it."),
    "Pausing": (_NORMAL, "It was paused."),
    "Resuming": (_NORMAL, "It was resumed."),
    "ScalingToZero": (_NORMAL, "It was scaled to zero."),
    "Deleted": (_NORMAL, "It was deleted."),
    "Released": (_NORMAL, "Its marker was replaced by the one that says: free to take."),
    "Adopting": (
        _WARNING,
        "One that exists is about to be taken over; the message says where it differs from the spec.",
    ),
    "Orphaned": (_WARNING, "It was let go of undeleted, is in the ledger of orphans, and may be billed on."),
}
"""Those of changes: reason -> type and meaning."""

DRIFT: Final = ("DriftDetected", "AdoptedAsItWas", "DriftContested", "MarkerMissing")
"""Those of drift: the reasons of the condition `Drifted`."""


def page() -> str:
    """The whole page."""
    rows = [f"| `{name}` | {kind} | {meaning} |" for name, (kind, meaning) in EVENTS.items()]
    drift = ", ".join(f"`{name}`" for name in DRIFT)
    rows.append(f"| {drift} | {_WARNING} | Drift was newly seen, as the condition `Drifted` says. |")
    rows.append(
        f"| any other of the [reasons](reasons.md) | {_WARNING} | A look ended with this failure; told once until it "
        "changes. |"
    )
    return "\n".join([_HEAD, "| reason | type | what happened |", "|---|---|---|", *rows]) + "\n"
