"""What the provider has not settled is not over: a create that may still land, and a deletion that does not."""

from datetime import timedelta
from typing import Any

import pytest
from tests.runtime.world import ACCOUNT, NEVER_IDLE, World

from inference_operator.core.errors import ErrorKind, Operation, ProviderError
from inference_operator.runtime.index import Key

NO_ANSWER = ProviderError(ErrorKind.AMBIGUOUS, Operation.CREATE, "no answer in time")
NO_GATEWAY = ProviderError(ErrorKind.UNAVAILABLE, Operation.CREATE, "HTTP 504", status=504)


class Late:
    """A provider that carries the create out when it likes, whatever it answered."""

    def __init__(self, world: World, error: ProviderError) -> None:
        connection = world.accounts._observers[ACCOUNT].account.connection
        assert connection is not None
        self._create, self._error = connection.create, error
        self._asked: list[tuple[Any, Any, Any]] = []
        connection.create = self._take

    async def _take(self, name: str, document: Any, *, claim: str) -> Any:
        self._asked.append((name, document, claim))
        raise self._error

    async def carry_out(self) -> None:
        name, document, claim = self._asked[0]
        await self._create(name, document, claim=claim)


async def deleted_amid_a_create(error: ProviderError) -> tuple[World, Key, Late]:
    world = World(few_offers=True, **NEVER_IDLE)
    key = world.apply()
    await world.tick()
    late = Late(world, error)
    await world.look(key)
    world.clock.advance(0.5)
    world.delete(key)
    await world.tick()
    await world.look(key)
    return world, key, late


@pytest.mark.parametrize("error", [NO_ANSWER, NO_GATEWAY], ids=["no-answer", "no-gateway"])
async def test_a_create_that_lands_after_the_deletion_began_is_deleted_too(error: ProviderError) -> None:
    world, key, late = await deleted_amid_a_create(error)
    assert world.ready(key) == ("False", "CreateUnsettled")
    await late.carry_out()
    await world.settle(key, rounds=6)

    assert world.remote() is None
    assert world.object(key) is None


async def ends_after(world: World, key: Key, *, seconds: float) -> None:
    """The resource is there still, and goes so much later."""
    await world.look(key)
    assert world.object(key) is not None
    world.clock.advance(seconds)
    await world.settle(key, rounds=2)
    assert world.object(key) is None


async def test_one_that_never_lands_is_waited_for_two_minutes() -> None:
    world, key, _ = await deleted_amid_a_create(NO_ANSWER)
    world.clock.advance(100)
    await ends_after(world, key, seconds=30)


async def test_after_a_restart_it_is_not_known_for_how_long_it_was_under_way() -> None:
    world, key, _ = await deleted_amid_a_create(NO_ANSWER)
    world.clock.advance(200)
    world.restart()
    await world.tick()
    await ends_after(world, key, seconds=130)


async def test_a_create_that_was_refused_is_not_waited_for() -> None:
    refused = ProviderError(ErrorKind.UNAVAILABLE, Operation.CREATE, "HTTP 503", status=503)
    world, key, _ = await deleted_amid_a_create(refused)
    await world.settle(key, rounds=1)
    assert world.object(key) is None


async def lingering(**spec: Any) -> tuple[World, Key]:
    """An endpoint whose deletion the provider takes and does not carry out."""
    world = World(few_offers=True, delete_linger=1e9, **NEVER_IDLE)
    key = world.apply({"spec": spec})
    await world.settle(key, rounds=4)
    world.forget_requests()
    world.delete(key)
    return world, key


async def test_a_deletion_that_is_not_carried_out_is_said_and_asked_for_ever_more_seldom() -> None:
    world, key = await lingering()
    until = world.clock.now() + timedelta(hours=1).total_seconds()
    while world.clock.now() < until:
        await world.tick()
        world.clock.advance((await world.look(key)).after or 1)

    assert world.ready(key) == ("False", "NotCarriedOut")
    assert world.requests().count("delete") < 150, "and not every five seconds"


async def test_and_is_let_go_of_into_the_ledger_when_its_time_is_up() -> None:
    world, key = await lingering(deletionTimeout="10m")
    for _ in range(8):
        await world.tick()
        await world.look(key)
        world.clock.advance(300)
    await world.settle(key, rounds=2)

    assert world.object(key) is None
    (ledger,) = [obj for path, obj in world.kube.objects.items() if path.endswith("/inference-operator-orphans")]
    assert "NotCarriedOut" in str(ledger)


async def test_a_pause_that_is_not_carried_out_ends_there_too() -> None:
    world = World(few_offers=True, **NEVER_IDLE)
    key = world.apply({"spec": {"deletionPolicy": "Pause", "deletionTimeout": "10m"}})
    await world.settle(key, rounds=4)
    connection = world.accounts._observers[ACCOUNT].account.connection
    assert connection is not None
    read = connection.get

    async def taken(name: str, *_: Any, **__: Any) -> Any:
        return await read(name)

    connection.switch = taken
    world.delete(key)
    for _ in range(8):
        await world.tick()
        await world.look(key)
        world.clock.advance(300)

    assert world.object(key) is None
    (ledger,) = [obj for path, obj in world.kube.objects.items() if path.endswith("/inference-operator-orphans")]
    assert "NotCarriedOut" in str(ledger)


async def test_a_pause_that_takes_its_time_is_waited_for_past_the_timeout() -> None:
    world = World(vendor="tir", terminating_seconds=90)
    key = world.apply({"spec": {"deletionPolicy": "Pause", "deletionTimeout": "1m"}})
    await world.settle(key, rounds=6)
    world.delete(key)
    await world.settle(key, rounds=12, seconds=20)

    assert world.object(key) is None
    assert [path for path in world.kube.objects if path.endswith("/inference-operator-orphans")] == []


async def test_a_create_that_may_land_outlives_a_later_one_that_was_refused_for_good() -> None:
    world = World(few_offers=True, **NEVER_IDLE)
    key = world.apply()
    await world.tick()
    late = Late(world, NO_ANSWER)
    await world.look(key)
    late._error = ProviderError(ErrorKind.QUOTA, Operation.CREATE, "over quota", status=409)
    world.clock.advance(20)
    await world.tick()
    await world.look(key)
    assert len(late._asked) == 2
    world.delete(key)
    await world.look(key)
    await late.carry_out()
    await world.settle(key, rounds=6)

    assert world.remote() is None
    assert world.object(key) is None


async def test_one_that_never_comes_to_rest_is_let_go_of_whoever_stopped_it() -> None:
    world = World(vendor="tir", terminating_seconds=1e9)
    key = world.apply({"spec": {"deletionPolicy": "Pause", "deletionTimeout": "10m"}})
    await world.settle(key, rounds=6)
    world.delete(key)
    await world.look(key)
    world.restart()
    for _ in range(8):
        await world.tick()
        await world.look(key)
        world.clock.advance(300)

    assert world.object(key) is None
    (ledger,) = [obj for path, obj in world.kube.objects.items() if path.endswith("/inference-operator-orphans")]
    assert "NotCarriedOut" in str(ledger)
