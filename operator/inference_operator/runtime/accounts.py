"""All accounts: which one a resource uses, and an observer for each."""

import asyncio
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime

from inference_operator.api.account import ClusterInferenceAccountSpec
from inference_operator.api.endpoint import EndpointSpec
from inference_operator.api.names import CLUSTER_ACCOUNT_KIND
from inference_operator.api.status import EndpointStatus, RemoteRef
from inference_operator.core import account as decisions
from inference_operator.core import redact
from inference_operator.core.failures import Failure
from inference_operator.kube import paths
from inference_operator.kube.errors import Conflict, KubeError, NotFound
from inference_operator.kube.secrets import SecretReader
from inference_operator.kube.session import Session
from inference_operator.kube.status import write_status
from inference_operator.providers.base import Connection, Limits, SecretKey, Site
from inference_operator.providers.registry import vendor_urls
from inference_operator.runtime import in_use
from inference_operator.runtime.account import Account
from inference_operator.runtime.index import Index, Key, Object
from inference_operator.runtime.observer import Observer
from inference_operator.runtime.settings import Settings
from inference_operator.runtime.status_redaction import mask
from inference_operator.runtime.telemetry import tracing
from inference_operator.runtime.telemetry.logging import get_logger
from inference_operator.runtime.telemetry.metrics import Metrics

_log = get_logger(__name__)

NOT_LISTED = Failure("Connecting", "The accounts have not all been seen yet.", terminal=False)
"""An account is missing, and may only not have been seen yet: the next one that is seen wakes who waits."""

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
        self._index = index
        self._settings = settings
        self._metrics = metrics
        self._secrets = SecretReader(session, ttl=0.0)
        self._observers: dict[Key, Observer] = {}
        self._waiting: set[Key] = set()
        self._refused: dict[Key, set[Key]] = defaultdict(set)
        self._departed: dict[Key, Observer] = {}
        self._ending: set[asyncio.Task[None]] = set()
        self._stopped = False
        self._counted = counted
        self._expected = expected
        self._began = time.monotonic()
        self._all_listed = False
        self.wake = wake

    def observed_now(self) -> list[Account]:
        """The accounts that are observed."""
        return [observer.account for observer in self._observers.values()]

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
            self.wake(observer.account.everyone() | self._refused.pop(key, set()))

    async def gone(self, key: Key) -> None:
        """An account was deleted. While resources use it, its connection stays: for taking away what it made."""
        observer = self._observers.pop(key, None)
        if observer is None:
            return
        users = observer.account.everyone()
        if users:
            await observer.cease()
            self._departed[key] = observer
        else:
            await observer.stop()
        self.wake(users)

    def _replaced(self, key: Key) -> set[Key]:
        """An account that was gone is there again. Returns who was served by what was left of it."""
        departed = self._departed.pop(key, None)
        if departed is None:
            return set()
        task = asyncio.create_task(departed.stop(), name=f"end {key}")
        self._ending.add(task)
        task.add_done_callback(self._ending.discard)
        return departed.account.everyone()

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
        for observer in (*self._observers.values(), *self._departed.values()):
            if observer.account.release(by) and observer.account.leaving:
                observer.poke()

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
                bound = status.remote_ref is not None
                return observer.account if deleting else await self._refusal_or(observer.account, by, spec, bound=bound)
            if deleting and key in self._departed:
                return self._departed[key].account
        self._waiting.add(by)
        if not self._listed():
            return NOT_LISTED
        missing = _not_found(wanted, bound=status.remote_ref is not None)
        return decisions.credentials_lost(missing) if deleting else missing

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

    async def _refusal_or(self, account: Account, by: Key, spec: EndpointSpec, *, bound: bool) -> Account | Failure:
        refusal = _leaving(account) if account.leaving and not bound else await self._refusal(account, by, spec)
        if refusal is None:
            return account
        self._refused[account.key].add(by)
        return refusal

    def bound(self, by: Key, reference: RemoteRef) -> None:
        """A resource is bound through an account, whatever else is to be said of it: it counts among its users."""
        kind, name = reference.account.kind, reference.account.name
        observer = self._observers.get(Key(kind, "" if kind == CLUSTER_ACCOUNT_KIND else by.namespace, name))
        if observer is not None:
            observer.account.use(reference.name, by)

    async def _refusal(self, account: Account, by: Key, spec: EndpointSpec) -> Failure | None:
        declared = account.spec
        if declared.provider_key != spec.provider_key:
            return _other_provider(account, spec)
        if not isinstance(declared, ClusterInferenceAccountSpec):
            return None
        labels = await self._labels(by.namespace) if declared.allowed_namespaces else {}
        return None if decisions.admits(declared, by.namespace, labels) else _not_allowed(account, by.namespace)

    async def _labels(self, namespace: str) -> Mapping[str, str]:
        obj = await self._session.get(paths.namespace(namespace))
        return obj["metadata"].get("labels") or {}

    # What the observers need.

    async def credentials(self, account: Account, site: Site) -> Mapping[str, str] | Failure:
        """The values of the account's Secrets."""
        namespace = account.secrets_namespace = account.key.namespace or self._settings.operator_namespace
        values: dict[str, str] = {}
        for wanted in site.credentials:
            data = await self._secrets.read(namespace, wanted.secret)
            value = (data or {}).get(wanted.key, b"").decode(errors="replace").strip()
            if not value:
                return _credentials_missing(wanted, namespace, found=data is not None)
            if not value.isascii() or not value.isprintable():
                return _credentials_garbled(wanted, namespace)
            redact.register(value, namespace=namespace)
            values[wanted.field] = value
        return values

    def connect(self, account: Account, site: Site, credentials: Mapping[str, str]) -> Connection:
        """Open a connection whose requests are counted."""
        provider = account.spec.provider_key or ""
        self._metrics.uses(provider)

        def count(operation: str, code: int, seconds: float) -> None:
            self._metrics.remote_request(provider, operation, code, seconds)
            tracing.called(f"{provider} {operation}", code=code, seconds=seconds, account=str(account.key))

        limits = Limits(
            self._settings.max_in_flight,
            self._settings.provider_timeout,
            may_write=self._session.may_write,
            valve=account.valve,
        )
        return account.plugin.connect(site, credentials, limits=limits, on_request=count)

    def admitted(self, site: Site) -> Failure | None:
        """Whether the operator was told to call this address."""
        allowed = {url.rstrip("/") for url in (*vendor_urls(), *self._settings.allow_base_urls)}
        if site.base_url in allowed:
            return None
        return Failure(
            "BaseURLNotAllowed",
            f"baseURL {site.base_url} is not the provider's own. Start the operator with --allow-base-url "
            f"{site.base_url}, or remove baseURL.",
            terminal=True,
        )

    def observed(self, account: Account) -> None:
        """It was read: have those look again whom the account refused, for labels of namespaces change."""
        self.wake(self._refused.pop(account.key, set()))

    async def report(self, account: Account) -> None:
        """Write the account's status where it changed, and let it go where nobody needs it any more."""
        if self._counted():
            try:
                await in_use.settle(self._session, account, self._index)
            except KubeError as error:
                _log.warning("finalizer of an account not settled", account=str(account.key), error=str(error))
        composed = decisions.status(
            account.status,
            account.failure or account.warning or _kept(account),
            generation=account.judged,
            usage=self._usage(account),
            now=datetime.now(UTC),
        )
        known, metadata = account.obj, account.obj["metadata"]
        path = paths.account_status(account.key.kind, account.key.namespace or None, account.key.name)
        try:
            stored = await write_status(
                self._session,
                path,
                resource_version=metadata["resourceVersion"],
                current=known.get("status"),
                desired=mask(composed, (account.secrets_namespace,)),
            )
        except (Conflict, NotFound):
            return  # A later version is on its way, and the next beat reports on that.
        except KubeError as error:
            _log.warning("account status not written", account=str(account.key), error=str(error))
            return
        if stored is not None:
            account.stored(stored, over=known)

    def _usage(self, account: Account) -> decisions.Usage | None:
        """Who uses it; None while not everybody was seen who may."""
        if not self._counted() or account.read_at is None:
            return None
        users = [brief for key in account.used if (brief := self._index.brief(key))]
        return decisions.Usage(
            states=tuple(one.figures.state for one in users),
            bound=sum(one.bound for one in users),
            unmanaged=account.unmanaged(),
            quotas=decisions.quotas(account.prices.offers),
        )


