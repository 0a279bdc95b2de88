"""The `huggingFace` block of an InferenceEndpoint: the vendor's fields by its names, secrets by reference."""

from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from inference_operator.api.base import ApiModel
from inference_operator.api.markers import Atomic, Cel, Retired
from inference_operator.api.names import MARKER_PREFIX
from inference_operator.api.scalars import Count, Label, ObjectName, Port, PositiveCount, SecretKey
from inference_operator.providers.huggingface.spec_images import ModelImage

EndpointType = Literal["public", "authenticated", "private", "protected"]
Accelerator = Literal["cpu", "gpu", "neuron", "zero_gpu"]
Framework = Literal["custom", "pytorch", "llamacpp"]
Task = Literal[
    "custom",
    "any-to-any",
    "audio-classification",
    "automatic-speech-recognition",
    "feature-extraction",
    "fill-mask",
    "image-classification",
    "image-segmentation",
    "image-text-to-text",
    "object-detection",
    "question-answering",
    "sentence-embeddings",
    "sentence-ranking",
    "sentence-similarity",
    "summarization",
    "table-question-answering",
    "text-classification",
    "text-generation",
    "text-ranking",
    "text-to-image",
    "token-classification",
    "translation",
    "zero-shot-classification",
]
EnvValue = Annotated[str, Field(max_length=32768)]
EnvMap = Annotated[dict[str, EnvValue], Atomic(), Field(max_length=256)]
Argument = Annotated[str, Field(max_length=8192)]
Arguments = Annotated[list[Argument], Atomic(), Field(max_length=256)]

RESERVED_LLAMACPP = (
    "LLAMA_ARG_MODEL",
    "LLAMA_ARG_HTTP_THREADS",
    "LLAMA_ARG_N_GPU_LAYERS",
    "LLAMA_ARG_EMBEDDINGS",
    "LLAMA_ARG_HOST",
    "LLAMA_ARG_PORT",
    "LLAMA_ARG_NO_MMAP",
    "LLAMA_ARG_CTX_SIZE",
    "LLAMA_ARG_N_PARALLEL",
    "LLAMA_ARG_ENDPOINT_METRICS",
)
"""Environment variables that the vendor sets itself in a llama.cpp container (its llama.cpp guide)."""

_CIDR = Cel(
    "self.matches('^[0-9a-fA-F:.]+/[0-9]{1,3}$')",
    "cidrList takes networks: write the address with its prefix length, such as 10.0.0.0/8 or 192.0.2.7/32",
)
_TAG = Cel(
    f"!self.lowerAscii().startsWith('{MARKER_PREFIX}')",
    f"tags must not begin with {MARKER_PREFIX}, which marks what the operator owns: choose another tag",
)

_STRING: dict[str, Any] = {"type": "string", "maxLength": 256}
_ANY_OBJECT: dict[str, Any] = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}


class Provider(ApiModel):
    """The cloud that the endpoint runs in."""

    vendor: Label = Field(description="Cloud vendor, such as aws, azure or gcp.")
    region: Label = Field(description="Region of the vendor, such as us-east-1.")


class Measure(ApiModel):
    """What the autoscaler looks at: one of the two."""

    hardware_usage: Annotated[float, Field(gt=0, le=100)] | None = Field(
        default=None, description="Use of the accelerator, or of the CPU, that adds a replica. Unit: percent."
    )
    pending_requests: Annotated[float, Field(gt=0, le=1_000_000)] | None = Field(
        default=None, description="Requests in flight that add a replica. Unit: requests per replica."
    )
    rules: ClassVar[tuple[Cel, ...]] = (
        Cel(
            "has(self.hardwareUsage) != has(self.pendingRequests)",
            "measure needs exactly one of hardwareUsage (percent) and pendingRequests (per replica): keep one",
        ),
    )


class Scaling(ApiModel):
    """How many replicas there may be."""

    min_replica: Count = Field(description="Fewest replicas; 0 lets it scale to zero. Unit: replicas.")
    max_replica: PositiveCount = Field(description="Most replicas. Unit: replicas.")
    scale_to_zero_timeout: PositiveCount | None = Field(
        default=None,
        description="Idle time before it scales to zero, only with minReplica 0. Unit: minutes. Absent: the "
        "provider's choice (15) with minReplica 0.",
    )
    measure: Annotated[Measure, Atomic()] | None = Field(
        default=None, description="What the autoscaler looks at. Absent: the provider's choice."
    )
    rules: ClassVar[tuple[Cel, ...]] = (
        Cel(
            "self.minReplica <= self.maxReplica",
            "minReplica must not exceed maxReplica: lower minReplica or raise maxReplica",
            ".minReplica",
        ),
        Cel(
            "!has(self.scaleToZeroTimeout) || self.minReplica == 0",
            "scaleToZeroTimeout works only with minReplica 0: set minReplica to 0 or remove scaleToZeroTimeout",
            ".scaleToZeroTimeout",
        ),
    )
    retired: ClassVar[tuple[Retired, ...]] = (
        Retired("metric", _STRING, "write measure with hardwareUsage or pendingRequests"),
        Retired("threshold", {"type": "number"}, "write it as the value in measure: {hardwareUsage: 80}"),
    )


