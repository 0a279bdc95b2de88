"""kopf, embedded: it watches, and is kept from everything else that it does by default (docs/adr/0001).

kopf takes over the process's signals, and at its end it cancels every task that began after it did. So it runs as a
task that is started first and stopped last: until then our own parts have ended in their own order.
"""

import asyncio
import contextlib
import itertools
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import aiohttp
import kopf
from kopf._core.engines.peering import Identity  # kopf exports the argument, and not its type

from inference_operator.api.names import CLUSTER_ACCOUNT_KIND, FIELD_MANAGER
from inference_operator.kube import paths
from inference_operator.kube.errors import Forbidden
from inference_operator.kube.session import Session
from inference_operator.runtime.handlers import Sight, register, register_login
from inference_operator.runtime.settings import Settings


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
            _leave_unheard_what_is_cut_off(asyncio.get_running_loop())
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


class _Backoffs:
    """Seconds between two attempts of one request, without end: a namespace whose RoleBinding is gone ends no watch.

    kopf gives up after nine attempts, and the operator with it, for all other namespaces as well.
    """

    def __iter__(self) -> Iterator[float]:
        return itertools.chain((1, 1, 2, 3, 5, 8, 13, 21), itertools.repeat(60))


def _leave_unheard_what_is_cut_off(loop: asyncio.AbstractEventLoop) -> None:
    """Keep requests that the stop itself cuts off from being logged as failures.

    Stopped amid its discovery of the API, kopf waits no longer for the requests that it sent, and closes their
    connection. asyncio reports that once their tasks are collected, which may be any time later.
    """
    reported = loop.get_exception_handler() or type(loop).default_exception_handler

    def handle(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        if not isinstance(context.get("exception"), aiohttp.ClientConnectionError):
            reported(loop, context)

    loop.set_exception_handler(handle)


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
