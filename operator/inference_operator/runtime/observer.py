"""The observer of one account: it reads the remote side on a beat, and wakes only the resources whose world changed.

One list for all endpoints of an account, instead of one read for each: the cost of watching grows with accounts and
pages, never with resources (invariant I5, ADR-0001).
"""

import asyncio
import contextlib
import math
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Protocol

from inference_operator.core import cadence
from inference_operator.core.errors import ProviderError
from inference_operator.core.failures import Failure, failure_of
from inference_operator.core.text import complaint
from inference_operator.kube.errors import KubeError
from inference_operator.providers.base import Connection, Site
from inference_operator.runtime.account import Account, interval
from inference_operator.runtime.account_read import read
from inference_operator.runtime.feed import Feed
from inference_operator.runtime.index import Key
from inference_operator.runtime.telemetry.logging import get_logger

_log = get_logger(__name__)

_PAST = 0.1


_DEFECT = Failure(
    "InternalError",
    "The account could not be read for an unexpected reason. The operator's log says more; please report it.",
    terminal=False,
)


class Environment(Protocol):
    """What an observer needs of its surroundings."""

    async def credentials(self, account: Account, site: Site) -> Mapping[str, str] | Failure:
        """The account's credentials, `SecretKey.field` -> value, or why there are none."""

    def connect(self, account: Account, site: Site, credentials: Mapping[str, str]) -> Connection:
        """Open a connection."""

    def admitted(self, site: Site) -> Failure | None:
        """Why this address may not be called; None where it may."""

    async def report(self, account: Account) -> None:
        """Write what is said of the account, if it changed."""

    def wake(self, keys: Iterable[Key]) -> None:
        """Have these resources looked at."""

    def observed(self, account: Account) -> None:
        """The account was read whole."""


async def _unproven(connection: Connection) -> Failure | None:
    """Why credentials are not to be used, None where a read with them succeeded."""
    try:
        async with contextlib.aclosing(connection.pages()) as pages:
            await anext(pages)
    except ProviderError as error:
        failure = failure_of(error)
        message = f"{failure.message} The credentials before these go on being used as long as they work."
        return replace(failure, message=message)
    return None


