"""Simulated time: all that happens later is computed from it, so tests move time instead of sleeping."""

import time
from collections.abc import Callable


class Clock:
    """Seconds since 1970, from `source` plus whatever `advance` added."""

    def __init__(self, source: Callable[[], float] = time.time) -> None:
        self._source = source
        self._offset = 0.0

    @classmethod
    def frozen(cls, at: float = 1_790_000_000.0) -> "Clock":
        """Return a clock that stands still at `at` (seconds) and moves by `advance` alone."""
        return cls(lambda: at)

    def now(self) -> float:
        """Return the simulated time in seconds since 1970."""
        return self._source() + self._offset

    def advance(self, seconds: float) -> float:
        """Move time by `seconds` (not negative) and return the new time."""
        if seconds < 0:
            raise ValueError("simulated time does not run backwards")
        self._offset += seconds
        return self.now()
