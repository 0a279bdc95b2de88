"""Kill anywhere, at full count: adopting, releasing, taking back and losing (I1, I2, I3, I4, I7)."""

import pytest
from tests.runtime import seeds

HISTORIES = 5_000


@pytest.mark.proof
@pytest.mark.timeout(1200)
async def test_no_duplicate_no_leak_no_foreign_change_and_all_converge(quiet):
    await seeds.all_hold(seeds.ownership, range(HISTORIES), again="--proof tests/proof/test_kill_ownership.py")
