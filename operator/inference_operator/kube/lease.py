"""A `coordination.k8s.io` Lease: who may write, told by the API server (invariant I8).

The rules are client-go's (tools/leaderelection): a holder renews every `retry` seconds and stops when it could not for
`renew` seconds, which is before anybody else may take over, `duration` seconds after the last change that *they* saw.
So no clock is compared with another machine's, and times in the Lease are there for people.

`kubernetes.aio.leaderelection` is not used: it goes by the wall clock, tells no deadline that a write could be checked
against, does not release, and brings the typed API classes.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from inference_operator.kube import paths
from inference_operator.kube.errors import Conflict, NotFound
from inference_operator.kube.session import Session

# CLOCK_MONOTONIC stands still while the machine sleeps, and with it the deadline would; only Linux has the other one.
_CLOCK: Final[int] = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
_RELEASE_ATTEMPTS: Final = 3
_NEVER: Final = float("-inf")

Document = dict[str, Any]


def since_boot() -> float:
    """Seconds on a clock that nobody sets, and that runs on while the process or the machine sleeps."""
    return time.clock_gettime(_CLOCK)


@dataclass(frozen=True, slots=True)
class Timing:
    """How long a lease lasts, in seconds; the rest follows in client-go's proportions (15, 10, 2)."""

    duration: int = 15

    @property
    def renew(self) -> float:
        """How long the holder writes after a renewal began. The rest of `duration` is for writes under way to land."""
        return self.duration * 2 / 3

    @property
    def retry(self) -> float:
        """How long the holder waits between renewals."""
        return self.duration * 2 / 15

    @property
    def look(self) -> float:
        """How long a standby waits between looks: short, for a released lease is to be taken up at once."""
        return self.retry / 2

    @property
    def answer(self) -> float:
        """How long one try waits for the API server, so that a second one fits before the deadline."""
        return self.duration / 3


class Lost(Exception):  # noqa: N818 - named for what happened
    """The lease was held and is not any more. It never is again by this object: what its process knows may be old."""


class Lease:
    """One candidate for a lease. `holds` is what every write asks; `attempt` and `release` do the rest."""

    def __init__(
        self,
        session: Session,
        *,
        namespace: str,
        name: str,
        identity: str,
        timing: Timing,
        clock: Callable[[], float] = since_boot,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.identity = identity
        self.timing = timing
        self.holder = ""
        """Who held it when last seen; empty: nobody."""
        self.deadline = _NEVER
        """When the right to write ends, on `clock`."""
        self._session = session
        self._namespace = namespace
        self._name = name
        self._clock = clock
        self._now = now
        self._acquired = False
        self._seen: Document | None = None
        self._changed_at = _NEVER

    def holds(self) -> bool:
        """Whether a write may begin now."""
        return self._clock() < self.deadline

    async def attempt(self) -> bool:
        """Try once to take the lease, or to renew it; False where another one has it.

        Raises `Lost` where it was held before and is not any more; `KubeError` or TimeoutError where the API server
        could not be asked, which ends nothing before the deadline.
        """
        if self._acquired and not self.holds():
            raise self._lose("it could not be renewed in time")
        try:
            return await self._attempt()
        except Conflict:
            # Another candidate was faster, or an answer to a renewal of ours was lost.
            self._seen = None
            return self._acquired and await self._attempt()
        except NotFound:
            if self._acquired:
                raise self._lose("it was deleted") from None
            raise

    async def release(self) -> None:
        """Give the lease up, so that a standby need not wait for its end. Nothing is written from here on."""
        held, self.deadline = self.holds(), _NEVER
        for _ in range(_RELEASE_ATTEMPTS if held else 0):
            lease = self._seen or await self._read()
            if lease is None or _spec(lease).get("holderIdentity") != self.identity:
                return
            try:
                await self._write(lease, {"holderIdentity": None, "renewTime": self._moment()})
            except Conflict:
                self._seen = None
            else:
                return

    async def _attempt(self) -> bool:
        lease = (self._seen if self._acquired else None) or await self._read()
        if lease is None:
            return await self._create()
        self.holder = _spec(lease).get("holderIdentity") or ""
        if self.holder == self.identity:
            return await self._extend(lease, {"renewTime": self._moment()})
        if self._acquired:
            raise self._lose(f"{self.holder or 'nobody'} holds it")
        if self.holder and self._clock() < self._changed_at + _duration(lease, self.timing):
            return False
        return await self._extend(lease, self._claim(lease))

    async def _read(self) -> Document | None:
        try:
            lease = await self._session.get(paths.lease(self._namespace, self._name))
        except NotFound:
            return None
        self._see(lease)
        return lease

    async def _create(self) -> bool:
        if self._acquired:
            raise self._lose("it was deleted")
        began = self._clock()
        body = {
            "apiVersion": "coordination.k8s.io/v1",
            "kind": "Lease",
            "metadata": {"name": self._name},
            "spec": self._claim(None),
        }
        self._see(await self._session.create(paths.leases(self._namespace), body))
        return self._won(began)

    async def _extend(self, lease: Document, spec: Document) -> bool:
        began = self._clock()
        await self._write(lease, spec)
        return self._won(began)

    async def _write(self, lease: Document, spec: Document) -> None:
        path = paths.lease(self._namespace, self._name)
        version = {"resourceVersion": lease["metadata"]["resourceVersion"]}
        self._see(await self._session.patch(path, {"metadata": version, "spec": spec}))

    def _won(self, began: float) -> bool:
        # Counted from before the request was sent: the others count from later, when they see it.
        if self._acquired and not self.holds():
            raise self._lose("it was renewed too late")
        self._acquired, self.holder, self.deadline = True, self.identity, began + self.timing.renew
        return True

    def _lose(self, why: str) -> Lost:
        self.deadline = _NEVER
        return Lost(why)

    def _see(self, lease: Document) -> None:
        if self._seen is None or _spec(self._seen) != _spec(lease):
            self._changed_at = self._clock()
        self._seen = lease

    def _claim(self, lease: Document | None) -> Document:
        moment = self._moment()
        changes = _spec(lease).get("leaseTransitions", 0) + 1 if lease else 0
        return {
            "holderIdentity": self.identity,
            "leaseDurationSeconds": self.timing.duration,
            "acquireTime": moment,
            "renewTime": moment,
            "leaseTransitions": changes,
        }

    def _moment(self) -> str:
        return self._now().astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _spec(lease: Document) -> Document:
    return lease.get("spec") or {}


def _duration(lease: Document, timing: Timing) -> float:
    return float(_spec(lease).get("leaseDurationSeconds") or timing.duration)
