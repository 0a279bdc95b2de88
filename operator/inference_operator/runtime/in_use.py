"""The finalizer that keeps an account while endpoints need it: their deletion goes through it.

It is put on before an endpoint gets its own, and taken off when the last one has lost it. Deleting a namespace, or
`kubectl delete -k`, asks for both at once, and in any order.
"""

from inference_operator.api.names import FINALIZER, IN_USE_FINALIZER
from inference_operator.kube import finalizer, paths
from inference_operator.kube.errors import Conflict, NotFound
from inference_operator.kube.session import Session
from inference_operator.runtime.account import Account
from inference_operator.runtime.index import Index


async def keep(session: Session, account: Account) -> None:
    """Put the finalizer on. Raises `KubeError`: Conflict where the account changed, Invalid where it goes away."""
    account.obj = await finalizer.add(session, _path(account), obj=account.obj, finalizer=IN_USE_FINALIZER)


async def let_go(session: Session, account: Account, index: Index) -> None:
    """Take the finalizer off where no endpoint of the index needs the account any more. Raises `KubeError`."""
    if IN_USE_FINALIZER not in (account.obj["metadata"].get("finalizers") or ()) or _needed(account, index):
        return
    try:
        left = await finalizer.remove(session, _path(account), obj=account.obj, finalizer=IN_USE_FINALIZER)
    except (Conflict, NotFound):
        return  # A later version is on its way, and the next beat looks at that.
    account.obj = left or account.obj


def _needed(account: Account, index: Index) -> bool:
    return any(
        FINALIZER in (obj["metadata"].get("finalizers") or ())
        for users in account.users.values()
        for key in users
        if (obj := index.get(key)) is not None
    )


def _path(account: Account) -> str:
    return paths.account(account.key.kind, account.key.namespace or None, account.key.name)
