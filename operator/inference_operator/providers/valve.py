"""What every call to one account's provider passes: the pace, and the circuit breaker.

Kept beside the connection and not in it: a rotated token opens another connection to the same provider, which is owed
the same patience.
"""

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http import HTTPStatus

from inference_operator.core.breaker import Breaker
from inference_operator.core.errors import ErrorKind, Operation, ProviderError
from inference_operator.core.pacing import Pace
from inference_operator.core.waits import wait_of

PATIENCE = 5.0
"""Seconds for which a call waits where the provider asked to; rather than for longer it fails, and is made later."""


@dataclass(slots=True)
class Valve:
    """The state of one account's traffic. `clock`: monotonic seconds.

    `tripped`: called where the account itself is to be looked into: the breaker is open, or a token was refused.
    """

    pace: Pace = field(default_factory=Pace)
    breaker: Breaker = field(default_factory=Breaker)
    clock: Callable[[], float] = time.monotonic
    tripped: Callable[[], None] = lambda: None
    _head: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def pass_through(self, operation: Operation) -> None:
        """Wait for one's turn. Raises `ProviderError` where nothing is to be sent now."""
        # Only the head of the line takes a place: those behind it are to have the pace of when it is their turn.
        async with self._head:
            self._hold_back(operation)
            await asyncio.sleep(self.pace.reserve(self.clock()))

    async def pass_as_page(self) -> None:
        """Wait as the next page of a list that has begun: at the pace, in no line, and whatever became of other calls.

        What others were told would end the account's own read in the middle, and leave nobody who sees how things are.
        """
        await asyncio.sleep(min(self.pace.reserve(self.clock(), heeding=False), PATIENCE))

    async def may_ask_again(self) -> bool:
        """Wait as long as a page was asked to that came too early. False where that is too long."""
        wait = self.pace.asked_to_wait(self.clock())
        if wait > PATIENCE:
            return False
        await asyncio.sleep(wait)
        return True

    def _hold_back(self, operation: Operation) -> None:
        left = self.pace.asked_to_wait(self.clock())
        if left > PATIENCE:
            said = "the provider asked to wait, so nothing was sent"
            raise ProviderError(ErrorKind.RATE_LIMITED, operation, said, retry_after=left, sent=False)
        if self.breaker.open:
            said = "too many calls failed in a row, so nothing was sent"
            raise ProviderError(ErrorKind.UNAVAILABLE, operation, said, sent=False)

    def heard(self, status: int, headers: Mapping[str, str]) -> None:
        """A call ended. `status`: of HTTP, 0 where there was no answer."""
        self.breaker.heard(status)
        if self.breaker.open or status == HTTPStatus.UNAUTHORIZED:
            self.tripped()
        # A server error that says when to come back says it of one endpoint, perhaps: no other is to wait for that.
        wait = wait_of(status, headers, now=datetime.now(UTC)) if status < HTTPStatus.INTERNAL_SERVER_ERROR else None
        self.pace.heard(status, wait, self.clock())
