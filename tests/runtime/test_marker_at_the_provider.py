"""What a provider may do to the ownership marker, which is a tag like any other to it."""

import pytest
from tests.api.manifests import hugging_face
from tests.runtime.laws import Laws, claim_of
from tests.runtime.world import NEVER_IDLE, World

REFUSALS = {
    "too long": {"tag_max_length": 20},
    "too many": {"tag_max_count": 0},
    "not in the right form": {"tags_reject": "^iop1-"},
}
WAYS = {
    "reordered": {"tags_order": "reversed"},
    "sorted": {"tags_order": "sorted"},
    "in lower case": {"tags_lowercase": True},
    "at most a DNS label long": {"tag_max_length": 63},
}


@pytest.mark.parametrize("knobs", REFUSALS.values(), ids=REFUSALS)
async def test_a_marker_that_is_refused_is_said_and_nothing_is_made_without_it(knobs, quiet):
    world = World(few_offers=True, **NEVER_IDLE, **knobs)
    key = world.apply()
    await world.settle(key, rounds=4)
    assert world.ready(key) == ("False", "MarkerRejected")
    assert world.condition(key, "Stalled") is not None
    assert world.remote() is None
    assert all(claim_of(world, world.object(key)) in deed.body["tags"] for deed in world.witness.deeds)
    for name in knobs:
        setattr(world.huggingface.knobs, name, None)
    await Laws(world).converge()


@pytest.mark.parametrize("knobs", WAYS.values(), ids=WAYS)
async def test_a_marker_that_is_kept_in_another_way_is_still_known(knobs, quiet):
    world = World(few_offers=True, **NEVER_IDLE, **knobs)
    key = world.apply(hugging_face(tags=["b", "a"]))
    await world.settle(key)
    world.restart()
    await world.settle(key)
    assert world.requests() == ["create"]
    await Laws(world).converge()


async def test_a_marker_that_vanishes_without_a_word_makes_no_second_endpoint_and_leaves_none_behind(quiet):
    world = World(few_offers=True, **NEVER_IDLE, tags_drop="^iop1-")
    key = world.apply()
    await world.settle(key)
    world.restart()
    await world.settle(key)
    assert world.requests(["create"]) == ["create"]
    assert world.condition(key, "Ready")["reason"] == "MarkerRejected"
    world.forget_requests()
    await world.settle(key)
    assert world.requests() == [], "it is not put back for ever"
    world.delete(key)
    await world.settle(key)
    assert (world.object(key), world.remote()) == (None, None)
