"""How much of everything a run does, all from one size, so that a smoke run is the same run in small."""

from dataclasses import dataclass
from datetime import timedelta

from inference_operator.core import cadence

APPLIED_AT_ONCE = 20
"""Objects that the user has under way at once, and requests of the bare clients."""
MAX_REQUESTS_PER_SECOND = 200
"""What the account allows the operator, and what the bare provider client keeps to."""
LATENCY = 0.05
"""Seconds that the simulated provider takes for each answer, beside its own work."""
PAGE = 100
"""Endpoints on a page of the provider's list."""
_SERIOUS = 500


@dataclass(frozen=True)
class Plan:
    """All durations are seconds. `counts`: of settled resources, where it is not to go by the size."""

    size: int
    runs: int
    counts: tuple[int, ...] = ()

    @property
    def small(self) -> bool:
        """Whether this is a smoke run, whose figures say nothing."""
        return self.size < _SERIOUS

    @property
    def interval(self) -> int:
        """Between two looks at the provider, for each contender: the operator's default, in a smoke run less."""
        return 1 if self.small else 15

    @property
    def window(self) -> float:
        """How long a contender at rest is watched: a whole number of intervals."""
        return (1.0 if self.small else 2.0) * self.interval

    @property
    def edits(self) -> int:
        """Of each endpoint, one right after the other."""
        return 3 if self.small else 10

    @property
    def singles(self) -> int:
        """Endpoints created one after the other for each run."""
        return 3 if self.small else 20

    @property
    def settled(self) -> tuple[int, ...]:
        """Numbers of settled resources that the operator starts over and rests at."""
        factors = (1,) if self.small else (0, 1, 5, 10, 20)
        return self.counts or tuple(factor * self.size for factor in factors)

    @property
    def rest(self) -> float:
        """How long the operator is watched at rest: the CPU clock ticks in hundredths."""
        return self.window if self.small else max(30.0, self.window)

    def between_sweeps(self, count: int) -> float | None:
        """A time with one reading of all pages in it, for some of the sizes: minutes for each. None for the others."""
        if self.small or count not in (self.counts or self.settled[2::2]) or not count:
            return None
        beat = timedelta(seconds=self.interval)
        # Since its start no state has changed: whether that moves the order is not known.
        return cadence.whole_after(beat, pages=count // PAGE, moves=None) + self.interval

    @property
    def quiet(self) -> float:
        """After how long without anything new something counts as over."""
        return 0.8 if self.small else 3.0

    @property
    def calm(self) -> float:
        """After which nothing is looked for any more that the provider's servers may show late."""
        return self.interval + self.quiet if self.small else 150.0

    @property
    def patience(self) -> float:
        """How long any step may take before the benchmark gives up."""
        return 120 + 0.4 * self.size

    def names(self, count: int | None = None) -> list[str]:
        """The names of the endpoints."""
        return [f"endpoint-{number:05d}" for number in range(self.size if count is None else count)]
