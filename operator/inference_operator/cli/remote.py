"""From the name of an InferenceEndpoint, or of an account, to its remote side, with the rights of whoever asks.

The binding in `status.remoteRef` says where the endpoint is, and the credentials go there and nowhere else: they are
the account's Secret where the caller may read it, else the environment variable of the vendor's own tools.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import stamina.instrumentation

from inference_operator.api.account import AccountStatus, ClusterInferenceAccountSpec, InferenceAccountSpec
from inference_operator.api.names import ACCOUNT_KIND, CLUSTER_ACCOUNT_KIND
from inference_operator.api.status import EndpointStatus, RemoteRef
from inference_operator.cli.access import Access
from inference_operator.cli.credentials import Source, credentials
from inference_operator.cli.sentences import CommandError
from inference_operator.kube import paths
from inference_operator.kube.errors import Forbidden, NotFound
from inference_operator.kube.session import Session
from inference_operator.providers.base import Connection, Limits, Plugin, Site
from inference_operator.providers.registry import plugin

_LIMITS = Limits(max_in_flight=4, timeout=30.0)
_CLUSTER_TIMEOUT = 10.0
_CLUSTER_ATTEMPTS = 2


@dataclass(frozen=True, slots=True)
class RemoteEndpoint:
    """A remote endpoint: its name at the provider, and the connection to its account."""

    name: str
    connection: Connection


@dataclass(frozen=True, slots=True)
class _Account:
    kind: str
    name: str
    uid: str
    generation: int
    spec: InferenceAccountSpec
    status: AccountStatus

    def site(self, provider: str) -> Site | None:
        """Where it is at this provider; None where its block is another's, or can't be read."""
        if self.spec.provider_key != provider:
            return None
        try:
            return plugin(provider).site(self.spec.block)
        except ValueError:
            return None

    @property
    def vouched_for(self) -> bool:
        """Whether the operator uses it as it is: then whoever runs the operator admitted its address."""
        if self.status.observed_generation != self.generation:
            return False
        return any(one.type == "Ready" and one.status == "True" for one in self.status.conditions or ())


@asynccontextmanager
async def remote_endpoint(access: Access, name: str) -> AsyncIterator[RemoteEndpoint]:
    """The remote side of an InferenceEndpoint. Raises CommandError, KubeError."""
    async with _cluster(access) as session:
        reference = await _binding(session, access.namespace, name)
        found = _installed(reference.provider)
        account = await _bound_account(session, access.namespace, reference)
        source = _source_of(account, reference, access)
        values = await credentials(session, source, found.variables)
    site = Site(base_url=reference.base_url, namespace=reference.namespace, credentials=())
    async with _connection(found, site, values) as connection:
        yield RemoteEndpoint(reference.name, connection)


@asynccontextmanager
async def account_connection(access: Access, account: str, *, admitted: str | None) -> AsyncIterator[Connection]:
    """The remote side of an account, named `NAME` or `Kind/NAME`. `admitted`: an address that the caller admits."""
    kind, _, name = account.rpartition("/")
    async with _cluster(access) as session:
        found = await _account(session, kind or ACCOUNT_KIND, access.namespace, name)
        provider = found.spec.provider_key or ""
        remote = _installed(provider)
        site = found.site(provider)
        if site is None:
            raise CommandError(f"{found.kind} {name} has no provider block that can be read. Correct it: kubectl edit.")
        _check_address(found, remote, site.base_url, admitted)
        source = Source(_secrets_namespace(found.kind, access), site.credentials)
        values = await credentials(session, source, remote.variables)
    async with _connection(remote, site, values) as connection:
        yield connection


@asynccontextmanager
async def public_connection(provider: str, base_url: str | None) -> AsyncIterator[Connection]:
    """The vendor's public side, without credentials."""
    found = _installed(provider)
    async with _connection(found, Site(base_url or found.hosts[0], "", ()), {}) as connection:
        yield connection


