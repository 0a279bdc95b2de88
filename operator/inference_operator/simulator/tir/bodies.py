"""Bodies of POST and PUT, read as tolerantly as the vendor's own clients need it, into one configuration."""

import ast
import base64
import binascii
import copy
import json
import re
from collections.abc import Mapping
from typing import Any

from inference_operator.simulator.tir import catalogue
from inference_operator.simulator.tir.errors import RefusalError
from inference_operator.simulator.tir.knobs import Knobs

Configuration = dict[str, Any]
_NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_LONGEST = 50
_PLAN_KEYS = ("sku_name", "sku_type", "sku_id", "sku_item_price_id", "committed_days")

EMPTY: Configuration = {
    "replica": 1,
    "committed_replicas": 0,
    "is_auto_scale_enabled": False,
    "auto_scale_policy": {"min_replicas": 1, "max_replicas": 1, "stability_period": "300", "rules": []},
    "storage_type": "disk",
    "disk_path": "/mnt/models",
    "sfs_path": "/shared/.cache",
    "detailed_info": {
        "commands": [],
        "args": [],
        "hugging_face_id": "",
        "tokenizer": "",
        "server_version": "",
        "model_serve_type": "",
        "world_size": 1,
        "log_verbose_level": 1,
        "error_log": True,
        "info_log": True,
        "warning_log": True,
        "engine_args": {},
    },
    "custom_endpoint_details": {
        "public_ip": "no",
        "container": {
            "container_name": "",
            "container_type": "public",
            "private_image_details": {},
            "advance_config": {
                "image_pull_policy": "Always",
                "is_readiness_probe_enabled": False,
                "is_liveness_probe_enabled": False,
            },
        },
        "resource_details": {"disk_size": 30, "mount_path": "", "env_variables": []},
    },
}


def new(body: Mapping[str, Any], knobs: Knobs) -> Configuration:
    """The configuration of a POST. Raises RefusalError 400."""
    name = body.get("name")
    if not isinstance(name, str) or not _NAME.fullmatch(name) or len(name) > _LONGEST:
        raise RefusalError(400, "name: up to 50 lower-case letters, digits and single hyphens")
    if not body.get("framework"):
        raise RefusalError(400, "framework is mandatory")
    return changed({**copy.deepcopy(EMPTY), "name": name}, body, knobs)


def changed(before: Configuration, body: Mapping[str, Any], knobs: Knobs) -> Configuration:
    """The configuration after a body that carries all or part of it. Raises RefusalError 400."""
    after = copy.deepcopy(before)
    plain = {key: value for key, value in body.items() if key not in (*_PLAN_KEYS, *_READ)}
    after.update(copy.deepcopy(plain))
    for key, read in _READ.items():
        if key in body:
            base = EMPTY[key] if knobs.put == "replace" else after[key]
            after[key] = read(body[key], base)
    if "world_size" in body:
        after["detailed_info"]["world_size"] = _int(body["world_size"])
    after["is_auto_scale_enabled"] = _bool(after["is_auto_scale_enabled"])
    after["replica"] = _int(after["replica"])
    _choose(after, body, knobs)
    _checked(after, knobs)
    return after


def policy(given: Any, base: Mapping[str, Any]) -> Configuration:
    """An autoscale policy in either spelling."""
    if not isinstance(given, Mapping):
        return dict(base)
    lowest = given.get("min_replicas", given.get("min_replica", base["min_replicas"]))
    highest = given.get("max_replicas", given.get("max_replica", base["max_replicas"]))
    rules = [_rule(one) for one in given.get("rules", base["rules"]) or () if one.get("metric")]
    known = {
        "min_replicas": _int(lowest),
        "max_replicas": _int(highest),
        "stability_period": str(given.get("stability_period", base["stability_period"])),
        "rules": rules,
    }
    extra = given.get("initial_cooldown_period")
    return known | ({} if extra is None else {"initial_cooldown_period": extra})


