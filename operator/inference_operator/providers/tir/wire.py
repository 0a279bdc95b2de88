"""The vendor's answers, read tolerantly, in the coordinates of the `tir` block.

See docs/reference/tir-api.md, "Objects returned" and "Status".
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from inference_operator.core.documents import lookup, merged
from inference_operator.core.observation import Actor, Observation, State
from inference_operator.core.text import plain, stable
from inference_operator.providers.tir import marker
from inference_operator.providers.tir.encoding import count, flag, identity, text, untyped, words
from inference_operator.providers.tir.marker import Marker
from inference_operator.providers.tir.probes import probe

_RFC3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)", re.ASCII)
_STATES = {
    "waiting": State.INITIALIZING,
    "deploying": State.INITIALIZING,
    "running": State.RUNNING,
    "idle": State.SCALED_TO_ZERO,
    "terminating": State.UPDATING,
    "stopped": State.PAUSED,
    "error": State.FAILED,
    "failed": State.FAILED,
}
_DONE = "done"
"""The status of what was just deleted."""
_STOPPING = "terminating"
_AT_WORK = (State.INITIALIZING, State.RUNNING, State.UNKNOWN)


@dataclass(frozen=True, slots=True)
class Seen:
    """One endpoint as the provider showed it.

    `document` is its configuration in the block's coordinates. `values`: the environment in clear, for the provider
    alone. `status`: the provider's word, in lower case.
    """

    id: str
    name: str
    status: str
    document: Mapping[str, Any]
    values: Mapping[str, str]
    marker: Marker
    raw: Mapping[str, Any]

    @property
    def stopped(self) -> bool:
        """Whether it is, or is about to be, at rest by somebody's wish."""
        return self.status in ("stopped", _STOPPING)

    @property
    def updated_at(self) -> str:
        """When it changed last (RFC 3339), empty where that is not said."""
        return _time(self.raw.get("updated_at"))


def seen(body: Any) -> Seen | None:
    """One endpoint of an answer, None where it is not even that, or not any more."""
    if not isinstance(body, Mapping):
        return None
    known, name, status = identity(body.get("id")), text(body.get("name")), text(body.get("status")) or "unknown"
    if known is None or name is None or status.lower() == _DONE:
        return None
    entries = _variables(body)
    values = {one["key"]: str(one.get("value") or "") for one in entries}
    mark = marker.parsed(values.pop(marker.VARIABLE, ""))
    document = merged(mark.sent, _document(body, _environment(entries, mark)))
    return Seen(known, name, status.lower(), document, values, mark, body)


def observation(one: Seen, *, url: str, name: str | None = None) -> Observation:
    """What the rest of the operator is told. `url`: where it answers. `name`: the one it is known by here."""
    state = _STATES.get(one.status, State.UNKNOWN)
    target = _target(one.document)
    said = text(one.raw.get("message")) or ""
    failed = state is State.FAILED
    return Observation(
        name=name or one.name,
        created_at=_time(one.raw.get("created_at")),
        updated_at=one.updated_at,
        state=state,
        heading=State.PAUSED if one.status == _STOPPING else None,
        document=one.document,
        id=one.id,
        url=url,
        ready_replica=max(target, 1) if state is State.RUNNING else 0,
        target_replica=max(target, 1) if state in _AT_WORK else 0,
        message="" if failed else stable(said),
        error_message=stable(said) if failed else "",
        created_by=_actor(one.raw.get("created_by")),
        health_route=_health_route(one.document),
        claims=one.marker.claims,
        effective=_effective(one),
    )


def _document(body: Mapping[str, Any], environment: dict[str, Any]) -> dict[str, Any]:
    info, details = _part(body, "detailed_info"), _part(body, "custom_endpoint_details")
    container, resources = _part(details, "container"), _part(details, "resource_details")
    advanced = _part(container, "advance_config")
    found = {
        "framework": text(body.get("framework")),
        "version": text(info.get("server_version")),
        "sku": _sku(body),
        "commitment": _commitment(body),
        "image": {
            "type": text(container.get("container_type")),
            "name": text(container.get("container_name")),
            "registryNamespaceID": identity(lookup(container, ("private_image_details", "registry_namespace_id"))),
            "pullPolicy": text(advanced.get("image_pull_policy") or container.get("image_pull_policy")),
        },
        "command": words(info.get("commands")),
        "args": words(info.get("args")),
        "model": {
            "huggingFaceID": text(info.get("hugging_face_id")),
            "tokenizer": text(info.get("tokenizer")),
            "serveType": text(info.get("model_serve_type")),
        },
        "engineArgs": {str(key): untyped(value) for key, value in _part(info, "engine_args").items()},
        "worldSize": count(info.get("world_size", body.get("world_size"))),
        "logging": {
            "error": flag(info.get("error_log")),
            "warning": flag(info.get("warning_log")),
            "info": flag(info.get("info_log")),
            "verboseLevel": count(info.get("log_verbose_level")),
        },
        "replicas": count(body.get("replica")),
        "autoscaling": _autoscaling(body),
        "readinessProbe": probe(container, "readiness"),
        "livenessProbe": probe(container, "liveness"),
        "storage": {
            "type": text(body.get("storage_type")),
            "sizeGB": count(resources.get("disk_size")),
            "mountPath": text(resources.get("mount_path")),
            "modelPath": text(body.get("disk_path")),
            "sharedFileSystem": {"path": text(body.get("sfs_path"))},
        },
        "env": environment,
        "ports": {"service": flag(details.get("service_port")), "metrics": flag(details.get("metric_port"))},
        "publicIP": flag(details.get("public_ip")),
    }
    return _known(found)


