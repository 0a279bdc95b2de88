"""Model-checked convergence at full count, at a provider as it is documented (I1 to I4, I7)."""

import pytest
from hypothesis import settings
from tests.runtime.machine import COMMON, Convergence

STEPS = 25_000


@pytest.mark.proof
@pytest.mark.timeout(1200)
@pytest.mark.usefixtures("quiet")
class TestConvergence(Convergence.TestCase):
    settings = settings(max_examples=700, stateful_step_count=50, **COMMON)

    def runTest(self):  # noqa: N802 - as unittest has it
        super().runTest()
        assert Convergence.steps >= STEPS
