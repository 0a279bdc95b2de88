"""The ledger of orphans, kept true: what a resource took back is taken off it, and what is left is counted.

Whoever made that resource, what it has is no orphan any more. The count is for who is to be alerted.
"""

import asyncio
import contextlib
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field

from inference_operator.api.names import ENDPOINT_KIND
from inference_operator.core.custody import bindings, taken_back
from inference_operator.kube import ledger
from inference_operator.kube.errors import KubeError
from inference_operator.kube.session import Session
from inference_operator.runtime.background import background
from inference_operator.runtime.index import Index
from inference_operator.runtime.telemetry.logging import get_logger

PERIOD = 300.0
"""Seconds between two looks at the ledger, which people may edit."""
SOON = 2.0
"""Seconds to the next look while not all resources were seen: one of them may have taken an orphan back."""

_log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class LedgerKeeper:
    """Works at once, whenever an entry was made, and every five minutes. `tell` is given the number of entries.

    `complete`: whether all resources were seen.
    """

    session: Session
    namespace: str
    index: Index
    complete: Callable[[], bool]
    tell: Callable[[int], None]
    _news: asyncio.Event = field(default_factory=asyncio.Event)

    def look_again(self) -> None:
        """An entry was made."""
        self._news.set()

    def running(self) -> AbstractAsyncContextManager[asyncio.Task[None]]:
        """Keep it until the block ends."""
        return background(self._run(), "orphan ledger")

    async def prune_and_count(self) -> None:
        """Do both now. Raises `KubeError`."""
        entries = await ledger.read(self.session, self.namespace)
        bound = bindings(self.index.of_kind(ENDPOINT_KIND)) if entries else {}
        for key in [key for key, orphan in entries.items() if taken_back(orphan, bound)]:
            await ledger.settle(self.session, self.namespace, key)
            del entries[key]
        self.tell(len(entries))

    async def _run(self) -> None:
        while True:
            self._news.clear()
            pause = PERIOD if self.complete() else SOON
            try:
                await self.prune_and_count()
            except KubeError as error:
                _log.warning("the ledger of orphans can't be read", error=str(error))
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._news.wait(), pause)