def _not_found(wanted: tuple[tuple[str, str], ...], *, bound: bool) -> Failure:
    named = " or ".join(f"{kind} {name!r}" for kind, name in wanted)
    if bound:
        problem = f"There is no {named}, which the remote endpoint was made with."
        return Failure("AccountNotFound", f"{problem} Create it again, leading to the same place.", terminal=True)
    return Failure(
        "AccountNotFound",
        f"There is no {named}. Create it, or name another in spec.accountRef.",
        terminal=True,
    )


def _kept(account: Account) -> Failure | None:
    """Why an account that was deleted is still there."""
    if not account.leaving:
        return None
    message = "It is being deleted, and stays until the last endpoint that was made with it is gone."
    return Failure("InUse", message, terminal=False)


def _leaving(account: Account) -> Failure:
    return Failure(
        "AccountNotReady",
        f"The account {account.key.name} is being deleted, and takes in no further endpoint. Create it again once it "
        "is gone, or name another in spec.accountRef.",
        terminal=True,
        local=True,
    )


def _other_provider(account: Account, spec: EndpointSpec) -> Failure:
    return Failure(
        "AccountMismatch",
        f"The account {account.key.name} is for {account.spec.provider_key}, and the spec has a "
        f"{spec.provider_key} block. "
        "Name an account of the same provider in spec.accountRef.",
        terminal=True,
    )


def _not_allowed(account: Account, namespace: str) -> Failure:
    return Failure(
        "AccountNotAllowed",
        f"ClusterInferenceAccount {account.key.name} does not allow namespace {namespace}. Have its owner add the "
        "namespace to allowedNamespaces, or use another account.",
        terminal=True,
    )


def _credentials_missing(wanted: SecretKey, namespace: str, *, found: bool) -> Failure:
    problem = f"has no key {wanted.key!r} with a value" if found else "does not exist"
    remedy = f"Create it with the provider's token under the key {wanted.key!r}."
    return Failure(decisions.MISSING, f"Secret {namespace}/{wanted.secret} {problem}. {remedy}", terminal=True)


def _credentials_garbled(wanted: SecretKey, namespace: str) -> Failure:
    return Failure(
        "CredentialsInvalid",
        f"The value of key {wanted.key!r} in Secret {namespace}/{wanted.secret} is not a token: it has "
        "characters that no "
        "token has. Put the token in again.",
        terminal=True,
    )
