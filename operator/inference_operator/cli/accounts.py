"""Accounts as a command sees them: where they lead, whose Secrets open the door, and who vouches for the address.

Whoever may write an account could have the caller's credentials sent anywhere, so somebody must vouch for an address
that is not the provider's own.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from inference_operator.api.account import AccountStatus, ClusterInferenceAccountSpec, InferenceAccountSpec
from inference_operator.api.names import ACCOUNT_KIND, CLUSTER_ACCOUNT_KIND
from inference_operator.cli.access import Access
from inference_operator.cli.credentials import Source, credentials
from inference_operator.cli.sentences import CommandError
from inference_operator.cli.sessions import connected, installed
from inference_operator.kube import paths
from inference_operator.kube.session import Session
from inference_operator.providers.base import Connection, Site
from inference_operator.providers.registry import plugin


@dataclass(frozen=True, slots=True)
class Account:
    """An account of either kind; `namespace` is empty for a cluster account."""

    kind: str
    namespace: str
    name: str
    uid: str
    generation: int
    spec: InferenceAccountSpec
    status: AccountStatus

    def __str__(self) -> str:
        return f"{self.kind} {self.namespace}/{self.name}" if self.namespace else f"{self.kind} {self.name}"

    def site(self, provider: str) -> Site | None:
        """Where it is at this provider; None where its block is another's, or can't be read."""
        if self.spec.provider_key != provider:
            return None
        try:
            return plugin(provider).site(self.spec.block)
        except ValueError:
            return None

    def source(self, site: Site, access: Access) -> Source:
        """The Secrets of its credentials."""
        return Source(self.namespace or access.operator_namespace, site.credentials)

    @property
    def vouched_for(self) -> bool:
        """Whether the operator uses it as it is: then whoever runs the operator admitted its address."""
        if self.status.observed_generation != self.generation:
            return False
        return any(one.type == "Ready" and one.status == "True" for one in self.status.conditions or ())


async def named_account(session: Session, kind: str, namespace: str, name: str) -> Account:
    """One account. Raises CommandError for what is no name, KubeError."""
    try:
        path = paths.account(kind, namespace, name)
    except ValueError as error:
        raise CommandError(f"{error}. Name the account as NAME, or as {CLUSTER_ACCOUNT_KIND}/NAME.") from None
    return account_of(kind, await session.get(path))


def account_of(kind: str, obj: dict[str, Any]) -> Account:
    """The account that an object of the API server is."""
    model = ClusterInferenceAccountSpec if kind == CLUSTER_ACCOUNT_KIND else InferenceAccountSpec
    metadata = obj["metadata"]
    return Account(
        kind=kind,
        namespace=metadata.get("namespace", ""),
        name=metadata["name"],
        uid=metadata["uid"],
        generation=metadata.get("generation", 0),
        spec=model.from_json(obj.get("spec") or {}),
        status=AccountStatus.from_json(obj.get("status") or {}),
    )


def split(account: str) -> tuple[str, str]:
    """Kind and name of an account that is named `NAME` or `Kind/NAME`."""
    kind, _, name = account.rpartition("/")
    return kind or ACCOUNT_KIND, name


@asynccontextmanager
async def opened(
    session: Session, account: Account, access: Access, *, admitted: str | None
) -> AsyncIterator[Connection]:
    """The remote side of an account. `admitted`: an address that the caller admits. Raises CommandError, KubeError."""
    provider = account.spec.provider_key or ""
    remote, site = installed(provider), account.site(provider)
    if site is None:
        raise CommandError(f"{account} has no provider block that can be read. Correct it: kubectl edit.")
    if not (site.base_url in remote.hosts or account.vouched_for or site.base_url == (admitted or "").rstrip("/")):
        raise CommandError(
            f"The address {site.base_url} of {account} is not the provider's own, and no operator vouches "
            f"for it. If the token may be sent there, add --base-url {site.base_url}"
        )
    values = await credentials(session, account.source(site, access), remote.variables)
    async with connected(remote, site, values) as connection:
        yield connection
