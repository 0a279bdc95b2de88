"""E2E Networks' own SDK against the simulator, and against what the operator made there."""

import sys
from types import ModuleType

import pytest
from tests.api.manifests import scaling
from tests.runtime.vendors.tir import PROJECT
from tests.runtime.world import World

from inference_operator.simulator import Simulator

PLAN = "CPU-C3-C3-2-8-0"
HEAVY = ("datasets", "transformers", "s3fs")
"""What the SDK's package imports, and its endpoints need nothing of."""


@pytest.fixture
def world():
    return World(vendor="tir")


@pytest.fixture
def tir(world):
    return world.vendor.handle


@pytest.fixture
def sdk(tir, monkeypatch):
    """The SDK's endpoints of the project. It reads the address when it is imported."""
    before = set(sys.modules)
    with Simulator.start(clock=tir.clock, tir=tir) as simulator:
        monkeypatch.setenv("E2E_TIR_API_HOST", f"{simulator.url}/myaccount/")
        for name in HEAVY:
            stub = ModuleType(name)
            stub.__getattr__ = lambda _: object
            monkeypatch.setitem(sys.modules, name, stub)
        from e2enetworks.cloud import tir as package
        from e2enetworks.cloud.tir.inference.endpoints import EndPoints

        package.init(api_key="tir-test-api-key", access_token="tir_sdk", team="3", project=PROJECT, location="Delhi")
        yield EndPoints()
    for name in set(sys.modules) - before:
        if name.startswith("e2enetworks"):
            del sys.modules[name]


def succeeded(answer):
    done, found = answer
    assert done, found
    return found


def one(tir):
    (found,) = tir.endpoints(PROJECT).values()
    return found


def test_the_sdk_creates_lists_stops_starts_scales_and_deletes(tir, sdk):
    made = succeeded(
        sdk.create("by-sdk", "vllm", PLAN, hugging_face_id="gpt2", args=["--port", "8080"], env_variables=[])
    )
    assert one(tir)["detailed_info"]["args"] == ["--port", "8080"]
    tir.clock.advance(60)
    assert [found.name for found in succeeded(sdk.list())] == ["by-sdk"]
    assert succeeded(sdk.get(made.id)).status == "running"
    succeeded(sdk.stop(made.id))
    tir.clock.advance(60)
    assert one(tir)["status"] == "stopped"
    succeeded(sdk.start(made.id))
    tir.clock.advance(60)
    succeeded(sdk.manage_replica_count(3, made.id))
    assert (one(tir)["replica"], len(succeeded(sdk.list_replicas(made.id)))) == (3, 3)
    succeeded(sdk.restart(made.id))
    assert one(tir)["status"] != "running"
    assert "model loaded" in succeeded(sdk.logs(made.id))
    assert succeeded(sdk.delete(made.id)).status == "Done"
    assert tir.endpoints(PROJECT) == {}


def test_the_sdk_creates_with_autoscaling_and_moves_the_lower_bound(tir, sdk):
    tir.knobs.extras_2026 = True
    made = succeeded(
        sdk.create(
            "by-sdk", "vllm", PLAN, hugging_face_id="gpt2", is_auto_scale_enabled=True, min_replicas=1, max_replicas=4
        )
    )
    policy = one(tir)["auto_scale_policy"]
    assert (policy["min_replicas"], policy["stability_period"], policy["rules"][0]["watch_period"]) == (1, "300", 60)
    assert sdk.upscale_replica(made.id) == "Replica upscaled successfully"
    assert one(tir)["auto_scale_policy"]["min_replicas"] == 2
    assert sdk.downscale_replica(made.id) == "Replica downscaled successfully"
    assert one(tir)["auto_scale_policy"]["min_replicas"] == 1


def test_the_sdk_is_refused_without_the_key(tir, sdk):
    tir.api_keys = {"another"}
    assert sdk.list()[0] is False


async def test_the_sdk_sees_what_the_operator_made_as_it_is_declared_and_the_operator_what_the_sdk_did(world, sdk):
    key = world.apply(scaling(maxReplica=2))
    await world.settle(key)
    assert world.ready(key) == ("True", "Running")
    (made,) = succeeded(sdk.list())
    assert (made.name, made.status, made.replica) == ("sentiment", "running", 2)
    assert str(made.id) == world.status(key)["remoteRef"]["id"]
    assert made.sku_details.plan.sku_type == "hourly"

    succeeded(sdk.manage_replica_count(4, made.id))
    await world.settle(key)
    assert succeeded(sdk.get(made.id)).replica == 2, "put right"
    succeeded(sdk.delete(made.id))
    await world.settle(key)
    (again,) = succeeded(sdk.list())
    assert again.id != made.id


async def test_the_operator_takes_over_what_the_sdk_made(world, sdk):
    made = succeeded(sdk.create("sentiment", "vllm", PLAN, hugging_face_id="gpt2", replicas=2))
    key = world.apply({"spec": {"adoptionPolicy": "IfUnowned"}})
    await world.settle(key)
    assert world.status(key)["remoteRef"]["id"] == str(made.id)
    assert world.requests(("create", "update")) == ["create"], "taken over by its id, and not changed"
    world.patch(key, scaling(maxReplica=3))
    await world.settle(key)
    found = succeeded(sdk.get(made.id))
    variables = {entry.key for entry in found.custom_endpoint_details.resource_details.env_variables}
    assert (found.replica, variables) == (3, {"INFERENCE_OPERATOR_CLAIM"})
    assert found.detailed_info.hugging_face_id == "gpt2", "what is not declared is left"
