"""Status of InferenceEndpoint: what the provider says, what was concluded, what must survive a restart."""

from typing import Annotated, Literal

from pydantic import Field

from inference_operator.api.base import ApiModel
from inference_operator.api.condition import Condition
from inference_operator.api.endpoint import AccountKind, PowerState
from inference_operator.api.markers import Atomic, ListMap
from inference_operator.api.scalars import Count, Generation, Label, Line, ObjectName, Text, Timestamp, Url, truncated

EndpointState = Literal[
    "pending",
    "initializing",
    "running",
    "updating",
    "updateFailed",
    "paused",
    "scaledToZero",
    "failed",
    "unknown",
]
OperationType = Literal["create", "update", "pause", "resume", "scaleToZero", "adopt", "release", "delete"]
Amount = Annotated[str, Field(max_length=32, pattern=r"^[0-9]+(\.[0-9]+)?$")]


class Actor(ApiModel):
    """Who did something at the provider."""

    id: Annotated[str, Field(max_length=128)] = Field(description="The provider's id of the person or organization.")
    name: Annotated[str, Field(max_length=253)] = Field(description="Their name.")


class PrivateStatus(ApiModel):
    """The private connection that the provider offers."""

    service_name: Annotated[str, Field(max_length=512)] | None = Field(
        default=None, description="Name of the service to connect to, as AWS PrivateLink writes it."
    )


class BoundAccount(ApiModel):
    """The account that a remote endpoint was made with."""

    kind: AccountKind = Field(description="Kind of the account.")
    name: ObjectName = Field(description="Name of the account.")
    uid: Annotated[str, Field(max_length=64)] = Field(description="UID of the account.")


class RemoteRef(ApiModel):
    """The binding: it alone addresses the remote endpoint from before its creation to its end."""

    account: BoundAccount = Field(description="The account that it was made with.")
    provider: Label = Field(description="Key of the provider block, such as huggingFace.")
    base_url: Url = Field(alias="baseURL", description="Base URL of the provider's API.")
    namespace: Annotated[str, Field(max_length=253)] = Field(
        description="User, organization or project at the provider."
    )
    name: Annotated[str, Field(max_length=63)] = Field(description="Name at the provider.")
    id: Annotated[str, Field(max_length=128)] | None = Field(
        default=None, description="The provider's id, where it gives one."
    )
    created_at: Timestamp | None = Field(
        default=None, description="When the provider made it; with the name, it tells incarnations apart."
    )
    uid: Annotated[str, Field(max_length=64)] | None = Field(
        default=None, description="UID of the object that it was bound to: a status may come back from a backup."
    )
    seal: Label | None = Field(
        default=None, description="Proof that the operator wrote this: a forged binding makes nothing ours."
    )


class Effective(ApiModel):
    """What the provider resolved of what was declared."""

    revision: Annotated[str, Field(max_length=256)] | None = Field(
        default=None, description="Commit of the model that is deployed."
    )
    revision_from: Annotated[str, Field(max_length=513)] | None = Field(
        default=None,
        description="The declared repository and revision that `revision` is the commit of, such as org/model@main.",
    )
    scale_to_zero_timeout: Count | None = Field(
        default=None, description="Idle time before it scales to zero. Unit: minutes."
    )
    health_route: Annotated[str, Field(max_length=1024)] | None = Field(
        default=None, description="Path of the health check."
    )
    image: Annotated[str, Field(max_length=1024)] | None = Field(
        default=None, description="Container image that serves."
    )
    compute_id: Annotated[str, Field(max_length=253)] | None = Field(
        default=None, alias="computeID", description="The provider's id of the hardware."
    )
    task: Label | None = Field(default=None, description="What the model does, such as text-generation.")
    engine: Label | None = Field(default=None, description="What serves the model, such as vLLM.")
    location: Annotated[str, Field(max_length=128)] | None = Field(
        default=None, description="Vendor and region, such as aws/us-east-1."
    )
    access: Label | None = Field(default=None, description="Who may call it, such as private.")


class Cost(ApiModel):
    """What it costs, from the provider's price list. Billed while initializing, updating and running."""

    currency: Annotated[str, Field(min_length=3, max_length=3)] = Field(description="ISO 4217 code.")
    hourly_now: Amount = Field(description="At this moment. Unit: currency per hour.")
    hourly_min: Amount = Field(description="With the fewest replicas allowed. Unit: currency per hour.")
    hourly_max: Amount = Field(description="With the most replicas allowed. Unit: currency per hour.")


