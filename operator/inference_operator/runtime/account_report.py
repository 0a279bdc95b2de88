"""What is written to an account: its status, and the finalizer that keeps it while it is needed."""

from collections.abc import Callable
from datetime import UTC, datetime

from inference_operator.core import account_status
from inference_operator.core.account_refusals import IN_USE
from inference_operator.kube import paths
from inference_operator.kube.errors import Conflict, KubeError, NotFound
from inference_operator.kube.session import Session
from inference_operator.kube.status import write_status
from inference_operator.runtime import in_use
from inference_operator.runtime.account import Account
from inference_operator.runtime.index import Index
from inference_operator.runtime.status_redaction import mask
from inference_operator.runtime.telemetry.logging import get_logger

_log = get_logger(__name__)


class Reporter:
    """Reports on accounts. `counted`: whether all resources that may use one were seen."""

    def __init__(self, session: Session, index: Index, counted: Callable[[], bool]) -> None:
        self._session = session
        self._index = index
        self._counted = counted

    async def report(self, account: Account) -> None:
        """Write the account's status where it changed, and let it go where nobody needs it any more."""
        if self._counted():
            try:
                await in_use.settle(self._session, account, self._index)
            except KubeError as error:
                _log.warning("finalizer of an account not settled", account=str(account.key), error=str(error))
        composed = account_status.status(
            account.status,
            account.failure or account.warning or (IN_USE if account.leaving else None),
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

    def _usage(self, account: Account) -> account_status.Usage | None:
        """Who uses it; None while not everybody was seen who may."""
        if not self._counted() or account.read_at is None:
            return None
        users = [brief for key in account.used if (brief := self._index.brief(key))]
        return account_status.Usage(
            states=tuple(one.figures.state for one in users),
            bound=sum(one.bound for one in users),
            unmanaged=account.unmanaged(),
            quotas=account_status.quotas(account.prices.offers),
        )
