"""The finalizer that keeps an account while endpoints need it: their deletion goes through it.

It is put on before an endpoint gets its own, and taken off when the last one has lost it. Deleting a namespace, or
`kubectl delete -k`, asks for both at once, and in any order.
"""

import contextlib
from collections.abc import Iterator

from inference_operator.api.names import IN_USE_FINALIZER
from inference_operator.kube import finalizer, paths
from inference_operator.kube.errors import Conflict, NotFound
from inference_operator.kube.session import Session
from inference_operator.runtime.account import Account
from inference_operator.runtime.index import Index, Key


async def keep(session: Session, account: Account) -> None:
    """Put the finalizer on. Raises `KubeError`: Conflict where the account changed, Invalid where it goes away."""
    async with account.holding:
        known = account.obj
        kept = await finalizer.add(session, _path(account), obj=known, finalizer=IN_USE_FINALIZER)
        account.stored(kept, over=known)


async def settle(session: Session, account: Account, index: Index) -> None:
    """Take the finalizer off where no endpoint needs the account any more, put it back where one does.

    Raises `KubeError`.
    """
    held = IN_USE_FINALIZER in (account.obj["metadata"].get("finalizers") or ())
    needed = bool(account.taking) or _needed(account, index)
    if needed and not held and not account.leaving:
        await keep(session, account)
    if held and not needed:
        await _let_go(session, account)


async def _let_go(session: Session, account: Account) -> None:
    known = account.obj
    try:
        left = await finalizer.remove(session, _path(account), obj=known, finalizer=IN_USE_FINALIZER)
    except (Conflict, NotFound):
        return  # A later version is on its way, and the next beat looks at that.
    if left is not None:
        account.stored(left, over=known)


@contextlib.contextmanager
def taking(account: Account, by: Key) -> Iterator[None]:
    """While an endpoint is about to be held: it needs the account already, though it does not show it yet."""
    account.taking.add(by)
    try:
        yield
    finally:
        account.taking.discard(by)


def _needed(account: Account, index: Index) -> bool:
    return any(brief.held for key in account.used if (brief := index.brief(key)) is not None)


def _path(account: Account) -> str:
    return paths.account(account.key.kind, account.key.namespace or None, account.key.name)