def _known(document: Mapping[str, Any]) -> dict[str, Any]:
    """Without what the answer says nothing about: where it is silent, what was last sent stands."""
    inner = {key: _known(value) if _is_group(key, value) else value for key, value in document.items()}
    return {
        key: value for key, value in inner.items() if value is not None and not (_is_group(key, value) and not value)
    }


def _is_group(key: str, value: Any) -> bool:
    return isinstance(value, Mapping) and key not in ("env", "engineArgs")


def _part(body: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    found = body.get(key)
    return found if isinstance(found, Mapping) else {}


def _sku(body: Mapping[str, Any]) -> dict[str, Any] | None:
    details = _part(body, "sku_details")
    name, kind = text(_part(details, "specs").get("name")), text(_part(details, "plan").get("sku_type"))
    return {"name": name, "type": kind} if name and kind else None


def _commitment(body: Mapping[str, Any]) -> dict[str, Any] | None:
    days = count(lookup(body, ("sku_details", "plan", "committed_days")))
    return {"days": days, "replicas": count(body.get("committed_replicas")) or 0} if days else None


def _autoscaling(body: Mapping[str, Any]) -> dict[str, Any]:
    policy = _part(body, "auto_scale_policy")
    rules = policy.get("rules")
    return {
        "enabled": flag(body.get("is_auto_scale_enabled")),
        "minReplicas": count(policy.get("min_replicas", policy.get("min_replica"))),
        "maxReplicas": count(policy.get("max_replicas", policy.get("max_replica"))),
        "stabilitySeconds": count(policy.get("stability_period")),
        "rules": [_rule(one) for one in rules if isinstance(one, Mapping)] if isinstance(rules, list) else None,
    }


def _rule(one: Mapping[str, Any]) -> dict[str, Any]:
    found = {
        "metric": text(one.get("metric")),
        "customMetricName": text(one.get("custom_metric_name")),
        "conditionType": text(one.get("condition_type")),
        "value": count(one.get("value")),
        "watchSeconds": count(one.get("watch_period")),
        "granularity": count(one.get("granularity")),
        "windowSeconds": count(one.get("window")),
    }
    return {key: value for key, value in found.items() if value is not None}


def _variables(body: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    entries = lookup(body, ("custom_endpoint_details", "resource_details", "env_variables"))
    listed = entries if isinstance(entries, list) else []
    return [one for one in listed if isinstance(one, Mapping) and isinstance(one.get("key"), str)]


def _environment(entries: list[Mapping[str, Any]], mark: Marker) -> dict[str, Any]:
    """The variables by name, without the operator's own and without the values that came from Secrets."""
    return {one["key"]: _variable(one, mark) for one in entries if one["key"] != marker.VARIABLE}


def _variable(one: Mapping[str, Any], mark: Marker) -> dict[str, Any]:
    off = _part(one, "disabled")
    content = {"secret": True} if one["key"] in mark.secrets else {"value": str(one.get("value") or "")}
    return content | {
        "required": bool(flag(one.get("required"))),
        "disabled": {"key": bool(flag(off.get("key"))), "value": bool(flag(off.get("value")))},
    }


def _target(document: Mapping[str, Any]) -> int:
    scaled = lookup(document, ("autoscaling", "enabled"))
    found = lookup(document, ("autoscaling", "minReplicas")) if scaled else document.get("replicas")
    return found if isinstance(found, int) else 1


def _health_route(document: Mapping[str, Any]) -> str:
    path = lookup(document, ("readinessProbe", "httpGet", "path"))
    return path if isinstance(path, str) and path else "/health"


def _effective(one: Seen) -> dict[str, Any]:
    details = one.document
    found = {
        "healthRoute": (_health_route(details), 1024),
        "image": (lookup(details, ("image", "name")), 1024),
        "computeID": (identity(one.raw.get("sku")), 253),
        "engine": (details.get("framework"), 63),
    }
    return {
        name: value for name, (value, longest) in found.items() if isinstance(value, str) and 0 < len(value) <= longest
    }


def _time(value: Any) -> str:
    """An RFC 3339 time as it was written, which tells incarnations apart to the last digit."""
    return value if isinstance(value, str) and _RFC3339.fullmatch(value) else ""


def _actor(value: Any) -> Actor | None:
    if not isinstance(value, Mapping):
        return None
    name = text(value.get("username")) or text(value.get("name")) or ""
    return Actor(id=plain(identity(value.get("id")) or "")[:128], name=plain(name)[:253])
