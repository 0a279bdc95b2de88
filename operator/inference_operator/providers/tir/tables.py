"""What the vendor's documents list: frameworks, versions and models.

The lists are data and no rule: the vendor adds to them without notice, so that what they lack is remarked on and never
refused (docs/reference/tir-api.md, "Frameworks, images and plans").
"""

FRAMEWORKS = {
    "TRITON": "triton",
    "PYTORCH": "pytorch",
    "LLAMA": "llma",
    "CODELAMA": "codellama",
    "STABLE_DIFFUSION": "stable_diffusion",
    "STABLE_DIFFUSION_XL": "stable_diffusion_xl",
    "MPT": "mpt",
    "CUSTOM": "custom",
    "MIXTRAL8X7B": "mixtral-8x7b-instruct",
    "MIXTRAL7B": "mistral-7b-instruct",
    "TENSOR_RT": "tensorrt",
    "GEMMA_2B": "gemma-2b",
    "GEMMA_2B_IT": "gemma-2b-it",
    "GEMMA_7B": "gemma-7b",
    "GEMMA_7B_IT": "gemma-7b-it",
    "LLAMA_3": "llama-3-8b-instruct",
    "LLAMA_3_1": "llama-3_1-8b-instruct",
    "LLAMA_3_2": "llama-3_2-3b-instruct",
    "LLAMA_3_2_VISION": "llama-3_2-11b-vision-instruct",
    "VLLM": "vllm",
    "STARCODER": "starcoder2-7b",
    "PHI_3_MINI": "Phi-3-mini-128k-instruct",
    "NEMO": "nemo-rag",
    "STABLE_VIDEO_DIFFUSION": "stable-video-diffusion-img2vid-xt",
    "YOLO_V8": "yolov8",
    "NEMOTRON": "nemotron-3-8b-chat-4k-rlhf",
    "NV_EMBED": "nvidia-nv-embed-v1",
    "BAAI_LARGE": "bge-large-en-v1_5",
    "BAAI_RERANKER": "bge-reranker-large",
    "PIXTRAL": "pixtral-12b-2409",
    "SGLANG": "sglang",
    "DYNAMO": "dynamo",
}
"""The key that a Terraform configuration uses -> the API's name, which is what goes over the wire."""

VERSIONS = {
    "tensorrt": ("v24.02", "v24.01", "v23.12", "v23.11", "v23.10", "v0.10.0", "v0.9.0", "v0.7.2", "custom"),
    "pytorch": ("v0.9.0", "v0.8.2", "v0.8.1", "custom"),
    "triton": ("v24.02", "v24.01", "v23.12", "v23.11", "v23.10", "custom"),
    "nemo-rag": ("v0.9.0", "custom"),
}
"""The API's framework -> the server versions that are listed for it. A framework that is missing lists none."""

OPENAI_FRAMEWORKS = frozenset({"vllm", "sglang", "dynamo", "vllm-omni"})
"""Frameworks whose servers speak the OpenAI protocol."""

