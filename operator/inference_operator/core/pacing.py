"""How fast an account's API is called: no faster than the account says, and slower while the provider asks for it.

A rate of calls with a burst of one second's worth (the "generic cell rate algorithm": one number, the time at which the
next call conforms). A 429 halves the rate, once for all that were under way together, and every second after it gives
back a twentieth of what is allowed. What the provider says in its own headers goes before both.
"""

from dataclasses import dataclass, field

DEFAULT_RATE = 10.0
"""Calls a second where the account says nothing."""

_SLOWEST = 0.1
_RECOVERY = 0.05
_TOGETHER = 1.0
"""Seconds within which several refusals are of calls that were under way together, and say one thing."""
_TOO_MANY = 429


@dataclass(slots=True)
class Pace:
    """The pace of one account. Times are of one monotonic clock, in seconds; `allowed` is in calls a second."""

    allowed: float = DEFAULT_RATE
    _rate: float = field(default=0.0, init=False)
    _next: float = field(default=float("-inf"), init=False)
    _not_before: float = field(default=float("-inf"), init=False)
    _heard_at: float = field(default=float("-inf"), init=False)

    def __post_init__(self) -> None:
        self._rate = self.allowed

    def rate(self, now: float) -> float:
        """The calls a second that are allowed now."""
        recovered = self._rate + self.allowed * _RECOVERY * max(now - self._heard_at, 0.0)
        return max(min(recovered, self.allowed), _SLOWEST)

    def asked_to_wait(self, now: float) -> float:
        """Seconds that the provider still asks to wait, 0 where it does not."""
        return max(self._not_before - now, 0.0)

    def reserve(self, now: float, *, heeding: bool = True) -> float:
        """Take the next place. Returns the seconds to wait for it. `heeding`: also what the provider asked to wait."""
        interval = 1.0 / self.rate(now)
        earliest = max(self._next, self._not_before if heeding else self._next, now - self._burst(now))
        self._next = earliest + interval
        return max(earliest - now, 0.0)

    def heard(self, status: int, wait: float | None, now: float) -> None:
        """Learn from an answer. `wait`: the seconds that it asks to wait."""
        if status == _TOO_MANY and now - self._heard_at >= _TOGETHER:
            self._rate, self._heard_at = max(self.rate(now) / 2, _SLOWEST), now
        if wait:
            self._not_before = max(self._not_before, now + wait)

    def allow(self, allowed: float) -> None:
        """The account says another rate now."""
        if allowed != self.allowed:
            self.allowed = self._rate = allowed

    def forgive(self) -> None:
        """Forget what the provider asked for: it was asked of other credentials."""
        self._rate, self._not_before = self.allowed, float("-inf")

    def _burst(self, now: float) -> float:
        """Seconds by which calls may come together: a second, less one interval."""
        return max(1.0 - 1.0 / self.rate(now), 0.0)
