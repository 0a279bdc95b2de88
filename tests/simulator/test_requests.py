"""What a request may say: types, nulls, variants, rules across fields, and the vendor's wordings."""

import pytest
from tests.simulator.bodies import changed, endpoint, example, without

CREATE = "/v2/endpoint/acme"
UNPROCESSABLE = "Failed to deserialize the JSON body into the target type: "


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b'{"name": NaN}',
        b'{"name": "\\ud800"}',
        b"\xff",
        b"[" * 400,
        b'{"name": 1' + b"0" * 5000 + b"}",
    ],
)
async def test_body_that_is_no_json_is_400(api, body):
    status, text = await api.refused("POST", CREATE, body)
    assert status == 400
    assert text.startswith("Failed to parse the request body as JSON: ")


@pytest.mark.parametrize(
    "change",
    [
        {"model__revision": None},
        {"compute__scaling__scaleToZeroTimeout": None},
        {"compute__scaling__measure": None},
        {"accountId": None},
        {"compute__id": None},
        {"unknownField": {"x": 1}},
        {"route": None},
        {"model__args": None},
        {"model__secrets": {"A": None}},
    ],
)
async def test_null_and_unknown_are_accepted_where_the_vendor_does(api, change):
    await api.create(endpoint(**change))


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"model__task": None}, "model.task: invalid type: null"),
        ({"model__env": None}, "model.env: invalid type: null"),
        ({"model__secrets": None}, "model.secrets: invalid type: null"),
        ({"tags": None}, "tags: invalid type: null"),
        ({"type": "protected"}, "type: unknown variant `protected`, expected one of `public`"),
        ({"model__task": "nap"}, "model.task: unknown variant `nap`"),
        ({"compute__accelerator": "tpu"}, "compute.accelerator: unknown variant `tpu`"),
        ({"compute__scaling__minReplica": "1"}, "compute.scaling.minReplica: invalid type: string"),
        ({"compute__scaling__minReplica": 1.0}, "invalid type: floating point"),
        ({"compute__scaling__minReplica": True}, "invalid type: boolean"),
        ({"compute__scaling__minReplica": -1}, "invalid value: integer"),
        ({"compute__scaling__maxReplica": 2**40}, "invalid value: integer"),
        ({"compute__scaling__measure": {}}, "expected exactly one of"),
        ({"compute__scaling__measure": {"hardwareUsage": 1, "pendingRequests": 1}}, "expected exactly one of"),
        ({"model__image": {}}, "single key"),
        ({"model__image": {"tgi": {"url": "x"}, "tei": {"url": "x"}}}, "single key"),
        ({"model__image": {"vllm": {"url": "x"}}}, "unknown variant `vllm`, expected one of `huggingface`"),
        ({"model__image": {"huggingface": None}}, "model.image.huggingface: invalid type: null"),
        ({"model__env": {"A": 1}}, "model.env.A: invalid type: integer"),
        ({"route": {"domain": "x"}}, "route: missing field `path`"),
        ({"privateService": {"accountId": "1"}}, "privateService: missing field `region`"),
        ({"model__image": {"custom": {"url": "x", "credentials": {"username": "u"}}}}, "password"),
    ],
)
async def test_wrong_type_or_value_is_refused_by_name(api, change, text):
    status, error = await api.refused("POST", CREATE, endpoint(**change))
    assert status in {400, 422}
    assert text in error


@pytest.mark.parametrize("path", ["name", "type", "provider", "compute", "model", "model__repository"])
async def test_missing_field_is_422_and_named(api, path):
    status, error = await api.refused("POST", CREATE, without(endpoint(), path))
    assert status == 422
    assert error.startswith(UNPROCESSABLE)
    assert f"missing field `{path.rpartition('__')[2]}`" in error


async def test_missing_url_of_an_image_is_a_validation_failure(api):
    body = changed(example("create-gpu-vllm"), model__image={"vLLM": {"port": 8000}})
    refusal = (400, "VALIDATION_FAILED: model.image.vLLM: missing field `url`")
    assert await api.refused("POST", CREATE, body) == refusal


async def test_refusal_never_repeats_a_misplaced_secret(api):
    body = endpoint(model__secrets="not-a-real-secret")
    assert "not-a-real-secret" not in (await api.refused("POST", CREATE, body))[1]


async def test_unknown_field_inside_an_image_vanishes(api):
    image = {"custom": {"url": "registry.example.com/x:1", "health_route": "/old", "env": {"A": "1"}}}
    document = await api.create(endpoint(model__image=image))
    assert document["model"]["image"] == {"custom": {"url": "registry.example.com/x:1"}}
    assert document["healthRoute"] == "/health"