class PendingOperation(ApiModel):
    """A write whose outcome is not known yet: recorded before it is sent, gone when the outcome is known."""

    type: OperationType = Field(description="What was about to be done.")
    nonce: Label = Field(description="Tells this attempt from others.")
    started_at: Timestamp = Field(description="When it was recorded.")


class Correction(ApiModel):
    """When drift of one field was put right, lately."""

    field: Annotated[str, Field(max_length=512)] = Field(description="JSON pointer of the field; /state is the power.")
    at: Annotated[list[Timestamp], Atomic(), Field(max_length=3)] = Field(description="The last times.")


class AppliedPower(ApiModel):
    """The power state that was last asked for and done, so that it is done once per change."""

    state: PowerState | None = Field(default=None, description="spec.state that was done. Absent: none was asked for.")
    replicas: Count | None = Field(
        default=None, description="spec.replicas that was done. Unit: replicas. Absent: none was asked for."
    )


class EndpointStatus(ApiModel):
    """All that the operator says about one endpoint."""

    state: EndpointState | None = Field(
        default=None, description="State at the provider; unknown where it can't be read or told."
    )
    url: Url | None = Field(default=None, description="Where to call it, once the provider gives an address.")
    ready_replica: Count | None = Field(default=None, description="Replicas that serve. Unit: replicas.")
    target_replica: Count | None = Field(
        default=None, description="Replicas that the provider aims at. Unit: replicas."
    )
    ready: Annotated[str, Field(max_length=32)] | None = Field(
        default=None, description="readyReplica/targetReplica, for the printer column."
    )
    hardware: Annotated[str, truncated(253), Field(max_length=253)] | None = Field(
        default=None, description="Accelerator, instance type and size, for the printer column."
    )
    account: Annotated[str, Field(max_length=320)] | None = Field(
        default=None, description="Kind and name of the account in use, as Kind/name."
    )
    replicas: Count | None = Field(default=None, description="Replicas, for the scale subresource. Unit: replicas.")
    selector: Annotated[str, Field(max_length=512)] | None = Field(
        default=None, description="Label selector for the scale subresource; it matches no pod."
    )
    message: Text | None = Field(default=None, description="The provider's words, without ids and times.")
    error_message: Text | None = Field(default=None, description="The provider's words on what failed.")
    created_at: Timestamp | None = Field(default=None, description="When the provider made the endpoint.")
    updated_at: Timestamp | None = Field(default=None, description="When it was last changed at the provider.")
    created_by: Actor | None = Field(default=None, description="Who made it.")
    updated_by: Actor | None = Field(default=None, description="Who last changed it.")
    private: PrivateStatus | None = Field(default=None, description="The private connection, where there is one.")
    observed_generation: Generation | None = Field(
        default=None, description="metadata.generation that was last handled, -1 before the first. Unit: generation."
    )
    remote_ref: RemoteRef | None = Field(
        default=None,
        description="The binding to the remote endpoint. While it is there, the fields that address it "
        "can't be changed.",
    )
    effective: Effective | None = Field(default=None, description="What the provider resolved of what was declared.")
    cost: Cost | None = Field(default=None, description="What it costs.")
    pending_operation: PendingOperation | None = Field(
        default=None, description="A write whose outcome is not known yet."
    )
    applied_power: AppliedPower | None = Field(
        default=None, description="The power state that was last asked for and done."
    )
    secrets_fingerprint: Annotated[str, Field(max_length=128)] | None = Field(
        default=None,
        description="Keyed hash of the Secret values last sent, to see changes. It can't be reversed.",
    )
    adopted_generation: Count | None = Field(
        default=None,
        description="The spec's generation when an endpoint was taken over under adoptionPolicy IfUnowned. What "
        "differs waits for another generation. Unit: generation.",
    )
    drift_corrections: Annotated[list[Correction], Atomic(), Field(max_length=16)] | None = Field(
        default=None, description="What was put right within the last hour, so that nobody is fought without end."
    )
    probed_version: Label | None = Field(
        default=None,
        description="The version whose health route answered last (spec.readiness.probe): it is not asked again.",
    )
    last_log_lines: Annotated[list[Line], Atomic(), Field(max_length=20)] | None = Field(
        default=None,
        description="The last lines of the log when it failed to start, with secrets blacked out.",
    )
    last_handled_reconcile_at: Annotated[str, truncated(256), Field(max_length=256)] | None = Field(
        default=None, description="Value of the annotation reconcile-requested-at that was last handled."
    )
    conditions: Annotated[list[Condition], ListMap(("type",)), Field(max_length=16)] | None = Field(
        default=None,
        description="Ready, Available and Synced; Reconciling, Stalled, Drifted and IneffectiveFields only while True.",
    )
