"""kopf, embedded: it watches, and is kept from everything else that it does by default (docs/adr/0001).

kopf takes over the process's signals, and at its end it cancels every task that began after it did. So it runs as a
task that is started first and stopped last: until then our own parts have ended in their own order.
"""

import asyncio
import contextlib
import itertools
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager

import kopf
from kopf._core.engines.peering import Identity  # kopf exports the argument, and not its type

from inference_operator.api.names import ACCOUNT_KIND, CLUSTER_ACCOUNT_KIND, ENDPOINT_KIND, FIELD_MANAGER
from inference_operator.kube import paths
from inference_operator.kube.errors import Forbidden, KubeError, NotFound
from inference_operator.kube.session import Session
from inference_operator.runtime.background import background
from inference_operator.runtime.handlers import Sight, register, register_login
from inference_operator.runtime.index import Index
from inference_operator.runtime.settings import Settings

RECOUNT = 5.0
"""Seconds between two counts of what there is, until all of it was seen."""


class Watch:
    """The watch on our kinds. `ready` is set when it runs; `on_ready` is called then: kopf must not overrule it."""

    def __init__(self, session: Session, settings: Settings, sight: Sight, *, on_ready: Callable[[], None]) -> None:
        self.ready = asyncio.Event()
        self._session = session
        self._settings = settings
        self._sight = sight
        self._on_ready = on_ready

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[asyncio.Task[None]]:
        """Watch for the duration of the context. The task ends only where watching failed."""
        stop = asyncio.Event()
        task = asyncio.create_task(self._run(stop), name="watch")
        announcing = asyncio.create_task(self._announce(), name="announce")
        try:
            yield task
        finally:
            announcing.cancel()
            stop.set()
            await asyncio.gather(task, announcing, return_exceptions=True)

    async def _run(self, stop: asyncio.Event) -> None:
        registry = kopf.OperatorRegistry()
        register(registry, self._sight, cluster_accounts=await self._may_see_cluster_accounts())
        register_login(registry, self._settings.kubeconfig)
        await kopf.operator(
            registry=registry,
            settings=_kopf_settings(patient=bool(self._settings.namespaces)),
            clusterwide=not self._settings.namespaces,
            namespaces=self._settings.namespaces,
            standalone=True,
            # Its own: the user's name, which a pod's uid need not have, and the host's, for which it asks DNS.
            identity=Identity(FIELD_MANAGER),
            ready_flag=self.ready,
            stop_flag=stop,
        )

    async def _may_see_cluster_accounts(self) -> bool:
        """Whether to watch them: RoleBindings give no right to, and a watch that may not is tried for ever."""
        if not self._settings.namespaces:
            return True
        try:
            await self._session.get(paths.accounts(CLUSTER_ACCOUNT_KIND), limit=1)
        except Forbidden:
            return False
        return True

    async def _announce(self) -> None:
        await self.ready.wait()
        self._on_ready()


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


class _Backoffs:
    """Seconds between two attempts of one request, without end: a namespace whose RoleBinding is gone ends no watch.

    kopf gives up after nine attempts, and the operator with it, for all other namespaces as well.
    """

    def __iter__(self) -> Iterator[float]:
        return itertools.chain((1, 1, 2, 3, 5, 8, 13, 21), itertools.repeat(60))


def _kopf_settings(*, patient: bool) -> kopf.OperatorSettings:
    settings = kopf.OperatorSettings()
    if patient:
        settings.networking.error_backoffs = _Backoffs()
    settings.posting.enabled = False
    settings.queueing.idle_timeout = 0.2
    settings.networking.request_timeout = 30
    settings.networking.connect_timeout = 5
    settings.networking.enforce_retry_after = True
    settings.watching.client_timeout = 600
    # All at once would stay in memory until the last one was handled, and much of that for good.
    settings.watching.chunk_size = 100
    # Where nothing happens the API server sends a bookmark each minute; a watch that lacks even that is dead.
    settings.watching.inactivity_timeout = 70
    settings.scanning.disabled = True
    settings.process.ultimate_exiting_timeout = 60
    return settings
