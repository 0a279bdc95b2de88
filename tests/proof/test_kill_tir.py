"""Kill anywhere at the provider that gives out ids, at full count (I1, I2, I3, I4, I7)."""

import pytest
from tests.runtime import seeds

HISTORIES = 1_000


@pytest.mark.proof
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("make", [seeds.life, seeds.ownership], ids=["life", "ownership"])
async def test_no_duplicate_no_leak_no_foreign_change_and_all_converge(make, quiet):
    await seeds.all_hold(seeds.at_tir(make), range(HISTORIES), again="--proof tests/proof/test_kill_tir.py")
