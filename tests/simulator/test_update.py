"""The merging PUT: its laws, and what it can't change."""

import copy

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.simulator.bodies import endpoint, example

from inference_operator.simulator.huggingface.merge import merge

TEXT = st.text("abc", max_size=2)
MAPS = st.dictionaries(TEXT, TEXT, max_size=2)
SCALING = {"minReplica": st.integers(0, 3), "maxReplica": st.integers(3, 5)}
MODEL = {"revision": TEXT, "env": MAPS, "args": st.lists(TEXT, max_size=2), "secrets": MAPS}


def nullable(fields):
    return st.fixed_dictionaries({}, optional={key: st.none() | value for key, value in fields.items()})


UPDATES = nullable(
    {
        "type": st.sampled_from(["public", "private"]),
        "tags": st.lists(TEXT, max_size=2),
        "model": nullable(MODEL),
        "compute": nullable({"scaling": nullable(SCALING), "instanceSize": TEXT}),
        "customRouter": st.just({}) | st.fixed_dictionaries({"tag": TEXT}),
        "network": nullable({"cidrBlock": st.booleans()}),
    }
)
CURRENT = {
    "type": "private",
    "tags": ["a"],
    "model": {"revision": "main", "env": {"A": "1"}, "args": ["x"], "secrets": {}},
    "compute": {"instanceSize": "x1", "scaling": {"minReplica": 0, "maxReplica": 3, "measure": None}},
    "customRouter": {"tag": "v1"},
    "network": None,
}


def without_nulls(update):
    if not isinstance(update, dict):
        return update
    return {key: without_nulls(value) for key, value in update.items() if value is not None}


@given(update=UPDATES)
def test_merging_is_idempotent_and_changes_no_input(update):
    current, sent = copy.deepcopy(CURRENT), copy.deepcopy(update)
    once = merge(current, sent)
    assert merge(once, sent) == once
    assert (current, sent) == (CURRENT, update)


@given(update=UPDATES)
def test_null_means_what_absence_means(update):
    assert merge(CURRENT, update) == merge(CURRENT, without_nulls(update))


@given(first=UPDATES, second=UPDATES)
def test_what_the_second_update_does_not_name_is_left_by_it(first, second):
    between, after = merge(CURRENT, first), merge(merge(CURRENT, first), second)
    for key in set(CURRENT) - {key for key, value in second.items() if value is not None}:
        assert after[key] == between[key]


def test_the_empty_update_changes_nothing():
    assert merge(CURRENT, {}) == CURRENT


async def test_maps_lists_and_image_are_replaced_whole(api):
    body = example("create-gpu-tgi") | {"name": "sentiment"}
    body["model"]["env"] = {"A": "1", "B": "2"}
    await api.create(body)
    image = {"tgi": {"url": "registry.example.com/tgi:4"}}
    after = await api.put({"model": {"env": {"C": "3"}, "image": image, "args": []}, "tags": ["t"]})
    assert after["model"]["env"] == {"C": "3"}
    assert after["model"]["image"] == image
    assert (after["model"]["args"], after["tags"]) == ([], ["t"])
    assert after["model"]["secrets"] == {"HF_TOKEN": None}
    measured = await api.put({"compute": {"scaling": {"measure": {"pendingRequests": 2}}}})
    assert measured["compute"]["scaling"]["measure"] == {"pendingRequests": 2}
    assert measured["compute"]["scaling"]["maxReplica"] == 3


async def test_image_must_be_resent_complete(api):
    await api.create(example("create-gpu-tgi") | {"name": "sentiment"})
    status, text = await api.refused("PUT", "/v2/endpoint/acme/sentiment", {"model": {"image": {"tgi": {"port": 1}}}})
    assert (status, text) == (400, "VALIDATION_FAILED: model.image.tgi: missing field `url`")


async def test_what_is_not_in_the_update_schema_is_ignored(api):
    before = await api.create(example("create-custom") | {"name": "sentiment"})
    after = await api.put(
        {
            "name": "other",
            "privateService": None,
            "cacheHttpResponses": True,
            "model": {"fromCatalog": True},
            "compute": {"id": "x"},
        }
    )
    for key in ("name", "privateService", "model", "compute"):
        assert after[key] == before[key]
    assert "cacheHttpResponses" not in after


@pytest.mark.parametrize("removal", [{}, {"tag": None}])
async def test_custom_router_is_removed(api, removal):
    before = await api.create(example("create-custom") | {"name": "sentiment"})
    assert before["customRouter"]["tag"] == "router-0.1"
    assert (await api.put({"customRouter": None}))["customRouter"]["tag"] == "router-0.1"
    assert (await api.put({"customRouter": removal}))["customRouter"] is None


@pytest.mark.parametrize(("knob", "strategy"), [("merge", "least_connections"), ("replace", None)])
async def test_experimental_features_follow_the_knob(api, knob, strategy):
    api.hf.knobs.nested_put = knob
    await api.create(example("create-gpu-vllm") | {"name": "sentiment"})
    after = await api.put({"experimentalFeatures": {"cacheHttpResponses": True}})
    assert after["experimentalFeatures"].get("loadBalancer") == strategy


async def test_update_is_signed_and_dated(api):
    api.hf.tokens.add("hf_bob", user="bob")
    created = await api.create(endpoint())
    api.hf.clock.advance(10)
    headers = {"Authorization": "Bearer hf_bob"}
    updated = await api.ok("PUT", "/v2/endpoint/acme/sentiment", {"tags": []}, headers=headers)
    assert updated["status"]["updatedBy"]["name"] == "bob"
    assert updated["status"]["createdBy"] == created["status"]["createdBy"]
    assert updated["status"]["createdAt"] == created["status"]["createdAt"]
    assert updated["status"]["updatedAt"] > created["status"]["updatedAt"]


async def test_update_of_nothing_is_404(api):
    assert (await api.refused("PUT", "/v2/endpoint/acme/none", {}))[0] == 404
