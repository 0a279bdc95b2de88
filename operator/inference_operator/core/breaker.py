"""The circuit breaker of one account: when its provider fails call after call, its resources stop calling.

The account's own regular read is what probes: it goes on at its beat, and its success closes the circuit. So a broken
account makes no more calls than a healthy one, and says once what else each of its resources would say.
"""

from dataclasses import dataclass

TRIPS_AT = 5
"""Failed calls in a row that open the circuit: more than the tries of one read."""

_SERVER_ERROR = 500
_NOT_IMPLEMENTED = 501
_TOO_MANY = 429


@dataclass(slots=True)
class Breaker:
    """Counts failed calls in a row; `open` says that resources are not to call."""

    failed: int = 0

    @property
    def open(self) -> bool:
        """Whether it failed too often in a row."""
        return self.failed >= TRIPS_AT

    def heard(self, status: int) -> None:
        """One call ended. `status`: of HTTP, 0 where there was no answer."""
        failed = status in (0, _TOO_MANY) or (status >= _SERVER_ERROR and status != _NOT_IMPLEMENTED)
        self.failed = self.failed + 1 if failed else 0

    def close(self) -> None:
        """The account was read, or its credentials are others now."""
        self.failed = 0
