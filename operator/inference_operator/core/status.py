"""The whole status of a resource, composed anew from the snapshot each time, so that nothing stale survives in it."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from inference_operator.api.condition import Condition
from inference_operator.api.status import EndpointStatus
from inference_operator.core.catalogue import Hardware, Offer, cost, find
from inference_operator.core.failures import Failure
from inference_operator.core.inquiry import log_lines
from inference_operator.core.moments import stamp
from inference_operator.core.observation import Absent, Actor, Observation, Present, Unread
from inference_operator.core.snapshot import Snapshot
from inference_operator.core.verdict import Verdict, verdicts

_SELECTOR = "inference-operator.dev/endpoint={uid}"
_RECORDED = frozenset(
    {
        "account",
        "hardware",
        "remoteRef",
        "pendingOperation",
        "appliedPower",
        "adoptedGeneration",
        "driftCorrections",
        "secretsFingerprint",
        "probedVersion",
        "lastHandledReconcileAt",
    }
)


def compose(snapshot: Snapshot, failure: Failure | None, *, answered: bool | None = None) -> dict[str, Any]:
    """The status as JSON. What is only recorded (binding, intent, applied power) is carried over.

    `answered`: whether a request to reconcile has been: absent, where no failure stands that passes by itself.
    """
    subject, before = snapshot.subject, snapshot.subject.status
    status = {
        **_recorded(before, subject.generation),
        **_observed(snapshot),
        "observedGeneration": subject.generation,
        "conditions": _conditions(before, verdicts(snapshot, failure), snapshot.now, subject.generation),
    }
    if snapshot.desired is not None:
        # What runs is what is paid for, also where it is not as declared.
        shown = status.get("hardware") if _is_known(snapshot) else None
        status["hardware"] = shown or snapshot.desired.hardware
    if snapshot.address is not None:
        status["account"] = f"{snapshot.address.kind}/{snapshot.address.name}"
    if answered is None:
        answered = failure is None or failure.terminal
    if answered and subject.reconcile_requested:
        status["lastHandledReconcileAt"] = subject.reconcile_requested_at
    return EndpointStatus.from_json(status).to_json()


def _recorded(before: EndpointStatus, generation: int) -> dict[str, Any]:
    stored = before.to_json()
    over = set()
    if before.adopted_generation != generation:
        over.add("adoptedGeneration")
    if before.observed_generation != generation:
        over.add("driftCorrections")
    return {key: stored[key] for key in _RECORDED - over if key in stored}


def _observed(snapshot: Snapshot) -> dict[str, Any]:
    match snapshot.knowledge:
        case Present(observation=observation):
            return _shown(observation, snapshot) if _may_be_shown(observation, snapshot) else {}
        case Absent():
            return {}
    return _last_seen(snapshot.subject.status)


def _is_known(snapshot: Snapshot) -> bool:
    """Whether there is a remote endpoint, in sight or shown as last seen."""
    bound = snapshot.subject.status.remote_ref is not None or snapshot.policy.observes_only
    return bound and isinstance(snapshot.knowledge, Present | Unread)


def _may_be_shown(observation: Observation, snapshot: Snapshot) -> bool:
    """Whether it is this resource's to look at: what it was refused may be another team's."""
    return snapshot.policy.observes_only or snapshot.whose(observation).ours_by_name


def _last_seen(before: EndpointStatus) -> dict[str, Any]:
    elsewhere = {"conditions", "observedGeneration", *_RECORDED}
    return {key: value for key, value in before.to_json().items() if key not in elsewhere}


def _shown(observation: Observation, snapshot: Snapshot) -> dict[str, Any]:
    return {
        "state": observation.state.value,
        "url": observation.url or None,
        "readyReplica": observation.ready_replica,
        "targetReplica": observation.target_replica,
        "ready": f"{observation.ready_replica}/{observation.target_replica}",
        "replicas": observation.target_replica,
        "selector": _SELECTOR.format(uid=snapshot.subject.uid),
        "message": observation.message or None,
        "errorMessage": observation.error_message or None,
        "createdAt": observation.created_at or None,
        "updatedAt": observation.updated_at or None,
        "createdBy": _actor(observation.created_by),
        "updatedBy": _actor(observation.updated_by),
        "private": {"serviceName": observation.private_service} if observation.private_service else None,
        "lastLogLines": log_lines(snapshot, observation),
        "hardware": snapshot.shape.hardware(observation.document) or None,
        "cost": _cost(observation, snapshot),
        "effective": {**observation.effective, **_resolution(snapshot)} or None,
    }


def _cost(observation: Observation, snapshot: Snapshot) -> dict[str, str] | None:
    """By the price list; what was last known while the list has not been read."""
    desired = snapshot.desired
    offer = _offer(snapshot.shape.runs_on(observation.document), snapshot)
    offer = offer or _offer(desired.runs_on if desired else None, snapshot)
    if desired is None or offer is None:
        known = snapshot.subject.status.cost
        return known.to_json() if known and not snapshot.offers else None
    found = cost(offer, desired.replicas, target=observation.target_replica, state=observation.state)
    return {
        "currency": found.currency,
        "hourlyNow": found.hourly_now,
        "hourlyMin": found.hourly_min,
        "hourlyMax": found.hourly_max,
    }


def _offer(hardware: Hardware | None, snapshot: Snapshot) -> Offer | None:
    return find(snapshot.offers, hardware) if hardware else None


def _resolution(snapshot: Snapshot) -> dict[str, str]:
    """The declared revision and the commit it came to, as recorded: what is shown otherwise is drift."""
    effective = snapshot.subject.status.effective
    if effective is None or effective.revision_from is None or effective.revision is None:
        return {}
    if snapshot.desired is None or snapshot.desired.revision != effective.revision_from:
        return {}
    return {"revision": effective.revision, "revisionFrom": effective.revision_from}


def _actor(actor: Actor | None) -> dict[str, str] | None:
    return {"id": actor.id, "name": actor.name} if actor else None


def _conditions(
    before: EndpointStatus, now_said: Iterable[Verdict], now: datetime, generation: int
) -> list[dict[str, Any]]:
    previous = {condition.type: condition for condition in before.conditions or ()}
    return [_condition(said, previous.get(said.type), now, generation) for said in now_said]


def _condition(said: Verdict, previous: Condition | None, now: datetime, generation: int) -> dict[str, Any]:
    unchanged = previous is not None and previous.status == said.status
    since = previous.last_transition_time if previous is not None and unchanged else stamp(now)
    return Condition(
        type=said.type,
        status=said.status,
        reason=said.reason,
        message=said.message,
        last_transition_time=since,
        observed_generation=generation,
    ).to_json()