class Compute(ApiModel):
    """The hardware of a replica, and how many replicas; `inference-operator hardware` lists what there is."""

    accelerator: Accelerator = Field(description="Kind of accelerator.")
    instance_type: Label = Field(description="Hardware, such as nvidia-l4 or intel-spr.")
    instance_size: Label = Field(description="How much of it a replica has, such as x1.")
    scaling: Scaling = Field(description="How many replicas there may be.")
    retired: ClassVar[tuple[Retired, ...]] = (
        Retired(
            "id",
            _STRING,
            "the provider ignores it; remove it (instanceType and instanceSize choose the hardware, and "
            "status.effective.computeID shows its id)",
        ),
    )


class SecretKeyRef(ApiModel):
    """One key of a Secret in the endpoint's namespace."""

    name: ObjectName = Field(description="Name of the Secret. Source: you.")
    key: SecretKey = Field(description="Key in the Secret. Source: you.")


class SecretSource(ApiModel):
    """Where a secret environment variable's value comes from."""

    secret_key_ref: SecretKeyRef = Field(description="The Secret and its key. Source: you.")


_LLAMACPP = "has(self.image) && has(self.image.llamacpp)"


def _reserved(field: str) -> Cel:
    names = ", ".join(f"'{name}'" for name in RESERVED_LLAMACPP)
    return Cel(
        f"!({_LLAMACPP}) || !has(self.{field}) || ![{names}].exists(reserved, reserved in self.{field})",
        f"{field} must not set what the provider sets itself with image.llamacpp: remove "
        f"{', '.join(RESERVED_LLAMACPP)} (modelPath, ctxSize, nParallel, nGpuLayers, threadsHttp, mode and "
        "port of image.llamacpp are the settings)",
        f".{field}",
        "FieldValueForbidden",
    )


class Model(ApiModel):
    """What is served, and by which container."""

    repository: Annotated[str, Field(min_length=1, max_length=256)] = Field(
        description="Repository on the Hugging Face Hub, such as org/model."
    )
    revision: Annotated[str, Field(min_length=1, max_length=256)] | None = Field(
        default=None,
        description="Branch, tag or commit. Absent: the latest commit of main when it is created.",
    )
    task: Task | None = Field(default=None, description="What the model does. Absent: as the repository says.")
    framework: Framework | None = Field(
        default=None, description="Framework. Absent: llamacpp with that image, else pytorch."
    )
    image: Annotated[ModelImage, Atomic()] | None = Field(
        default=None,
        description="The container that serves the model. Absent: {huggingface: {}}. Sent whole.",
    )
    env: EnvMap | None = Field(default=None, description="Environment variables. Sent whole; {} removes all.")
    secrets: Annotated[dict[str, SecretSource], Atomic(), Field(max_length=256)] | None = Field(
        default=None,
        description="Secret environment variables, each from a Secret in the endpoint's namespace. Sent "
        "whole; {} removes all.",
    )
    args: Arguments | None = Field(default=None, description="Arguments of the container. Sent whole; [] removes all.")
    command: Arguments | None = Field(
        default=None, description="Command instead of the container's own. Sent whole; [] removes it."
    )
    rules: ClassVar[tuple[Cel, ...]] = (
        Cel(
            f"!({_LLAMACPP}) || !has(self.framework) || self.framework == 'llamacpp'",
            "framework must be llamacpp with image.llamacpp: set framework to llamacpp, or leave it out",
            ".framework",
        ),
        Cel(
            f"!has(self.framework) || self.framework != 'llamacpp' || ({_LLAMACPP})",
            "framework llamacpp needs image.llamacpp: give image.llamacpp with url and modelPath, or another framework",
            ".framework",
        ),
        _reserved("env"),
        _reserved("secrets"),
    )


class Route(ApiModel):
    """An address of your own."""

    domain: Annotated[str, Field(min_length=1, max_length=253)] = Field(
        description="Domain, which must be registered at the provider first."
    )
    path: Annotated[str, Field(max_length=512, pattern="^/")] = Field(description="Path on it, from /.")


class PrivateService(ApiModel):
    """AWS PrivateLink."""

    account_id: Annotated[str, Field(max_length=12, pattern="^[0-9]{12}$")] = Field(
        description="AWS account that may connect: 12 digits, quoted."
    )
    region: Literal["us-east-1", "eu-west-1"] | None = Field(
        default=None, description="Region of the service. Absent: provider.region."
    )
    shared: bool | None = Field(
        default=None, description="Whether endpoints share one service. Absent: the provider's choice."
    )


class Network(ApiModel):
    """Which addresses may call it."""

    cidr_block: bool | None = Field(
        default=None, description="Whether calls are limited to cidrList. Absent: the provider's choice."
    )
    cidr_list: Annotated[list[Annotated[str, Field(max_length=64), _CIDR]], Atomic(), Field(max_length=256)] | None = (
        Field(default=None, description="Networks that may call it, such as 10.0.0.0/8. Sent whole.")
    )


