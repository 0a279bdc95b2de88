"""What the status remembers between passes: the binding, the intent, and what was last asked for and done.

These few facts are what a restarted operator can't read off the remote endpoint; each is written down where losing it
would cost a duplicate, a second power action or a needless restart.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Literal

from inference_operator.api.status import (
    AppliedPower,
    BoundAccount,
    Effective,
    EndpointStatus,
    PendingOperation,
    RemoteRef,
)
from inference_operator.core.adoption import confirm_in
from inference_operator.core.documents import Document, lookup
from inference_operator.core.drift import corrected
from inference_operator.core.inquiry import version_of
from inference_operator.core.moments import stamp
from inference_operator.core.observation import Observation, Present
from inference_operator.core.ownership import Ownership
from inference_operator.core.seal import seal
from inference_operator.core.snapshot import AccountAddress, Snapshot
from inference_operator.core.steps import Bind

_REVISION = ("model", "revision")


def bound(snapshot: Snapshot, step: Bind, *, nonce: str) -> EndpointStatus:
    """The binding to the declared name, with the intent that the step names; `nonce` tells this attempt apart.

    What was ours before has the secret values of now: nothing is sent for them. What others made may have any, and they
    can't be compared: they are sent with the first change.
    """
    if snapshot.address is None or snapshot.desired is None:
        raise ValueError("nothing is bound without an account and a declaration")
    reference = _reference(snapshot.address, snapshot.desired.name)
    if step.creating:
        # What was done to one that is gone was not done to this one.
        afresh = {"adopted_generation": None, "applied_power": None}
        return _with(snapshot, remote_ref=reference, pending_operation=_intent("create", nonce, snapshot.now), **afresh)
    intent = _intent("adopt", nonce, snapshot.now) if step.adopting else None
    as_it_is = step.adopting or (step.claiming and snapshot.policy.adoption == "IfUnowned")
    known = _with(
        snapshot,
        remote_ref=_claimed(snapshot, reference) if step.claiming else reference,
        pending_operation=intent,
        secrets_fingerprint=snapshot.fingerprint if _was_ours(snapshot) else None,
        adopted_generation=snapshot.subject.generation if as_it_is else None,
    )
    return _resolved(known, snapshot)


def made(snapshot: Snapshot, observation: Observation) -> EndpointStatus:
    """The create was answered: this incarnation is ours, whether the provider kept the marker or not."""
    return _with(snapshot, remote_ref=_incarnation(snapshot, observation), pending_operation=None)


def seen(snapshot: Snapshot, observation: Observation) -> EndpointStatus:
    """The incarnation that carries our marker, known from now on; whatever was intended for it has happened.

    What is being adopted is ours when a later read shows the marker still.
    """
    status = snapshot.subject.status
    if status.remote_ref is None:
        return status
    if snapshot.may_be_another(observation):
        # A list may still show the one before, which had the same marker: which one is there is told by a read.
        return status
    known = _incarnation(snapshot, observation)
    if not snapshot.adopting:
        return _with(snapshot, remote_ref=known, pending_operation=None)
    if status.remote_ref.created_at != observation.created_at:
        return _with(snapshot, remote_ref=known, pending_operation=_renewed(snapshot, snapshot.now))
    if snapshot.verified and confirm_in(snapshot) <= 0:
        return _with(snapshot, pending_operation=None)
    return status


def sent(snapshot: Snapshot, change: Document, *, at: datetime) -> EndpointStatus:
    """A change was carried out by then: the provider has what it carried, and the revision stands for what it shows."""
    known = snapshot.fingerprint if change else snapshot.subject.status.secrets_fingerprint
    status = _with(snapshot, secrets_fingerprint=known, pending_operation=_renewed(snapshot, at))
    return _resolved(status, snapshot) if lookup(change, _REVISION) is not None else status


def put_right(snapshot: Snapshot, fields: Iterable[str]) -> EndpointStatus:
    """Drift of these fields was corrected."""
    return _with(snapshot, drift_corrections=corrected(snapshot, fields) or None)


def answered(snapshot: Snapshot, observation: Observation) -> EndpointStatus:
    """The version in sight showed that it answers: it is not asked again."""
    return _with(snapshot, probed_version=version_of(snapshot, observation))


def unbound(snapshot: Snapshot) -> EndpointStatus:
    """Bound to nothing, and nothing is pending: the create was refused for good, or what is there is not ours."""
    return _with(snapshot, remote_ref=None, pending_operation=None, adopted_generation=None)


def switched(snapshot: Snapshot) -> EndpointStatus:
    """The power state is as asked, or was asked for at the provider, whatever becomes of the rest."""
    return _with(snapshot, applied_power=_asked(snapshot))


def settled(snapshot: Snapshot) -> EndpointStatus:
    """All that is asked for is done, the power state included; of what waits for another spec, nothing."""
    if snapshot.waiting:
        return snapshot.subject.status
    known = snapshot.fingerprint or snapshot.subject.status.secrets_fingerprint
    return _with(snapshot, applied_power=_asked(snapshot), secrets_fingerprint=known)


def _asked(snapshot: Snapshot) -> AppliedPower:
    power = snapshot.subject.power
    return AppliedPower.model_validate({"state": power.state, "replicas": power.replicas})


def _resolved(status: EndpointStatus, snapshot: Snapshot) -> EndpointStatus:
    """Remember which commit the declared revision came to, so that a branch name is not compared with a commit."""
    if snapshot.desired is None or not isinstance(snapshot.knowledge, Present):
        return status
    shown = snapshot.knowledge.observation.effective
    effective = Effective.from_json({**shown, "revisionFrom": snapshot.desired.revision})
    return status.model_copy(update={"effective": effective})


def _intent(kind: Literal["create", "adopt"], nonce: str, now: datetime) -> PendingOperation:
    return PendingOperation(type=kind, nonce=nonce, started_at=stamp(now))


def _renewed(snapshot: Snapshot, since: datetime) -> PendingOperation | None:
    """The intent to adopt, from then on and no earlier: the time to wait for counts from the marker's coming."""
    pending = snapshot.subject.status.pending_operation
    if pending is None or not snapshot.adopting:
        return pending
    return _intent("adopt", pending.nonce, max(since, datetime.fromisoformat(pending.started_at)))


