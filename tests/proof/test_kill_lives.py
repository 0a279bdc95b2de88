"""Kill anywhere, at full count: creating, changing, pausing, rotating secrets, deleting (I1, I2, I3, I4, I7)."""

import pytest
from tests.runtime import seeds

HISTORIES = 5_000


@pytest.mark.proof
@pytest.mark.timeout(1200)
async def test_no_duplicate_no_leak_no_foreign_change_and_all_converge(quiet):
    await seeds.all_hold(seeds.life, range(HISTORIES), again="--proof tests/proof/test_kill_lives.py")
