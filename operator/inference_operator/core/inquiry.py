"""What is asked of an endpoint itself, beside its description: whether it answers, and what it wrote when it failed.

Both cost a call for one endpoint, so each is asked once for what it is about: the health route while a version first
becomes running, the log when a failure is first seen. At rest nothing is asked, and never of one that sleeps, which it
would wake.
"""

import hashlib
import json

from inference_operator.core.observation import Observation, Present, State
from inference_operator.core.snapshot import Snapshot
from inference_operator.core.steps import Probe, ReadLog

_DIGITS = 16
_FAILED = (State.FAILED, State.UPDATE_FAILED)


def inquiry(snapshot: Snapshot) -> Probe | ReadLog | None:
    """What is to be asked now, None where nothing is."""
    if not isinstance(snapshot.knowledge, Present) or snapshot.subject.deleting:
        return None
    observation = snapshot.knowledge.observation
    if snapshot.health is None and unproven(snapshot, observation):
        return Probe()
    asked = snapshot.log is not None or snapshot.log_asked == failure_id(observation)
    return ReadLog() if not asked and _failed_anew(snapshot, observation) else None


def failure_id(observation: Observation) -> str:
    """Tells one failure of an endpoint from the next one."""
    return f"{observation.created_at} {observation.updated_at} {observation.state.value}"


def unproven(snapshot: Snapshot, observation: Observation) -> bool:
    """Whether the version runs, is to show that it answers, and has not shown it yet."""
    readiness = snapshot.subject.spec.readiness
    if not (readiness and readiness.probe) or observation.state is not State.RUNNING or not observation.serves:
        return False
    return snapshot.subject.status.probed_version != version_of(snapshot, observation)


def version_of(snapshot: Snapshot, observation: Observation) -> str:
    """The version in sight, as `status.probedVersion` records it.

    No list of a provider names versions, so it is told by what it consists of: this incarnation, so configured, with
    these secret values.
    """
    facts = [observation.created_at, observation.document, snapshot.subject.status.secrets_fingerprint]
    text = json.dumps(facts, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:_DIGITS]


def log_lines(snapshot: Snapshot, observation: Observation) -> list[str] | None:
    """The last lines of the log of the failure in sight: as just read, else as recorded of it."""
    if observation.state not in _FAILED:
        return None
    recorded = None if _failed_anew(snapshot, observation) else snapshot.subject.status.last_log_lines
    return list(snapshot.log or recorded or ()) or None


def _failed_anew(snapshot: Snapshot, observation: Observation) -> bool:
    if observation.state not in _FAILED:
        return False
    before = snapshot.subject.status
    recorded = (before.state, before.updated_at) if before.last_log_lines else None
    return recorded != (observation.state.value, observation.updated_at or None)
