"""The `tir` block of an InferenceEndpoint: every argument of the vendor's Terraform resource, secrets by reference."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from inference_operator.api.base import ApiModel
from inference_operator.api.markers import Atomic, Cel
from inference_operator.api.scalars import Count, Label, PositiveCount, Timestamp
from inference_operator.providers.tir.spec_runtime import (
    Autoscaling,
    Environment,
    FilePath,
    Probe,
    RemoteId,
    Storage,
)

NAME_PATTERN = "^[a-z0-9]+(-[a-z0-9]+)*$"
"""The portal's rule for names: lower-case letters, digits, and single hyphens inside."""
LONGEST_NAME = 50

Argument = Annotated[str, Field(max_length=8192)]
Arguments = Annotated[list[Argument], Atomic(), Field(max_length=256)]
_CUSTOM = "self.framework in ['custom', 'CUSTOM']"


class Sku(ApiModel):
    """The hardware of a replica, and how it is paid for; `inference-operator hardware` lists what there is."""

    name: Label = Field(description="Plan, such as C3.2 (sku_name).")
    type: Literal["hourly", "committed"] = Field(description="How it is paid for (sku_type).")


class Commitment(ApiModel):
    """What is committed to, with a plan of type committed."""

    days: PositiveCount = Field(description="How long (committed_days). Unit: days.")
    policy: Literal["auto_renew", "auto_terminate", "convert_to_hourly_billing"] = Field(
        description="What happens at its end (committed_instance_policy)."
    )
    replicas: Count | None = Field(
        default=None, description="Replicas that are committed to (committed_replicas). Unit: replicas. Absent: 0."
    )


class PrivateCloud(ApiModel):
    """Hardware of your own at the provider, instead of a plan."""

    id: RemoteId = Field(description="Id at the provider: digits, quoted (private_cloud_id).")
    custom_sku: Annotated[dict[str, Count], Atomic(), Field(max_length=16)] | None = Field(
        default=None, description="What a replica gets, such as cpu and gpu (custom_sku). Sent whole. Unit: pieces."
    )


class Image(ApiModel):
    """The container."""

    type: Literal["public", "private"] | None = Field(
        default=None, description="Where the image is (container_type). Absent: public."
    )
    name: Annotated[str, Field(min_length=1, max_length=512)] | None = Field(
        default=None,
        description="Image with its tag, with framework custom alone (container_name). Absent: the provider's for the "
        "framework and its version.",
    )
    registry_namespace_id: RemoteId | None = Field(
        default=None,
        alias="registryNamespaceID",
        description="Registry of a private image at the provider: digits, quoted (private_image_details).",
    )
    pull_policy: Literal["Always", "IfNotPresent"] | None = Field(
        default=None, description="When the image is pulled (image_pull_policy). Absent: Always."
    )
    rules: ClassVar[tuple[Cel, ...]] = (
        Cel(
            "(has(self.type) && self.type == 'private') == has(self.registryNamespaceID)",
            "a private image is in a registry of the provider: give type private and registryNamespaceID together",
            ".registryNamespaceID",
        ),
    )


class ServedModel(ApiModel):
    """What is served, and where it is loaded from."""

    id: RemoteId | None = Field(
        default=None, description="Model repository at the provider: digits, quoted (model_id)."
    )
    integration_id: RemoteId | None = Field(
        default=None,
        alias="integrationID",
        description="Integration that opens a private model on the Hub: digits, quoted (model_load_integration_id).",
    )
    path: FilePath | None = Field(
        default=None, description="Path in the model repository (model_path). Absent: its root."
    )
    hugging_face_id: Annotated[str, Field(max_length=256)] | None = Field(
        default=None, alias="huggingFaceID", description="Model on the Hugging Face Hub (hugging_face_id)."
    )
    tokenizer: Annotated[str, Field(max_length=256)] | None = Field(
        default=None, description="Tokenizer on the Hub. Absent: the model's own."
    )
    serve_type: Label | None = Field(
        default=None, description="full-model or peft-model (model_serve_type). Absent: the provider's choice."
    )
    rules: ClassVar[tuple[Cel, ...]] = (
        Cel(
            "!has(self.id) || !has(self.integrationID)",
            "a model is loaded from one place: keep id or integrationID",
            ".integrationID",
        ),
    )


class Logging(ApiModel):
    """What the server logs."""

    error: bool | None = Field(default=None, description="Errors (error_log). Absent: true.")
    warning: bool | None = Field(default=None, description="Warnings (warning_log). Absent: true.")
    info: bool | None = Field(default=None, description="Information (info_log). Absent: true.")
    verbose_level: Count | None = Field(
        default=None, description="How much more (log_verbose_level). Unit: levels. Absent: 1."
    )


