"""What the status remembers between passes: the binding, the intent, and what was last asked for and done.

These few facts are what a restarted operator can't read off the remote endpoint; each is written down where losing it
would cost a duplicate, a second power action or a needless restart.
"""

from typing import Any

from inference_operator.api.status import (
    AppliedPower,
    BoundAccount,
    Effective,
    EndpointStatus,
    PendingOperation,
    RemoteRef,
)
from inference_operator.core.documents import Document, lookup
from inference_operator.core.inquiry import version_of
from inference_operator.core.observation import Observation, Present
from inference_operator.core.snapshot import AccountAddress, Snapshot

_REVISION = ("model", "revision")


def bound(snapshot: Snapshot, *, creating: bool, nonce: str) -> EndpointStatus:
    """The binding to the declared name. `creating`: with the intent to create it, `nonce` telling this attempt apart.

    Without it the endpoint exists, and its secret values are taken to be those of now: nothing is sent for them.
    """
    if snapshot.address is None or snapshot.desired is None:
        raise ValueError("nothing is bound without an account and a declaration")
    reference = _reference(snapshot.address, snapshot.desired.name)
    if not creating:
        known = _with(snapshot, remote_ref=reference, secrets_fingerprint=snapshot.fingerprint)
        return _resolved(known, snapshot)
    started_at = snapshot.now.strftime("%Y-%m-%dT%H:%M:%SZ")
    intent = PendingOperation(type="create", nonce=nonce, started_at=started_at)
    return _with(snapshot, remote_ref=reference, pending_operation=intent)


def seen(snapshot: Snapshot, observation: Observation) -> EndpointStatus:
    """The incarnation that is ours, known from now on; whatever was intended for it has happened."""
    reference = snapshot.subject.status.remote_ref
    if reference is None:
        return snapshot.subject.status
    known = reference.model_copy(update={"created_at": observation.created_at, "id": observation.id})
    return _with(snapshot, remote_ref=known, pending_operation=None)


def sent(snapshot: Snapshot, change: Document) -> EndpointStatus:
    """A change was carried out: what it carried is at the provider now, and the revision stands for what it shows."""
    status = _with(snapshot, secrets_fingerprint=snapshot.fingerprint)
    return _resolved(status, snapshot) if lookup(change, _REVISION) is not None else status


def answered(snapshot: Snapshot, observation: Observation) -> EndpointStatus:
    """The version in sight showed that it answers: it is not asked again."""
    return _with(snapshot, probed_version=version_of(snapshot, observation))


def refused(snapshot: Snapshot) -> EndpointStatus:
    """The create was refused for good: nothing exists, nothing is pending, and every field may be corrected again."""
    return _with(snapshot, remote_ref=None, pending_operation=None)


def settled(snapshot: Snapshot) -> EndpointStatus:
    """All that is asked for is done, the power state included."""
    power = snapshot.subject.power
    asked = AppliedPower.model_validate({"state": power.state, "replicas": power.replicas})
    known = snapshot.fingerprint or snapshot.subject.status.secrets_fingerprint
    return _with(snapshot, applied_power=asked, secrets_fingerprint=known)


def _resolved(status: EndpointStatus, snapshot: Snapshot) -> EndpointStatus:
    """Remember which commit the declared revision came to, so that a branch name is not compared with a commit."""
    if snapshot.desired is None or not isinstance(snapshot.knowledge, Present):
        return status
    shown = snapshot.knowledge.observation.effective
    effective = Effective.from_json({**shown, "revisionFrom": snapshot.desired.revision})
    return status.model_copy(update={"effective": effective})


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