class Observer:
    """Observes one account until it is stopped."""

    def __init__(self, account: Account, environment: Environment) -> None:
        self.account = account
        self._environment = environment
        self._credentials: Mapping[str, str] | None = None
        self._due = 0.0
        self._sooner = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._was_stale = False
        self._expiry: asyncio.TimerHandle | None = None
        self._retiring: set[asyncio.Task[None]] = set()
        account.hurry = self.hurry
        account.wake = environment.wake

    def start(self) -> None:
        """Begin to observe."""
        self._task = asyncio.create_task(self._run(), name=f"observe {self.account.key}")

    async def cease(self) -> None:
        """Observe no more; the connection stays open."""
        if self._expiry is not None:
            self._expiry.cancel()
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    async def stop(self) -> None:
        """Observe no more, and close the connection."""
        await self.cease()
        await self._disconnect()
        await asyncio.gather(*self._retiring, return_exceptions=True)

    def poke(self) -> None:
        """Read now instead of at the next beat: the account itself changed."""
        self._advance(self.account.clock())

    def hurry(self) -> None:
        """Read at the fast beat: something was set in motion. However many ask, it stays one read for each beat."""
        self._advance(self.account.clock() + cadence.FAST_LOOK.total_seconds())

    def _advance(self, due: float) -> None:
        if due < self._due:
            self._due = due
            self._sooner.set()

    async def _run(self) -> None:
        while True:
            # What is asked for from here on is to be read after this.
            self._due = math.inf
            try:
                await self.tick()
            except Exception:
                _log.exception("observing failed", account=str(self.account.key))
            self._vouch()
            await self._rest()

    def _vouch(self) -> None:
        """Have everyone look when what is shown gets old, for the next read may hang until then and longer."""
        if self._expiry is not None:
            self._expiry.cancel()
        if self._was_stale:
            return  # That was told.
        left = max(self.account.stale_in, 0.0) + _PAST
        self._expiry = asyncio.get_running_loop().call_later(left, self._expire)

    def _expire(self) -> None:
        self._was_stale = True
        self._environment.wake(self.account.everyone())

    async def tick(self) -> None:
        """Read once and tell whom it concerns."""
        self.account.judged = self.account.obj["metadata"].get("generation", 0)
        was_failing, was_open = self.account.failure, self.account.valve.breaker.open
        failure = await self._observe()
        self.account.failure = failure
        if failure is None:
            self.account.valve.breaker.close()
        stale = self.account.stale
        if failure != was_failing or stale != self._was_stale or (was_open and failure is None):
            self._was_stale = stale
            self._environment.wake(self.account.everyone())
        await self._environment.report(self.account)

    async def _observe(self) -> Failure | None:
        try:
            failure = await self._connect()
            if failure is not None:
                return failure
            await self._read()
        except ProviderError as error:
            return failure_of(error)
        except KubeError as error:
            return Failure("SecretUnreadable", f"The account's Secret could not be read: {error.message}.", False)
        except Exception:
            _log.exception("observing failed", account=str(self.account.key))
            return _DEFECT
        return None

    async def _connect(self) -> Failure | None:
        site = self._site()
        if isinstance(site, Failure):
            return site
        refused = self._environment.admitted(site)
        if refused is not None:
            return refused
        credentials = await self._environment.credentials(self.account, site)
        if isinstance(credentials, Failure):
            return credentials
        if (site, credentials) == (self.account.site, self._credentials) and self.account.connection is not None:
            self.account.warning = None
            return None
        return await self._exchange(site, credentials)

    async def _exchange(self, site: Site, credentials: Mapping[str, str]) -> Failure | None:
        """Connect with other credentials. Those that work go on being used until a read proves the new ones."""
        connection = self._environment.connect(self.account, site, credentials)
        if self.account.connection is not None and site == self.account.site:
            self.account.warning = await _unproven(connection)
            if self.account.warning is not None:
                await connection.aclose()
                return None
        self._retire(self.account.connection)
        if site != self.account.site:
            # What is known is of another place.
            self.account.feed = Feed()
        self.account.site, self._credentials = site, credentials
        self.account.connection = connection
        self.account.renewed()
        return None

    def _retire(self, connection: Connection | None) -> None:
        """Close a connection beside the work: what is under way on it may end."""
        if connection is not None:
            task = asyncio.create_task(connection.aclose(), name=f"retire {self.account.key}")
            self._retiring.add(task)
            task.add_done_callback(self._retiring.discard)

    def _site(self) -> Site | Failure:
        spec = self.account.spec
        try:
            return self.account.plugin.site(spec.block)
        except (LookupError, ValueError) as error:
            return Failure("InvalidAccount", f"The account's provider block can't be used: {complaint(error)}.", True)

    async def _read(self) -> None:
        connection, first = self.account.connection, self.account.feed.listed_at is None
        if connection is None:
            return
        changed = await read(self.account, connection)
        self._environment.observed(self.account)
        if await self.account.prices.keep(connection):
            self._environment.wake(self.account.everyone())
        concerned = self.account.everyone() if first else self._users_of(changed)
        self._environment.wake(concerned)

    def _users_of(self, names: Iterable[str]) -> set[Key]:
        return set[Key]().union(*(self.account.users[name] for name in names if name in self.account.users))

    async def _disconnect(self) -> None:
        connection, self.account.connection = self.account.connection, None
        if connection is not None:
            await connection.aclose()

    async def _rest(self) -> None:
        self._due = min(self._due, self.account.clock() + self._beat())
        while (left := self._due - self.account.clock()) > 0:
            self._sooner.clear()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(left):
                    await self._sooner.wait()

    def _beat(self) -> float:
        """Seconds to the next read. One in trouble is asked no more often than a healthy one."""
        at_rest, failure = interval(self.account.spec), self.account.failure
        if failure is not None:
            return max(at_rest.total_seconds(), failure.retry_after or 0.0)
        in_transition, strict_in = self.account.in_transition, self.account.strict_in
        return cadence.poll_after(at_rest, in_transition=in_transition, strict_in=strict_in)