class Dataset(ApiModel):
    """Data that is mounted."""

    id: RemoteId = Field(description="Dataset at the provider: digits, quoted (dataset_id).")
    path: FilePath | None = Field(default=None, description="Path in the dataset (dataset_path). Absent: its root.")


class Ports(ApiModel):
    """Which ports of the container are open."""

    service: bool | None = Field(default=None, description="The service's (service_port). Absent: false.")
    metrics: bool | None = Field(default=None, description="The metrics' (metric_port). Absent: false.")


class TirEndpoint(ApiModel):
    """One model endpoint of E2E Networks TIR."""

    name: Annotated[str, Field(max_length=LONGEST_NAME, pattern=NAME_PATTERN)] | None = Field(
        default=None,
        description="Name at the provider: up to 50 of a-z, 0-9 and single hyphens inside. Absent: metadata.name. "
        "Fixed once the remote endpoint exists.",
    )
    framework: Label = Field(
        description="What serves, by the API's name such as vllm, pytorch or custom; the Terraform resource's keys "
        "(VLLM) are accepted and sent as these. Fixed once the remote endpoint exists."
    )
    version: Label | None = Field(
        default=None, description="Version of the framework's server, such as v0.9.0 (server_version)."
    )
    sku: Annotated[Sku, Atomic()] | None = Field(
        default=None, description="The hardware, from the price list. Either this or privateCloud is given."
    )
    commitment: Annotated[Commitment, Atomic()] | None = Field(
        default=None, description="What is committed to, with sku.type committed."
    )
    private_cloud: Annotated[PrivateCloud, Atomic()] | None = Field(
        default=None, description="Hardware of your own at the provider, instead of sku."
    )
    cluster_type: Label | None = Field(default=None, description="Kind of cluster (cluster_type). Absent: tir-cluster.")
    image: Image | None = Field(default=None, description="The container.")
    command: Arguments | None = Field(
        default=None, description="Command instead of the container's own (commands). Sent whole; [] removes it."
    )
    args: Arguments | None = Field(default=None, description="Arguments of the container. Sent whole; [] removes all.")
    model: ServedModel | None = Field(default=None, description="What is served.")
    engine_args: (
        Annotated[dict[str, Annotated[str, Field(max_length=4096)]], Atomic(), Field(max_length=256)] | None
    ) = Field(
        default=None,
        description="Settings of the engine (engine_args): what reads as a number or as true or false is sent as such. "
        "Sent whole; {} removes all.",
    )
    world_size: PositiveCount | None = Field(
        default=None, description="Processes that serve one model together (world_size). Unit: processes. Absent: 1."
    )
    logging: Logging | None = Field(default=None, description="What the server logs.")
    replicas: PositiveCount | None = Field(
        default=None,
        description="How many replicas (replica); spec.replicas wins, and autoscaling makes it unused. Unit: replicas. "
        "Absent: 1.",
    )
    autoscaling: Autoscaling | None = Field(
        default=None,
        description="Whether the provider chooses the number of replicas. Absent: off where replicas is declared, else "
        "not managed.",
    )
    readiness_probe: Annotated[Probe, Atomic()] | None = Field(
        default=None, description="When a replica gets requests. Absent: not managed; not asked at creation."
    )
    liveness_probe: Annotated[Probe, Atomic()] | None = Field(
        default=None, description="When a replica is started anew. Absent: not managed; not asked at creation."
    )
    storage: Storage | None = Field(default=None, description="Where models and caches are kept.")
    dataset: Annotated[Dataset, Atomic()] | None = Field(default=None, description="Data that is mounted.")
    env: Environment | None = Field(
        default=None, description="Environment variables (env_variables). Sent whole; [] removes all."
    )
    ports: Ports | None = Field(default=None, description="Which ports of the container are open.")
    public_ip: bool | None = Field(
        default=None, alias="publicIP", description="Whether it gets a public IP address (public_ip). Absent: false."
    )
    restarted_at: Timestamp | None = Field(
        default=None, description="A new value restarts a running endpoint once, as `kubectl rollout restart` does."
    )
    rules: ClassVar[tuple[Cel, ...]] = (
        Cel(
            "has(self.sku) != has(self.privateCloud)",
            "it needs hardware from one place: give either sku or privateCloud",
            ".sku",
            "FieldValueRequired",
        ),
        Cel(
            "(has(self.sku) && self.sku.type == 'committed') == has(self.commitment)",
            "a committed plan says for how long: give sku.type committed and commitment together",
            ".commitment",
        ),
        Cel(
            f"({_CUSTOM}) == (has(self.image) && has(self.image.name))",
            "image.name is the container of framework custom: give it with that, and leave it out with any other",
            ".image",
        ),
    )
