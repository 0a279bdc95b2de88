"""Model-checked convergence (I1 to I4, I7): a sample; tests/proof has the full count."""

import pytest
from hypothesis import Phase, settings
from tests.runtime.machine import COMMON, Convergence


@pytest.mark.usefixtures("quiet")
class TestConvergence(Convergence.TestCase):
    # What is found is not made smaller in the sample: that takes minutes. The full count does.
    settings = settings(
        max_examples=40, stateful_step_count=25, phases=(Phase.explicit, Phase.reuse, Phase.generate), **COMMON
    )
