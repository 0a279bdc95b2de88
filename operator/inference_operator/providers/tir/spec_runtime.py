"""Parts of the `tir` block that say how a replica runs: probes, environment, autoscaling, storage."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from inference_operator.api.base import ApiModel
from inference_operator.api.markers import Atomic, Cel
from inference_operator.api.scalars import Count, ObjectName, Port, PositiveCount, SecretKey

RESERVED_ENV = "INFERENCE_OPERATOR_"
"""Environment variables that begin with it are the operator's own."""

RemoteId = Annotated[str, Field(max_length=18, pattern="^[1-9][0-9]*$")]
"""An id at the provider: a number there, quoted here, as the Terraform resource has it."""
FilePath = Annotated[str, Field(max_length=1024)]
HttpPath = Annotated[str, Field(max_length=1024, pattern="^/")]

_NAME = Cel(
    f"!self.startsWith('{RESERVED_ENV}')",
    f"environment variables that begin with {RESERVED_ENV} are the operator's own: choose another name",
)


class HttpGet(ApiModel):
    """Ask a path."""

    path: HttpPath | None = Field(default=None, description="Path, from /. Absent: /.")
    port: Port = Field(description="Port that is asked. Unit: TCP port.")


class TcpSocket(ApiModel):
    """Open a connection."""

    port: Port = Field(description="Port that is opened. Unit: TCP port.")


class Grpc(ApiModel):
    """Ask by the gRPC health protocol."""

    port: Port = Field(description="Port that is asked. Unit: TCP port.")
    service: Annotated[str, Field(max_length=256)] | None = Field(
        default=None, description="Service that is asked about. Absent: the whole server."
    )


class Exec(ApiModel):
    """Run a command in the container."""

    command: Annotated[list[Annotated[str, Field(max_length=1024)]], Atomic(), Field(min_length=1, max_length=64)] = (
        Field(description="Command with its arguments; 0 is success.")
    )


class Probe(ApiModel):
    """How a replica is asked whether it is well."""

    enabled: bool = Field(description="Whether it is asked (is_readiness_probe_enabled, is_liveness_probe_enabled).")
    http_get: HttpGet | None = Field(default=None, description="Ask a path; protocol http.")
    tcp_socket: TcpSocket | None = Field(default=None, description="Open a connection; protocol tcp.")
    grpc: Grpc | None = Field(default=None, description="Ask by gRPC; protocol grpc.")
    exec: Exec | None = Field(default=None, description="Run a command; protocol exec.")
    initial_delay_seconds: Count | None = Field(
        default=None, description="Wait before it is asked first. Unit: seconds. Absent: 10."
    )
    period_seconds: PositiveCount | None = Field(
        default=None, description="How often it is asked. Unit: seconds. Absent: 10."
    )
    timeout_seconds: PositiveCount | None = Field(
        default=None, description="How long an answer may take. Unit: seconds. Absent: 10."
    )
    success_threshold: PositiveCount | None = Field(
        default=None, description="Answers in a row that make it well. Unit: answers. Absent: 1."
    )
    failure_threshold: PositiveCount | None = Field(
        default=None, description="Failures in a row that make it unwell. Unit: failures. Absent: 3."
    )
    rules: ClassVar[tuple[Cel, ...]] = (
        Cel(
            "(has(self.httpGet) ? 1 : 0) + (has(self.tcpSocket) ? 1 : 0) + (has(self.grpc) ? 1 : 0) + "
            "(has(self.exec) ? 1 : 0) <= 1",
            "a probe asks in one way: keep one of httpGet, tcpSocket, grpc and exec",
        ),
    )


class Rule(ApiModel):
    """What makes the autoscaler add a replica."""

    metric: Annotated[str, Field(min_length=1, max_length=63)] = Field(
        description="What is looked at: concurrency, requestRate, cpu, or custom."
    )
    custom_metric_name: Annotated[str, Field(min_length=1, max_length=256)] | None = Field(
        default=None, description="Name of the metric, with metric custom."
    )
    condition_type: Literal["limit"] | None = Field(
        default=None, description="How the value is meant. Absent: limit, the only one."
    )
    value: Count | None = Field(
        default=None, description="Value above which one is added. Unit: as the metric's. Absent: 10."
    )
    watch_seconds: PositiveCount | None = Field(
        default=None, description="How long it is looked at (watch_period). Unit: seconds. Absent: 60."
    )
    granularity: PositiveCount | None = Field(
        default=None, description="How finely the metric is collected. Unit: seconds. Absent: 1."
    )
    window_seconds: PositiveCount | None = Field(
        default=None, description="Span that is averaged (window). Unit: seconds. Absent: 1."
    )
    rules: ClassVar[tuple[Cel, ...]] = (
        Cel(
            "(self.metric == 'custom') == has(self.customMetricName)",
            "customMetricName names a metric of your own: give it with metric custom, and leave it out with any other",
            ".customMetricName",
        ),
    )