def _rule(one: Mapping[str, Any]) -> Configuration:
    return {
        "metric": one["metric"],
        "custom_metric_name": one.get("custom_metric_name") or "",
        "condition_type": one.get("condition_type", "limit"),
        "value": _int(one.get("value", 10)),
        "watch_period": _int(one.get("watch_period", 60)),
        "granularity": _int(one.get("granularity", 1)),
        "window": _int(one.get("window", 1)),
    }


def _info(given: Any, base: Mapping[str, Any]) -> Configuration:
    found = {**base, **{key: value for key, value in given.items() if value is not None}}
    for key in ("commands", "args"):
        found[key] = decoded(found[key])
    return found


def _details(given: Any, base: Mapping[str, Any]) -> Configuration:
    found: Configuration = _merged(base, given)
    advanced = found["container"]["advance_config"]
    for kind in ("readiness", "liveness"):
        advanced[f"is_{kind}_probe_enabled"] = _bool(advanced[f"is_{kind}_probe_enabled"])
    return found


def _merged(base: Any, over: Any) -> Any:
    if not isinstance(base, Mapping) or not isinstance(over, Mapping):
        return copy.deepcopy(over)
    return {
        key: _merged(base.get(key), over[key]) if key in over else copy.deepcopy(base[key]) for key in {**base, **over}
    }


_READ = {"auto_scale_policy": policy, "detailed_info": _info, "custom_endpoint_details": _details}


def decoded(given: Any) -> list[str]:
    """A list of words, which clients send as base64 of JSON, of Python's own spelling, or of one word."""
    if isinstance(given, list):
        return [str(one) for one in given]
    if not isinstance(given, str) or not given:
        return []
    try:
        text = base64.b64decode(given, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        text = given
    for parse in (json.loads, ast.literal_eval):
        try:
            found = parse(text)
        except (ValueError, SyntaxError):
            continue
        if isinstance(found, list):
            return [str(one) for one in found]
    return [text]


def _choose(after: Configuration, body: Mapping[str, Any], knobs: Knobs) -> None:
    if body.get("private_cloud_id"):
        after["chosen"] = {"sku": None, "name": "", "plan": {"sku_type": "", "committed_days": 0, "currency": "INR"}}
    elif any(body.get(key) for key in _PLAN_KEYS):
        found = catalogue.chosen(dict(body))
        if found is None:
            raise RefusalError(400, "sku: there is no such plan")
        if found["name"] in knobs.sold_out and found != after.get("chosen"):
            raise RefusalError(400, "SKU Inventory temporarily unavailable. Please try again")
        after["chosen"] = found
    elif "chosen" not in after:
        raise RefusalError(400, "sku: one of sku_name, sku_id and sku_item_price_id is mandatory")


def _checked(after: Configuration, knobs: Knobs) -> None:
    scale, variables = after["auto_scale_policy"], after["custom_endpoint_details"]["resource_details"]
    kept = [one for one in variables["env_variables"] if one["key"] not in knobs.drop_variables]
    variables["env_variables"] = kept
    for one in kept:
        if len(str(one.get("value", ""))) > knobs.env_limit:
            raise RefusalError(400, f"env_variables: the value of {one['key']} is too long")
    if after["is_auto_scale_enabled"] and scale["min_replicas"] > scale["max_replicas"]:
        raise RefusalError(400, "auto_scale_policy: min_replicas exceeds max_replicas")
    if knobs.equal_bounds_disable and after["is_auto_scale_enabled"] and scale["min_replicas"] == scale["max_replicas"]:
        after["is_auto_scale_enabled"], after["replica"] = False, scale["min_replicas"]


def _bool(given: Any) -> bool:
    return str(given).lower() in ("true", "yes", "1")


def _int(given: Any) -> int:
    try:
        return int(given)
    except (TypeError, ValueError):
        raise RefusalError(400, f"{given!r} is not a number") from None
