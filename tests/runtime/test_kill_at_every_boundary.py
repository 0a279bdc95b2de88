"""Kill anywhere: at each request of the operator, before it takes effect and after, one at a time (I1, I2, I3, I7)."""

from dataclasses import replace

import pytest
from tests.runtime.histories import Slip
from tests.runtime.scenarios import PLAYED, scenarios

PLAY = pytest.mark.parametrize(("vendor", "name"), PLAYED, ids=[f"{vendor}: {name}" for vendor, name in PLAYED])


@PLAY
async def test_a_kill_at_any_request_changes_nothing_in_the_end(vendor, name, quiet):
    """After each request took effect: for whoever comes next that is the same as before the one that follows."""
    await struck_at_every_request(vendor, name, "kill after")


@pytest.mark.proof
@pytest.mark.parametrize("kind", ["kill before", "lose the answer", "refuse"])
@PLAY
async def test_nor_does_what_else_may_befall_a_request(vendor, name, kind, quiet):
    await struck_at_every_request(vendor, name, kind)


@PLAY
async def test_nor_does_a_kill_before_the_first_request(vendor, name, quiet):
    await replace(scenarios(vendor)[name], slips=(Slip(1, "kill before"),)).play()


async def struck_at_every_request(vendor, name, kind):
    scenario = scenarios(vendor)[name]
    undisturbed = await scenario.play()
    for crossing in range(1, len(undisturbed.crossings) + 1):
        tale = await replace(scenario, slips=(Slip(crossing, kind),)).play()
        assert tale.world.border.struck, "a history is another one each time it is played"
