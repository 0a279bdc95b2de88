"""What a `tir` block declares, field by field, and what the POST is that comes of it."""

import base64
import json

import pytest
from tests.providers.tir_remote import BLOCK, CLAIM, connect, declared, with_values

from inference_operator.core.catalogue import Replicas
from inference_operator.core.observation import State
from inference_operator.providers.tir import PLUGIN, tables
from inference_operator.providers.tir.encoding import typed, untyped, words
from inference_operator.providers.tir.wire import observation, seen
from inference_operator.simulator import Clock, Tir

FULL = {
    "framework": "VLLM",
    "version": "v0.9.0",
    "sku": {"name": "C3.2", "type": "committed"},
    "commitment": {"days": 30, "policy": "auto_renew", "replicas": 1},
    "clusterType": "tir-cluster",
    "image": {"type": "private", "registryNamespaceID": "7", "pullPolicy": "IfNotPresent"},
    "command": ["serve"],
    "args": ["--port", "8080"],
    "model": {"id": "5", "path": "v1", "huggingFaceID": "gpt2", "tokenizer": "t", "serveType": "full-model"},
    "engineArgs": {"max_model_len": "4096", "enforce_eager": "true"},
    "worldSize": 2,
    "logging": {"error": True, "warning": False, "info": True, "verboseLevel": 2},
    "autoscaling": {
        "enabled": True,
        "minReplicas": 1,
        "maxReplicas": 3,
        "stabilitySeconds": 100,
        "rules": [{"metric": "custom", "customMetricName": "q", "value": 12, "watchSeconds": 30}],
    },
    "readinessProbe": {"enabled": True, "httpGet": {"path": "/ready", "port": 8081}, "periodSeconds": 5},
    "livenessProbe": {"enabled": False},
    "storage": {
        "type": "disk",
        "sizeGB": 200,
        "mountPath": "/data",
        "modelPath": "/models",
        "sharedFileSystem": {"id": "3", "path": "/shared"},
    },
    "dataset": {"id": "4", "path": "p"},
    "env": [
        {
            "name": "T",
            "valueFrom": {"secretKeyRef": {"name": "s", "key": "k"}},
            "required": True,
            "disabled": {"key": True},
        }
    ],
    "ports": {"service": True, "metrics": False},
    "publicIP": True,
    "restartedAt": "2026-11-21T09:00:00Z",
}
PROBE = {"initial_delay_seconds": 10, "timeout_seconds": 10, "success_threshold": 1, "failure_threshold": 3}


def plain(text):
    return json.loads(base64.b64decode(text))


async def posted(block, **spec):
    tir = Tir(clock=Clock.frozen())
    one = declared(block, **spec)
    await connect(tir).create("chat", with_values(one, one.creation()), claim=CLAIM)
    return tir.journal[-1].body


