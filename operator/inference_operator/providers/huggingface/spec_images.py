"""`model.image` of the huggingFace block: the vendor's twelve containers, one of which serves the model."""

from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from inference_operator.api.base import ApiModel
from inference_operator.api.markers import Cel, Retired
from inference_operator.api.scalars import Count, ObjectName, Port

ImageUrl = Annotated[str, Field(min_length=1, max_length=512)]
Route = Annotated[str, Field(max_length=512, pattern="^/")]
FilePath = Annotated[str, Field(min_length=1, max_length=1024)]

IMAGE_KEYS = (
    "huggingface",
    "huggingfaceNeuron",
    "tgi",
    "tgiNeuron",
    "tei",
    "llamacpp",
    "vLLM",
    "vLLMOmni",
    "vLLMNeuron",
    "sGLang",
    "hfServe",
    "custom",
)
"""The containers' keys as they are written in a manifest and on the wire."""

_STRING: dict[str, Any] = {"type": "string", "maxLength": 1024}
_STRING_MAP: dict[str, Any] = {
    "type": "object",
    "additionalProperties": {"type": "string", "maxLength": 4096},
    "maxProperties": 256,
}
_MOVED_ENV = Retired("env", _STRING_MAP, "the provider reads environment variables from model.env; move them there")


class BaseContainer(ApiModel):
    """What every container with an image of its own has."""

    url: ImageUrl = Field(description="Container image with its tag.")
    health_route: Route | None = Field(
        default=None,
        description="Path that answers 200 when the container is healthy. Absent: the provider's choice.",
    )
    port: Port | None = Field(
        default=None,
        description="Port that the container listens on. Unit: TCP port. Absent: the provider's choice.",
    )
    retired: ClassVar[tuple[Retired, ...]] = (
        Retired("health_route", _STRING, "the provider ignores this spelling; write healthRoute"),
        _MOVED_ENV,
    )


class HuggingFaceContainer(ApiModel):
    """The vendor's default container; it has no settings."""

    retired: ClassVar[tuple[Retired, ...]] = (_MOVED_ENV,)


class HuggingFaceNeuronContainer(ApiModel):
    """The vendor's container for AWS Inferentia."""

    batch_size: Count | None = Field(default=None, description="Batch that the model is compiled for. Unit: requests.")
    sequence_length: Count | None = Field(
        default=None, description="Length that the model is compiled for. Unit: tokens."
    )
    neuron_cache: Annotated[str, Field(max_length=512)] | None = Field(
        default=None, description="Repository of compiled models."
    )


class TokenLimits(BaseContainer):
    """Limits that both containers of Text Generation Inference have."""

    max_input_length: Count | None = Field(default=None, description="Longest input. Unit: tokens.")
    max_total_tokens: Count | None = Field(default=None, description="Longest input and output. Unit: tokens.")
    max_batch_prefill_tokens: Count | None = Field(
        default=None, description="Most input tokens of a batch. Unit: tokens."
    )
    max_batch_total_tokens: Count | None = Field(default=None, description="Most tokens of a batch. Unit: tokens.")


class TgiContainer(TokenLimits):
    """Text Generation Inference."""

    disable_custom_kernels: bool | None = Field(
        default=None, description="Do without TGI's own CUDA kernels. Absent: the provider's choice (true)."
    )
    quantize: Literal["awq", "bitsandbytes", "eetq", "gptq"] | None = Field(
        default=None, description="How the weights are quantized. Absent: not."
    )


class TgiNeuronContainer(TokenLimits):
    """Text Generation Inference for AWS Inferentia."""

    hf_auto_cast_type: Literal["bf16", "fp16"] | None = Field(
        default=None, description="Type that the weights are cast to."
    )
    hf_num_cores: Count | None = Field(default=None, description="Cores to use. Unit: Neuron cores.")


class TeiContainer(BaseContainer):
    """Text Embeddings Inference."""

    max_batch_tokens: Count | None = Field(default=None, description="Most tokens of a batch. Unit: tokens.")
    max_concurrent_requests: Count | None = Field(default=None, description="Most requests at a time. Unit: requests.")
    pooling: Literal["mean", "cls"] | None = Field(
        default=None, description="How token embeddings become one. Absent: as the model says."
    )


class LlamacppContainer(BaseContainer):
    """The server of llama.cpp."""

    model_path: FilePath = Field(description="GGUF file in the repository.")
    ctx_size: Count | None = Field(
        default=None, description="Size of the context; 0 is automatic. Unit: tokens. Absent: automatic."
    )
    n_parallel: Count | None = Field(default=None, description="Requests at a time. Unit: requests. Absent: automatic.")
    n_gpu_layers: Count | None = Field(
        default=None, description="Layers of the model held by the GPU. Unit: layers. Absent: automatic."
    )
    threads_http: Count | None = Field(default=None, description="Threads for HTTP. Unit: threads. Absent: automatic.")
    mmproj_model_path: FilePath | None = Field(default=None, description="File of the multimodal projector.")
    spec_model_path: FilePath | None = Field(
        default=None, description="File of the draft model for speculative decoding."
    )
    mode: Literal["embeddings", "reranking"] | None = Field(
        default=None, description="What it does. Absent: generation."
    )
    pooling: Literal["mean", "cls", "last", "rank"] | None = Field(
        default=None, description="How token embeddings become one."
    )
    variant: Annotated[str, Field(max_length=256)] | None = Field(
        default=None, description="Which quantization of the repository, such as *Q5_K_M*."
    )