_MODELS_OF_SGLANG = frozenset(
    {
        "deepseek-ai/DeepSeek-R1",
        "google/gemma-2b",
        "deepseek-ai/DeepSeek-V3",
        "meta-llama/Llama-3.2-1B",
        "microsoft/Phi-3-small-8k-instruct",
        "meta-llama/Llama-3.2-1B-Instruct",
        "custom",
    }
)
_MODELS_OF_DYNAMO = frozenset(
    {
        "custom",
        "BAAI/Aquila-7B",
        "BAAI/AquilaChat-7B",
        "Snowflake/snowflake-arctic-base",
        "Snowflake/snowflake-arctic-instruct",
        "baichuan-inc/Baichuan-7B",
        "baichuan-inc/Baichuan2-13B-Chat",
        "bigscience/bloom",
        "bigscience/bloomz",
        "THUDM/chatglm2-6b",
        "THUDM/chatglm3-6b",
        "CohereForAI/c4ai-command-r-v01",
        "databricks/dbrx-base",
        "databricks/dbrx-instruct",
        "Deci/DeciLM-7B",
        "Deci/DeciLM-7B-instruct",
        "tiiuae/falcon-7b",
        "tiiuae/falcon-40b",
        "tiiuae/falcon-rw-7b",
        "google/gemma-2b",
        "google/gemma-7b",
        "gpt2",
        "gpt2-xl",
        "bigcode/starcoder",
        "bigcode/gpt_bigcode-santacoder",
        "WizardLM/WizardCoder-15B-V1.0",
        "EleutherAI/gpt-j-6b",
        "nomic-ai/gpt4all-j",
        "EleutherAI/gpt-neox-20b",
        "EleutherAI/pythia-12b",
        "OpenAssistant/oasst-sft-4-pythia-12b-epoch-3.5",
        "databricks/dolly-v2-12b",
        "stabilityai/stablelm-tuned-alpha-7b",
        "internlm/internlm-7b",
        "internlm/internlm-chat-7b",
        "internlm/internlm2-7b",
        "internlm/internlm2-chat-7b",
        "core42/jais-13b",
        "core42/jais-13b-chat",
        "core42/jais-30b-v3",
        "core42/jais-30b-chat-v3",
        "openlm-research/open_llama_13b",
        "meta-llama/Llama-2-13b-hf",
        "meta-llama/Llama-2-70b-hf",
        "meta-llama/Meta-Llama-3-8B-Instruct",
        "meta-llama/Meta-Llama-3-70B-Instruct",
        "meta-llama/Meta-Llama-3.1-8B-Instruct",
        "meta-llama/Meta-Llama-3.1-70B-Instruct",
        "meta-llama/Meta-Llama-3.1-405B-Instruct",
        "meta-llama/Meta-Llama-3.1-405B-Instruct-FP8",
        "meta-llama/Llama-3.2-1B",
        "meta-llama/Llama-3.2-3B",
        "meta-llama/Llama-3.2-1B-Instruct",
        "meta-llama/Llama-3.2-3B-Instruct",
        "meta-llama/Llama-Guard-3-1B",
        "meta-llama/Llama-3.2-11B-Vision",
        "meta-llama/Llama-3.2-11B-Vision-Instruct",
        "meta-llama/Llama-3.2-90B-Vision",
        "meta-llama/Llama-3.2-90B-Vision-Instruct",
        "meta-llama/Llama-Guard-3-11B-Vision",
        "meta-llama/Llama-3.3-70B-Instruct",
        "lmsys/vicuna-13b-v1.3",
        "01-ai/Yi-6B",
        "01-ai/Yi-34B",
        "llava-hf/llava-1.5-7b-hf",
        "llava-hf/llava-1.5-13b-hf",
    }
)
_MODELS_OF_VLLM_ALONE = frozenset(
    {
        "mistralai/Mistral-7B-v0.1",
        "mistralai/Mistral-7B-Instruct-v0.1",
        "mistralai/Mixtral-8x7B-v0.1",
        "mistralai/Mixtral-8x7B-Instruct-v0.1",
        "mistral-community/Mixtral-8x22B-v0.1",
        "mosaicml/mpt-7b",
        "mosaicml/mpt-30b",
        "mosaicml/mpt-7b-instruct",
        "mosaicml/mpt-30b-instruct",
        "mosaicml/mpt-7b-chat",
        "mosaicml/mpt-30b-chat",
        "openbmb/MiniCPM-2B-dpo-bf16",
        "openbmb/MiniCPM-2B-sft-bf16",
    }
)
MODELS = {
    "sglang": _MODELS_OF_SGLANG,
    "vllm": _MODELS_OF_DYNAMO | _MODELS_OF_VLLM_ALONE,
    "dynamo": _MODELS_OF_DYNAMO,
}
"""The API's framework -> the Hugging Face models that are listed for it."""


def api_name(framework: str) -> str:
    """The API's name of a framework: the Terraform key's, else the name itself."""
    return FRAMEWORKS.get(framework, framework)


def remarks(framework: str, version: str | None, model: str | None) -> tuple[str, ...]:
    """What of a choice the vendor's tables do not list, one sentence each."""
    name = api_name(framework)
    found = []
    if name not in FRAMEWORKS.values() and name not in OPENAI_FRAMEWORKS:
        found.append(f"The framework {name} is not in the provider's table of frameworks.")
    if version and name in VERSIONS and version not in VERSIONS[name]:
        found.append(f"The version {version} is not among those listed for {name}: {', '.join(VERSIONS[name])}.")
    if model and name in MODELS and model not in MODELS[name]:
        found.append(f"The model {model} is not among those listed for {name}.")
    return tuple(found)
