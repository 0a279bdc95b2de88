"""Answers are read tolerantly: garbage becomes a neutral value, and whatever is read can be shown."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.core.builders import CLAIM as OURS
from tests.core.builders import snapshot
from tests.core.test_status import VALIDATOR
from tests.providers.remote import ALWAYS_THERE

from inference_operator.api.names import MARKER_PREFIX
from inference_operator.core.decide import decide
from inference_operator.core.observation import Actor, Observation, Present, State
from inference_operator.core.status import compose
from inference_operator.providers.huggingface import PLUGIN, wire
from inference_operator.providers.huggingface.offers import offers

STATUS = {
    "state": "running",
    "message": "Endpoint is ready",
    "errorMessage": None,
    "url": "https://x.endpoints.huggingface.cloud",
    "private": {"serviceName": "vpce-1"},
    "readyReplica": 1,
    "targetReplica": 2,
    "createdAt": "2026-10-02T10:00:00.123Z",
    "createdBy": {"id": "1", "name": "alice"},
    "updatedAt": "2026-10-02T10:05:00.123456789Z",
    "updatedBy": {"id": "2", "name": "bob"},
}
BODY = {
    "name": "sentiment",
    **ALWAYS_THERE,
    "compute": {**ALWAYS_THERE["compute"], "id": "aws-us-east-1-intel-spr-x1"},
    "model": {
        "repository": "org/model",
        "revision": "abc",
        "task": "text-generation",
        "framework": "pytorch",
        "image": {"vLLM": {"url": "r/vllm:1"}},
        "env": {"A": "1"},
        "secrets": {"B": "********"},
    },
    "healthRoute": "/health",
    "tags": ["b", str(OURS), "a"],
    "status": STATUS,
}

json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats(allow_nan=False)
    | st.text(max_size=6)
    | st.sampled_from(["", "x" * 5000, "iop1-released", "running", "\u0000", "2026-13-45T99:99:99Z"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=6,
)


def paths(value, here=()):
    """Every place in a document."""
    yield here
    if isinstance(value, dict):
        for key, item in value.items():
            yield from paths(item, (*here, key))


def put(document, path, value):
    if not path:
        return value
    return {**document, path[0]: put(document[path[0]], path[1:], value)}


def drop(document, path):
    if len(path) == 1:
        return {key: value for key, value in document.items() if key != path[0]}
    return {**document, path[0]: drop(document[path[0]], path[1:])}


places = st.sampled_from([path for path in paths(BODY) if path])


def test_what_the_vendor_documents_is_read():
    seen = wire.observation(BODY)
    assert seen == Observation(
        name="sentiment",
        created_at="2026-10-02T10:00:00.123Z",
        updated_at="2026-10-02T10:05:00.123456789Z",
        state=State.RUNNING,
        url="https://x.endpoints.huggingface.cloud",
        ready_replica=1,
        target_replica=2,
        message="Endpoint is ready",
        created_by=Actor("1", "alice"),
        updated_by=Actor("2", "bob"),
        private_service="vpce-1",
        health_route="/health",
        claims=(str(OURS),),
        document=seen.document,
        effective={
            "revision": "abc",
            "healthRoute": "/health",
            "image": "r/vllm:1",
            "computeID": "aws-us-east-1-intel-spr-x1",
            "task": "text-generation",
            "engine": "vLLM",
            "location": "aws/us-east-1",
            "access": "private",
        },
    )
    assert seen.document["tags"] == ["a", "b"], "our marker is nobody's business"
    assert seen.document["model"]["env"] == {"A": "1"}


@pytest.mark.parametrize("state", [one.value for one in State])
def test_every_state_is_known(state):
    assert wire.observation({**BODY, "status": {**STATUS, "state": state}}).state == state


@pytest.mark.parametrize("state", ["deleting", "", None, 1, [], {}])
def test_a_state_of_tomorrow_is_unknown_and_no_failure(state):
    assert wire.observation({**BODY, "status": {**STATUS, "state": state}}).state is State.UNKNOWN


@pytest.mark.parametrize("redacted", [{"B": None}, {"B": "********"}, {"B": "clear"}])
def test_only_the_names_of_secrets_are_kept(redacted):
    body = put(BODY, ("model", "secrets"), redacted)
    assert wire.observation(body).document["model"]["secrets"] == {"B": None}


def test_a_registrys_login_is_left_out():
    image = {"custom": {"url": "r/i:1", "credentials": {"username": "", "password": None}}}
    assert wire.observation(put(BODY, ("model", "image"), image)).document["model"]["image"] == {
        "custom": {"url": "r/i:1"}
    }


@pytest.mark.parametrize("body", [None, [], "x", 1, {}, {"name": "n"}, {"status": {}}, {"name": 1, "status": {}}])
def test_what_is_no_endpoint_is_none(body):
    assert wire.observation(body) is None


@pytest.mark.parametrize("path", [("status", "url"), ("status", "message"), ("healthRoute",), ("tags",), ("model",)])
def test_what_older_answers_omitted_may_be_absent(path):
    assert wire.observation(drop(BODY, path)).name == "sentiment"


def assert_usable(body):
    seen = wire.observation(body)
    if seen is None:
        return
    assert all(text.lower().startswith(MARKER_PREFIX) for text in seen.claims)
    one = snapshot(knowledge=Present(seen), shape=PLUGIN.shape)
    decide(one)
    VALIDATOR.validate(json.loads(json.dumps(compose(one, None))))
    assert all(isinstance(value, str) for value in PLUGIN.connection_details(seen).values())


@settings(max_examples=100)
@given(places, json_values)
def test_a_wrong_value_in_any_place_can_be_read_and_shown(path, value):
    assert_usable(put(BODY, path, value))


@pytest.mark.parametrize("path", [("compute", "instanceType"), ("name",), ("model", "revision"), ("healthRoute",)])
def test_a_text_of_any_length_can_be_read_and_shown(path):
    assert_usable(put(BODY, path, "x" * 10_000))


@given(places)
def test_any_field_may_be_absent(path):
    assert_usable(drop(BODY, path))


@given(json_values, json_values)
def test_any_json_can_be_read(body, status):
    wire.observation(body)
    assert_usable({"name": "sentiment", "status": status})


@given(json_values)
def test_any_json_can_be_taken_for_a_catalogue(body):
    assert offers(body) == ()
    assert isinstance(offers({"vendors": [{"name": "a", "regions": [{"name": "b", "computes": [body]}]}]}), tuple)


@pytest.mark.proof
@settings(max_examples=5000)
@given(places, json_values, places, json_values)
def test_two_wrong_values_in_any_places_can_be_read_and_shown(one, value, other, another):
    changed = put(BODY, one, value)
    if other[: len(one)] != one:
        changed = put(changed, other, another)
    assert_usable(changed)
