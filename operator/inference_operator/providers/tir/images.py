"""Which container the vendor runs for a framework and its version.

The API has no default for it: its own clients send the image that they know for the choice, and so does this one
(docs/reference/tir-api.md, "Frameworks, images and plans").
"""

from collections.abc import Mapping

_OPENAI = "vllm/vllm-openai:latest"
_REGISTRY = "registry.e2enetworks.net/aimle2e"
_TRITON = "aimle2e/tritonserver"

_SERVED_BY_VLLM = (
    "llma",
    "codellama",
    "mpt",
    "mixtral-8x7b-instruct",
    "mistral-7b-instruct",
    "gemma-2b-it",
    "gemma-7b-it",
    "llama-3-8b-instruct",
    "llama-3_1-8b-instruct",
    "llama-3_2-3b-instruct",
    "llama-3_2-11b-vision-instruct",
    "vllm",
    "starcoder2-7b",
    "Phi-3-mini-128k-instruct",
    "pixtral-12b-2409",
)
_OF_FRAMEWORK: Mapping[str, str] = {
    **dict.fromkeys(_SERVED_BY_VLLM, _OPENAI),
    **dict.fromkeys(("gemma-2b", "gemma-7b"), f"{_REGISTRY}/triton_trt_llm:gemma-v1"),
    **dict.fromkeys(("bge-large-en-v1_5", "bge-reranker-large"), "ghcr.io/huggingface/text-embeddings-inference:1.5"),
    "sglang": "lmsysorg/sglang:latest",
    "dynamo": "aimle2e/dynamo:latest-vllm",
    "stable_diffusion": f"{_REGISTRY}/stable-diffusion-2-1:hf-v1",
    "stable_diffusion_xl": f"{_REGISTRY}/stable-diffusion-xl-base-1.0:hf-v1",
    "stable-video-diffusion-img2vid-xt": "aimle2e/stable-video-diffusion:v1",
    "yolov8": f"{_REGISTRY}/yolov8:v1",
    "nemotron-3-8b-chat-4k-rlhf": "aimle2e/nemotron:3-8b-chat-4k-rlhf",
}
_WITH_MODEL: Mapping[str, str] = {
    "stable_diffusion": f"{_REGISTRY}/stable-diffusion-2-1:eos-v1",
    "stable_diffusion_xl": f"{_REGISTRY}/stable-diffusion-xl-base-1.0:eos-v1",
    "stable-video-diffusion-img2vid-xt": "aimle2e/stable-video-diffusion:v1_eos",
}
_RELEASES = ("24.02", "24.01", "23.12", "23.11", "23.10")
_OF_VERSION: Mapping[str, Mapping[str, str]] = {
    "pytorch": {f"v{one}": f"pytorch/torchserve:{one}" for one in ("0.9.0", "0.8.2", "0.8.1")},
    # v23.11 is 23.01 in both of the vendor's clients.
    "triton": {f"v{one}": f"{_TRITON}:{'23.01' if one == '23.11' else one}-py3-01" for one in _RELEASES},
    "tensorrt": {
        **{f"v{one}": f"{_TRITON}:{one}-trtllm-python-py3-01" for one in _RELEASES},
        "v0.10.0": "aimle2e/triton_trt_llm:v0.10.0",
        "v0.9.0": "aimle2e/triton_trt_llm:0.9.0",
        "v0.7.2": "aimle2e/triton_trt_llm:0.7.2",
    },
    "nemo-rag": {"v0.9.0": f"{_REGISTRY}/nemo-rag:0.9.0"},
}


def image_of(framework: str, version: str, *, with_model: bool) -> str:
    """The image for a choice, by the API's name of the framework; empty where the vendor's clients know none."""
    if framework in _OF_VERSION:
        return _OF_VERSION[framework].get(version, "")
    found = _WITH_MODEL.get(framework) if with_model else None
    return found or _OF_FRAMEWORK.get(framework, "")
