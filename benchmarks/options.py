"""What a person may set from the command line."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Options:
    """`size`, `parts`, `settled` and `docs` mean something to `scale` alone."""

    runs: int = 3
    size: int = 1000
    parts: tuple[str, ...] = ()
    settled: tuple[int, ...] = ()
    docs: bool = False
