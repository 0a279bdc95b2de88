"""What differs between providers for whoever tests the operator from outside: one `Vendor` for each."""

from collections.abc import Callable, Mapping

import pytest

from inference_operator.simulator import Simulator
from tests.support.vendors.hugging_face import HuggingFaceVendor
from tests.support.vendors.tir import TirVendor
from tests.support.vendors.vendor import Field, Vendor

__all__ = ["FIRST", "VENDORS", "Field", "Reasons", "Vendor", "at_each", "vendors"]

FIRST = "huggingFace"
"""The provider of a team that does not choose another."""

VENDORS: Mapping[str, Callable[[Simulator, Callable[[], str]], Vendor]] = {
    FIRST: HuggingFaceVendor,
    "tir": TirVendor,
}
"""By the block's name. What makes one takes the simulator, and what tells the team's namespace."""

Reasons = Mapping[str, str]
"""Provider -> why a case can't exist there."""


def vendors(unless: Reasons | None = None) -> list[str]:
    """The providers at which a case exists. `unless`: those at which it can't, each with the reason."""
    return [key for key in VENDORS if key not in (unless or {})]


def at_each(fixture: str = "team", *, unless: Reasons | None = None, proof: bool = False) -> pytest.MarkDecorator:
    """Run a test at every provider. `fixture`: what makes its team.

    `proof`: at all but the first by `make proof` alone.
    """
    return pytest.mark.parametrize(
        fixture,
        [pytest.param(key, id=key, marks=[pytest.mark.proof] * (proof and key != FIRST)) for key in vendors(unless)],
        indirect=True,
    )
