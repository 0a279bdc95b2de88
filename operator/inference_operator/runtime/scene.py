"""The scene of one look: the snapshot that decisions are made from, with what it takes to act on it."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from inference_operator.api.status import EndpointStatus
from inference_operator.core.observation import Knowledge, Observation, Present
from inference_operator.core.snapshot import Snapshot
from inference_operator.runtime.account import Account
from inference_operator.runtime.index import Key, Object


@dataclass(frozen=True, slots=True)
class Scene:
    """A snapshot with what it takes to act on it.

    `values`: pointer -> secret value, for the provider alone. `began`: when the look began, on the account's clock.
    `unread`: the account's first answer was awaited then.
    """

    obj: Object
    snapshot: Snapshot
    account: Account | None = None
    began: float = 0.0
    unread: bool = False
    values: Mapping[str, Any] = field(default_factory=dict)
    answered: Observation | None = None

    @property
    def remote_name(self) -> str:
        """The name at the provider: the binding's, else the declared one."""
        reference = self.snapshot.subject.status.remote_ref
        if reference is not None:
            return reference.name
        if self.snapshot.desired is None:
            raise ValueError("nothing declares a remote name")
        return self.snapshot.desired.name

    @property
    def secrets_from(self) -> tuple[str, ...]:
        """The namespaces whose secret values it may show by mistake."""
        own = self.snapshot.subject.namespace
        account = self.account.secrets_namespace if self.account else ""
        return (own, account) if account not in ("", own) else (own,)

    def refreshed(self, *, obj: Object | None = None, status: EndpointStatus | None = None) -> "Scene":
        """The same scene after a step: with the object's new version, what is newly recorded, what is newly known."""
        obj = obj or self.obj
        subject = self.snapshot.subject
        subject = replace(
            subject,
            finalizers=tuple(obj["metadata"].get("finalizers") or ()),
            status=status or subject.status,
        )
        desired, knowledge = self.snapshot.desired, self.snapshot.knowledge
        if self.account is not None:
            knowledge = self._known(self.account)
            if desired is not None and subject.status.effective != self.snapshot.subject.status.effective:
                # The rest of what it is made from stays for as long as a look takes.
                desired = self.account.desired(subject)
        snapshot = replace(self.snapshot, subject=subject, desired=desired, knowledge=knowledge)
        return replace(self, obj=obj, snapshot=self._current(snapshot))

    def _known(self, account: Account) -> Knowledge:
        """What is known of the name; where another of the same name is known, what this very look was told."""
        known = account.feed.knowledge(self.remote_name)
        another = isinstance(known, Present) and self.answered and known.observation.id != self.answered.id
        return Present(self.answered) if another and self.answered else known

    def _current(self, snapshot: Snapshot) -> Snapshot:
        if self.account is None:
            return snapshot
        rivals = self.account.users.get(self.remote_name, set()) - {Key.of(self.obj)}
        return replace(
            snapshot,
            rivals=tuple(sorted((rival.namespace, rival.name) for rival in rivals)),
            verified=self.account.feed.read_since(self.remote_name, self.began),
            offers=self.account.prices.offers,
            offers_fresh=self.account.prices.fresh,
        )