class Autoscaling(ApiModel):
    """Whether the provider chooses the number of replicas, and within which bounds."""

    enabled: bool = Field(description="Whether it does (is_auto_scale_enabled); while it does, replicas is not used.")
    min_replicas: Count | None = Field(
        default=None, description="Fewest replicas; 0 lets it go to rest without requests. Unit: replicas."
    )
    max_replicas: PositiveCount | None = Field(default=None, description="Most replicas. Unit: replicas.")
    stability_seconds: Count | None = Field(
        default=None, description="Wait between two changes (stability_period). Unit: seconds. Absent: 300."
    )
    scale_rules: Annotated[list[Rule], Atomic(), Field(max_length=16)] | None = Field(
        default=None, alias="rules", description="What makes it add a replica. Sent whole."
    )
    rules: ClassVar[tuple[Cel, ...]] = (
        Cel(
            "!self.enabled || (has(self.minReplicas) && has(self.maxReplicas))",
            "autoscaling needs its bounds: give minReplicas and maxReplicas, or set enabled to false",
            ".enabled",
        ),
        Cel(
            "!has(self.minReplicas) || !has(self.maxReplicas) || self.minReplicas <= self.maxReplicas",
            "minReplicas must not exceed maxReplicas: lower minReplicas or raise maxReplicas",
            ".minReplicas",
        ),
    )


class SharedFileSystem(ApiModel):
    """A file system that several endpoints share."""

    id: RemoteId = Field(description="Id at the provider: digits, quoted (sfs_id).")
    path: FilePath | None = Field(
        default=None, description="Where it is in the container (sfs_path). Absent: /shared/.cache."
    )


class Storage(ApiModel):
    """Where models and caches are kept."""

    type: Annotated[str, Field(min_length=1, max_length=63)] | None = Field(
        default=None, description="Kind of storage (storage_type). Absent: disk."
    )
    size_gb: PositiveCount | None = Field(
        default=None, alias="sizeGB", description="Size of the disk (disk_size). Unit: GB. Absent: 100."
    )
    mount_path: FilePath | None = Field(
        default=None, description="Where the disk is in the container (mount_path). Absent: nowhere."
    )
    model_path: FilePath | None = Field(
        default=None, description="Where the model is loaded to (disk_path). Absent: /mnt/models."
    )
    shared_file_system: SharedFileSystem | None = Field(
        default=None, description="A file system that several endpoints share. Absent: none."
    )


class SecretKeyRef(ApiModel):
    """One key of a Secret in the endpoint's namespace."""

    name: ObjectName = Field(description="Name of the Secret. Source: you.")
    key: SecretKey = Field(description="Key in the Secret. Source: you.")


class ValueSource(ApiModel):
    """Where the value of a variable comes from."""

    secret_key_ref: SecretKeyRef = Field(description="The Secret and its key. Source: you.")


class Disabled(ApiModel):
    """What of a variable can't be edited at the provider's portal."""

    key: bool | None = Field(default=None, description="Whether its name can't. Absent: false.")
    value: bool | None = Field(default=None, description="Whether its value can't. Absent: false.")


class EnvVariable(ApiModel):
    """One environment variable. A value from a Secret is readable for whoever may read the endpoint at the provider."""

    name: Annotated[str, Field(max_length=253, pattern=r"^[-._a-zA-Z][-._a-zA-Z0-9]*$"), _NAME] = Field(
        description="Name of the variable (key)."
    )
    value: Annotated[str, Field(max_length=32768)] | None = Field(default=None, description="Value, in clear.")
    value_from: ValueSource | None = Field(default=None, description="Value from a Secret, instead of value.")
    required: bool | None = Field(default=None, description="Whether the portal shows it as required. Absent: false.")
    disabled: Disabled | None = Field(default=None, description="What can't be edited at the portal. Absent: nothing.")
    rules: ClassVar[tuple[Cel, ...]] = (
        Cel(
            "has(self.value) != has(self.valueFrom)",
            "an environment variable needs one value: give value, or valueFrom with a secretKeyRef",
            ".value",
        ),
    )


Environment = Annotated[
    list[EnvVariable],
    Atomic(),
    Field(max_length=64),
    Cel(
        "self.all(one, self.exists_one(other, other.name == one.name))",
        "each environment variable is given once: remove the second one of the same name",
    ),
]