@pytest.mark.parametrize("variant", ["huggingfaceNeuron", "tgiNeuron", "vLLMOmni", "vLLMNeuron", "hfServe"])
async def test_variants_without_an_example_are_accepted(api, variant):
    container = {} if variant == "huggingfaceNeuron" else {"url": "registry.example.com/x:1"}
    document = await api.create(endpoint(model__image={variant: container}))
    assert document["model"]["image"] == {variant: container}


@pytest.mark.parametrize("name", ["", "UPPER", "under_score", "dot.ted", "a" * 33, "é", "a\n"])
async def test_name_outside_the_alphabet_is_refused(api, name):
    status, text = await api.refused("POST", CREATE, endpoint(name))
    assert status == 400
    assert text.startswith("VALIDATION_FAILED: name")


async def test_longest_name_is_accepted(api):
    await api.create(endpoint("a" * 32))


@pytest.mark.parametrize(
    ("scaling", "text"),
    [
        ({"minReplica": 1, "maxReplica": 1, "scaleToZeroTimeout": 15}, "requires minReplica to be 0"),
        ({"minReplica": 2, "maxReplica": 1}, "must not be greater than maxReplica"),
    ],
)
async def test_scaling_rules_across_fields(api, scaling, text):
    status, error = await api.refused("POST", CREATE, endpoint(compute__scaling=scaling))
    assert status == 400
    assert text in error
    await api.create(endpoint())
    status, error = await api.refused("PUT", f"{CREATE}/sentiment", {"compute": {"scaling": scaling}})
    assert status == 400
    assert text in error


@pytest.mark.parametrize(
    "change",
    [
        {"compute__instanceSize": "x3"},
        {"compute__instanceType": "intel-icl"},
        {"compute__accelerator": "gpu"},
        {"provider": {"vendor": "aws", "region": "mars-1"}},
    ],
)
async def test_hardware_that_can_not_be_had_is_refused_unless_switched_off(api, change):
    refusal = await api.refused("POST", CREATE, endpoint(**change))
    assert refusal == (400, "Bad Request: Compute instance not available yet")
    api.hf.knobs.check_hardware = False
    await api.create(endpoint(**change))


async def test_parallelism_must_use_all_accelerators_unless_switched_off(api):
    body = changed(example("create-gpu-vllm"), model__image__vLLM__tensorParallelSize=1)
    status, text = await api.refused("POST", CREATE, body)
    assert status == 400
    assert "number of accelerators (4)" in text
    api.hf.knobs.check_parallelism = False
    await api.create(body)


async def test_taken_name_is_409(api):
    await api.create(endpoint())
    assert await api.refused("POST", CREATE, endpoint()) == (409, "Conflict: endpoint already exists")


async def test_legacy_protected_is_taken_by_knob(api):
    api.hf.knobs.legacy_protected = True
    assert (await api.create(endpoint(type="protected")))["type"] == "authenticated"


@pytest.mark.parametrize(
    ("knob", "value", "tags", "result"),
    [
        ("tags_lowercase", True, ["Ab"], ["ab"]),
        ("tags_order", "sorted", ["b", "a"], ["a", "b"]),
        ("tags_order", "reversed", ["b", "c", "a"], ["a", "c", "b"]),
        ("tags_drop", "^iop1-", ["iop1-x", "a"], ["a"]),
    ],
)
async def test_tags_come_back_changed_by_knob(api, knob, value, tags, result):
    setattr(api.hf.knobs, knob, value)
    assert (await api.create(endpoint(tags=tags)))["tags"] == result
    assert (await api.put({"tags": tags}))["tags"] == result


@pytest.mark.parametrize(
    ("knob", "value", "tags"),
    [
        ("tag_max_length", 3, ["long"]),
        ("tag_max_count", 1, ["a", "b"]),
        ("tags_reject", "^iop1-", ["iop1-x"]),
    ],
)
async def test_tags_are_refused_by_knob(api, knob, value, tags):
    setattr(api.hf.knobs, knob, value)
    status, text = await api.refused("POST", CREATE, endpoint(tags=tags))
    assert status == 400
    assert text.startswith("VALIDATION_FAILED: tags")


async def test_other_methods_are_405_and_other_paths_404_as_json(api):
    response = await api.http.request("PATCH", CREATE)
    assert (response.status_code, response.headers["allow"]) == (405, "GET, POST")
    assert "error" in response.json()
    for path in ("/v2/endpoint/acme/", "/v2", "/v1/provider"):
        response = await api.http.get(path)
        assert (response.status_code, list(response.json())) == (404, ["error"])
