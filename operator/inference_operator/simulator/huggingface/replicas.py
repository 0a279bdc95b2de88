"""The replicas of an endpoint, derived from where its life stands."""

from typing import Any

from inference_operator.simulator.huggingface.lifecycle import Lifecycle
from inference_operator.simulator.huggingface.record import Record, timestamp

_STAGES = {"pending": "pending", "initializing": "initializing", "failed": "stopped"}


def replica_ids(record: Record) -> list[str]:
    """Return the ids of the replicas that exist."""
    return [replica["id"] for replica in replicas(record)]


def replicas(record: Record) -> list[dict[str, Any]]:
    """Return the replicas; while an update rolls out, those of both versions."""
    life = record.lifecycle
    if life.state in {"paused", "scaledToZero"}:
        return []
    if life.state == "updating":
        old = [_replica(record, record.version - 1, n, "running", updating=False) for n in range(life.ready)]
        return old + [_replica(record, record.version, n, "initializing", updating=True) for n in range(life.target)]
    count = life.ready or life.target
    stage = _STAGES.get(life.state, "running")
    return [_replica(record, record.version, number, stage, updating=False) for number in range(count)]


def _replica(record: Record, version: int, number: int, stage: str, *, updating: bool) -> dict[str, Any]:
    life: Lifecycle = record.lifecycle
    stopped = stage == "stopped"
    return {
        "id": f"{record.id[:12]}-{version}-{number}",
        "versionId": f"{record.id[:12]}-{version}",
        "status": {
            "stage": stage,
            "live": stage == "running",
            "updating": updating,
            "exitCode": 1 if stopped else None,
            "startedAt": None if stage == "pending" else timestamp(life.since),
            "stoppedAt": timestamp(life.since) if stopped else None,
        },
    }
