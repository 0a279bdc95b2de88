"""One account's price list: read at most once a minute, however many resources ask at the same time."""

import asyncio
import time
from collections.abc import Callable

from inference_operator.core.cadence import CREATE_BY, PRICES_LOOK
from inference_operator.core.catalogue import Offer
from inference_operator.core.errors import ProviderError
from inference_operator.providers.base import Connection
from inference_operator.runtime.telemetry.logging import get_logger

_log = get_logger(__name__)


class PriceList:
    """The offers as last read; empty until they could be."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.offers: tuple[Offer, ...] = ()
        self._clock = clock
        self._tried_at: float | None = None
        self._reading = asyncio.Lock()

    def anew(self) -> "PriceList":
        """One of which nothing is known."""
        return PriceList(self._clock)

    @property
    def fresh(self) -> bool:
        """Whether it was read, or tried to, recently enough to create by."""
        return self._younger_than(CREATE_BY)

    async def consult(self, connection: Connection) -> None:
        """Make it fresh. Where it can't be read, what was known stays: the provider decides then."""
        await self._refresh(connection, CREATE_BY)

    async def keep(self, connection: Connection) -> bool:
        """Read it now and then. Whether a price changed."""
        before = {offer.hardware: offer.price for offer in self.offers}
        await self._refresh(connection, PRICES_LOOK)
        return before != {offer.hardware: offer.price for offer in self.offers}

    async def _refresh(self, connection: Connection, age: float) -> None:
        async with self._reading:
            if self._younger_than(age):
                return
            try:
                self.offers = await connection.catalogue()
            except ProviderError as error:
                _log.warning("the catalogue can't be read", error=str(error))
            self._tried_at = self._clock()

    def _younger_than(self, age: float) -> bool:
        return self._tried_at is not None and self._clock() - self._tried_at < age
