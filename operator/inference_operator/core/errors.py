"""The errors of a provider, as the rest of the operator knows them.

Only these cross a provider's boundary: whatever a client library raises is turned into one of them there.
"""

from dataclasses import dataclass
from enum import Enum
from http import HTTPStatus


class ErrorKind(Enum):
    """What went wrong, by what can be done about it."""

    INVALID = "invalid"
    UNAUTHORIZED = "unauthorized"
    FORBIDDEN = "forbidden"
    PAYMENT_REQUIRED = "payment required"
    NOT_FOUND = "not found"
    CONFLICT = "conflict"
    MARKER = "marker refused"
    """The ownership marker is what the provider does not take."""
    QUOTA = "quota"
    CAPACITY = "no capacity"
    """The provider has none of this hardware to give now."""
    UNPROVEN = "unproven"
    """Nothing of the name is shown, and that is no proof yet that there is nothing."""
    UNSUPPORTED = "unsupported"
    RATE_LIMITED = "rate limited"
    UNAVAILABLE = "unavailable"
    MALFORMED = "malformed"
    AMBIGUOUS = "ambiguous"
    """The answer to a write was lost: it may or may not have been carried out."""
    NOT_LEADING = "not leading"
    """This process may not write (any more): nothing was sent."""


class Operation(Enum):
    """What was asked of the provider."""

    LIST = "list"
    GET = "get"
    CREATE = "create"
    UPDATE = "update"
    DELETE = "delete"
    PAUSE = "pause"
    RESUME = "resume"
    SCALE_TO_ZERO = "scaleToZero"
    CATALOGUE = "catalogue"
    LOGS = "logs"
    REPLICAS = "replicas"
    METRICS = "metrics"
    OPEN_METRICS = "openMetrics"

    @property
    def writes(self) -> bool:
        """Whether it changes something at the provider."""
        return self in _WRITES


_WRITES = frozenset(
    {
        Operation.CREATE,
        Operation.UPDATE,
        Operation.DELETE,
        Operation.PAUSE,
        Operation.RESUME,
        Operation.SCALE_TO_ZERO,
    }
)


@dataclass(eq=False)
class ProviderError(Exception):
    """A call to a provider failed.

    `message` is the provider's own words, already free of secrets, ids and times. `status` is the HTTP status, None
    when there was no answer. `retry_after` is in seconds, None when the provider named none. `sent`: False where the
    call was held back, so that nothing was tried and nothing is news.
    """

    kind: ErrorKind
    operation: Operation
    message: str
    status: int | None = None
    retry_after: float | None = None
    sent: bool = True

    @property
    def perhaps_done(self) -> bool:
        """Whether a write may be carried out all the same: no answer came, or one of a gateway alone."""
        return self.kind is ErrorKind.AMBIGUOUS or self.status in (HTTPStatus.BAD_GATEWAY, HTTPStatus.GATEWAY_TIMEOUT)

    def __str__(self) -> str:
        return f"{self.operation.value}: {self.kind.value}: {self.message}"