def _was_ours(snapshot: Snapshot) -> bool:
    if not isinstance(snapshot.knowledge, Present):
        return True
    return snapshot.whose(snapshot.knowledge.observation) not in (Ownership.UNOWNED, Ownership.FOREIGN)


def _claimed(snapshot: Snapshot, reference: RemoteRef) -> RemoteRef:
    """The binding to the very endpoint in sight."""
    if not isinstance(snapshot.knowledge, Present):
        raise TypeError("only an endpoint that was seen is claimed")
    return _bound_to(snapshot, reference, snapshot.knowledge.observation)


def _incarnation(snapshot: Snapshot, observation: Observation) -> RemoteRef | None:
    reference = snapshot.subject.status.remote_ref
    return _bound_to(snapshot, reference, observation) if reference else None


def _bound_to(snapshot: Snapshot, reference: RemoteRef, observation: Observation) -> RemoteRef:
    facts = {"created_at": observation.created_at, "id": observation.id, "uid": snapshot.subject.uid}
    known = reference.model_copy(update=facts)
    key = snapshot.seal_key
    return known.model_copy(update={"seal": seal(key, snapshot.subject.uid, known)}) if key else known


def _with(snapshot: Snapshot, **facts: Any) -> EndpointStatus:
    return snapshot.subject.status.model_copy(update=facts)


def _reference(address: AccountAddress, name: str) -> RemoteRef:
    account = BoundAccount.model_validate({"kind": address.kind, "name": address.name, "uid": address.uid})
    return RemoteRef(
        account=account,
        provider=address.provider,
        base_url=address.base_url,
        namespace=address.namespace,
        name=name,
    )
