"""Kill anywhere: at each request of the operator, before it takes effect and after, one at a time (I1, I2, I3, I7)."""

from dataclasses import replace

import pytest
from tests.runtime.histories import Slip
from tests.runtime.scenarios import SCENARIOS


@pytest.mark.parametrize("name", SCENARIOS)
async def test_a_kill_at_any_request_changes_nothing_in_the_end(name, quiet):
    """After each request took effect: for whoever comes next that is the same as before the one that follows."""
    await struck_at_every_request(name, "kill after")


@pytest.mark.proof
@pytest.mark.parametrize("kind", ["kill before", "lose the answer", "refuse"])
@pytest.mark.parametrize("name", SCENARIOS)
async def test_nor_does_what_else_may_befall_a_request(name, kind, quiet):
    await struck_at_every_request(name, kind)


@pytest.mark.parametrize("name", SCENARIOS)
async def test_nor_does_a_kill_before_the_first_request(name, quiet):
    await replace(SCENARIOS[name], slips=(Slip(1, "kill before"),)).play()


async def struck_at_every_request(name, kind):
    undisturbed = await SCENARIOS[name].play()
    for crossing in range(1, len(undisturbed.crossings) + 1):
        tale = await replace(SCENARIOS[name], slips=(Slip(crossing, kind),)).play()
        assert tale.world.border.struck, "a history is another one each time it is played"
