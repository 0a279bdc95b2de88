"""An account that an endpoint left for another one is free of it."""

from tests.api.manifests import changed
from tests.runtime.world import NAMESPACE, NEVER_IDLE, World

from inference_operator.kube import paths

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
