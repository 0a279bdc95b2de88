"""The image union of a request: the 12 variants with the fields that the vendor reads in each.

Unknown fields inside a variant are dropped without a word, as the vendor does; an unknown variant is refused.
"""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic.alias_generators import to_camel
from pydantic_core import PydanticCustomError

UInt32 = Annotated[int, Field(ge=0, le=2**31 - 1)]


class Wire(BaseModel):
    """Base of everything read off the wire: no coercion, unknown fields ignored, camelCase.

    A field that may be absent but not null is typed without None and has the default None, which pydantic
    does not check; documents are dumped without unset fields.
    """

    model_config = ConfigDict(strict=True, extra="ignore", alias_generator=to_camel, allow_inf_nan=False)


class BaseContainer(Wire):
    """What all but the managed images have."""

    url: str
    health_route: str | None = None
    port: UInt32 | None = None


class Huggingface(Wire):
    """The managed image: no fields."""


class HuggingfaceNeuron(Wire):
    """The managed image on AWS Inferentia."""

    batch_size: UInt32 | None = None
    sequence_length: UInt32 | None = None
    neuron_cache: str = Field(default=None)  # type: ignore[assignment]  # absent, but never null


class _TokenLimits(BaseContainer):
    max_batch_prefill_tokens: UInt32 | None = None
    max_batch_total_tokens: UInt32 | None = None
    max_input_length: UInt32 | None = None
    max_total_tokens: UInt32 | None = None


class Tgi(_TokenLimits):
    """Text Generation Inference."""

    disable_custom_kernels: bool = True
    quantize: Literal["awq", "bitsandbytes", "eetq", "gptq"] | None = None


class TgiNeuron(_TokenLimits):
    """Text Generation Inference on AWS Inferentia."""

    hf_auto_cast_type: Literal["bf16", "fp16"] | None = None
    hf_num_cores: UInt32 | None = None


class Tei(BaseContainer):
    """Text Embeddings Inference."""

    max_batch_tokens: UInt32 | None = None
    max_concurrent_requests: UInt32 | None = None
    pooling: Literal["mean", "cls"] | None = None


class Llamacpp(BaseContainer):
    """llama.cpp."""

    model_path: str
    ctx_size: UInt32 | None = None
    n_parallel: UInt32 | None = None
    n_gpu_layers: UInt32 | None = None
    threads_http: UInt32 | None = None
    mmproj_model_path: str | None = None
    spec_model_path: str | None = None
    mode: Literal["embeddings", "reranking"] | None = None
    pooling: Literal["mean", "cls", "last", "rank"] | None = None
    variant: str | None = None


class VLLM(BaseContainer):
    """vLLM."""

    tensor_parallel_size: UInt32 | None = None
    data_parallel_size: UInt32 | None = None
    max_num_seqs: UInt32 | None = None
    max_num_batched_tokens: UInt32 | None = None
    kv_cache_dtype: Literal["fp8", "fp8-e4-m3", "fp8-e5-m2"] | None = None


class VLLMOmni(BaseContainer):
    """vLLM-Omni."""

    deploy_config: str | None = None
    max_num_seqs: UInt32 | None = None


class SGLang(BaseContainer):
    """SGLang."""

    tensor_parallel_size: UInt32 | None = None
    chunked_prefill_size: UInt32 | None = None
    max_prefill_tokens: UInt32 | None = None
    max_running_requests: UInt32 | None = None
    kv_cache_dtype: Literal["fp8-e4-m3", "fp8-e5-m2"] | None = None


class Credentials(Wire):
    """Login of a private registry; both keys must be there."""

    username: str
    password: str | None


class Custom(BaseContainer):
    """Any container."""

    credentials: Credentials | None = None


def _variant(key: str) -> Any:
    return Field(default=None, alias=key)


class ModelImage(Wire):
    """Exactly one variant, under the vendor's spelling of its name."""

    huggingface: Huggingface = _variant("huggingface")
    huggingface_neuron: HuggingfaceNeuron = _variant("huggingfaceNeuron")
    tgi: Tgi = _variant("tgi")
    tgi_neuron: TgiNeuron = _variant("tgiNeuron")
    tei: Tei = _variant("tei")
    llamacpp: Llamacpp = _variant("llamacpp")
    vllm: VLLM = _variant("vLLM")
    vllm_omni: VLLMOmni = _variant("vLLMOmni")
    vllm_neuron: BaseContainer = _variant("vLLMNeuron")
    sglang: SGLang = _variant("sGLang")
    hf_serve: BaseContainer = _variant("hfServe")
    custom: Custom = _variant("custom")

    @model_validator(mode="before")
    @classmethod
    def _one_known_variant(cls, value: Any) -> Any:
        if not isinstance(value, dict):
            return value
        known = [str(field.alias) for field in cls.model_fields.values()]
        for key in value:
            if key not in known:
                raise PydanticCustomError(
                    "unknown_variant",
                    "unknown variant `{key}`, expected one of {known}",
                    {"key": key, "known": ", ".join(f"`{name}`" for name in known)},
                )
        if len(value) != 1:
            raise PydanticCustomError("one_variant", "expected value with a single key")
        return value
