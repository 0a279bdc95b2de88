"""Which pages are generated here."""

from collections.abc import Callable
from pathlib import Path
from typing import Final

from tools.reference import alerts, events, flags, logs, metrics, reasons

_FOLDER = Path(__file__).parents[2] / "docs" / "reference"

PAGES: Final[dict[Path, Callable[[], str]]] = {
    _FOLDER / "alerts.md": alerts.page,
    _FOLDER / "events.md": events.page,
    _FOLDER / "flags.md": flags.page,
    _FOLDER / "logs.md": logs.page,
    _FOLDER / "metrics.md": metrics.page,
    _FOLDER / "reasons.md": reasons.page,
}
"""Each with what writes it."""
