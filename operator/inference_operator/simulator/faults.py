"""Fault plans as data: what goes wrong, for which calls, how often. The HTTP layer carries them out."""

import random
import threading
from collections.abc import Mapping
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, PrivateAttr

Action = Literal["error", "truncate", "drop", "hang", "delay"]

# Bodies in the wordings seen at the vendor; 402, 403, 429 and the 5xx have no recorded sample.
DEFAULT_ERRORS: Mapping[int, str] = {
    400: "Bad Request: Compute instance not available yet",
    401: "Unauthorized: Invalid credentials",
    402: "Payment Required: no valid payment method",
    403: "Forbidden: the token lacks the required scope",
    404: "Not Found: endpoint not found",
    409: "Conflict: Quota exceeded",
    422: "Failed to deserialize the JSON body into the target type: type: unknown variant `x`",
    429: "Too Many Requests: rate limit exceeded",
    500: "Internal Server Error",
    502: "Bad Gateway",
    503: "Service Unavailable",
}


class Fault(BaseModel):
    """One planned failure.

    `operation` is a name of the journal (`list`, `create`, ...) or `*`; `namespace`, `name`, `user` and
    `token` narrow it. It skips the first `skip` matching calls, then strikes at most `times` of them (None: no
    end), each with `probability` drawn from `seed`. `delay` is in seconds and precedes the action.

    Actions: `error` answers `status` with `body` (JSON; None: the vendor's wording) or `text` (not JSON);
    `truncate` closes the connection in the middle of the true answer; `drop` resets it; `hang` never answers
    (until the client leaves); `delay` only waits. With `when="after"` the call is carried out first, so that
    the answer, not the effect, is lost.
    """

    model_config = ConfigDict(extra="forbid", validate_assignment=True)

    operation: str = "*"
    namespace: str | None = None
    name: str | None = None
    user: str | None = None
    token: str | None = None
    skip: int = Field(default=0, ge=0)
    times: int | None = Field(default=None, ge=0)
    probability: float = Field(default=1.0, ge=0, le=1)
    seed: int = 0
    action: Action = "error"
    when: Literal["before", "after"] = "before"
    delay: float = Field(default=0.0, ge=0)
    status: int = Field(default=500, ge=400, le=599)
    body: Any = None
    text: str | None = None
    headers: dict[str, str] = Field(default_factory=dict)

    _dice: random.Random = PrivateAttr()

    def model_post_init(self, context: Any, /) -> None:
        """Seed the dice, so that the same plan strikes the same calls."""
        self._dice = random.Random(self.seed)  # noqa: S311 - reproducible on purpose

    def matches(
        self, *, operation: str, namespace: str | None, name: str | None, user: str | None, token: str | None
    ) -> bool:
        """Say whether this call is one that the fault is about."""
        wanted = (
            (None if self.operation == "*" else self.operation, operation),
            (self.namespace, namespace),
            (self.name, name),
            (self.user, user),
            (self.token, token),
        )
        return all(expected is None or expected == actual for expected, actual in wanted)

    def strikes(self) -> bool:
        """Use up one matching call and say whether it fails."""
        if self.skip:
            self.skip -= 1
            return False
        if self.times == 0 or self._dice.random() >= self.probability:
            return False
        if self.times is not None:
            self.times -= 1
        return True

    def error_body(self) -> Any:
        """Return the JSON body of an `error` answer."""
        if self.body is not None:
            return self.body
        return {"error": DEFAULT_ERRORS.get(self.status, f"error {self.status}")}

    def error_headers(self) -> dict[str, str]:
        """Return the headers of an `error` answer; a 429 says when to come back unless told otherwise."""
        limits = {"Retry-After": "1", "RateLimit": '"api";r=0;t=1'} if self.status == 429 else {}  # noqa: PLR2004 - Too Many Requests
        return limits | self.headers


class FaultPlan:
    """The planned faults, in order; the first that strikes wins. Thread-safe."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []
        self._lock = threading.Lock()

    def add(self, fault: Fault) -> Fault:
        """Plan a fault; the returned object counts down as it strikes."""
        with self._lock:
            self._faults.append(fault)
        return fault

    def clear(self) -> None:
        """Drop all plans: the simulator is healthy again."""
        with self._lock:
            self._faults.clear()

    def list(self) -> list[Fault]:
        """Return the plans that are in force."""
        with self._lock:
            return list(self._faults)

    def strike(
        self, *, operation: str, namespace: str | None, name: str | None, user: str | None, token: str | None
    ) -> Fault | None:
        """Return the fault that befalls this call, if any."""
        call = {"operation": operation, "namespace": namespace, "name": name, "user": user, "token": token}
        with self._lock:
            return next((fault for fault in self._faults if fault.matches(**call) and fault.strikes()), None)  # type: ignore[arg-type]  # one dict for five
