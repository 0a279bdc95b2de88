"""Every example body of the vendor contract is taken by the simulator, and comes back as it was meant."""

import json

import httpx
import pytest
from tests.contract.contract import EXAMPLES, check, check_answer, operations

from inference_operator.simulator import Clock, create_app

CREATES = sorted(path.stem for path in EXAMPLES.glob("create-*.json"))
UPDATES = sorted(path.stem for path in EXAMPLES.glob("update-*.json"))
REDACTED = {"secrets", "credentials"}


@pytest.fixture
async def client():
    transport = httpx.ASGITransport(app=create_app(clock=Clock.frozen()))
    headers = {"Authorization": "Bearer hf_test"}
    async with httpx.AsyncClient(transport=transport, base_url="http://simulator", headers=headers) as http:
        yield http


def load(name):
    return json.loads((EXAMPLES / f"{name}.json").read_text())


def assert_contains(document, sent, path=""):
    """Assert that all that was sent, nulls and secret values apart, is in the document."""
    for key, value in sent.items():
        if value is None or key in REDACTED or f"{path}/{key}" in {"/model/revision", "/compute/id"}:
            continue
        if isinstance(value, dict):
            assert_contains(document[key], value, f"{path}/{key}")
        else:
            assert document[key] == value, f"{path}/{key}"


def test_the_examples_are_found():
    assert len(CREATES) == 6
    assert len(UPDATES) == 3


@pytest.mark.parametrize("name", CREATES)
async def test_create_example_is_accepted_and_echoed(client, name):
    body = load(name)
    check(body, "Endpoint")
    answer = await client.post("/v2/endpoint/acme", json=body)
    check_answer("POST", "/v2/endpoint/acme", answer.status_code, answer.json())
    assert answer.status_code == 200
    assert_contains(answer.json(), body)
    assert (await client.get(f"/v2/endpoint/acme/{body['name']}")).json() == answer.json()


BASES = {
    "update-access": "create-custom",
    "update-model": "create-gpu-vllm",
    "update-scaling": "create-cpu-huggingface",
}


@pytest.mark.parametrize("name", UPDATES)
async def test_update_example_changes_what_it_names_and_nothing_else(client, name):
    base, body = load(BASES[name]), load(name)
    check(body, "EndpointUpdate")
    before = (await client.post("/v2/endpoint/acme", json=base)).json()
    answer = await client.put(f"/v2/endpoint/acme/{base['name']}", json=body)
    assert answer.status_code == 200, answer.text
    check_answer("PUT", f"/v2/endpoint/acme/{base['name']}", 200, answer.json())
    after = answer.json()
    if body.get("customRouter") == {}:
        assert (before["customRouter"]["tag"], after["customRouter"]) == ("router-0.1", None)
        body.pop("customRouter")
    assert_contains(after, body)
    for key in {"name", "provider", "privateService", "compute", "model", "tags", "type", "route"} - set(body):
        assert after[key] == before[key]
    if "model" in body:
        assert after["model"]["task"] == "text-generation", "an explicit null keeps"
        assert "maxNumSeqs" not in after["model"]["image"]["vLLM"], "the image is replaced whole"
        assert after["model"]["args"] == []
        assert after["model"]["revision"] != before["model"]["revision"]


async def test_every_operation_of_the_contract_is_served(client):
    await client.post("/v2/endpoint/acme", json=load("create-cpu-huggingface"))
    for method, template in operations().values():
        path = template.replace("{namespace}", "acme").replace("{name}", "review-sentiment-cpu")
        content = b"{}" if method in {"POST", "PUT"} else b""
        answer = await client.request(method, path, content=content)
        assert answer.status_code not in {404, 405} or method == "DELETE", f"{method} {path}"
        is_json = answer.headers["content-type"] == "application/json"
        check_answer(method, path, answer.status_code, answer.json() if is_json else answer.text)
        if method == "DELETE":
            await client.post("/v2/endpoint/acme", json=load("create-cpu-huggingface"))