class VllmContainer(BaseContainer):
    """vLLM."""

    tensor_parallel_size: Count | None = Field(
        default=None, description="Accelerators that share each layer. Unit: accelerators."
    )
    data_parallel_size: Count | None = Field(
        default=None, description="Copies of the model in one replica. Unit: copies."
    )
    max_num_seqs: Count | None = Field(default=None, description="Most sequences of a batch. Unit: sequences.")
    max_num_batched_tokens: Count | None = Field(default=None, description="Most tokens of a batch. Unit: tokens.")
    kv_cache_dtype: Literal["auto", "fp8", "fp8-e4-m3", "fp8-e5-m2", "fp8_e4m3", "fp8_e5m2"] | None = Field(
        default=None,
        description="Type of the key-value cache. The engine's spellings auto, fp8_e4m3 and fp8_e5m2 are "
        "accepted too. Absent: auto.",
    )


class VllmOmniContainer(BaseContainer):
    """vLLM-Omni, for models of several modalities."""

    deploy_config: Annotated[str, Field(max_length=4096)] | None = Field(
        default=None, description="Configuration of the deployment, as vLLM-Omni reads it."
    )
    max_num_seqs: Count | None = Field(default=None, description="Most sequences of a batch. Unit: sequences.")


class VllmNeuronContainer(BaseContainer):
    """vLLM for AWS Inferentia."""


class SglangContainer(BaseContainer):
    """SGLang."""

    tensor_parallel_size: Count | None = Field(
        default=None, description="Accelerators that share each layer. Unit: accelerators."
    )
    chunked_prefill_size: Annotated[int, Field(ge=-1, le=2**31 - 1)] | None = Field(
        default=None, description="Tokens read at once of a long input; -1 reads it whole. Unit: tokens."
    )
    max_prefill_tokens: Count | None = Field(default=None, description="Most input tokens of a batch. Unit: tokens.")
    max_running_requests: Count | None = Field(default=None, description="Most requests at a time. Unit: requests.")
    kv_cache_dtype: Literal["auto", "fp8-e4-m3", "fp8-e5-m2", "fp8_e4m3", "fp8_e5m2"] | None = Field(
        default=None,
        description="Type of the key-value cache. The engine's spellings auto, fp8_e4m3 and fp8_e5m2 are "
        "accepted too. Absent: auto.",
    )


class HfServeContainer(BaseContainer):
    """The vendor's transformers server."""


class CredentialsRef(ApiModel):
    """A Secret with the registry's credentials."""

    name: ObjectName = Field(
        description="Secret in the endpoint's namespace with the keys username and password, or of type "
        "kubernetes.io/dockerconfigjson with one registry. Source: you."
    )


class CustomContainer(BaseContainer):
    """A container of the user's own."""

    credentials_secret_ref: CredentialsRef | None = Field(
        default=None,
        description="Credentials of a private registry, sent as credentials. Absent: it is public. Source: you.",
    )
    retired: ClassVar[tuple[Retired, ...]] = (
        *BaseContainer.retired,
        Retired(
            "credentials",
            {"type": "object", "x-kubernetes-preserve-unknown-fields": True},
            "a password has no place in a manifest; put username and password in a Secret and name it in "
            "credentialsSecretRef",
        ),
    )


class ModelImage(ApiModel):
    """The container that serves the model: exactly one of the twelve."""

    huggingface: HuggingFaceContainer | None = Field(default=None, description="The vendor's default container.")
    huggingface_neuron: HuggingFaceNeuronContainer | None = Field(
        default=None, description="The vendor's container for AWS Inferentia."
    )
    tgi: TgiContainer | None = Field(default=None, description="Text Generation Inference.")
    tgi_neuron: TgiNeuronContainer | None = Field(
        default=None, description="Text Generation Inference for AWS Inferentia."
    )
    tei: TeiContainer | None = Field(default=None, description="Text Embeddings Inference.")
    llamacpp: LlamacppContainer | None = Field(default=None, description="llama.cpp, for GGUF files.")
    vllm: VllmContainer | None = Field(default=None, alias="vLLM", description="vLLM.")
    vllm_omni: VllmOmniContainer | None = Field(default=None, alias="vLLMOmni", description="vLLM-Omni.")
    vllm_neuron: VllmNeuronContainer | None = Field(
        default=None, alias="vLLMNeuron", description="vLLM for AWS Inferentia."
    )
    sglang: SglangContainer | None = Field(default=None, alias="sGLang", description="SGLang.")
    hf_serve: HfServeContainer | None = Field(default=None, description="The vendor's transformers server.")
    custom: CustomContainer | None = Field(default=None, description="A container of your own.")
    rules: ClassVar[tuple[Cel, ...]] = (
        Cel(
            f"[{', '.join(f'has(self.{key})' for key in IMAGE_KEYS)}].filter(present, present).size() == 1",
            f"image needs exactly one container: keep one key of {', '.join(IMAGE_KEYS)}",
        ),
    )
