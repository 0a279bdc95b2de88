"""A third provider, installed beside the operator and not in it, is known by its entry point alone."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from tests.api.manifests import GONE, endpoint
from tests.runtime.world import World

from inference_operator.api import registry as blocks
from inference_operator.providers import registry as plugins

OUTSIDE = Path(__file__).parent / "outside"
CACHES = (blocks.provider_keys, blocks.registered, plugins.plugin, plugins.vendor_urls)


@pytest.fixture
def installed_beside(monkeypatch):
    """The toy is installed: its package and its metadata are on the path."""
    monkeypatch.syspath_prepend(str(OUTSIDE))
    for cache in CACHES:
        cache.cache_clear()
    yield
    for cache in CACHES:
        cache.cache_clear()
    sys.modules.pop("toy_provider", None)


@pytest.fixture
def world(installed_beside, monkeypatch):
    from tests.boundary.toy_vendor import ToyVendor
    from tests.runtime.vendors import VENDORS

    monkeypatch.setitem(VENDORS, "toy", ToyVendor)
    world = World(vendor="toy")
    world.put_secret("toy", token="toy-test-token")
    yield world
    sys.modules.pop("tests.boundary.toy_vendor", None)


def rendered(path: str) -> dict:
    done = subprocess.run(
        [sys.executable, "-m", "inference_operator", "crds"],
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=True,
    )
    return {crd["spec"]["names"]["kind"]: crd for crd in yaml.safe_load_all(done.stdout)}


def schema(crds, kind):
    return crds[kind]["spec"]["versions"][0]["schema"]["openAPIV3Schema"]


def test_its_block_and_its_rules_are_rendered_into_the_crds():
    crds = rendered(str(OUTSIDE))
    spec = schema(crds, "InferenceEndpoint")["properties"]["spec"]
    assert {"huggingFace", "tir", "toy"} <= set(spec["properties"])
    assert spec["properties"]["toy"]["properties"]["size"]["maximum"] == 9
    assert "Source: Toy API 1, colour." in spec["properties"]["toy"]["properties"]["colour"]["description"]
    for kind in ("InferenceAccount", "ClusterInferenceAccount"):
        assert "box" in schema(crds, kind)["properties"]["spec"]["properties"]["toy"]["properties"]
    messages = [rule["message"] for rule in schema(crds, "InferenceEndpoint")["x-kubernetes-validations"]]
    assert "nobody wants a beige toy: choose another colour" in messages
    assert any("give one of huggingFace, tir, toy" in message for message in messages)


def test_without_it_nothing_of_it_is_there():
    assert "toy" not in schema(rendered(""), "InferenceEndpoint")["properties"]["spec"]["properties"]


def test_the_crds_with_it_are_taken_by_an_api_server(cluster, kubectl, namespace):
    crds = list(rendered(str(OUTSIDE)).values())
    for crd in crds:
        done = kubectl.apply(crd, "--dry-run=server", "--server-side", "--force-conflicts")
        assert done.returncode == 0


async def test_the_operator_works_with_it(world):
    import toy_provider

    key = world.apply()
    await world.settle(key)
    assert world.ready(key) == ("True", "Running")
    assert toy_provider.CALLS == ["create"]
    assert world.status(key)["remoteRef"]["provider"] == "toy"

    world.restart()
    await world.settle(key)
    assert toy_provider.CALLS == ["create"]

    world.patch(key, {"spec": {"toy": {"size": 3}}})
    await world.settle(key)
    assert (toy_provider.CALLS, world.remote()["document"]["size"]) == (["create", "update"], 3)

    world.patch(key, {"spec": {"state": "paused"}})
    await world.settle(key)
    assert world.ready(key) == ("True", "Paused")

    world.delete(key)
    await world.settle(key)
    assert world.object(key) is None
    assert toy_provider.CALLS == ["create", "update", "pause", "delete"]


async def test_an_endpoint_of_another_provider_does_not_use_its_account(world):
    key = world.apply({"spec": {"toy": GONE, **endpoint()["spec"]}})
    await world.settle(key, rounds=2)
    assert world.ready(key)[0] == "False"
    assert world.status(key).get("remoteRef") is None
