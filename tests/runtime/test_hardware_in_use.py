"""What is shown, and what is paid for, is what runs: also where that is not what is declared."""

import pytest
from tests.runtime.world import NEVER_IDLE, World

LARGER = {"accelerator": "gpu", "instanceType": "nvidia-a10g", "instanceSize": "x1"}


@pytest.mark.parametrize("policy", [{"adoptionPolicy": "IfUnowned"}, {"mode": "Observe"}], ids=["adopted", "observed"])
async def test_hardware_and_cost_are_those_of_the_endpoint_that_is_there(policy: dict[str, str]) -> None:
    declared, found = World(**NEVER_IDLE), World(**NEVER_IDLE)
    plain = declared.apply()
    await declared.settle(plain, rounds=6)
    await found.make_by_hand("sentiment")
    key = found.apply({"spec": {**policy, "huggingFace": {"compute": LARGER}}})
    await found.settle(key, rounds=6)

    assert found.condition(key, "Drifted") is not None
    assert found.status(key)["hardware"] == "cpu intel-spr x1"
    assert found.status(key)["cost"]["hourlyNow"] == declared.status(plain)["cost"]["hourlyNow"] != "0"


async def test_a_change_of_hardware_shows_once_it_is_there() -> None:
    world = World(**NEVER_IDLE)
    key = world.apply({"spec": {"state": "running"}})
    await world.settle(key, rounds=6)
    before = world.status(key)["cost"]["hourlyNow"]
    world.patch(key, {"spec": {"huggingFace": {"compute": LARGER}}})
    await world.settle(key, rounds=6)

    assert world.status(key)["hardware"] == "gpu nvidia-a10g x1"
    assert float(world.status(key)["cost"]["hourlyNow"]) > float(before)


async def test_where_nothing_is_there_yet_it_is_what_is_declared_now() -> None:
    world = World(**NEVER_IDLE)
    key = world.apply({"spec": {"huggingFace": {"compute": {"instanceType": "abacus"}}}})
    await world.settle(key, rounds=3)
    assert world.ready(key) == ("False", "HardwareUnknown")
    assert world.status(key)["hardware"] == "cpu abacus x1"
    world.patch(key, {"spec": {"huggingFace": {"compute": {"instanceType": "slide-rule"}}}})
    await world.settle(key, rounds=3)
    assert world.status(key)["hardware"] == "cpu slide-rule x1"
