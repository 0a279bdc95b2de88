"""The simulated E2E Networks TIR."""

from inference_operator.simulator.tir.knobs import Knobs
from inference_operator.simulator.tir.state import Tir

__all__ = ["Knobs", "Tir"]
