"""From the name of an InferenceEndpoint, or of an account, to its remote side, with the rights of whoever asks.

The binding in `status.remoteRef` says where the endpoint is, and the credentials go there and nowhere else: they are
the account's Secret where the caller may read it, else the environment variable of the vendor's own tools.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from inference_operator.api.status import EndpointStatus, RemoteRef
from inference_operator.cli.access import Access
from inference_operator.cli.accounts import Account, named_account, opened, split
from inference_operator.cli.credentials import Source, credentials
from inference_operator.cli.sentences import CommandError
from inference_operator.cli.sessions import cluster, connected, installed
from inference_operator.kube import paths
from inference_operator.kube.errors import Forbidden, NotFound
from inference_operator.kube.session import Session
from inference_operator.providers.base import Connection, Site


@dataclass(frozen=True, slots=True)
class RemoteEndpoint:
    """A remote endpoint: its name at the provider, and the connection to its account."""

    name: str
    connection: Connection


@asynccontextmanager
async def remote_endpoint(access: Access, name: str) -> AsyncIterator[RemoteEndpoint]:
    """The remote side of an InferenceEndpoint. Raises CommandError, KubeError."""
    async with cluster(access) as session:
        reference = await _binding(session, access.namespace, name)
        found = installed(reference.provider)
        account = await _bound_account(session, access.namespace, reference)
        source = _source_of(account, reference, access)
        values = await credentials(session, source, found.variables)
    site = Site(base_url=reference.base_url, namespace=reference.namespace, credentials=())
    async with connected(found, site, values) as connection:
        yield RemoteEndpoint(reference.name, connection)


@asynccontextmanager
async def account_connection(access: Access, account: str, *, admitted: str | None) -> AsyncIterator[Connection]:
    """The remote side of an account, named `NAME` or `Kind/NAME`. `admitted`: an address that the caller admits."""
    kind, name = split(account)
    async with cluster(access) as session:
        found = await named_account(session, kind, access.namespace, name)
        async with opened(session, found, access, admitted=admitted) as connection:
            yield connection


@asynccontextmanager
async def public_connection(provider: str, base_url: str | None) -> AsyncIterator[Connection]:
    """The vendor's public side, without credentials."""
    found = installed(provider)
    async with connected(found, Site(base_url or found.hosts[0], "", ()), {}) as connection:
        yield connection


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


async def _bound_account(session: Session, namespace: str, reference: RemoteRef) -> Account | str:
    """The account of a binding, or the sentence that says why its Secret can't be asked for."""
    bound = reference.account
    named = f"{bound.kind} {bound.name}"
    try:
        account = await named_account(session, bound.kind, namespace, bound.name)
    except Forbidden:
        return f"You may not read {named}"
    except NotFound:
        return f"{named} does not exist any more"
    return account if account.uid == bound.uid else f"{named} is not the one that the endpoint was made with"


def _source_of(account: Account | str, reference: RemoteRef, access: Access) -> Source | str:
    """The Secrets of the account, where they were meant for the address that the binding names."""
    if isinstance(account, str):
        return account
    site = account.site(reference.provider)
    if site is None or site.base_url != reference.base_url.rstrip("/"):
        return f"{account.kind} {account.name} is for another address than {reference.base_url}"
    return account.source(site, access)
