"""A look that begins before the watch told of the latest: what it does not know of is not undone."""

import pytest
from tests.api.manifests import hugging_face
from tests.runtime.kube_api import copied
from tests.runtime.vendors import VENDORS
from tests.runtime.world import NEVER_IDLE, World


async def take_over(world, key, known):
    """Another process leads from here on, whose watch has told no more than this."""
    world.restart()
    world.index.put(known)
    await world.accounts.tick()
    return await world.look(key, blindly=True)


async def test_the_binding_survives_a_look_at_the_object_as_it_was_before():
    world = World(few_offers=True, **NEVER_IDLE)
    world.put_secret("s", k="some-secret-value")
    key = world.apply(hugging_face(model={"secrets": {"T": {"secretKeyRef": {"name": "s", "key": "k"}}}}))
    await world.look(key)
    known = copied(world.object(key))
    await world.settle(key)
    bound = world.status(key)["remoteRef"]
    world.put_secret("s")
    await take_over(world, key, known)
    assert world.status(key)["remoteRef"] == bound
    assert world.status(key)["appliedPower"] == {}
    world.delete(key)
    await world.settle(key)
    assert (world.object(key), world.remote()) == (None, None), "nothing is left behind"


@pytest.mark.parametrize("vendor", VENDORS)
async def test_what_was_edited_meanwhile_does_not_keep_a_look_from_saying_what_it_did(vendor):
    world = World(vendor=vendor)
    key = world.apply()
    await world.settle(key)
    known = copied(world.object(key))
    world.patch(key, {"spec": {"state": "paused"}})
    outcome = await take_over(world, key, known)
    assert outcome.failure is None
    await world.settle(key)
    assert world.ready(key) == ("True", "Paused")
