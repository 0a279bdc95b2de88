"""Two endpoints of one name, where ids tell them apart: each resource is about its own, whatever the other learns."""

import asyncio
from dataclasses import replace
from typing import Any

from tests.runtime.world import NAMESPACE, World

from inference_operator.api.names import RECONCILE_REQUESTED_AT
from inference_operator.kube import paths
from inference_operator.runtime.index import Key


async def twins() -> tuple[World, Key, Key]:
    """Two resources that were created at once under one name, which the provider took."""
    world = World(vendor="tir", duplicate_names=True, list_lag=5.0)
    one, two = (world.apply({"spec": {"tir": {"name": "chat"}}}, name=name) for name in ("one", "two"))
    await world.tick()
    world.watch()
    world.border.hesitate = lambda: 3
    await asyncio.gather(world.reconciler.reconcile(one), world.reconciler.reconcile(two))
    world.border.hesitate = lambda: 0
    for _ in range(4):
        await world.tick()
        await world.look(one)
        world.clock.advance(0.1)
        await world.look(two)
        world.clock.advance(20)
    assert len({world.status(key)["remoteRef"]["id"] for key in (one, two)}) == 2
    return world, one, two


async def test_what_one_reads_of_its_own_has_the_other_not_read_again() -> None:
    world, one, _ = await twins()
    world.forget_requests()
    world.woken.clear()
    world.woken.add(one)
    looks = 0
    while world.woken and looks < 20:
        world.clock.advance(0.01)
        await world.look(world.woken.pop())
        looks += 1

    assert looks <= 2
    assert world.requests(["get"]).count("get") <= 2


async def test_a_deletion_goes_by_what_was_read_of_its_own() -> None:
    world, one, two = await twins()
    own = world.status(two)["remoteRef"]["id"]
    (account,) = world.accounts.observed_now()
    connection = account.connection
    assert connection is not None
    read, answered = connection.get, asyncio.Event()

    async def slowly(name: str, *, remote_id: str | None = None) -> Any:
        found = await read(name, remote_id=remote_id)
        if remote_id == own:
            await answered.wait()
        return found

    connection.get = slowly
    world.forget_requests()
    world.delete(two)
    world.watch()
    world.clock.advance(0.01)
    deletion = asyncio.create_task(world.reconciler.reconcile(two))
    for _ in range(30):
        await asyncio.sleep(0)
    world.clock.advance(0.01)
    world.patch(one, {"metadata": {"annotations": {RECONCILE_REQUESTED_AT: "1"}}})
    world.index.put(world.kube.objects[paths.endpoint(NAMESPACE, "one")])
    await world.reconciler.reconcile(one)
    answered.set()
    await deletion
    connection.get = read
    await world.settle(one, two, rounds=4)

    assert world.object(two) is None
    (deleted,) = [one for one in world.huggingface.journal if one.operation == "delete"]
    assert f"/{own}/" in deleted.path


async def test_who_observes_the_endpoint_of_another_is_told_what_that_one_finds_out() -> None:
    world = World(vendor="tir", list_lag=5.0)
    owner = world.apply({"spec": {"tir": {"name": "chat"}}}, name="one")
    await world.settle(owner, rounds=4)
    looking = world.apply({"spec": {"mode": "Observe", "tir": {"name": "chat"}}}, name="two")
    await world.settle(owner, looking, rounds=2)
    assert world.ready(looking) == ("True", "Running")
    world.patch(owner, {"spec": {"state": "paused"}})
    await world.look(owner)
    world.clock.advance(60)
    world.woken.clear()
    await world.look(owner)
    world.patch(owner, {"metadata": {"annotations": {RECONCILE_REQUESTED_AT: "1"}}})
    await world.look(owner)

    assert looking in world.woken


async def test_each_is_shown_what_becomes_of_its_own_whichever_a_list_shows_in_the_place_of_both() -> None:
    world, *keys = await twins()
    world.huggingface.knobs.list_lag = 0.0

    async def beats(count: int) -> int:
        looks = 0
        for _ in range(count):
            world.clock.advance(15)
            await world.tick()
            while world.woken:
                await world.look(world.woken.pop())
                world.clock.advance(0.01)
                looks += 1
        return looks

    await beats(4)
    for key in keys:
        own = world.status(key)["remoteRef"]["id"]
        (record,) = [one for one in world.huggingface.control.records("12") if str(one.id) == own]
        world.huggingface.control.put(replace(record, forced="failed", updated_at=world.clock.now()))
        await beats(2)
        assert world.ready(key) == ("False", "ProvisioningFailed")
    world.forget_requests()
    assert await beats(20) == 0, "at rest nobody is looked at"
    assert set(world.requests(["get", "list", "update"])) == {"list"}
