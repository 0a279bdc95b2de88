"""The operator as a whole: what is made, in which order it starts, and in which order it stops."""

import asyncio
import contextlib
import socket
from collections import Counter
from collections.abc import AsyncIterator, Iterable
from datetime import UTC, datetime

import kopf

from inference_operator import __version__
from inference_operator.api.names import ENDPOINT_KIND, FIELD_MANAGER
from inference_operator.core import cadence
from inference_operator.kube import paths
from inference_operator.kube.events import EventRecorder
from inference_operator.kube.secrets import SecretReader
from inference_operator.kube.session import Session
from inference_operator.runtime.accounts import Accounts
from inference_operator.runtime.gather import Gatherer
from inference_operator.runtime.handlers import Sight, register, register_login
from inference_operator.runtime.index import Index, Key
from inference_operator.runtime.outputs import Outputs
from inference_operator.runtime.perform import Performer
from inference_operator.runtime.ports import Ports
from inference_operator.runtime.queue import WorkQueue, run_workers
from inference_operator.runtime.reconciler import Outcome, Reconciler
from inference_operator.runtime.settings import Settings
from inference_operator.runtime.telemetry.logging import get_logger
from inference_operator.runtime.telemetry.metrics import Metrics

_log = get_logger(__name__)
_CONTROLLER = "inferenceendpoint"


class Operator:
    """One operator process. `run` returns when `stop` is set and everything in work is finished."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.metrics = Metrics(version=__version__)
        self.ready = asyncio.Event()
        self.stop = asyncio.Event()
        self._index = Index()
        self._queue: WorkQueue[Key] = WorkQueue(metrics=self.metrics.queue(_CONTROLLER))
        self._workers: asyncio.Task[None] | None = None

    async def run(self) -> None:
        """Run until `stop` is set."""
        async with contextlib.AsyncExitStack() as stack:
            session = await stack.enter_async_context(await self._session())
            await stack.enter_async_context(self._ports())
            events = await stack.enter_async_context(self._events(session))
            accounts = await stack.enter_async_context(self._accounts(session))
            reconciler = await self._reconciler(session, accounts, events)
            await stack.enter_async_context(self._working(reconciler))
            await self._watch(accounts)

    async def _session(self) -> Session:
        session = await Session.connect(self.settings.kubeconfig)
        session.on_request = self.metrics.api_server_request
        return session

    def _ports(self) -> Ports:
        return Ports(
            metrics=self.metrics,
            live={"workers": self._working_still},
            ready={"watching": lambda: None if self.ready.is_set() else "not watching yet"},
            health_port=self.settings.health_port,
            metrics_port=self.settings.metrics_port,
        )

    @contextlib.asynccontextmanager
    async def _events(self, session: Session) -> AsyncIterator[EventRecorder]:
        recorder = EventRecorder(session, FIELD_MANAGER, socket.gethostname(), on_drop=self.metrics.event_dropped)
        try:
            yield recorder
        finally:
            await recorder.close()

    @contextlib.asynccontextmanager
    async def _accounts(self, session: Session) -> AsyncIterator[Accounts]:
        accounts = Accounts(
            session=session, index=self._index, settings=self.settings, metrics=self.metrics, wake=self._wake
        )
        try:
            yield accounts
        finally:
            await accounts.stop()

    async def _reconciler(self, session: Session, accounts: Accounts, events: EventRecorder) -> Reconciler:
        gatherer = Gatherer(
            accounts=accounts,
            secrets=SecretReader(session, ttl=cadence.SECRETS_LOOK / 2),
            cluster_id=self.settings.cluster_id or await _cluster_id(session),
            operator_namespace=self.settings.operator_namespace,
            now=lambda: datetime.now(UTC),
        )
        return Reconciler(
            index=self._index,
            gatherer=gatherer,
            performer=Performer(session, self._index),
            outputs=Outputs(session, events),
        )

    @contextlib.asynccontextmanager
    async def _working(self, reconciler: Reconciler) -> AsyncIterator[None]:
        async def work(key: Key) -> None:
            started = asyncio.get_running_loop().time()
            outcome = await reconciler.reconcile(key)
            self._after(key, outcome)
            result = "error" if outcome.failure else "requeue_after" if outcome.after else "success"
            self.metrics.reconciled(_CONTROLLER, result, asyncio.get_running_loop().time() - started)

        workers = asyncio.create_task(run_workers(self._queue, work, self.settings.workers), name="workers")
        self._workers = workers
        try:
            yield
        finally:
            if not await self._queue.drain(self.settings.drain_seconds):
                _log.warning("stopping with work unfinished", keys=[str(key) for key in self._queue.in_work])
            workers.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await workers

    def _working_still(self) -> str | None:
        return "the workers ended" if self._workers is not None and self._workers.done() else None

    def _after(self, key: Key, outcome: Outcome) -> None:
        self._queue.forget(key)
        if outcome.after is not None:
            self._queue.add(key, after=outcome.after)

    async def _watch(self, accounts: Accounts) -> None:
        registry = kopf.OperatorRegistry()
        register(registry, Sight(self._index, accounts, self._queue))
        register_login(registry, self.settings.kubeconfig)
        await kopf.operator(
            registry=registry,
            settings=_kopf_settings(),
            clusterwide=not self.settings.namespaces,
            namespaces=self.settings.namespaces,
            standalone=True,
            ready_flag=self.ready,
            stop_flag=self.stop,
        )

    def _wake(self, keys: Iterable[Key]) -> None:
        for key in keys:
            self._queue.add(key)
        states = Counter(
            (obj.get("status") or {}).get("state") or "unknown" for obj in self._index.of_kind(ENDPOINT_KIND)
        )
        self.metrics.endpoint_states(states)


async def _cluster_id(session: Session) -> str:
    """The UID of kube-system, which lives as long as the cluster."""
    uid: str = (await session.get(paths.namespace("kube-system")))["metadata"]["uid"]
    return uid


def _kopf_settings() -> kopf.OperatorSettings:
    """kopf with everything switched off that writes, and bounds where it has none (DESIGN.md section 4)."""
    settings = kopf.OperatorSettings()
    settings.posting.enabled = False
    settings.queueing.idle_timeout = 0.2
    settings.networking.request_timeout = 30
    settings.networking.connect_timeout = 5
    settings.networking.enforce_retry_after = True
    settings.watching.client_timeout = 600
    settings.scanning.disabled = True
    settings.process.ultimate_exiting_timeout = 60
    return settings
