"""Whether everything that existed at the start has been seen: only then are counts over all of it true."""

import asyncio
import contextlib
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager

from inference_operator.api.names import ACCOUNT_KIND, CLUSTER_ACCOUNT_KIND, ENDPOINT_KIND
from inference_operator.kube import paths
from inference_operator.kube.errors import Forbidden, KubeError, NotFound
from inference_operator.kube.session import Session
from inference_operator.runtime.background import background
from inference_operator.runtime.index import Index
from inference_operator.runtime.settings import Settings

RECOUNT = 5.0
"""Seconds between two counts of what there is, until all of it was seen."""


class Census:
    """Whether everything that existed at the start has been seen: only then are counts over all of it true."""

    def __init__(self, session: Session, index: Index, settings: Settings, *, idle: Callable[[], bool]) -> None:
        self._session = session
        self._index = index
        self._settings = settings
        self._idle = idle
        self._expected: int | None = None
        self.accounts = 0
        self._complete = False

    async def take(self) -> None:
        """Ask how many there are: endpoints, and `accounts` of both kinds. Raises `KubeError`."""
        everywhere = self._settings.namespaces or (None,)
        local = [await how_many(self._session, paths.accounts(ACCOUNT_KIND, one)) for one in everywhere]
        self.accounts = sum(local) + await how_many(self._session, paths.accounts(CLUSTER_ACCOUNT_KIND))
        self._expected = sum([await how_many(self._session, paths.endpoints(one)) for one in everywhere])

    def running(self) -> AbstractAsyncContextManager[asyncio.Task[None]]:
        """Ask anew until it is complete: what was counted may be gone before all has been looked at."""
        return background(self._run(), "census")

    async def _run(self) -> None:
        while not self.complete:
            await asyncio.sleep(RECOUNT)
            # An API server that is away now will be asked again.
            with contextlib.suppress(KubeError):
                await self.take()

    @property
    def complete(self) -> bool:
        """Whether all were seen and looked at once."""
        if not self._complete and self._expected is not None:
            seen = len(self._index.briefs(ENDPOINT_KIND))
            self._complete = seen >= self._expected and self._idle()
        return self._complete


async def how_many(session: Session, path: str) -> int:
    """How many objects a collection has; none where there is none, or it may not be read. Reads one of them."""
    try:
        page = await session.get(path, limit=1)
    except (Forbidden, NotFound):
        return 0
    return len(page.get("items") or ()) + int(page["metadata"].get("remainingItemCount") or 0)
