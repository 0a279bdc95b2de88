"""The operator as a whole: what is made, in which order it starts, and in which order it stops."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Callable, Iterable
from datetime import UTC, datetime

from aiohttp import web
from prometheus_client.registry import Collector

from inference_operator import __version__
from inference_operator.api.names import ENDPOINT_KIND, FIELD_MANAGER
from inference_operator.core import cadence
from inference_operator.kube.cluster_id import cluster_id
from inference_operator.kube.errors import Forbidden
from inference_operator.kube.events import EventRecorder
from inference_operator.kube.secrets import SecretReader
from inference_operator.kube.session import Session
from inference_operator.providers.dataplane import DataPlane
from inference_operator.runtime.accounts import Accounts
from inference_operator.runtime.callers import Callers
from inference_operator.runtime.census import Census
from inference_operator.runtime.gather import Gatherer
from inference_operator.runtime.handlers import Sight
from inference_operator.runtime.http_ports import Ports
from inference_operator.runtime.index import Index, Key
from inference_operator.runtime.lanes import account_lane
from inference_operator.runtime.leadership import Leadership, candidate
from inference_operator.runtime.missed_deletions import MissedDeletions
from inference_operator.runtime.openmetrics import OpenMetrics
from inference_operator.runtime.orphan_ledger import LedgerKeeper
from inference_operator.runtime.outputs import Outputs
from inference_operator.runtime.perform import Performer
from inference_operator.runtime.queue import WorkQueue, run_workers
from inference_operator.runtime.reconciler import Reconciler
from inference_operator.runtime.rights import Rights
from inference_operator.runtime.settings import Settings
from inference_operator.runtime.skew import Skew, skew
from inference_operator.runtime.telemetry import tracing
from inference_operator.runtime.telemetry.gauges import AccountGauges, EachEndpoint, EndpointSums, WorkGauges
from inference_operator.runtime.telemetry.logging import get_logger
from inference_operator.runtime.telemetry.metrics import Metrics
from inference_operator.runtime.watching import Watch
from inference_operator.runtime.worker import CONTROLLER, Worker

_log = get_logger(__name__)


class Misconfigured(Exception):  # noqa: N818 - what it says
    """The operator can't work with these settings and rights; the message says what to change."""


