"""Every field of the tir block that can be changed, and what of the whole body changes with it.

A change of the scale alone goes by an action of its own, with nothing else in it.
"""

import base64
import json
from typing import Any

from tests.api.manifests import GONE
from tests.e2e.field_case import Case


def _words(*words: str) -> str:
    """A list of words as the vendor's clients send it."""
    return base64.b64encode(json.dumps(list(words)).encode()).decode()


def _info(**fields: Any) -> dict[str, Any]:
    return {"detailed_info": fields}


def _container(**fields: Any) -> dict[str, Any]:
    return {"custom_endpoint_details": {"container": fields}}


def _resources(**fields: Any) -> dict[str, Any]:
    return {"custom_endpoint_details": {"resource_details": fields}}


def _variable(name: str, value: str) -> dict[str, Any]:
    return {"key": name, "value": value, "required": False, "disabled": {"key": False, "value": False}}


_SCALED = {"autoscaling": {"enabled": True, "minReplicas": 1, "maxReplicas": 3}}
_POLICY = {"min_replicas": 1, "max_replicas": 3, "stability_period": "300", "rules": []}
_RULE = {
    "metric": "cpu",
    "custom_metric_name": "",
    "condition_type": "limit",
    "value": 70,
    "watch_period": 60,
    "granularity": 1,
    "window": 1,
}
_FROM_HUB = {"name": "B", "valueFrom": {"secretKeyRef": {"name": "hub", "key": "other"}}}

CASES = (
    Case("version", {"version": "v1"}, _info(server_version="v1")),
    Case("sku.name", {"sku": {"name": "C3.8"}}, {"sku_name": "C3.8"}),
    Case(
        "commitment",
        {"sku": {"type": "committed"}, "commitment": {"days": 30, "policy": "auto_renew"}},
        {"sku_type": "committed", "committed_days": 30, "committed_instance_policy": "auto_renew"},
    ),
    Case(
        "privateCloud",
        {"sku": GONE, "privateCloud": {"id": "12", "customSku": {"cpu": 4}}},
        {"sku_name": None, "sku_type": None, "private_cloud_id": 12, "custom_sku": {"cpu": 4}},
    ),
    Case("clusterType", {"clusterType": "other"}, {"cluster_type": "other"}),
    Case(
        "image.pullPolicy",
        {"image": {"pullPolicy": "IfNotPresent"}},
        _container(advance_config={"image_pull_policy": "IfNotPresent"}),
    ),
    Case(
        "image.type",
        {"image": {"type": "private", "registryNamespaceID": "7"}},
        _container(container_type="private", private_image_details={"registry_namespace_id": 7}),
    ),
    Case(
        "command", {"command": ["serve", "--fast"]}, _info(commands=_words("serve", "--fast")), {"command": ["serve"]}
    ),
    Case("args", {"args": ["--a", "2"]}, _info(args=_words("--a", "2")), {"args": ["--a", "1"]}),
    Case("args-emptied", {"args": []}, _info(args=""), {"args": ["--a", "1"]}),
    Case("model.id", {"model": {"id": "6", "path": "v2"}}, {"model_id": 6, "path": "v2"}, {"model": {"id": "5"}}),
    Case(
        "model.integrationID",
        {"model": {"id": GONE, "integrationID": "9"}},
        {"model_id": None, "model_load_integration_id": 9},
        {"model": {"id": "5"}},
    ),
    Case(
        "model.huggingFaceID",
        {"model": {"huggingFaceID": "gpt2-xl", "tokenizer": "t", "serveType": "peft-model"}},
        _info(hugging_face_id="gpt2-xl", tokenizer="t", model_serve_type="peft-model"),
        {"model": {"huggingFaceID": "gpt2"}},
    ),
    Case("engineArgs", {"engineArgs": {"max_model_len": "4096"}}, _info(engine_args={"max_model_len": 4096})),
    Case(
        "engineArgs-entry-removed",
        {"engineArgs": {"b": GONE}},
        _info(engine_args={"b": None}),
        {"engineArgs": {"a": "text", "b": "true"}},
    ),
    Case("worldSize", {"worldSize": 2}, _info(world_size=2)),
    Case(
        "logging",
        {"logging": {"info": False, "verboseLevel": 3}},
        _info(info_log=False, log_verbose_level=3),
        {"logging": {"info": True}},
    ),
    Case("replicas", {"replicas": 3}, {"action": "disable_auto_scale", "replicas": 3}),
    Case("autoscaling-on", _SCALED, {"action": "update_auto_scale", "auto_scale_policy": _POLICY}),
    Case(
        "autoscaling.rules",
        {"autoscaling": {"rules": [{"metric": "cpu", "value": 70}]}},
        {"action": "update_auto_scale", "auto_scale_policy": {**_POLICY, "rules": [_RULE]}},
        _SCALED,
    ),
    Case(
        "autoscaling-off",
        {"autoscaling": {"enabled": False}},
        {"action": "disable_auto_scale", "replicas": 2},
        _SCALED,
    ),
    Case(
        "readinessProbe",
        {"readinessProbe": {"enabled": True, "httpGet": {"path": "/up", "port": 8081}}},
        _container(
            advance_config={"is_readiness_probe_enabled": True, "readiness_probe": {"path": "/up", "port": 8081}}
        ),
    ),
    Case(
        "livenessProbe",
        {"livenessProbe": {"enabled": True, "httpGet": GONE, "exec": {"command": ["true"]}}},
        _container(advance_config={"liveness_probe": {"protocol": "exec", "path": "", "commands": _words("true")}}),
        {"livenessProbe": {"enabled": True, "httpGet": {"path": "/metrics", "port": 8080}}},
    ),
    Case("storage.sizeGB", {"storage": {"sizeGB": 200, "mountPath": "/d"}}, _resources(disk_size=200, mount_path="/d")),
    Case(
        "storage.sharedFileSystem",
        {"storage": {"modelPath": "/m", "sharedFileSystem": {"id": "3", "path": "/x"}}},
        {"disk_path": "/m", "sfs_path": "/x", "sfs_id": 3},
    ),
    Case("dataset", {"dataset": {"id": "4", "path": "p"}}, {"dataset_id": 4, "dataset_path": "p"}),
    Case(
        "env",
        {"env": [{"name": "A", "value": "2"}, _FROM_HUB]},
        _resources(env_variables=[_variable("A", "2"), _variable("B", "hub-other-value")]),
        {"env": [{"name": "A", "value": "1"}]},
    ),
    Case("env-emptied", {"env": []}, _resources(env_variables=[]), {"env": [{"name": "A", "value": "1"}]}),
    Case("ports", {"ports": {"service": True}}, {"custom_endpoint_details": {"service_port": True}}),
    Case("publicIP", {"publicIP": True}, {"custom_endpoint_details": {"public_ip": "yes"}}),
    Case("restartedAt", {"restartedAt": "2026-11-21T09:00:00Z"}, {}, actions=("restart",)),
)