async def test_every_field_goes_where_the_vendors_clients_send_it():
    body = await posted(FULL)
    details, info = body["custom_endpoint_details"], body["detailed_info"]
    variables = details["resource_details"].pop("env_variables")
    assert {key: value for key, value in body.items() if not isinstance(value, dict)} == {
        "name": "chat",
        "category": "inference_service",
        "framework": "vllm",
        "path": "v1",
        "model_id": 5,
        "model_load_integration_id": None,
        "dataset_id": 4,
        "dataset_path": "p",
        "sku_name": "C3.2",
        "sku_type": "committed",
        "committed_days": 30,
        "committed_instance_policy": "auto_renew",
        "committed_replicas": 1,
        "replica": 1,
        "cluster_type": "tir-cluster",
        "storage_type": "disk",
        "disk_path": "/models",
        "sfs_id": 3,
        "sfs_path": "/shared",
        "location": "Delhi",
        "currency": "INR",
        "is_auto_scale_enabled": True,
    }
    assert (plain(info.pop("commands")), plain(info.pop("args"))) == (["serve"], ["--port", "8080"])
    assert info == {
        "hugging_face_id": "gpt2",
        "tokenizer": "t",
        "server_version": "v0.9.0",
        "model_serve_type": "full-model",
        "world_size": 2,
        "log_verbose_level": 2,
        "error_log": True,
        "info_log": True,
        "warning_log": False,
        "engine_args": {"max_model_len": 4096, "enforce_eager": True},
    }
    rule = {"metric": "custom", "custom_metric_name": "q", "condition_type": "limit", "value": 12, "watch_period": 30}
    assert body["auto_scale_policy"] == {
        "min_replicas": 1,
        "max_replicas": 3,
        "stability_period": "100",
        "rules": [rule | {"granularity": 1, "window": 1}],
    }
    container = details["container"]
    assert container["container_name"] == "vllm/vllm-openai:latest"
    assert (container["container_type"], container["private_image_details"]) == (
        "private",
        {"registry_namespace_id": 7},
    )
    advanced = container["advance_config"]
    assert (advanced["image_pull_policy"], advanced["is_readiness_probe_enabled"]) == ("IfNotPresent", True)
    assert advanced["is_liveness_probe_enabled"] is False
    assert advanced["readiness_probe"] == PROBE | {
        "protocol": "http",
        "port": 8081,
        "path": "/ready",
        "period_seconds": 5,
        "grpc_service": "",
        "commands": "",
    }
    assert details["resource_details"] == {"disk_size": 200, "mount_path": "/data"}
    assert (details["service_port"], details["metric_port"], details["public_ip"]) == (True, False, "yes")
    assert variables[0] == {
        "key": "T",
        "value": "secret value of /env/T/value",
        "required": True,
        "disabled": {"key": True, "value": False},
    }
    assert [one["key"] for one in variables] == ["T", "INFERENCE_OPERATOR_CLAIM"]


async def test_a_private_cloud_takes_the_place_of_a_plan():
    body = await posted({"framework": "vllm", "privateCloud": {"id": "12", "customSku": {"cpu": 4, "gpu": 1}}})
    assert (body["private_cloud_id"], body["custom_sku"]) == (12, {"cpu": 4, "gpu": 1})
    assert "sku_name" not in body
    assert declared({"framework": "vllm", "privateCloud": {"id": "12"}}).runs_on is None


async def test_an_integration_takes_the_place_of_a_model_repository():
    body = await posted({**BLOCK, "model": {"integrationID": "9"}})
    assert (body["model_id"], body["model_load_integration_id"]) == (None, 9)


async def test_the_container_of_framework_custom_is_the_declared_one_and_else_the_vendors():
    custom = await posted({**BLOCK, "framework": "custom", "image": {"name": "org/app:1"}})
    assert custom["custom_endpoint_details"]["container"]["container_name"] == "org/app:1"
    versioned = await posted({**BLOCK, "framework": "PYTORCH", "version": "v0.8.2"})
    assert versioned["custom_endpoint_details"]["container"]["container_name"] == "pytorch/torchserve:0.8.2"


class TestScale:
    BOUNDS = {"enabled": True, "minReplicas": 1, "maxReplicas": 3}

    def test_the_target_of_scale_wins(self):
        assert declared({**BLOCK, "replicas": 2}, replicas=4).document["replicas"] == 4
        assert declared({**BLOCK, "replicas": 2}).replicas == Replicas(2, 2)

    def test_with_autoscaling_the_target_is_the_lower_bound_and_replicas_is_not_used(self):
        one = declared({**BLOCK, "replicas": 2, "autoscaling": self.BOUNDS}, replicas=2)
        assert "replicas" not in one.document
        assert one.replicas == Replicas(2, 3)

    def test_equal_bounds_are_a_fixed_number(self):
        one = declared({**BLOCK, "autoscaling": self.BOUNDS}, replicas=5)
        assert (one.document["replicas"], one.document["autoscaling"]) == (5, {"enabled": False})

    def test_what_is_absent_is_not_managed(self):
        assert declared(BLOCK).document == {"framework": "vllm", "sku": {"name": "C3.2", "type": "hourly"}}


