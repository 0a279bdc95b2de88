"""What was deleted while the watch was away: nobody tells of it, so it has to be missed.

A watch that breaks goes on where it was, and then tells of every deletion. Where it can't, because the API server was
restarted or forgot that long ago (410), kopf lists anew; what is missing from the new list it passes over in silence.
"""

import asyncio
import contextlib
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from typing import Final

from inference_operator.api.names import ACCOUNT_KIND, CLUSTER_ACCOUNT_KIND, ENDPOINT_KIND
from inference_operator.kube import paths
from inference_operator.kube.errors import KubeError
from inference_operator.kube.session import Session
from inference_operator.runtime.background import background
from inference_operator.runtime.census import how_many
from inference_operator.runtime.handlers import Sight
from inference_operator.runtime.index import Key

PERIOD: Final = 30.0
"""Seconds between two counts. A count reads one object of each kind."""


class MissedDeletions:
    """Compares what is known with what exists, and tells `sight` of what is gone."""

    def __init__(self, session: Session, sight: Sight, namespaces: Sequence[str]) -> None:
        self._session = session
        self._sight = sight
        everywhere: Sequence[str | None] = namespaces or (None,)
        self._paths = {
            ENDPOINT_KIND: [paths.endpoints(one) for one in everywhere],
            ACCOUNT_KIND: [paths.accounts(ACCOUNT_KIND, one) for one in everywhere],
            CLUSTER_ACCOUNT_KIND: [paths.accounts(CLUSTER_ACCOUNT_KIND)],
        }

    def running(self) -> AbstractAsyncContextManager[asyncio.Task[None]]:
        """Count every `PERIOD` until the block ends."""
        return background(self._run(), "missed")

    async def look(self) -> None:
        """Count now. Raises `KubeError`."""
        for kind in self._paths:
            # Taken before the list is: what comes meanwhile is not in question.
            known = self._sight.known(kind)
            if await self._count(kind) >= len(known):
                continue
            there = await self._list(kind)
            for key in known.keys() - there:
                # One that was made anew meanwhile lives, under the same name.
                still = self._sight.known(kind).get(key)
                if still is not None and still.uid == known[key].uid:
                    await self._sight.gone(key, still.uid)

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(PERIOD)
            # An API server that is away now will be asked again.
            with contextlib.suppress(KubeError):
                await self.look()

    async def _count(self, kind: str) -> int:
        return sum([await how_many(self._session, path) for path in self._paths[kind]])

    async def _list(self, kind: str) -> set[Key]:
        found = [obj["metadata"] for path in self._paths[kind] for obj in await self._session.list(path)]
        return {Key(kind, one.get("namespace", ""), one["name"]) for one in found}
