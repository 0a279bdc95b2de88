"""What a person may set from the command line."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Options:
    """`size`, `parts`, `docs` and `earlier` mean something to `scale` alone. `earlier`: raw data of the other part."""

    runs: int = 3
    size: int = 1000
    parts: tuple[str, ...] = ()
    docs: bool = False
    earlier: Path | None = None
