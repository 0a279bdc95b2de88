"""An object that this version can't read: nothing of it is lost, and nothing is done to its endpoint."""

import pytest
from tests.runtime.world import World

from inference_operator.kube.errors import Forbidden


async def settled(world):
    key = world.apply()
    await world.settle(key, rounds=4)
    assert world.ready(key) == ("True", "Running")
    return key


def spoil(world, key, **spec):
    """What an older operator finds after a newer one was taken back."""
    path = next(path for path in world.kube.objects if path.endswith(f"/inferenceendpoints/{key.name}"))
    world.kube.objects[path]["spec"].update(spec)
    world.kube.objects[path]["metadata"]["generation"] += 1


async def test_its_status_keeps_what_was_not_understood():
    world = World()
    key = await settled(world)
    before = world.status(key)
    spoil(world, key, deletionPolicy="Snapshot")
    await world.look(key)
    after = world.status(key)
    assert world.ready(key) == ("False", "InvalidSpec")
    assert after["observedGeneration"] == before["observedGeneration"] + 1
    said = {"conditions", "observedGeneration"}
    assert {name: after[name] for name in before if name not in said} == {
        name: value for name, value in before.items() if name not in said
    }


async def test_its_deletion_waits_and_says_why_and_ends_in_the_ledger():
    world = World()
    key = await settled(world)
    spoil(world, key, deletionPolicy="Snapshot")
    world.delete(key)
    world.restart()
    await world.settle(key, rounds=3)
    assert world.object(key) is not None
    assert world.remote() is not None
    assert world.ready(key) == ("False", "InvalidSpec")
    world.clock.advance(25 * 3600)
    await world.settle(key, rounds=3)
    assert world.object(key) is None
    ledger = [obj for path, obj in world.kube.objects.items() if path.endswith("/inference-operator-orphans")]
    assert "InvalidSpec" in str(ledger)


async def test_it_counts_among_the_users_of_its_account():
    world = World()
    key = await settled(world)
    spoil(world, key, deletionPolicy="Snapshot")
    world.restart()
    await world.settle(key, rounds=3)
    account = next(obj for path, obj in world.kube.objects.items() if path.endswith("/inferenceaccounts/default"))
    assert "inference-operator.dev/in-use" in account["metadata"]["finalizers"]


async def test_what_the_api_server_refuses_for_it_is_said_and_nothing_is_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World()
    key = await settled(world)
    before = world.status(key)
    spoil(world, key, deletionPolicy="Snapshot")
    world.delete(key)
    for verb in ("create", "patch"):
        do = getattr(world.kube, verb)

        async def unless_it_is_the_ledger(path, body, do=do, **more):
            if "configmaps" in path:
                raise Forbidden(403, "Forbidden", path)
            return await do(path, body, **more)

        monkeypatch.setattr(world.kube, verb, unless_it_is_the_ledger)
    world.clock.advance(25 * 3600)
    await world.settle(key, rounds=3)
    assert world.ready(key) == ("False", "KubernetesRefused")
    assert world.status(key)["remoteRef"] == before["remoteRef"]
    assert world.status(key)["appliedPower"] == before["appliedPower"]


@pytest.mark.parametrize("bound", [False, True])
async def test_what_no_provider_can_be_sent_is_said_once(bound):
    world = World()
    key = await settled(world) if bound else world.apply()
    spoil(world, key, huggingFace={"model": {"secrets": ["what it was once"]}})
    world.restart()
    await world.settle(key, rounds=3)
    assert world.ready(key) == ("False", "InvalidSpec")
    assert world.accounts.observed_now()[0].everyone() == ({key} if bound else set())
    world.kube.writes.clear()
    await world.settle(key, rounds=5)
    assert not world.kube.writes
