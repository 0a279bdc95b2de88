"""Which of several processes works: the one that holds the Lease; the others stand by, warm."""

import asyncio
import contextlib
import secrets
import socket
from collections.abc import AsyncIterator, Callable
from http import HTTPStatus

from inference_operator.kube.errors import KubeError
from inference_operator.kube.lease import Lease, Lost, Timing, since_boot
from inference_operator.kube.session import Session
from inference_operator.runtime.settings import Settings
from inference_operator.runtime.telemetry.logging import get_logger

_log = get_logger(__name__)

_RELEASE_SECONDS = 2.0
_SHORTEST_TRY = 0.05
_REMEDIES = {
    HTTPStatus.FORBIDDEN: "let the operator get, create and patch it, as deploy/rbac does",
    HTTPStatus.NOT_FOUND: "create the namespace, or name another one with --operator-namespace",
}


class Leadership:
    """One candidate at work. `won` is set once this process leads; `running`'s task ends with `Lost` when it did."""

    def __init__(self, lease: Lease, *, on_change: Callable[[bool], None] = lambda leads: None) -> None:
        self.won = asyncio.Event()
        self._lease = lease
        self._on_change = on_change
        self._complaint = ""
        self._holder = ""
        self._task: asyncio.Task[None] | None = None

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[asyncio.Task[None]]:
        """Be a candidate for the duration of the context."""
        self._on_change(False)
        self._task = asyncio.create_task(self._run(), name="leadership")
        try:
            yield self._task
        finally:
            await self._end()

    async def resign(self) -> None:
        """Write no more, and let a standby lead at once. Where that can't be told, it waits for the lease to end."""
        await self._end()
        leading = self._lease.holds()
        try:
            async with asyncio.timeout(_RELEASE_SECONDS):
                await self._lease.release()
        except (KubeError, TimeoutError) as error:
            _log.warning("the lease could not be released", error=_said(error))
        else:
            if leading:
                _log.info("released the lease", identity=self._lease.identity)
        self._on_change(False)

    def holds(self) -> bool:
        """Whether this process may begin a write now."""
        return self._lease.holds()

    async def _run(self) -> None:
        while not await self._try():
            self._tell_holder()
            await asyncio.sleep(self._lease.timing.look)
        _log.info("leading", identity=self._lease.identity)
        self._on_change(True)
        self.won.set()
        renewed = True
        while True:
            await asyncio.sleep(self._lease.timing.retry if renewed else self._lease.timing.look)
            renewed = await self._try()

    async def _try(self) -> bool:
        try:
            async with asyncio.timeout(self._patience()):
                done = await self._lease.attempt()
        except Lost:
            self._on_change(False)
            raise
        except (KubeError, TimeoutError) as error:
            self._complain(error)
            return False
        self._complaint = ""
        return done

    def _patience(self) -> float:
        answer = self._lease.timing.answer
        left = self._lease.deadline - since_boot()
        return max(min(answer, left), _SHORTEST_TRY) if self.won.is_set() else answer

    def _tell_holder(self) -> None:
        if self._lease.holder not in ("", self._holder):
            self._holder = self._lease.holder
            _log.info("standing by", holder=self._holder)

    def _complain(self, error: KubeError | TimeoutError) -> None:
        # Once, until it changes: a standby looks every second.
        complaint = _said(error)
        if complaint != self._complaint:
            self._complaint = complaint
            _log.error("the lease can't be read or written; trying again", error=complaint, **_remedy(error))

    async def _end(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)


def candidate(session: Session, settings: Settings) -> Lease:
    """The candidate that this process is: its name tells a person the pod, and no other process ever has it."""
    return Lease(
        session,
        namespace=settings.operator_namespace,
        name=settings.lease_name,
        identity=f"{socket.gethostname()}_{secrets.token_hex(4)}",
        timing=Timing(settings.lease_duration),
    )


def _said(error: KubeError | TimeoutError) -> str:
    return str(error) if isinstance(error, KubeError) else "no answer in time"


def _remedy(error: KubeError | TimeoutError) -> dict[str, str]:
    remedy = _REMEDIES.get(HTTPStatus(error.status)) if isinstance(error, KubeError) and error.status else None
    return {"remedy": remedy} if remedy else {}
