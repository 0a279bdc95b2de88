"""A loop whose time is simulated: where it would wait, the time moves on. Hours pass in milliseconds, exactly."""

import asyncio
import selectors
from collections.abc import Coroutine
from typing import Any, TypeVar

from inference_operator.simulator import Clock

T = TypeVar("T")


class _TimeSkipper(selectors.DefaultSelector):
    """Instead of waiting for a timer, moves the clock to it."""

    clock: Clock

    def select(self, timeout: float | None = None) -> list[Any]:
        events = super().select(0)
        if not events:
            assert timeout is not None, "nothing will ever happen again: the program hangs"
            self.clock.advance(max(0.0, timeout))
        return events


class _SimulatedLoop(asyncio.SelectorEventLoop):
    def __init__(self, clock: Clock) -> None:
        skipper = _TimeSkipper()
        skipper.clock = self._simulated = clock
        super().__init__(skipper)
        # Times since 1970 have no nanoseconds: what is due is only started where the end of now is later.
        self._clock_resolution = 1e-6

    def time(self) -> float:
        return self._simulated.now()


def simulate(program: Coroutine[Any, Any, T], clock: Clock | None = None) -> T:
    """Run a program to its end in the time of `clock`; without one, in a time that begins at 0."""
    with asyncio.Runner(loop_factory=lambda: _SimulatedLoop(clock or Clock.frozen(0.0))) as runner:
        return runner.run(program)


def now() -> float:
    """Return the time of the loop that runs, in seconds."""
    return asyncio.get_running_loop().time()
