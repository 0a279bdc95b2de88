"""Values that the vendor's documentation shows in an engine's spelling are accepted, and sent as its API takes them."""

import pytest
from tests.api.schemas import committed
from tests.contract.contract import check
from tests.providers.remote import ALWAYS_THERE, CLAIM, connect_in_process, desired

from inference_operator.simulator import Clock, HuggingFace

_CRD = committed()["inference-operator.dev_inferenceendpoints.yaml"]
_SPEC = _CRD["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"]["spec"]["properties"]
IMAGES = _SPEC["huggingFace"]["properties"]["model"]["properties"]["image"]["properties"]


@pytest.mark.parametrize(
    ("engine", "field", "written", "sent"),
    [
        ("vLLM", "kvCacheDtype", "auto", None),
        ("vLLM", "kvCacheDtype", "fp8", "fp8"),
        ("vLLM", "kvCacheDtype", "fp8_e5m2", "fp8-e5-m2"),
        ("vLLM", "kvCacheDtype", "fp8_e4m3", "fp8-e4-m3"),
        ("sGLang", "kvCacheDtype", "auto", None),
        ("sGLang", "kvCacheDtype", "fp8_e5m2", "fp8-e5-m2"),
        ("sGLang", "kvCacheDtype", "fp8_e4m3", "fp8-e4-m3"),
        # The engine takes any size that is not positive for "off"; the API takes none below 0.
        ("sGLang", "chunkedPrefillSize", -1, 0),
        ("sGLang", "chunkedPrefillSize", 4096, 4096),
    ],
)
async def test_a_value_of_the_documentation_is_taken_by_the_api(engine, field, written, sent):
    schema = IMAGES[engine]["properties"][field]
    assert written in schema["enum"] if "enum" in schema else written >= schema["minimum"]

    image = {engine: {"url": "registry.example.com/serving:1", field: written}}
    one = desired({**ALWAYS_THERE, "model": {**ALWAYS_THERE["model"], "image": image}})
    huggingface = HuggingFace(clock=Clock.frozen(), check_hardware=False, check_parallelism=False)
    connection = connect_in_process(huggingface)
    await connection.create("n", one.creation(), claim=CLAIM)
    await connection.aclose()

    (request,) = huggingface.journal
    check(request.body, "Endpoint")
    assert request.body["model"]["image"][engine].get(field) == sent
