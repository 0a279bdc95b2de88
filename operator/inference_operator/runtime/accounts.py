"""All accounts: which one a resource uses, and an observer for each."""

import asyncio
import time
from collections.abc import Callable, Iterable, Mapping

from inference_operator.api.endpoint import EndpointSpec
from inference_operator.api.names import CLUSTER_ACCOUNT_KIND
from inference_operator.api.status import EndpointStatus, RemoteRef
from inference_operator.core import account as decisions
from inference_operator.core import account_refusals as refusals
from inference_operator.core.account_refusals import NOT_LISTED
from inference_operator.core.failures import Failure
from inference_operator.kube.session import Session
from inference_operator.providers.base import Connection, Site
from inference_operator.runtime.account import Account
from inference_operator.runtime.account_access import Access
from inference_operator.runtime.account_report import Reporter
from inference_operator.runtime.admissions import Admissions
from inference_operator.runtime.index import Index, Key, Object
from inference_operator.runtime.observer import Observer
from inference_operator.runtime.settings import Settings
from inference_operator.runtime.telemetry.metrics import Metrics

LISTING_SECONDS = 10.0
"""How long after the start an account that is missing may still be on its way."""


class Accounts:
    """The accounts and their observers. `wake` has resources looked at; `counted`: whether all of them were seen."""

    def __init__(
        self,
        *,
        session: Session,
        index: Index,
        settings: Settings,
        metrics: Metrics,
        wake: Callable[[Iterable[Key]], None],
        counted: Callable[[], bool] = lambda: True,
        expected: Callable[[], int] = lambda: 0,
    ) -> None:
        self._session = session
        self._access = Access(session, settings, metrics)
        self._reporter = Reporter(session, index, counted)
        self._observers: dict[Key, Observer] = {}
        self._waiting: set[Key] = set()
        self._admissions = Admissions(session)
        self._departed: dict[Key, Observer] = {}
        self._ending: set[asyncio.Task[None]] = set()
        self._stopped = False
        self._expected = expected
        self._began = time.monotonic()
        self._all_listed = False
        self.wake = wake

    def observed_now(self) -> list[Account]:
        """The accounts that are observed."""
        return [observer.account for observer in self._observers.values()]

    def observes(self, key: Key) -> bool:
        """Whether there is such an account."""
        return key in self._observers

    def serves(self, account: Account) -> bool:
        """Whether it is at work still: another may have its name by now, which this one is not woken for."""
        observer = self._observers.get(account.key) or self._departed.get(account.key)
        return observer is not None and observer.account is account

    def changed(self, obj: Object) -> None:
        """An account came or was edited."""
        key = Key.of(obj)
        if self._stopped:
            return
        observer = self._observers.get(key)
        if observer is None:
            observer = self._observers[key] = Observer(Account(key, obj), self)
            observer.start()
            waiting, self._waiting = self._waiting, set()
            self.wake(waiting | self._replaced(key))
            return
        if observer.account.became(obj):
            observer.poke()
            self.wake(observer.account.everyone() | self._admissions.withdraw(key))

    async def gone(self, key: Key) -> None:
        """An account was deleted. While resources use it, its connection stays: for taking away what it made."""
        observer = self._observers.pop(key, None)
        if observer is None:
            return
        users = observer.account.everyone()
        refused = self._admissions.withdraw(key)
        if users and observer.account.connection is not None:
            # First, for a resource may go meanwhile.
            self._departed[key] = observer
            await observer.cease()
        else:
            await observer.stop()
        self.wake(users | refused)

    def _replaced(self, key: Key) -> set[Key]:
        """An account that was gone is there again. Returns who was served by what was left of it."""
        departed = self._departed.get(key)
        if departed is None:
            return set()
        self._dismiss(key)
        return departed.account.everyone()

    def _dismiss(self, key: Key) -> None:
        """What is left of an account that is gone is needed no more."""
        task = asyncio.create_task(self._departed.pop(key).stop(), name=f"end {key}")
        self._ending.add(task)
        task.add_done_callback(self._ending.discard)

    async def stop(self) -> None:
        """Stop all observers."""
        self._stopped = True
        await asyncio.gather(*self._ending, return_exceptions=True)
        for observers in (self._observers, self._departed):
            # An account may go while another one is being stopped.
            while observers:
                await observers.popitem()[1].stop()

    def release(self, by: Key) -> None:
        """A resource is gone: no account keeps it in mind."""
        self._waiting.discard(by)
        self._admissions.forget(by)
        for observer in self._observers.values():
            if observer.account.release(by) and observer.account.leaving:
                observer.poke()
        for key, observer in [*self._departed.items()]:
            if observer.account.release(by) and not observer.account.used:
                self._dismiss(key)

    async def resolve(
        self, by: Key, spec: EndpointSpec, status: EndpointStatus, *, deleting: bool = False
    ) -> Account | Failure:
        """The account that a resource uses, or why it has none. One that is gone serves `deleting` ones still."""
        wanted = decisions.candidates(spec, status)
        for kind, name in wanted:
            key = Key(kind, "" if kind == CLUSTER_ACCOUNT_KIND else by.namespace, name)
            observer = self._observers.get(key)
            if observer is not None:
                self._leave_others(by, key)
                if deleting:
                    return observer.account
                bound = status.remote_ref is not None
                refusal = await self._admissions.refusal(observer.account, by, spec, bound=bound)
                if refusal is not None:
                    self._waiting.add(by)  # One that comes may be the one to use instead.
                return refusal or observer.account
            if deleting and key in self._departed:
                return self._departed[key].account
        self._waiting.add(by)
        if not self._listed():
            return NOT_LISTED
        missing = refusals.not_found(wanted, bound=status.remote_ref is not None)
        return refusals.credentials_lost(missing) if deleting else missing

    def _leave_others(self, by: Key, key: Key) -> None:
        """What a resource used before this account keeps it no longer: it could not go for its sake."""
        for other, observer in self._observers.items():
            if other != key and observer.account.release(by):
                observer.poke()

    def _listed(self) -> bool:
        """Whether all accounts of the start were seen once; one may have gone before it was, so not for ever."""
        waited = time.monotonic() - self._began > LISTING_SECONDS
        self._all_listed = self._all_listed or waited or len(self._observers) >= self._expected()
        return self._all_listed

    def bound(self, by: Key, reference: RemoteRef) -> None:
        """A resource is bound through an account, whatever else is to be said of it: it counts among its users."""
        kind, name = reference.account.kind, reference.account.name
        observer = self._observers.get(Key(kind, "" if kind == CLUSTER_ACCOUNT_KIND else by.namespace, name))
        if observer is not None:
            observer.account.use(reference.name, by)

    # What the observers need.

    async def credentials(self, account: Account, site: Site) -> Mapping[str, str] | Failure:
        """The values of the account's Secrets."""
        return await self._access.credentials(account, site)

    def connect(self, account: Account, site: Site, credentials: Mapping[str, str]) -> Connection:
        """Open a connection whose requests are counted."""
        return self._access.connect(account, site, credentials)

    def admitted(self, site: Site) -> Failure | None:
        """Whether the operator was told to call this address."""
        return self._access.admitted(site)

    async def observed(self, account: Account) -> None:
        """It was read: have those look again whom the account refused, and whose namespace is labelled anew."""
        self.wake(await self._admissions.relabelled(account.key))

    async def report(self, account: Account) -> None:
        """Write the account's status where it changed, and let it go where nobody needs it any more."""
        await self._reporter.report(account)
