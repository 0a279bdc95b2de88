"""How Kubernetes writes a moment."""

from datetime import datetime


def stamp(moment: datetime) -> str:
    """A moment of UTC as metav1.Time has it, to the second: `2026-11-21T08:00:00Z`."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
