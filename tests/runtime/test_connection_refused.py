"""A connection that can't be written costs no more than that: what was done at the provider is on record."""

import contextlib

import pytest
from tests.runtime.world import NEVER_IDLE, World

from inference_operator.api.names import RECONCILE_REQUESTED_AT
from inference_operator.core.errors import Operation
from inference_operator.kube.errors import Forbidden, Invalid, KubeError, TooManyRequests, Unavailable
from inference_operator.runtime.index import Key

REFUSALS = (Invalid(422, "Invalid", "a policy denies it"), Forbidden(403, "Forbidden", "exceeded quota"))
PASSING = (Unavailable(500, "InternalError", "failed calling webhook"), TooManyRequests(429, "TooManyRequests", "busy"))
TO_CONFIG_MAP = {"writeConnectionTo": {"configMapName": "connection"}}
WITH_SECRET = {"huggingFace": {"model": {"secrets": {"TOKEN": {"secretKeyRef": {"name": "hub", "key": "token"}}}}}}


def refusing(error: KubeError) -> World:
    """A world whose API server takes no ConfigMap."""
    world = World(few_offers=True, **NEVER_IDLE)
    create = world.door.create

    async def unless_it_is_a_config_map(path, body):
        if path.endswith("/configmaps"):
            raise error
        return await create(path, body)

    world.door.create = unless_it_is_a_config_map
    return world


async def made(world: World, *, looks: int) -> Key:
    """An endpoint with a secret value and a ConfigMap, so many looks later."""
    world.put_secret("hub", token="s3cretvalue1")
    key = world.apply({"spec": {"state": "running", **TO_CONFIG_MAP, **WITH_SECRET}})
    for _ in range(looks):
        await world.tick()
        with contextlib.suppress(Unavailable, TooManyRequests):
            await world.look(key)
        world.clock.advance(20)
    return key


@pytest.mark.parametrize("error", [*REFUSALS, *PASSING], ids=lambda error: error.reason)
async def test_what_was_sent_is_recorded_and_not_sent_again(error: KubeError) -> None:
    world = refusing(error)
    key = await made(world, looks=6)

    assert world.requests() == ["create"]
    status = world.status(key)
    assert status["secretsFingerprint"]
    assert status["remoteRef"]["createdAt"]
    assert "pendingOperation" not in status


@pytest.mark.parametrize(
    ("error", "ready"),
    [(error, ("False", "ConnectionNotWritten")) for error in REFUSALS]
    + [(error, ("True", "Running")) for error in PASSING],
    ids=lambda one: getattr(one, "reason", ""),
)
async def test_a_refusal_is_said_and_what_passes_by_itself_is_not(error: KubeError, ready: tuple[str, str]) -> None:
    world = refusing(error)
    assert world.ready(await made(world, looks=6)) == ready


async def test_a_reconcile_that_was_asked_for_is_answered_and_wakes_nothing_again() -> None:
    world = refusing(REFUSALS[-1])
    key = world.apply({"spec": {"state": "running", **TO_CONFIG_MAP}})
    await world.settle(key, rounds=5)
    world.patch(key, {"metadata": {"annotations": {RECONCILE_REQUESTED_AT: "1"}}})
    await world.settle(key, rounds=2)
    assert world.status(key)["lastHandledReconcileAt"] == "1"
    world.forget_requests()
    await falls_asleep(world, key)

    assert world.requests() == ["scaleToZero"], "by itself"


async def falls_asleep(world: World, key: Key) -> None:
    """The endpoint idles to zero, and is looked at."""
    (account,) = world.accounts.observed_now()
    assert account.connection is not None
    await account.connection.switch("sentiment", Operation.SCALE_TO_ZERO)
    await world.settle(key, rounds=3)
