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
from inference_operator.runtime.account_read import read, read_each
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

    async def observed(self, account: Account) -> None:
        """The account was read, and everybody was told."""


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
        self._failed = 0
        self._looking = False
        self._not_before = -math.inf
        self._told_to_wait: Failure | None = None
        self._pricing: asyncio.Task[None] | None = None
        self._sooner = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._was_stale = False
        self._expiry: asyncio.TimerHandle | None = None
        self._retiring: set[asyncio.Task[None]] = set()
        account.hurry = self.hurry
        account.valve.tripped = self.look_into
        account.wake = environment.wake

    def start(self) -> None:
        """Begin to observe."""
        self._task = asyncio.create_task(self._run(), name=f"observe {self.account.key}")

    async def cease(self) -> None:
        """Observe no more; the connection stays open."""
        if self._expiry is not None:
            self._expiry.cancel()
        for task in (self._task, self._pricing):
            if task is not None:
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)

    async def stop(self) -> None:
        """Observe no more, and close the connection."""
        await self.cease()
        await self._disconnect()
        await asyncio.gather(*self._retiring, return_exceptions=True)

    def poke(self) -> None:
        """Read now instead of at the next beat: the account itself changed, and patience is not owed to it."""
        self._failed = 0
        self._advance(self.account.clock())

    def hurry(self) -> None:
        """Read at the fast beat: something was set in motion. However many ask, it stays one read for each beat."""
        self._advance(self.account.clock() + cadence.FAST_LOOK.total_seconds())

    def look_into(self) -> None:
        """Read soon: calls of resources failed, and go on failing until a read succeeds, or another token is used.

        Where that is known of the account itself, its looks have a pace of their own; so has what they send.
        """
        if self.account.failure is None and not self._looking:
            self._advance(self.account.clock() + cadence.TROUBLE_LOOK)

    def _advance(self, due: float) -> None:
        if due < self._due:
            self._due = due
            self._sooner.set()

    async def _run(self) -> None:
        self._vouch()
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
        if not self.account.stale:
            self._vouch()  # Pages came meanwhile.
            return
        self._was_stale = True
        self._environment.wake(self.account.everyone())

    async def tick(self) -> None:
        """Read once and tell whom it concerns."""
        edited, credentials = self.account.judge(), self.account.credentials_of
        self._looking = True
        try:
            failure = await self._observe()
        finally:
            self._looking = False
        self._failed = 0 if failure is None else self._failed + 1
        is_news = self.account.came_to(failure, anew=edited or credentials != self.account.credentials_of)
        if failure is None:
            self.account.valve.breaker.close()
        stale = self.account.stale
        if is_news or stale != self._was_stale:
            self._was_stale = stale
            self._environment.wake(self.account.everyone())
        elif failure is None:
            # Of a doubt that is over some were told before everybody was.
            self._environment.wake(self.account.held_back | (set() if stale else self.account.doubtful))
        if failure is None:
            self.account.held_back = set()
        if not stale:
            self.account.doubtful = set()
        await self._environment.report(self.account)
        if failure is None:
            await self._environment.observed(self.account)

    async def _observe(self) -> Failure | None:
        try:
            failure = await self._connect()
            if failure is not None:
                return failure
            if self._told_to_wait is not None and self.account.clock() < self._not_before:
                return self._told_to_wait
            await self._read()
        except ProviderError as error:
            failure = failure_of(error)
            if error.sent and error.retry_after:
                self._not_before, self._told_to_wait = self.account.clock() + error.retry_after, failure
            return failure
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
        moved = site != self.account.site
        if moved:
            self.account.moved()
            self._pricing = None
        self._not_before, self._failed = -math.inf, 0  # It was asked of others.
        self.account.site, self._credentials = site, credentials
        self.account.connection = connection
        self.account.renewed()
        if not moved:
            self._tell(self.account.everyone())  # Else all are read in one list first.
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
        changed = set[str]()
        try:
            unseen = await read(self.account, connection, changed)
        finally:
            # Pages that came are known, also where another one did not.
            self._tell(self._users_of(changed))
        if first:
            self._tell(self.account.everyone())
        self._environment.wake(self._users_of(await read_each(self.account, connection, unseen)))
        await self._keep_prices(connection)

    def _tell(self, users: set[Key]) -> None:
        """Who waits for the account's first answer is woken by that alone."""
        if not self.account.unread:
            self._environment.wake(users)

    async def _keep_prices(self, connection: Connection) -> None:
        """A price list that is long in coming keeps nobody from what the account's list says."""
        if self._pricing is None or self._pricing.done():
            self._pricing = asyncio.create_task(self._read_prices(connection), name=f"prices {self.account.key}")
        usual = min(cadence.PRICES_WITHIN, interval(self.account.spec).total_seconds())
        patience = min(cadence.PRICES_AT_FIRST, usual) if self.account.unread else usual
        await asyncio.wait([self._pricing], timeout=patience)
        if self._pricing.done():
            self._pricing.result()

    async def _read_prices(self, connection: Connection) -> None:
        if await self.account.prices.keep(connection):
            self._tell(self.account.everyone())

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
        """Seconds to the next look. One in trouble is soon looked at, and then less and less often, down to the usual.

        One that asked to wait is not asked, but its credentials are looked at: others may be used at once.
        """
        at_rest = interval(self.account.spec)
        if self.account.failure is not None:
            return cadence.trouble_after(at_rest, max(self._failed, 1))
        in_transition, strict_in = self.account.in_transition, self.account.strict_in
        return cadence.poll_after(at_rest, in_transition=in_transition, strict_in=strict_in)