@asynccontextmanager
async def _cluster(access: Access) -> AsyncIterator[Session]:
    # Its default is to print each retry to stdout.
    stamina.instrumentation.set_on_retry_hooks([])
    try:
        session = await Session.connect(
            str(access.kubeconfig) if access.kubeconfig else None, timeout=_CLUSTER_TIMEOUT, attempts=_CLUSTER_ATTEMPTS
        )
    except Exception as error:
        # The client library raises whatever it stumbles over in a file that is no kubeconfig.
        raise CommandError(
            f"There is no usable kubeconfig ({type(error).__name__}). Name one with --kubeconfig or KUBECONFIG."
        ) from None
    async with session:
        yield session


@asynccontextmanager
async def _connection(found: Plugin, site: Site, values: dict[str, str]) -> AsyncIterator[Connection]:
    stamina.instrumentation.set_on_retry_hooks([])
    connection = found.connect(site, values, limits=_LIMITS, on_request=_uncounted)
    try:
        yield connection
    finally:
        await connection.aclose()


def _uncounted(operation: str, code: int, seconds: float) -> None:
    """A command has no metrics of its own."""


async def _binding(session: Session, namespace: str, name: str) -> RemoteRef:
    obj = await session.get(_path_of_endpoint(namespace, name))
    reference = EndpointStatus.from_json(obj.get("status") or {}).remote_ref
    if reference is None:
        raise CommandError(
            f"InferenceEndpoint {namespace}/{name} is not bound to a remote endpoint yet. "
            f"See why with: kubectl describe ie {name} -n {namespace}"
        )
    return reference


def _path_of_endpoint(namespace: str, name: str) -> str:
    try:
        return paths.endpoint(namespace, name)
    except ValueError as error:
        raise CommandError(f"{error}. kubectl get ie -A lists the InferenceEndpoints.") from None


async def _bound_account(session: Session, namespace: str, reference: RemoteRef) -> _Account | str:
    """The account of a binding, or the sentence that says why its Secret can't be asked for."""
    bound = reference.account
    named = f"{bound.kind} {bound.name}"
    try:
        account = await _account(session, bound.kind, namespace, bound.name)
    except Forbidden:
        return f"You may not read {named}"
    except NotFound:
        return f"{named} does not exist any more"
    return account if account.uid == bound.uid else f"{named} is not the one that the endpoint was made with"


def _source_of(account: _Account | str, reference: RemoteRef, access: Access) -> Source | str:
    """The Secrets of the account, where they were meant for the address that the binding names."""
    if isinstance(account, str):
        return account
    site = account.site(reference.provider)
    if site is None or site.base_url != reference.base_url.rstrip("/"):
        return f"{account.kind} {account.name} is for another address than {reference.base_url}"
    return Source(_secrets_namespace(account.kind, access), site.credentials)


async def _account(session: Session, kind: str, namespace: str, name: str) -> _Account:
    try:
        path = paths.account(kind, namespace, name)
    except ValueError as error:
        raise CommandError(f"{error}. Name the account as NAME, or as {CLUSTER_ACCOUNT_KIND}/NAME.") from None
    obj = await session.get(path)
    model = ClusterInferenceAccountSpec if kind == CLUSTER_ACCOUNT_KIND else InferenceAccountSpec
    return _Account(
        kind=kind,
        name=name,
        uid=obj["metadata"]["uid"],
        generation=obj["metadata"].get("generation", 0),
        spec=model.from_json(obj.get("spec") or {}),
        status=AccountStatus.from_json(obj.get("status") or {}),
    )


def _secrets_namespace(kind: str, access: Access) -> str:
    return access.operator_namespace if kind == CLUSTER_ACCOUNT_KIND else access.namespace


def _check_address(account: _Account, found: Plugin, address: str, admitted: str | None) -> None:
    """Whoever may write an account could have the caller's credentials sent anywhere: somebody must vouch for it."""
    if address in found.hosts or account.vouched_for or address == (admitted or "").rstrip("/"):
        return
    raise CommandError(
        f"The address {address} of {account.kind} {account.name} is not the provider's own, and no operator vouches "
        f"for it. If the token may be sent there, add --base-url {address}"
    )


def _installed(provider: str) -> Plugin:
    try:
        return plugin(provider)
    except LookupError as error:
        raise CommandError(f"{str(error).capitalize()}. Install the package that brings it.") from None
