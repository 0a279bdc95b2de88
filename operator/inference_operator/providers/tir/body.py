"""From a whole configuration in the block's coordinates to the body of a POST or PUT.

See docs/reference/tir-api.md, "Body of a create", "Defaults" and "Actions".
"""

from collections.abc import Mapping
from typing import Any

from inference_operator.core.documents import Document, lookup, merged
from inference_operator.providers.tir import probes
from inference_operator.providers.tir.encoding import encoded, typed
from inference_operator.providers.tir.images import image_of
from inference_operator.providers.tir.marker import VARIABLE, Marker

DEFAULTS: Document = {
    "clusterType": "tir-cluster",
    "image": {"type": "public", "pullPolicy": "Always"},
    "worldSize": 1,
    "logging": {"error": True, "warning": True, "info": True, "verboseLevel": 1},
    "replicas": 1,
    "autoscaling": {"enabled": False, "minReplicas": 1, "maxReplicas": 1, "stabilitySeconds": 300},
    "storage": {
        "type": "disk",
        "sizeGB": 100,
        "modelPath": "/mnt/models",
        "sharedFileSystem": {"path": "/shared/.cache"},
    },
    "ports": {"service": False, "metrics": False},
    "publicIP": False,
}
"""What a create needs spelled out, as the vendor's Terraform provider spells it."""


def body(
    name: str, document: Document, values: Mapping[str, str], mark: Marker, *, location: str, currency: str
) -> dict[str, Any]:
    """The whole body. `values`: the environment in clear, by name."""
    full = merged(DEFAULTS, document)
    model, dataset = full.get("model", {}), full.get("dataset", {})
    return {
        "name": name,
        "category": "inference_service",
        "framework": full["framework"],
        "path": model.get("path", ""),
        "model_id": _number(model.get("id")),
        "model_load_integration_id": _number(model.get("integrationID")),
        "dataset_id": _number(dataset.get("id")),
        "dataset_path": dataset.get("path", ""),
        **_plan(full),
        "replica": full["replicas"],
        "cluster_type": full["clusterType"],
        "storage_type": full["storage"]["type"],
        "disk_path": full["storage"]["modelPath"],
        **_shared(full["storage"]["sharedFileSystem"]),
        "location": location,
        "currency": currency,
        "is_auto_scale_enabled": full["autoscaling"]["enabled"],
        "auto_scale_policy": policy(full["autoscaling"]),
        "detailed_info": _info(full),
        "custom_endpoint_details": _details(full, _variables(full, values, mark)),
    }


def policy(autoscaling: Document) -> dict[str, Any]:
    """The policy, with the keys and the spelling of the vendor's documents of `update_auto_scale`."""
    return {
        "min_replicas": autoscaling.get("minReplicas", 1),
        "max_replicas": autoscaling.get("maxReplicas", 1),
        "stability_period": str(autoscaling.get("stabilitySeconds", 300)),
        "rules": [_rule(one) for one in autoscaling.get("rules", ())],
    }


def _rule(one: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "metric": one.get("metric", ""),
        "custom_metric_name": one.get("customMetricName", ""),
        "condition_type": one.get("conditionType", "limit"),
        "value": one.get("value", 10),
        "watch_period": one.get("watchSeconds", 60),
        "granularity": one.get("granularity", 1),
        "window": one.get("windowSeconds", 1),
    }


def _plan(full: Document) -> dict[str, Any]:
    commitment = full.get("commitment", {})
    paid = {
        "committed_days": commitment.get("days", 0),
        "committed_instance_policy": commitment.get("policy", ""),
        "committed_replicas": commitment.get("replicas", 0),
    }
    cloud = full.get("privateCloud")
    if cloud is not None:
        return {"private_cloud_id": int(cloud["id"]), "custom_sku": cloud.get("customSku", {}), **paid}
    return {"sku_name": full["sku"]["name"], "sku_type": full["sku"]["type"], **paid} if "sku" in full else paid


def _shared(system: Document) -> dict[str, Any]:
    identity = {"sfs_id": int(system["id"])} if "id" in system else {}
    return {"sfs_path": system["path"], **identity}


def _info(full: Document) -> dict[str, Any]:
    model, logging = full.get("model", {}), full["logging"]
    return {
        "commands": encoded(list(full.get("command", ()))),
        "args": encoded(list(full.get("args", ()))),
        "hugging_face_id": model.get("huggingFaceID", ""),
        "tokenizer": model.get("tokenizer", ""),
        "server_version": full.get("version", ""),
        "model_serve_type": model.get("serveType", ""),
        "world_size": full["worldSize"],
        "log_verbose_level": logging["verboseLevel"],
        "error_log": logging["error"],
        "info_log": logging["info"],
        "warning_log": logging["warning"],
        "engine_args": {key: typed(value) for key, value in full.get("engineArgs", {}).items()},
    }


def _details(full: Document, variables: list[dict[str, Any]]) -> dict[str, Any]:
    image, storage = full["image"], full["storage"]
    registry = {"registry_namespace_id": int(image["registryNamespaceID"])} if "registryNamespaceID" in image else {}
    advanced: dict[str, Any] = {"image_pull_policy": image["pullPolicy"]}
    for kind in ("readiness", "liveness"):
        given = full.get(f"{kind}Probe")
        advanced[f"is_{kind}_probe_enabled"] = bool(given and given["enabled"])
        advanced[f"{kind}_probe"] = probes.body(given, kind)
    return {
        "service_port": full["ports"]["service"],
        "metric_port": full["ports"]["metrics"],
        "public_ip": "yes" if full["publicIP"] else "no",
        "container": {
            "container_name": image.get("name") or _image(full),
            "container_type": image["type"],
            "private_image_details": registry,
            "advance_config": advanced,
        },
        "resource_details": {
            "disk_size": storage["sizeGB"],
            "mount_path": storage.get("mountPath", ""),
            "env_variables": variables,
        },
    }


def _image(full: Document) -> str:
    with_model = lookup(full, ("model", "id")) is not None
    return image_of(full["framework"], full.get("version", ""), with_model=with_model)


def _variables(full: Document, values: Mapping[str, str], mark: Marker) -> list[dict[str, Any]]:
    declared = [
        {"key": name, "value": values[name], "required": one["required"], "disabled": one["disabled"]}
        for name, one in full.get("env", {}).items()
    ]
    # The marker last: what the vendor may do with a first or a required one is the user's.
    disabled = {"key": True, "value": True}
    return [*declared, {"key": VARIABLE, "value": str(mark), "required": False, "disabled": disabled}]


def _number(identity: str | None) -> int | None:
    return int(identity) if identity else None