class Operator:
    """One operator process. `run` returns when `stop` is set and everything in work is finished."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.metrics = Metrics(version=__version__)
        self.stop = asyncio.Event()
        self._index = Index()
        self._queue: WorkQueue[Key] = WorkQueue(
            metrics=self.metrics.queue(CONTROLLER),
            lane=account_lane(self._index, self._exists),
            lane_width=settings.max_in_flight,
        )
        self._observed: Accounts | None = None
        self._workers: asyncio.Task[None] | None = None
        self._leadership: Leadership | None = None
        self.metrics.beside(self._endpoint_gauges())
        self.metrics.beside(WorkGauges(CONTROLLER, workers=settings.workers, ages=self._queue.ages))

    async def run(self, *, on_ready: Callable[[], None] = lambda: None) -> None:
        """Run until `stop` is set; `on_ready` is called once the watch runs.

        Raises where watching fails, and `Lost` where this process led and no longer may.
        """
        async with contextlib.AsyncExitStack() as stack:
            session = await self._session(stack)
            census = Census(session, self._index, self.settings, idle=lambda: self._queue.idle)
            accounts = self._accounts(session, census)
            self._observed = accounts
            self.metrics.beside(AccountGauges(accounts.observed_now))
            sight = Sight(self._index, accounts, self._queue)
            watch = Watch(session, self.settings, sight, on_ready=on_ready)
            rights = Rights(session, sight, self.settings.namespaces)
            await stack.enter_async_context(self._ports(watch, self._beside_metrics(session, accounts)))
            _heed(await skew(session))
            events = self._events(session)
            orphans = LedgerKeeper(
                session,
                self.settings.operator_namespace,
                self._index,
                complete=lambda: census.complete,
                tell=self.metrics.orphans,
            )
            reconciler = await self._reconciler(session, accounts, events, rights, on_orphan=orphans.look_again)
            needed = set[asyncio.Task[None]]()
            if self._leadership is not None:
                needed.add(await stack.enter_async_context(self._leadership.running()))
            needed.add(await stack.enter_async_context(watch.running()))
            await stack.enter_async_context(MissedDeletions(session, sight, self.settings.namespaces).running())
            if self._leadership is not None:
                if not await self._until(self._leadership.won, needed):
                    return
                # Given up once all work has ended, and before the watch has: a standby waits for it.
                stack.push_async_callback(self._leadership.resign)
            await census.take()
            await stack.enter_async_context(census.running())
            stack.push_async_callback(events.close)
            stack.push_async_callback(accounts.stop)
            sight.begin()
            await stack.enter_async_context(orphans.running())
            await stack.enter_async_context(rights.running())
            await stack.enter_async_context(self._working(reconciler))
            await self._until(self.stop, needed)

    def _exists(self, account: Key) -> bool:
        return self._observed is None or self._observed.observes(account)

    async def _until(self, event: asyncio.Event, needed: set[asyncio.Task[None]]) -> bool:
        """Wait for `event`; False where `stop` came first. Raises what ended a task that is needed."""
        waiting = {asyncio.create_task(one.wait(), name="wait") for one in (event, self.stop)}
        await asyncio.wait({*waiting, *needed}, return_when=asyncio.FIRST_COMPLETED)
        for one in waiting:
            one.cancel()
        ended = [task for task in needed if task.done()]
        if ended:
            self.stop.set()
        for task in ended:
            task.result()
        return event.is_set() and not ended

    async def _session(self, stack: contextlib.AsyncExitStack) -> Session:
        session = await self._connect(stack)
        if self.settings.leader_elect:
            # The Lease has connections of its own: its renewal waits behind no other request.
            elected = candidate(await self._connect(stack), self.settings)
            self._leadership = Leadership(elected, on_change=self._leads)
            self._leads(False)
            session.may_write = self._leadership.holds
        return session

    async def _connect(self, stack: contextlib.AsyncExitStack) -> Session:
        connecting = Session.connect(self.settings.kubeconfig, on_request=self._asked_api_server)
        return await stack.enter_async_context(await connecting)

    def _asked_api_server(self, method: str, resource: str, code: int, seconds: float) -> None:
        self.metrics.api_server_request(method, resource, code, seconds)
        tracing.called(f"{method} {resource}", code=code, seconds=seconds, server="kube-apiserver")

    def _leads(self, leads: bool) -> None:
        self.metrics.leading(self.settings.lease_name, leads)

    def _may_write(self) -> bool:
        return self._leadership is None or self._leadership.holds()

    def _beside_metrics(self, session: Session, accounts: Accounts) -> list[web.RouteDef]:
        if not self.settings.openmetrics:
            return []
        return OpenMetrics(
            callers=Callers(session), index=self._index, accounts=accounts, leads=self._may_write
        ).routes()

    def _ports(self, watch: Watch, beside_metrics: list[web.RouteDef]) -> Ports:
        return Ports(
            metrics=self.metrics,
            live={"workers": self._working_still},
            ready={
                "watching": lambda: None if watch.ready.is_set() else "not watching yet",
                "working": lambda: "stopping" if self.stop.is_set() else None,
            },
            health_port=self.settings.health_port,
            metrics_port=self.settings.metrics_port,
            beside_metrics=beside_metrics,
        )

    def _events(self, session: Session) -> EventRecorder:
        return EventRecorder(session, FIELD_MANAGER, socket.gethostname(), on_drop=self.metrics.event_dropped)

    def _accounts(self, session: Session, census: Census) -> Accounts:
        return Accounts(
            session=session,
            index=self._index,
            settings=self.settings,
            metrics=self.metrics,
            wake=self._wake,
            counted=lambda: census.complete,
            expected=lambda: census.accounts,
        )

    async def _reconciler(
        self,
        session: Session,
        accounts: Accounts,
        events: EventRecorder,
        rights: Rights,
        *,
        on_orphan: Callable[[], None],
    ) -> Reconciler:
        gatherer = Gatherer(
            accounts=accounts,
            secrets=SecretReader(session, ttl=cadence.SECRETS_AGE),
            cluster_id=self.settings.cluster_id or await _cluster_id(session),
            operator_namespace=self.settings.operator_namespace,
            now=lambda: datetime.now(UTC),
        )
        outputs = Outputs(session, events, self.metrics.drifted, self.metrics.remote_change)
        return Reconciler(
            index=self._index,
            gatherer=gatherer,
            performer=Performer(
                session,
                self._index,
                self.settings.operator_namespace,
                DataPlane(self.settings.allow_base_urls),
                on_orphan=on_orphan,
                on_release=outputs.released,
                keep_rights=rights.keep,
            ),
            outputs=outputs,
        )

    @contextlib.asynccontextmanager
    async def _working(self, reconciler: Reconciler) -> AsyncIterator[None]:
        worker = Worker(self._queue, reconciler, self.metrics)
        workers = asyncio.create_task(run_workers(self._queue, worker.work, self.settings.workers), name="workers")
        self._workers = workers
        try:
            yield
        finally:
            if not await self._queue.drain(self.settings.drain_seconds if self._may_write() else 0.0):
                _log.warning("stopping with work unfinished", keys=[str(key) for key in self._queue.in_work])
            workers.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await workers

    def _working_still(self) -> str | None:
        return "the workers ended" if self._workers is not None and self._workers.done() else None

    def _wake(self, keys: Iterable[Key]) -> None:
        for key in keys:
            self._queue.add(key)

    def _endpoint_gauges(self) -> Collector:
        if not self.settings.per_endpoint_metrics:
            return EndpointSums(self._index.tally.counts, leads=self._may_write)
        return EachEndpoint(
            lambda: ((key, brief.figures) for key, brief in self._index.briefs(ENDPOINT_KIND).items()),
            leads=self._may_write,
        )


def _heed(found: Skew | None) -> None:
    if found is None:
        return
    if found.fatal:
        raise Misconfigured(found.problem)
    _log.warning("the CRDs are of another version", why=found.problem)


async def _cluster_id(session: Session) -> str:
    try:
        return await cluster_id(session)
    except Forbidden as error:
        raise Misconfigured("namespace kube-system may not be read: give --cluster-id") from error
