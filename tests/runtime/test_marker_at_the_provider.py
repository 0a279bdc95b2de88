"""What a provider may do to the ownership marker, which is a tag like any other to it."""

import pytest
from tests.api.manifests import hugging_face
from tests.runtime.laws import Laws, claim_of
from tests.runtime.world import NEVER_IDLE, ORGANIZATION, World

from inference_operator.api.names import RECONCILE_REQUESTED_AT

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


@pytest.mark.parametrize("policy", ["IfUnowned", "Always"])
async def test_what_does_not_keep_the_marker_is_not_taken_over_and_asked_once(policy, quiet):
    world = World(few_offers=True, **NEVER_IDLE, tags_drop="^iop1-")
    await world.make_by_hand("sentiment")
    world.clock.advance(600)
    world.forget_requests()
    key = world.apply({"spec": {"adoptionPolicy": policy, "writeConnectionTo": {"configMapName": "there"}}})
    await world.settle(key)
    world.restart()
    await world.settle(key)
    assert world.ready(key) == ("False", "MarkerRejected")
    assert "remoteRef" not in world.status(key), "its name can be corrected"
    assert world.requests() == ["update"]
    assert not [path for path in world.kube.objects if "configmaps" in path]
    world.huggingface.knobs.tags_drop = None
    world.patch(key, {"metadata": {"annotations": {RECONCILE_REQUESTED_AT: "now"}}})
    await world.settle(key)
    assert world.ready(key) == ("True", "Running")


async def test_a_marker_that_somebody_takes_off_amid_the_claim_is_put_on_once_more(quiet):
    world = World(few_offers=True, **NEVER_IDLE)
    await world.make_by_hand("sentiment")
    world.clock.advance(600)
    world.forget_requests()
    key = world.apply({"spec": {"adoptionPolicy": "IfUnowned"}})
    await world.tick()
    await world.look(key)
    world.clock.advance(2)
    world.huggingface.edit(ORGANIZATION, "sentiment", {"tags": ["by-hand"]})
    world.clock.advance(10)
    await world.tick()
    await world.look(key)
    assert world.ready(key) == ("False", "Claiming")
    await world.settle(key)
    assert world.ready(key) == ("True", "Running")
    assert world.requests() == ["update", "update"]
    world.patch(key, {"spec": {"state": "paused"}})
    await world.settle(key)
    assert world.ready(key) == ("True", "Paused")
