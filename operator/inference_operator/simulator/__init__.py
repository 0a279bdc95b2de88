"""A local control plane of the remote providers, faithful to their contracts; for the demo and the tests.

It shares no code with `providers`, on purpose: it is a second, independent reading of the same contracts.
"""

from inference_operator.simulator.app import create_app
from inference_operator.simulator.clock import Clock
from inference_operator.simulator.faults import Fault
from inference_operator.simulator.huggingface import HuggingFace, Knobs
from inference_operator.simulator.journal import Request
from inference_operator.simulator.server import Simulator
from inference_operator.simulator.tir import Tir

__all__ = ["Clock", "Fault", "HuggingFace", "Knobs", "Request", "Simulator", "Tir", "create_app"]
