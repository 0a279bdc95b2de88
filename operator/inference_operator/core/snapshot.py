"""Everything that one decision is made from, gathered before it and not changed by it."""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from inference_operator.api.endpoint import EndpointSpec
from inference_operator.api.status import EndpointStatus, RemoteRef
from inference_operator.core.catalogue import Offer
from inference_operator.core.desired import Desired
from inference_operator.core.diff import Difference, Shape, differences
from inference_operator.core.failures import Failure
from inference_operator.core.observation import Health, Knowledge, Observation, Present
from inference_operator.core.ownership import Claim, Ownership, ownership
from inference_operator.core.power import Power
from inference_operator.core.seal import seal


@dataclass(frozen=True, slots=True)
class Subject:
    """The InferenceEndpoint object. `reconcile_requested_at`: the annotation's text, None where absent.

    `unreadable`: it is bound, and what is stored is not what this version knows: nothing can be told of its wishes.
    """

    namespace: str
    name: str
    uid: str
    generation: int
    spec: EndpointSpec
    status: EndpointStatus
    unreadable: bool = False
    deleting: bool = False
    deleted_at: datetime | None = None
    finalizers: tuple[str, ...] = ()
    reconcile_requested_at: str | None = None

    @property
    def power(self) -> Power:
        """What the spec asks of the endpoint's power."""
        return Power(self.spec.state, self.spec.replicas)

    @property
    def applied_power(self) -> Power | None:
        """What was last asked for and done."""
        applied = self.status.applied_power
        return Power(applied.state, applied.replicas) if applied else None

    @property
    def edited(self) -> bool:
        """Whether a person asks for something that was not handled yet."""
        return self.generation != self.status.observed_generation or self.reconcile_requested

    @property
    def reconcile_requested(self) -> bool:
        """Whether a person asked for a reconcile that was not answered yet."""
        asked = EndpointStatus(last_handled_reconcile_at=self.reconcile_requested_at).last_handled_reconcile_at
        return asked is not None and asked != self.status.last_handled_reconcile_at


@dataclass(frozen=True, slots=True)
class Policy:
    """The policies in force: the object's, else its account's defaults, else the built-in ones."""

    mode: str = "Manage"
    adoption: str = "Never"
    deletion: str = "Delete"
    deletion_protection: bool = False
    deletion_timeout: timedelta = timedelta(hours=24)

    @property
    def observes_only(self) -> bool:
        """Whether nothing may be written remotely, whatever the other policies say."""
        return self.mode == "Observe"


@dataclass(frozen=True, slots=True)
class AccountAddress:
    """Which account, and where: what `status.remoteRef` records. `kind`, `name`, `uid` are the account object's."""

    kind: str
    name: str
    uid: str
    provider: str
    base_url: str
    namespace: str


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The facts of one decision.

    `blocked`: why the remote side can't be worked with now (its account, its spec), None where it can.
    `unresolved`: why secret values that it refers to can't be had, None where they can.
    `stale`: the knowledge is older than the account's stated limit. `fingerprint`: of the secret values as they are
    now, None where there are none. `attempts`: pointer -> how often its declared value was sent without coming back.
    `verified`: the knowledge is from a read or an answer of this very look, not from a list.
    `offers`: the catalogue as last read, empty where it can't be; `offers_fresh`: recent enough to create by.
    `fresh_intent`: the nonce of an intent that this very look recorded and has not acted on yet.
    `rivals`: namespace and name of the other resources that are about the same remote name.
    `seal_key`: by which bindings are sealed, None where none is to be had; then they are believed.
    `marker_refused`: the provider answered one of our writes without the marker that it carried.
    `unsettled_for`: seconds for which a create may still be carried out, whose answer was lost.
    `ending_for`: seconds since the provider first took what the deletion asks for, as far as this process knows.
    `switched`: how often the provider took the power state that is declared.
    `abandoned`: this very look entered the endpoint in the ledger of orphans.
    `silences`: how often in a row the health route was asked in vain.
    `log_asked`: of which failure the log was read, so that an empty one is not read again.
    `health` and `log`: what this very look asked of the endpoint itself, None where it did not.
    """

    subject: Subject
    policy: Policy
    claim: Claim
    now: datetime
    knowledge: Knowledge
    shape: Shape = field(default_factory=Shape)
    desired: Desired | None = None
    address: AccountAddress | None = None
    blocked: Failure | None = None
    unresolved: Failure | None = None
    stale: bool = False
    fingerprint: str | None = None
    attempts: Mapping[str, int] = field(default_factory=dict)
    verified: bool = False
    offers: tuple[Offer, ...] = ()
    offers_fresh: bool = False
    fresh_intent: str | None = None
    rivals: tuple[tuple[str, str], ...] = ()
    seal_key: bytes | None = field(default=None, repr=False)
    silences: int = 0
    marker_refused: bool = False
    abandoned: bool = False
    switched: int = 0
    unsettled_for: float = 0.0
    ending_for: float = 0.0
    health: Health | None = None
    log: tuple[str, ...] | None = None
    log_asked: str = ""

    def whose(self, observation: Observation) -> Ownership:
        """What a remote endpoint is to this object, by its marker and by the incarnation on record."""
        reference = self.subject.status.remote_ref
        sealed = reference if reference and self._is_sealed(reference) else None
        by_us = reference is None or reference.uid in (None, self.subject.uid)
        return ownership(
            observation,
            self.claim,
            recorded_created_at=sealed.created_at if sealed else None,
            recorded_id=sealed.id if sealed else None,
            recorded_by_us=by_us,
        )

    @property
    def in_sight(self) -> Ownership | None:
        """What the endpoint in sight is to this object; None where none is, or where it is only observed."""
        if not isinstance(self.knowledge, Present) or self.policy.observes_only:
            return None
        return self.whose(self.knowledge.observation)

    def _is_sealed(self, reference: RemoteRef) -> bool:
        if self.seal_key is None:
            return True
        expected = seal(self.seal_key, reference.uid or self.subject.uid, reference)
        return reference.seal is not None and hmac.compare_digest(reference.seal, expected)

    @property
    def creating(self) -> bool:
        """Whether a create may have been sent, and what became of it is not known."""
        pending = self.subject.status.pending_operation
        return pending is not None and pending.type == "create"

    def may_be_another(self, shown: Observation) -> bool:
        """Whether a list may show another endpoint of the name than ours, where ids tell them apart: a read finds out.

        That is one with another id than the one on record; and any while a create of ours is not settled.
        """
        if shown.id is None or self.verified:
            return False
        reference = self.subject.status.remote_ref
        return self.creating or (reference.id if reference else None) not in (None, shown.id)

    @property
    def adopting(self) -> bool:
        """Whether an endpoint is being taken over, and that it stays ours is not confirmed yet."""
        pending = self.subject.status.pending_operation
        return pending is not None and pending.type == "adopt"

    @property
    def waiting(self) -> bool:
        """Whether what differs waits for the next change of the spec, as the endpoint was taken over as it was."""
        return self.subject.status.adopted_generation == self.subject.generation

    @property
    def differences(self) -> tuple[Difference, ...]:
        """Where the remote side is not as declared; empty where it is not known."""
        if self.desired is None or not isinstance(self.knowledge, Present):
            return ()
        ignore = self.subject.spec.ignore_drift or ()
        return differences(self.desired.document, self.knowledge.observation.document, self.shape, ignore=ignore)
