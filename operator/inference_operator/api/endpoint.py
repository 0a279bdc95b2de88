"""Spec of InferenceEndpoint, the provider's block apart.

An absent policy is the account's, and without one there that of `core.snapshot.Policy`.
"""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from inference_operator.api.base import ApiModel
from inference_operator.api.markers import Atomic, Cel
from inference_operator.api.registry import WithProviderBlock
from inference_operator.api.scalars import Count, DeletionTimeout, ObjectName

PowerState = Literal["running", "paused", "scaledToZero"]
Mode = Literal["Manage", "Observe"]
AdoptionPolicy = Literal["Never", "IfUnowned", "Always"]
DeletionPolicy = Literal["Delete", "Orphan", "Pause", "ScaleToZero"]
AccountKind = Literal["InferenceAccount", "ClusterInferenceAccount"]


class AccountRef(ApiModel):
    """Which account an endpoint belongs to."""

    name: ObjectName = Field(description="Name of the account.")
    kind: AccountKind | None = Field(
        default=None,
        description="Kind of the account. Absent: InferenceAccount, in the endpoint's namespace.",
    )


class Readiness(ApiModel):
    """How it is decided that an endpoint serves."""

    probe: bool | None = Field(
        default=None,
        description="Also ask the health route while a version first becomes running. Never asked at rest "
        "nor when scaled to zero, as that would wake the endpoint and bill it. Absent: false.",
    )


class ConnectionTarget(ApiModel):
    """Where the connection is written for workloads to read."""

    config_map_name: ObjectName = Field(
        description="ConfigMap in the endpoint's namespace, made by the operator, with the keys url, "
        "openaiBaseURL, name, model and provider; never a token. An existing one of another owner is not "
        "touched.",
    )


class EndpointSpec(WithProviderBlock):
    """What a user declares about one endpoint. Exactly one provider block stands beside these fields."""

    account_ref: AccountRef | None = Field(
        default=None,
        description="The account that pays and holds the token. Absent: InferenceAccount `default` in this "
        "namespace, then ClusterInferenceAccount `default`. Fixed once the remote endpoint exists.",
    )
    state: PowerState | None = Field(
        default=None,
        description="Power state to bring about, once per change. `running` means not paused: an endpoint "
        "that idles to zero satisfies it. Absent: the power state is not managed.",
    )
    replicas: Count | None = Field(
        default=None,
        description="Target of the scale subresource (`kubectl scale`, HPA, KEDA): the effective "
        "minReplica, with maxReplica raised if lower; 0 scales to zero and needs scaleToZeroTimeout. Unit: "
        "replicas. Absent: the provider block's bounds hold.",
    )
    mode: Mode | None = Field(
        default=None,
        description="Manage, or Observe: show the remote endpoint, never write to it and hold no finalizer. "
        "Absent: the account's default, else Manage.",
    )
    adoption_policy: AdoptionPolicy | None = Field(
        default=None,
        description="What to do when the remote name already exists. Never: refuse. IfUnowned: take one "
        "that carries no operator's marker. Always: also from another cluster. Absent: the account's "
        "default, else Never.",
    )
    deletion_policy: DeletionPolicy | None = Field(
        default=None,
        description="What becomes of the remote endpoint when this resource is deleted. Delete: it is "
        "deleted. Orphan: left as it is. Pause, ScaleToZero: brought to rest and left. Absent: the "
        "account's default, else Delete.",
    )
    deletion_protection: bool | None = Field(
        default=None,
        description="While true, deleting this resource or its namespace is refused. Absent: false.",
    )
    deletion_timeout: DeletionTimeout | None = Field(
        default=None,
        description="How long deletion of the remote is tried before the endpoint is released and recorded "
        "as an orphan. Unit: duration with unit, 1s to 8760h. Absent: 24h.",
    )
    ignore_drift: Annotated[list[Annotated[str, Field(max_length=128)]], Atomic(), Field(max_length=64)] | None = Field(
        default=None,
        description="Fields whose remote value is left alone when it differs: JSON pointers into the "
        "provider block. Each is a single field, or one that is sent whole (such as /model/env), never a "
        "part of it.",
    )
    readiness: Readiness | None = Field(default=None, description="How it is decided that the endpoint serves.")
    write_connection_to: ConnectionTarget | None = Field(
        default=None, description="Where URL and names are written for workloads to read. Absent: nowhere."
    )
    rules: ClassVar[tuple[Cel, ...]] = (
        Cel(
            "!has(self.state) || !has(self.replicas) || self.state != 'running' || self.replicas > 0",
            "state running contradicts replicas 0: raise replicas, or set state to scaledToZero or paused",
            ".state",
        ),
        Cel(
            "!has(self.state) || !has(self.replicas) || self.state != 'scaledToZero' || self.replicas == 0",
            "state scaledToZero contradicts replicas above 0: set replicas to 0, remove replicas, or set "
            "state to running",
            ".state",
        ),
    )
