"""Request bodies as the vendor's schema states them, and the wording of their refusals."""

from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, Field, ValidationError, model_validator
from pydantic_core import ErrorDetails, PydanticCustomError, from_json

from inference_operator.simulator.errors import ApiError
from inference_operator.simulator.huggingface.images import ModelImage, UInt32, Wire

Accelerator = Literal["cpu", "gpu", "neuron", "zero_gpu"]
EndpointType = Literal["public", "authenticated", "private"]
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

NOT_NULL: Any = Field(default=None)
"""Default of a field that may be absent but not null (see `Wire`)."""


class ScalingMeasure(Wire):
    """Exactly one measure; its threshold may be null."""

    hardware_usage: float | None = None
    pending_requests: float | None = None

    @model_validator(mode="before")
    @classmethod
    def _one_measure(cls, value: Any) -> Any:
        if isinstance(value, dict) and (len(value) != 1 or not {"hardwareUsage", "pendingRequests"}.issuperset(value)):
            raise PydanticCustomError("one_measure", "expected exactly one of `hardwareUsage`, `pendingRequests`")
        return value


class Scaling(Wire):
    """Replica bounds; `scale_to_zero_timeout` in minutes."""

    min_replica: UInt32
    max_replica: UInt32
    scale_to_zero_timeout: UInt32 | None = None
    measure: ScalingMeasure | None = None


class ScalingUpdate(Wire):
    """Replica bounds of a PUT."""

    min_replica: UInt32 | None = None
    max_replica: UInt32 | None = None
    scale_to_zero_timeout: UInt32 | None = None
    measure: ScalingMeasure | None = None


class Compute(Wire):
    """Hardware. `id` is read for its type and then ignored."""

    accelerator: Accelerator
    instance_type: str
    instance_size: str
    scaling: Scaling
    id: str | None = Field(default=None, exclude=True)


class ComputeUpdate(Wire):
    """Hardware of a PUT."""

    accelerator: Accelerator | None = None
    instance_type: str | None = None
    instance_size: str | None = None
    scaling: ScalingUpdate | None = None


class Model(Wire):
    """What is served."""

    repository: str
    framework: Framework
    image: ModelImage
    task: Task = NOT_NULL
    revision: str | None = None
    env: dict[str, str] = NOT_NULL
    secrets: dict[str, str | None] = NOT_NULL
    args: list[str] | None = None
    command: list[str] | None = None
    from_catalog: bool | None = None


class ModelUpdate(Wire):
    """What is served, of a PUT; `fromCatalog` can't be changed."""

    repository: str | None = None
    framework: Framework | None = None
    image: ModelImage | None = None
    task: Task | None = None
    revision: str | None = None
    env: dict[str, str] | None = None
    secrets: dict[str, str | None] | None = None
    args: list[str] | None = None
    command: list[str] | None = None


class Provider(Wire):
    """Cloud vendor and region."""

    vendor: str
    region: str


class Route(Wire):
    """A domain registered with the vendor, and the path under it."""

    domain: str
    path: str


class Network(Wire):
    """IP allow-list."""

    cidr_block: bool | None = None
    cidr_list: list[str] | None = None


class PrivateService(Wire):
    """AWS PrivateLink."""

    account_id: str
    region: Literal["us-east-1", "eu-west-1"]
    shared: bool = NOT_NULL


class Notifications(Wire):
    """Whom to tell."""

    email: bool
    push: bool


class CustomRouter(Wire):
    """A router sidecar."""

    tag: str | None = None
    env: dict[str, str] = NOT_NULL
    port: UInt32 | None = None
    grpc_port: UInt32 | None = None
    protocol: Literal["http", "extProc"] = NOT_NULL


class McpLb(Wire):
    """Load balancing of MCP sessions."""

    stateful: bool = NOT_NULL


class ExperimentalFeatures(Wire):
    """Switches that the vendor may take away."""

    cache_http_responses: bool = NOT_NULL
    load_balancer: Literal["random", "sticky", "least_connections"] | None = None
    mcp_lb: McpLb | None = None
    skip_repo_download: bool | None = None


class Endpoint(Wire):
    """Body of a POST."""

    name: str
    type: EndpointType
    provider: Provider
    compute: Compute
    model: Model
    tags: list[str] = NOT_NULL
    route: Route | None = None
    network: Network | None = None
    private_service: PrivateService | None = None
    notifications: Notifications = NOT_NULL
    cache_http_responses: bool = NOT_NULL
    custom_router: CustomRouter | None = None
    experimental_features: ExperimentalFeatures = NOT_NULL


class EndpointUpdate(Wire):
    """Body of a PUT: what is not here can't be changed, and is ignored."""

    type: EndpointType | None = None
    provider: Provider | None = None
    compute: ComputeUpdate | None = None
    model: ModelUpdate | None = None
    tags: list[str] | None = None
    route: Route | None = None
    network: Network | None = None
    notifications: Notifications | None = None
    custom_router: CustomRouter | None = None
    experimental_features: ExperimentalFeatures = NOT_NULL


# RFC 3339, section 5.6; the standard library's parser takes much more.
Timestamp = Annotated[
    str,
    Field(pattern=r"^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)$"),
]


class MetricsParams(Wire):
    """Body of the metrics calls."""

    start: Timestamp
    stop: Timestamp
    replica_id: str | None = None


Body = TypeVar("Body", bound=BaseModel)


def read_json(body: bytes) -> Any:
    """Return the document of a JSON body, or raise ApiError 400."""
    try:
        return from_json(body, allow_inf_nan=False)
    except ValueError as error:
        raise ApiError(400, f"Failed to parse the request body as JSON: {error}") from None


def validated(document: Any, model: type[Body]) -> Body:
    """Return the document as a model; raise ApiError 400 (VALIDATION_FAILED) or 422 (wrong type or value)."""
    try:
        return model.model_validate(document)
    except ValidationError as error:
        raise _refusal(error.errors(include_url=False)[0]) from None


def _refusal(detail: ErrorDetails) -> ApiError:
    location = [str(part) for part in detail["loc"]]
    if detail["type"] == "missing":
        *parent, field = location
        where = f"{'.'.join(parent)}: " if parent else ""
        if parent[:2] == ["model", "image"]:
            return ApiError(400, f"VALIDATION_FAILED: {where}missing field `{field}`")
        return _unprocessable(f"{where}missing field `{field}`")
    return _unprocessable(f"{'.'.join(location)}: {_complaint(detail)}")


def _unprocessable(text: str) -> ApiError:
    return ApiError(422, f"Failed to deserialize the JSON body into the target type: {text}")


def _complaint(detail: ErrorDetails) -> str:
    value = detail["input"]
    if detail["type"] == "literal_error" and isinstance(value, str):
        return f"unknown variant `{value}`, expected one of {detail['ctx']['expected']}".replace("'", "`")
    if detail["type"] in {"unknown_variant", "one_variant", "one_measure"}:
        return detail["msg"]
    # Only the type is told, never the value: a wrong place may hold a secret.
    return f"invalid {'value' if 'than_equal' in detail['type'] else 'type'}: {_json_type(value)}"


def _json_type(value: Any) -> str:
    names = {type(None): "null", bool: "boolean", int: "integer", float: "floating point", str: "string"}
    return names.get(type(value), "sequence" if isinstance(value, list) else "map")
