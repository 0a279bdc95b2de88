"""Kill anywhere with real processes: SIGKILL in the middle of an operation, a fresh start, and all converges.

I1, I2, I3 and I7: no duplicate, no leak, no foreign change. The harness of tests/runtime crosses every boundary many
more times; here the process, the API server and the sockets are real.
"""

import itertools
import os
from collections import Counter

import pytest
from tests.runtime.seeds import SEED
from tests.support.kills import MOMENTS, OPERATIONS, Life, Plan
from tests.support.operator import OperatorProcess
from tests.support.team import Team

HISTORIES = 120
LIVES = 30
SAMPLE = (1,)
_ITSELF = "tests/proof/test_real_kills.py"


def _live(team: Team, operator: OperatorProcess, seed: int, again: str) -> Counter[str]:
    try:
        return Counter(Life(team, operator, Plan.of(seed)).live().values())
    except Exception as broken:
        raise AssertionError(f"seed {seed}; to live it again: {SEED}={seed} pytest {again}\n{broken}") from broken


@pytest.mark.proof
@pytest.mark.parametrize("seed", SAMPLE)
def test_operations_that_a_kill_interrupts_are_brought_to_their_end(
    team: Team, operator: OperatorProcess, seed: int
) -> None:
    interrupted = _live(team, operator, int(os.environ.get(SEED, seed)), _ITSELF)
    assert interrupted, "nothing was under way when the process died"


@pytest.mark.proof
@pytest.mark.timeout(1200)
def test_many_kills_leave_no_duplicate_no_leak_and_no_foreign_change(team: Team, operator: OperatorProcess) -> None:
    if named := os.environ.get(SEED):
        _live(team, operator, int(named), f"--proof {_ITSELF}")
        return
    interrupted, moments = Counter[str](), set[str]()
    for seed in itertools.count():
        interrupted += _live(team, operator, seed, f"--proof {_ITSELF}")
        moments.add(Plan.of(seed).moment)
        if interrupted.total() >= HISTORIES and moments == set(MOMENTS):
            break
        assert seed < LIVES, f"only {interrupted} were under way in {LIVES} lives"
    print(f"\n{interrupted.total()} histories in {seed + 1} lives: {dict(interrupted)}")  # noqa: T201 - what was counted
    assert set(interrupted) == set(OPERATIONS)
