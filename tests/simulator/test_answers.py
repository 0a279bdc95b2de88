"""What an answer shows: effective values, redaction, times, defaults."""

import re

import pytest
from tests.simulator.bodies import changed, endpoint, example, without


async def test_defaults_are_filled_in(api):
    body = endpoint(compute__scaling={"minReplica": 0, "maxReplica": 1})
    for path in ("tags", "model__task", "model__revision"):
        body = without(body, path)
    document = await api.create(body)
    assert document["compute"]["scaling"]["scaleToZeroTimeout"] == 15
    assert document["compute"]["id"] == "aws-us-east-1-intel-spr-x2"
    assert document["healthRoute"] == "/health"
    assert {"task", "revision"} <= set(document["model"])
    assert (document["model"]["env"], document["model"]["secrets"], document["tags"]) == ({}, {}, [])
    assert document["notifications"] == {"email": True, "push": True}
    for absent in ("url", "accountId", "cacheHttpResponses", "id", "namespace"):
        assert absent not in document


async def test_revision_is_resolved_by_knob(api):
    sha = "0123456789abcdef0123456789abcdef01234567"
    main = (await api.create(endpoint("a")))["model"]["revision"]
    branch = (await api.create(endpoint("b", model__revision="dev")))["model"]["revision"]
    exact = (await api.create(endpoint("c", model__revision=sha)))["model"]["revision"]
    assert re.fullmatch("[0-9a-f]{40}", main)
    assert len({main, branch, sha}) == 3
    assert exact == sha
    api.hf.knobs.resolve_revision = False
    assert (await api.get("b"))["model"]["revision"] == "dev"
    assert (await api.get("a"))["model"]["revision"] is None


async def test_health_route_of_the_image_is_effective(api):
    assert (await api.create(example("create-custom")))["healthRoute"] == "/ready"
    assert (await api.create(example("create-gpu-tei")))["healthRoute"] == "/health"


@pytest.mark.parametrize(("knob", "shown"), [("null", None), ("mask", "********")])
async def test_secrets_are_redacted_and_env_is_clear(api, knob, shown):
    api.hf.knobs.secrets_redaction = knob
    await api.create(example("create-custom"))
    for response in (
        await api.send("GET", "/v2/endpoint/acme/fraud-scorer"),
        await api.send("GET", "/v2/endpoint/acme"),
        await api.send("POST", "/v2/endpoint/acme/fraud-scorer/pause"),
    ):
        assert "not-a-real" not in response.text
    document = await api.get("fraud-scorer")
    assert document["model"]["secrets"] == {"DB_PASSWORD": shown}
    assert document["model"]["image"]["custom"]["credentials"] == {"username": "", "password": None}
    assert document["model"]["env"]["WORKERS"] == "4"
    kept = api.hf.endpoints("acme")["fraud-scorer"]["model"]
    assert kept["secrets"] == {"DB_PASSWORD": "not-a-real-secret"}
    assert kept["image"]["custom"]["credentials"]["password"] == "not-a-real-password"


@pytest.mark.parametrize(("knob", "shown"), [("null", None), ("hardwareUsageNull", {"hardwareUsage": None})])
async def test_unset_measure_is_shown_by_knob(api, knob, shown):
    api.hf.knobs.unset_measure = knob
    assert (await api.create(endpoint()))["compute"]["scaling"]["measure"] == shown


async def test_times_have_fractions_of_both_lengths(api):
    status = (await api.create(endpoint()))["status"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", status["createdAt"])
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z", status["updatedAt"])


async def test_user_has_a_stable_id(api):
    first = (await api.create(endpoint("a")))["status"]["createdBy"]
    second = (await api.create(endpoint("b")))["status"]["createdBy"]
    assert first == second
    assert re.fullmatch("[0-9a-f]{24}", first["id"])


async def test_url_is_made_of_24_hex_digits(api):
    status = (await api.create(endpoint()))["status"]
    assert re.fullmatch(r"http://simulator/_endpoints/[0-9a-f]{24}", status["url"])


async def test_private_service_shows_its_service(api):
    assert (await api.create(example("create-custom")))["status"]["private"]["serviceName"]
    assert (await api.create(endpoint()))["status"]["private"] is None


async def test_cache_http_responses_is_taken_and_never_shown(api):
    assert "cacheHttpResponses" not in await api.create(endpoint(cacheHttpResponses=True))


async def test_router_without_a_tag_is_none(api):
    assert (await api.create(changed(endpoint(), customRouter={})))["customRouter"] is None