class TestTables:
    def test_what_is_listed_is_not_remarked_on(self):
        assert tables.remarks("PYTORCH", "v0.9.0", None) == ()
        assert tables.remarks("vllm", None, "gpt2") == ()

    def test_what_is_not_listed_is_accepted_and_remarked_on(self):
        (one,) = declared({**BLOCK, "framework": "pytorch", "version": "v9"}).remarks
        assert "v9 is not among those listed for pytorch: v0.9.0, v0.8.2" in one
        assert "org/other is not among" in declared({**BLOCK, "model": {"huggingFaceID": "org/other"}}).remarks[0]
        assert "brand-new is not in" in declared({**BLOCK, "framework": "brand-new"}).remarks[0]


class TestSpellings:
    @pytest.mark.parametrize(
        ("shown", "meant"),
        [
            (["a", "b"], ["a", "b"]),
            ("", []),
            (None, []),
            (base64.b64encode(b'["a", "b"]').decode(), ["a", "b"]),
            (base64.b64encode(b"['a', 'b']").decode(), ["a", "b"]),
            ("['a']", ["a"]),
            ("run me", ["run me"]),
        ],
    )
    def test_a_list_of_words_is_read_in_each_spelling(self, shown, meant):
        assert words(shown) == meant

    @pytest.mark.parametrize(
        ("text", "value"), [("1", 1), ("1.50", 1.5), ("true", True), ("t", "t"), ("007", "007"), ("1e3", "1e3")]
    )
    def test_a_setting_is_a_number_or_a_truth_where_it_reads_as_one(self, text, value):
        assert typed(text) == value
        assert untyped(value) == untyped(text)


class TestStates:
    WORDS = {
        "waiting": State.INITIALIZING,
        "Deploying": State.INITIALIZING,
        "Running": State.RUNNING,
        "running": State.RUNNING,
        "Idle": State.SCALED_TO_ZERO,
        "TERMINATING": State.UPDATING,
        "stopped": State.PAUSED,
        "Error": State.FAILED,
        "failed": State.FAILED,
        "brand new": State.UNKNOWN,
    }

    @pytest.mark.parametrize(("word", "state"), WORDS.items())
    def test_a_status_is_read_whatever_its_case_and_an_unknown_one_is_tolerated(self, word, state):
        found = seen({"id": 7, "name": "chat", "status": word, "message": "why"})
        assert observation(found, url="https://x").state is state
        assert (observation(found, url="https://x").error_message == "why") == (state is State.FAILED)

    @pytest.mark.parametrize("body", [None, [], {}, {"id": 7}, {"name": "x"}, {"id": 7, "name": "x", "status": "Done"}])
    def test_what_is_no_endpoint_or_none_any_more_is_none(self, body):
        assert seen(body) is None

    def test_an_answer_of_nothing_but_nulls_is_read(self):
        nulls = dict.fromkeys(("auto_scale_policy", "detailed_info", "custom_endpoint_details", "sku_details"))
        found = seen({"id": "7", "name": "chat", "status": None, **nulls})
        assert (found.id, observation(found, url="").state) == ("7", State.UNKNOWN)


class TestDeclaration:
    async def test_an_endpoint_declared_as_it_is_differs_in_nothing(self):
        from inference_operator.core.diff import differences

        tir = Tir(clock=Clock.frozen())
        one = declared({**FULL, "env": [{"name": "A", "value": "1"}]})
        observed = await connect(tir).create("chat", one.creation(), claim=CLAIM)
        found = PLUGIN.declaration(observed)
        again = declared(found.block)
        assert differences(again.document, observed.document, PLUGIN.shape) == ()
        assert found.block["name"] == "chat"

    def test_what_the_block_can_not_say_is_left_out_by_name(self):
        found = seen(
            {
                "id": 7,
                "name": "chat",
                "status": "running",
                "framework": "vllm",
                "sku_details": {"specs": {"name": "C3.2"}, "plan": {"sku_type": "committed", "committed_days": 30}},
            }
        )
        with pytest.raises(ValueError, match="the endpoint has no"):
            PLUGIN.declaration(observation(seen({"id": 7, "name": "chat"}), url=""))
        declaration = PLUGIN.declaration(observation(found, url=""))
        assert any(line.startswith("/commitment:") for line in declaration.left_out)
