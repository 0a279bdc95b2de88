"""Turns of the event loop: work that waits for nothing must not keep the loop from everything else.

A look at a resource that is as it should be takes a millisecond and no I/O. Ten thousand of them in a row, as after a
start, would be ten seconds without an answer to a probe, and without a renewal of the Lease.
"""

import asyncio
import time
from collections.abc import Callable
from typing import Final

SLICE: Final = 0.02
"""Seconds of one turn that may be spent on looks."""


class Turns:
    """Shares out the loop's turns to those who ask. `clock`: seconds."""

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._ends = 0.0
        self._over: asyncio.Event | None = None

    async def begin(self) -> None:
        """Return in a turn that has time left: in this one, or in a later one."""
        while True:
            if self._over is None:
                self._over = asyncio.Event()
                self._ends = self._clock() + SLICE
                asyncio.get_running_loop().call_soon(self._end, self._over)
            if self._clock() < self._ends:
                return
            await self._over.wait()

    def _end(self, over: asyncio.Event) -> None:
        self._over = None
        over.set()