class Notifications(ApiModel):
    """How the provider tells the owner about the endpoint."""

    email: bool = Field(description="By mail.")
    push: bool = Field(description="By push message.")


class CustomRouter(ApiModel):
    """A router of your own beside the endpoint; {} removes it."""

    tag: Annotated[str, Field(max_length=256)] | None = Field(
        default=None, description="Version of the router. Absent: there is none."
    )
    env: EnvMap | None = Field(default=None, description="Environment variables of the router. Sent whole.")
    port: Port | None = Field(
        default=None, description="HTTP port. Unit: TCP port. Absent: the provider's choice (3000)."
    )
    grpc_port: Port | None = Field(
        default=None,
        description="gRPC port, with protocol extProc. Unit: TCP port. Absent: the provider's choice (9002).",
    )
    protocol: Literal["http", "extProc"] | None = Field(
        default=None, description="How the router is asked. Absent: the provider's choice (http)."
    )


class McpLoadBalancer(ApiModel):
    """Load balancing for the Model Context Protocol."""

    stateful: bool | None = Field(default=None, description="Keep a session on its replica.")


class ExperimentalFeatures(ApiModel):
    """What the provider may change without notice."""

    cache_http_responses: bool | None = Field(default=None, description="Cache answers.")
    load_balancer: Literal["random", "sticky", "least_connections"] | None = Field(
        default=None, description="How a replica is chosen. Absent: the provider's choice (random)."
    )
    mcp_lb: McpLoadBalancer | None = Field(default=None, description="Load balancing for MCP servers.")
    skip_repo_download: bool | None = Field(
        default=None, description="Don't download the repository before the container starts."
    )
    retired: ClassVar[tuple[Retired, ...]] = (
        Retired("kv_router", _ANY_OBJECT, "write customRouter: {tag: ...} beside experimentalFeatures"),
        Retired("kvRouter", _ANY_OBJECT, "write customRouter: {tag: ...} beside experimentalFeatures"),
    )


class HuggingFaceEndpoint(ApiModel):
    """One endpoint of Hugging Face Inference Endpoints."""

    name: Annotated[str, Field(max_length=32, pattern="^[a-z0-9]([a-z0-9-]*[a-z0-9])?$")] | None = Field(
        default=None,
        description="Name at the provider: up to 32 of a-z, 0-9 and hyphens inside. Absent: metadata.name. "
        "Fixed once the remote endpoint exists.",
    )
    type: EndpointType = Field(
        description="Who may call it. public: anyone; authenticated: anyone with a Hugging Face token; "
        "private: you or your organization. protected, the older word, is accepted and sent as authenticated."
    )
    provider: Provider = Field(description="The cloud it runs in. Fixed once the remote endpoint exists.")
    compute: Compute = Field(description="The hardware of one replica, and how many there may be.")
    model: Model = Field(description="What is served, and by which container.")
    tags: (
        Annotated[list[Annotated[str, Field(min_length=1, max_length=128), _TAG]], Atomic(), Field(max_length=64)]
        | None
    ) = Field(default=None, description="Tags at the provider. Sent whole, with the operator's own.")
    route: Annotated[Route, Atomic()] | None = Field(default=None, description="An address of your own.")
    private_service: PrivateService | None = Field(
        default=None, description="AWS PrivateLink. Fixed once the remote endpoint exists."
    )
    network: Annotated[Network, Atomic()] | None = Field(default=None, description="Which addresses may call it.")
    notifications: Annotated[Notifications, Atomic()] | None = Field(
        default=None, description="How the provider tells the owner about the endpoint."
    )
    custom_router: Annotated[CustomRouter, Atomic()] | None = Field(
        default=None, description="A router of your own beside the endpoint; {} removes it."
    )
    experimental_features: ExperimentalFeatures | None = Field(
        default=None, description="What the provider may change without notice."
    )
    cache_http_responses: bool | None = Field(
        default=None,
        description="Cache answers. Sent at creation only and never shown by the provider, so never "
        "compared. Fixed once the remote endpoint exists.",
    )
    rules: ClassVar[tuple[Cel, ...]] = (
        Cel(
            "!has(self.privateService) || has(self.privateService.region) || "
            "self.provider.region in ['us-east-1', 'eu-west-1']",
            "privateService needs a region of its own here, as the provider offers it in us-east-1 and eu-west-1 only: "
            "give privateService.region",
            ".privateService",
        ),
    )
    retired: ClassVar[tuple[Retired, ...]] = (
        Retired("accountId", _STRING, "the account says who owns the endpoint: its huggingFace.namespace"),
        Retired("namespace", _STRING, "the account says who owns the endpoint: its huggingFace.namespace"),
        Retired("cloud_provider", _ANY_OBJECT, "write provider: {vendor: aws, region: us-east-1}"),
        Retired("cache_http_responses", {"type": "boolean"}, "write cacheHttpResponses"),
        Retired("experimental_features", _ANY_OBJECT, "write experimentalFeatures"),
        Retired("private_service", _ANY_OBJECT, "write privateService: {accountId: ..., region: ...}"),
    )
