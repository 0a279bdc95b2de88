"""What was asked of the simulator: counters and a bounded journal, for tests that say "exactly one POST"."""

import threading
from collections import Counter, deque
from dataclasses import dataclass, field
from typing import Any

LENGTH = 20_000
"""Requests kept; older ones are forgotten, the counters are not."""


@dataclass(slots=True)
class Request:
    """One request. `time` is simulated seconds; `body` is parsed JSON, else text; tokens are never kept.

    `status` is the HTTP status sent, or None while unanswered or when the connection was dropped.
    """

    time: float
    operation: str
    method: str
    path: str
    namespace: str | None = None
    name: str | None = None
    query: dict[str, str] = field(default_factory=dict)
    user: str | None = None
    body: Any = None
    status: int | None = None
    fault: str | None = None


class Journal:
    """Thread-safe record of all requests."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._requests: deque[Request] = deque(maxlen=LENGTH)
        self._calls: Counter[str] = Counter()
        self._statuses: Counter[tuple[str, int]] = Counter()

    def open(self, request: Request) -> None:
        """Record a request that just came in."""
        with self._lock:
            self._requests.append(request)
            self._calls[request.operation] += 1

    def close(self, request: Request, status: int) -> None:
        """Record the answer that was sent to it."""
        with self._lock:
            request.status = status
            self._statuses[request.operation, status] += 1

    def requests(self) -> list[Request]:
        """Return the journal, oldest first."""
        with self._lock:
            return list(self._requests)

    def calls(self) -> Counter[str]:
        """Return the number of requests by operation name."""
        with self._lock:
            return Counter(self._calls)

    def statuses(self) -> Counter[tuple[str, int]]:
        """Return the number of answers by operation name and HTTP status."""
        with self._lock:
            return Counter(self._statuses)

    def clear(self) -> None:
        """Forget requests and counters."""
        with self._lock:
            self._requests.clear()
            self._calls.clear()
            self._statuses.clear()
