"""The endpoint's own URL: health, answers, waking, holding, access."""

import pytest
from tests.simulator.bodies import changed, endpoint, example


async def test_running_endpoint_answers_its_health_route_and_others(api):
    document = await api.running(example("create-custom"))
    url = document["status"]["url"]
    assert (await api.http.get(url + document["healthRoute"])).json() == {"status": "ok"}
    answer = (await api.http.post(url + "/score", content=b"x")).json()
    assert answer == {"model": "acme-risk/fraud-scorer", "engine": "custom", "path": "/score"}


async def test_llm_engines_speak_openai(api):
    url = (await api.running(example("create-gpu-vllm")))["status"]["url"]
    models = (await api.http.get(url + "/v1/models")).json()
    assert models["data"][0]["id"] == "acme-llm/coder-32b"
    chat = (await api.http.post(url + "/v1/chat/completions", json={"messages": []})).json()
    assert chat["choices"][0]["message"]["role"] == "assistant"


async def test_classifier_answers_labels(api):
    url = (await api.running(endpoint()))["status"]["url"]
    (label,) = (await api.http.post(url, json={"inputs": "good"})).json()
    assert label["label"] == "POSITIVE"


async def test_paused_endpoint_answers_invalid_state(api):
    url = (await api.running(endpoint()))["status"]["url"]
    await api.act("pause")
    answer = await api.http.get(url + "/health")
    assert (answer.status_code, answer.json()) == (400, {"error": "Bad Request: Invalid state"})
    assert await api.state() == "paused"


async def test_request_wakes_from_zero_and_gets_503_meanwhile(api):
    url = (await api.running(endpoint()))["status"]["url"]
    await api.act("scale-to-zero")
    assert (await api.http.get(url + "/health")).status_code == 503
    assert await api.state() == "pending"
    api.hf.clock.advance(1)
    assert (await api.http.get(url + "/health")).status_code == 200


async def test_failed_endpoint_answers_503_and_an_unknown_one_404(api):
    created = await api.create(endpoint(model__repository="acme/fails-to-start"))
    api.hf.clock.advance(1)
    assert (await api.http.get(created["status"]["url"])).status_code == 503
    assert (await api.http.get("/_endpoints/" + "0" * 24)).status_code == 404


def test_request_is_held_while_scaling_up(sim, http):
    sim.huggingface.knobs.pending_seconds = 0
    sim.huggingface.knobs.initializing_seconds = 0.2
    http.post("/v2/endpoint/acme", json=endpoint())
    url = sim.huggingface.endpoints("acme")["sentiment"]["status"]["url"]
    assert http.get(url).status_code == 503
    assert http.get(url, headers={"X-Scale-Up-Timeout": "nonsense"}).status_code == 503
    assert http.get(url, headers={"X-Scale-Up-Timeout": "30"}).status_code == 200
    sim.huggingface.knobs.initializing_seconds = 100
    http.post("/v2/endpoint/acme/sentiment/scale-to-zero")
    assert http.get(url, headers={"X-Scale-Up-Timeout": "0.1"}).status_code == 503


@pytest.mark.parametrize(
    ("access", "nobody", "stranger", "member"),
    [("public", 200, 200, 200), ("authenticated", 401, 200, 200), ("private", 401, 403, 200)],
)
async def test_type_decides_who_gets_in(api, access, nobody, stranger, member):
    api.hf.tokens.add("hf_stranger", namespaces=["elsewhere"])
    api.hf.tokens.add("hf_member", namespaces=["acme"])
    url = (await api.running(endpoint(type=access)))["status"]["url"]
    callers = [{"Authorization": value} for value in ("", "Bearer hf_stranger", "Bearer hf_member")]
    seen = [(await api.http.get(url + "/health", headers=caller)).status_code for caller in callers]
    assert seen == [nobody, stranger, member]


async def test_use_is_shown_as_last_used(api):
    document = await api.running(changed(endpoint(), type="public"))
    api.hf.clock.advance(100)
    await api.http.get(document["status"]["url"])
    assert (await api.get())["status"]["lastUsedAt"] > document["status"]["lastUsedAt"]


async def test_refused_request_neither_wakes_nor_counts_as_use(api):
    url = (await api.running(endpoint()))["status"]["url"]
    await api.act("scale-to-zero")
    assert (await api.http.get(url, headers={"Authorization": ""})).status_code == 401
    assert await api.state() == "scaledToZero"
