"""The simulated Hugging Face Inference Endpoints."""

from inference_operator.simulator.huggingface.knobs import Knobs
from inference_operator.simulator.huggingface.state import HuggingFace

__all__ = ["HuggingFace", "Knobs"]
