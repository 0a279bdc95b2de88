"""Snapshots and observations with what matters to a test spelled out, and the rest in the usual state."""

from datetime import UTC, datetime
from typing import Any

from inference_operator.api.endpoint import EndpointSpec
from inference_operator.api.names import FINALIZER
from inference_operator.api.status import EndpointStatus
from inference_operator.core.desired import Desired
from inference_operator.core.failures import Failure
from inference_operator.core.observation import Observation, Present, State
from inference_operator.core.ownership import Claim
from inference_operator.core.snapshot import AccountAddress, Policy, Snapshot, Subject

UID = "6f1d3e1a-0f0b-4b7c-9a55-0c8b7d3f2a10"
NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
CREATED = "2026-11-21T08:00:00.000Z"
CLAIM = Claim.of(cluster_id="cluster-a", namespace="team-a", name="sentiment", uid=UID)
ADDRESS = AccountAddress("InferenceAccount", "hf", "account-uid", "huggingFace", "https://api.test", "acme")
DOCUMENT = {"type": "private", "compute": {"scaling": {"minReplica": 0, "maxReplica": 2}}}
DESIRED = Desired(name="sentiment", document=DOCUMENT, hardware="cpu intel-spr x1")
TERMINAL = Failure("Rejected", "The provider answered 400. Correct the spec.", terminal=True)
PASSING = Failure("ProviderUnavailable", "No answer. The operator retries by itself.", terminal=False)


def observation(**facts: Any) -> Observation:
    """An endpoint of ours that runs as declared."""
    usual = {
        "name": "sentiment",
        "created_at": CREATED,
        "state": State.RUNNING,
        "document": DOCUMENT,
        "url": "https://sentiment.test",
        "ready_replica": 1,
        "target_replica": 1,
        "claims": (str(CLAIM),),
    }
    return Observation(**(usual | facts))


def shown(**facts: Any) -> Present:
    return Present(observation(**facts))


def remote_ref(**facts: Any) -> dict[str, Any]:
    return {
        "account": {"kind": "InferenceAccount", "name": "hf", "uid": "account-uid"},
        "provider": "huggingFace",
        "baseURL": "https://api.test",
        "namespace": "acme",
        "name": "sentiment",
        "createdAt": CREATED,
    } | facts


BOUND = {"remoteRef": remote_ref(), "appliedPower": {}}


def subject(
    *, spec: dict[str, Any] | None = None, status: dict[str, Any] | None = None, held: bool = True, **facts: Any
) -> Subject:
    """An object that is bound and holds our finalizer."""
    usual = {
        "namespace": "team-a",
        "name": "sentiment",
        "uid": UID,
        "generation": 3,
        "spec": EndpointSpec.from_json(spec or {}),
        "status": EndpointStatus.from_json(BOUND if status is None else status),
        "finalizers": (FINALIZER,) if held else (),
    }
    return Subject(**(usual | facts))


def snapshot(
    *,
    spec: dict[str, Any] | None = None,
    status: dict[str, Any] | None = None,
    held: bool = True,
    deleting: bool = False,
    policy: dict[str, Any] | None = None,
    finalizers: tuple[str, ...] | None = None,
    reconcile_requested_at: str | None = None,
    **facts: Any,
) -> Snapshot:
    """A settled endpoint of ours: bound, held, running as declared."""
    more = {} if finalizers is None else {"finalizers": finalizers}
    usual = {
        "subject": subject(
            spec=spec,
            status=status,
            held=held,
            deleting=deleting,
            reconcile_requested_at=reconcile_requested_at,
            **more,
        ),
        "policy": Policy(**(policy or {})),
        "claim": CLAIM,
        "now": NOW,
        "knowledge": shown(),
        "desired": DESIRED,
        "address": ADDRESS,
        "verified": True,
        "offers_fresh": True,
    }
    return Snapshot(**(usual | facts))
