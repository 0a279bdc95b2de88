"""The accounts that the caller sees, each with its remote side where that can be reached.

One account that can't be read hides nothing but itself: it is named on stderr.
"""

from contextlib import AsyncExitStack
from dataclasses import dataclass

from inference_operator.api.names import ACCOUNT_KIND, CLUSTER_ACCOUNT_KIND
from inference_operator.cli.access import Access
from inference_operator.cli.accounts import Account, account_of, opened
from inference_operator.cli.orphans.scope import Scope
from inference_operator.cli.sentences import CommandError, say, sentence
from inference_operator.kube import paths
from inference_operator.kube.errors import Forbidden, KubeError
from inference_operator.kube.session import Session
from inference_operator.providers.base import Connection, Plugin
from inference_operator.providers.registry import plugin


@dataclass(frozen=True, slots=True)
class Place:
    """An account and where it leads: provider, base URL, namespace there. `connection`: None where it can't be used."""

    account: Account
    where: tuple[str, str, str]
    connection: Connection | None

    @property
    def plugin(self) -> Plugin:
        """Its provider."""
        return plugin(self.where[0])


async def places(session: Session, access: Access, scope: Scope, stack: AsyncExitStack) -> list[Place]:
    """The accounts in scope, with connections that live as long as `stack`.

    Raises CommandError where the one that is meant is not there.
    """
    accounts = [one for one in await _accounts(session, scope) if scope.account in (None, (one.kind, one.name))]
    if not accounts and scope.account is not None:
        raise CommandError("There is no such account that you may read. kubectl get ia,cia -A lists the accounts.")
    return [place for one in accounts if (place := await _place(session, one, access, scope, stack))]


async def _accounts(session: Session, scope: Scope) -> list[Account]:
    found: list[Account] = []
    for kind in (ACCOUNT_KIND, CLUSTER_ACCOUNT_KIND):
        try:
            listed = await session.list(paths.accounts(kind, scope.namespace))
        except Forbidden:
            everywhere = " in all namespaces: name one with --namespace" if kind == ACCOUNT_KIND else ""
            say(f"notice: you may not list {kind}s{everywhere}")
            continue
        except ValueError as error:
            raise CommandError(f"{error}. Check --namespace.") from None
        found += [account_of(kind, obj) for obj in listed]
    return found


async def _place(
    session: Session, account: Account, access: Access, scope: Scope, stack: AsyncExitStack
) -> Place | None:
    provider = account.spec.provider_key or ""
    site = account.site(provider) if provider else None
    if site is None:
        say(f"notice: {account} can't be read: it has no provider block that this command knows")
        return None
    try:
        connection = await stack.enter_async_context(opened(session, account, access, admitted=scope.admitted))
    except (CommandError, KubeError) as error:
        say(f"notice: {account} can't be read: {sentence(error)}")
        connection = None
    return Place(account, (provider, site.base_url, site.namespace), connection)
