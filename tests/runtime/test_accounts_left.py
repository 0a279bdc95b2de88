"""An account that an endpoint left for another one is free of it."""

import asyncio
import gc
import weakref

from tests.api.manifests import changed
from tests.runtime.kube_api import copied
from tests.runtime.world import ACCOUNT, NAMESPACE, NEVER_IDLE, World

from inference_operator.kube import paths
from inference_operator.runtime.accounts import Accounts
from inference_operator.runtime.index import Key

OTHER = paths.account("InferenceAccount", NAMESPACE, "wrong")


async def test_it_is_not_held_for_its_sake_and_can_be_deleted() -> None:
    world = World(few_offers=True, **NEVER_IDLE)
    broken = {"spec": {"huggingFace": {"tokenSecretRef": {"name": "nowhere", "key": "token"}}}}
    named = {"metadata": {"name": "wrong", "namespace": NAMESPACE}}
    world.kube.put(OTHER, changed(world.vendor.account(), named | broken))
    world.watch()
    key = world.apply({"spec": {"accountRef": {"name": "wrong"}}})
    await world.settle(key, rounds=3)
    assert world.ready(key) == ("False", "AccountNotReady")
    world.patch(key, {"spec": {"accountRef": {"name": "default"}}})
    await world.settle(key, rounds=5)

    assert world.ready(key) == ("True", "Running")
    left = world.kube.objects[OTHER]
    assert not left["metadata"].get("finalizers")
    assert (left["status"].get("endpoints") or {"total": 0})["total"] == 0
    world.kube.remove(OTHER)
    assert OTHER not in world.kube.objects


async def test_one_that_is_gone_is_forgotten_with_the_last_resource_that_was_about_it() -> None:
    world = World(few_offers=True, **NEVER_IDLE)
    key = world.apply({"spec": {"mode": "Observe"}})
    await world.settle(key, rounds=2)
    ends = weakref.ref(world.accounts._observers[ACCOUNT])
    await world.accounts.gone(ACCOUNT)
    gc.collect()
    assert ends() is not None, "it may still serve to take away what was made with it"
    world.accounts.release(key)
    await asyncio.gather(*world.accounts._ending)
    gc.collect()
    assert ends() is None


async def test_resources_that_it_refused_are_forgotten_when_they_go_and_look_again_when_it_does() -> None:
    world = World(few_offers=True, **NEVER_IDLE)
    elsewhere = {"kind": "ClusterInferenceAccount", "metadata": {"name": "default"}}
    world.kube.put(paths.account("ClusterInferenceAccount", "", "default"), changed(world.vendor.account(), elsewhere))
    world.accounts.changed(copied(world.kube.objects[paths.account("ClusterInferenceAccount", "", "default")]))
    keys = [
        world.apply({"spec": {"accountRef": {"kind": "ClusterInferenceAccount", "name": "default"}}}, name=name)
        for name in ("a", "b")
    ]
    for key in keys:
        await world.look(key)
        assert world.ready(key) == ("False", "AccountNotAllowed")
    account = Key("ClusterInferenceAccount", "", "default")
    assert world.accounts._admissions.refused(account) == set(keys)
    world.delete(keys[0])
    await world.look(keys[0])
    assert world.accounts._admissions.refused(account) == {keys[1]}
    world.woken.clear()
    await world.accounts.gone(account)
    assert world.woken == {keys[1]}
    assert not world.accounts._admissions.refused(account)


async def test_who_is_refused_by_the_clusters_account_is_woken_by_one_of_its_own() -> None:
    world = World(few_offers=True, **NEVER_IDLE)
    own = paths.account(ACCOUNT.kind, ACCOUNT.namespace, ACCOUNT.name)
    mine = world.kube.objects.pop(own)
    await world.accounts.gone(ACCOUNT)
    shared = {"kind": "ClusterInferenceAccount", "metadata": {"name": "default"}}
    path = paths.account("ClusterInferenceAccount", "", "default")
    world.kube.put(path, changed(world.vendor.account(), shared))
    world.accounts.changed(copied(world.kube.objects[path]))
    key = world.apply()
    await world.look(key)
    assert world.ready(key) == ("False", "AccountNotAllowed")
    world.woken.clear()
    world.kube.objects[own] = mine
    Accounts.changed(world.accounts, copied(mine))
    assert key in world.woken
    await world.accounts.stop()
