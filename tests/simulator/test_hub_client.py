"""The vendor's own client library, unchanged, against the simulator."""

import time

import pytest
from huggingface_hub import HfApi, constants
from huggingface_hub.errors import HfHubHTTPError, InferenceEndpointError


@pytest.fixture
def hub(sim, monkeypatch):
    monkeypatch.setattr(constants, "INFERENCE_ENDPOINTS_ENDPOINT", f"{sim.url}/v2")
    monkeypatch.setenv("HF_TOKEN", "hf_test")
    sleep = time.sleep
    monkeypatch.setattr(time, "sleep", lambda seconds: sleep(min(seconds, 0.05)))
    return HfApi()


def create(hub, name="tiny", **options):
    return hub.create_inference_endpoint(
        name,
        repository=options.pop("repository", "acme/tiny"),
        framework="pytorch",
        accelerator="cpu",
        instance_size="x1",
        instance_type="intel-spr",
        vendor="aws",
        region="us-east-1",
        namespace="acme",
        type="authenticated",
        **options,
    )


def test_whole_life_of_an_endpoint(hub, sim):
    endpoint = create(hub, task="text-classification", min_replica=0, secrets={"A": "not-a-real-secret"})
    assert endpoint.status == "pending"
    endpoint.wait(timeout=20)
    assert endpoint.status == "running"
    assert [found.name for found in hub.list_inference_endpoints(namespace="acme")] == ["tiny"]

    endpoint.update(max_replica=2, secrets={"B": "x"})
    assert endpoint.raw["compute"]["scaling"]["maxReplica"] == 2
    assert endpoint.raw["model"]["task"] == "text-classification"
    endpoint.wait(timeout=20)

    assert endpoint.resume(running_ok=True).status in {"running", "updating"}
    with pytest.raises(HfHubHTTPError, match="already running"):
        endpoint.resume(running_ok=False)
    assert endpoint.pause().status == "paused"
    assert endpoint.resume().wait(timeout=20).status == "running"
    assert endpoint.scale_to_zero().status == "scaledToZero"
    assert hub.get_inference_endpoint("tiny", namespace="acme").status == "scaledToZero"

    endpoint.delete()
    with pytest.raises(HfHubHTTPError) as gone:
        hub.get_inference_endpoint("tiny", namespace="acme")
    assert gone.value.response.status_code == 404
    assert sim.huggingface.calls["create"] == 1


def test_wait_raises_on_a_failed_start(hub):
    endpoint = create(hub, repository="acme/fails-to-start")
    with pytest.raises(InferenceEndpointError):
        endpoint.wait(timeout=20)


def test_engine_image_is_updated_in_place(hub):
    image = {"vLLM": {"url": "registry.example.com/vllm:1", "port": 8000}}
    endpoint = hub.create_inference_endpoint(
        "coder",
        repository="acme/coder",
        framework="custom",
        accelerator="gpu",
        instance_size="x4",
        instance_type="nvidia-l40s",
        vendor="aws",
        region="us-east-1",
        namespace="acme",
        custom_image=image | {"vLLM": image["vLLM"] | {"tensorParallelSize": 4}},
    )
    endpoint.update(tensor_parallel_size=2, data_parallel_size=2)
    assert endpoint.raw["model"]["image"]["vLLM"]["dataParallelSize"] == 2


def test_hardware_is_listed(hub):
    rows = hub.list_inference_endpoints_hardware(namespace="acme")
    assert {row.accelerator for row in rows} == {"cpu", "gpu", "neuron"}
    assert all(row.price_per_hour > 0 for row in rows)


def test_bad_token_is_an_error_of_the_client(sim, hub):
    sim.huggingface.tokens.revoke("hf_test")
    with pytest.raises(HfHubHTTPError) as refused:
        hub.list_inference_endpoints(namespace="acme")
    assert refused.value.response.status_code == 401
