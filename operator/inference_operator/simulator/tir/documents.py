"""The answer that shows an endpoint, with the quirks that its clients depend on.

See docs/reference/tir-api.md, "Objects returned" and "What its clients need".
"""

import base64
import copy
import json
from datetime import UTC, datetime
from typing import Any

from inference_operator.simulator.tir.knobs import Knobs
from inference_operator.simulator.tir.record import Record


def timestamp(seconds: float) -> str:
    """RFC 3339 with microseconds, as the vendor writes it."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def document(record: Record, now: float, knobs: Knobs, *, status: str | None = None) -> dict[str, Any]:
    """The endpoint as GET shows it. What the API takes and is not known to show is not in it."""
    shown = copy.deepcopy(record.configuration)
    word = status or record.status(now, knobs)
    chosen = shown["chosen"]
    return {
        "id": record.id,
        "name": record.name,
        "status": word.title() if knobs.casing == "title" or word == "done" else word,
        "created_at": timestamp(record.created_at),
        "updated_at": timestamp(record.updated_at),
        "created_by": {"id": 1, "name": record.created_by, "email": "", "username": record.created_by},
        "model": {},
        "dataset": {},
        "model_type": {},
        "storage_url": "",
        "dataset_storage_url": "",
        "sku": chosen["sku"],
        "sku_details": {
            "specs": {"name": chosen["name"]},
            "plan": {key: chosen["plan"][key] for key in ("sku_type", "committed_days", "currency")},
        },
        "framework": shown["framework"],
        "replica": shown["replica"],
        "committed_replicas": shown["committed_replicas"],
        "is_auto_scale_enabled": shown["is_auto_scale_enabled"],
        "auto_scale_policy": _policy(shown["auto_scale_policy"], knobs),
        "detailed_info": _info(shown["detailed_info"], knobs),
        "custom_endpoint_details": _details(shown["custom_endpoint_details"], knobs),
        "storage_type": shown["storage_type"],
        "disk_path": shown["disk_path"],
        "sfs_path": shown["sfs_path"],
        "message": record.message or ("the container does not start" if word == "failed" else ""),
    }


def _policy(policy: dict[str, Any], knobs: Knobs) -> dict[str, Any]:
    # Any key that it does not know breaks the vendor's Terraform provider.
    return {"initial_cooldown_period": "300", "is_hold_queue": False, **policy} if knobs.extras_2026 else policy


def _info(info: dict[str, Any], knobs: Knobs) -> dict[str, Any]:
    if knobs.lists == "base64":
        for key in ("commands", "args"):
            info[key] = base64.b64encode(json.dumps(info[key]).encode()).decode() if info[key] else ""
    if knobs.engine_args == "text":
        info["engine_args"] = {
            key: value if isinstance(value, str) else json.dumps(value) for key, value in info["engine_args"].items()
        }
    return info


def _details(details: dict[str, Any], knobs: Knobs) -> dict[str, Any]:
    for hidden in ("service_port", "metric_port"):
        details.pop(hidden, None)
    advanced = details["container"]["advance_config"]
    for kind in ("readiness", "liveness"):
        given = advanced.pop(f"{kind}_probe", None)
        if given is not None and (advanced[f"is_{kind}_probe_enabled"] or knobs.probes_when_disabled):
            # A number here breaks the vendor's Terraform provider.
            advanced[f"{kind}_probe"] = {**given, "port": str(given.get("port", ""))}
    return details
