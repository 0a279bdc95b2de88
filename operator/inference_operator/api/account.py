"""Spec and status of the accounts: who, where and how fast. The token is only ever in a Secret."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from inference_operator.api.base import ApiModel
from inference_operator.api.condition import Condition
from inference_operator.api.endpoint import AdoptionPolicy, DeletionPolicy, Mode
from inference_operator.api.markers import Atomic, Cel, ListMap
from inference_operator.api.registry import WithProviderBlock
from inference_operator.api.scalars import Count, Generation, Label, PollInterval

LabelValue = Annotated[str, Field(max_length=63)]
LabelKey = Annotated[str, Field(min_length=1, max_length=317)]


class AccountDefaults(ApiModel):
    """What the account's endpoints mean by an absent field."""

    deletion_policy: DeletionPolicy | None = Field(
        default=None, description="deletionPolicy of endpoints that give none. Absent: Delete."
    )
    adoption_policy: AdoptionPolicy | None = Field(
        default=None, description="adoptionPolicy of endpoints that give none. Absent: Never."
    )
    mode: Mode | None = Field(default=None, description="mode of endpoints that give none. Absent: Manage.")


class InferenceAccountSpec(WithProviderBlock):
    """What a user declares about an account. Exactly one provider block stands beside these fields."""

    poll_interval: PollInterval | None = Field(
        default=None,
        description="How often the provider is read, once for all endpoints of the account. Unit: duration "
        "with unit, 1s to 1h. Absent: 15s.",
    )
    max_requests_per_second: int | None = Field(
        default=None,
        ge=1,
        le=1000,
        description="Bound on requests to the provider with this account. Unit: requests per second. Absent: 10.",
    )
    defaults: AccountDefaults | None = Field(
        default=None, description="What the account's endpoints mean by an absent field."
    )


class SelectorRequirement(ApiModel):
    """One requirement on a namespace's labels."""

    key: LabelKey = Field(description="Label key that the requirement is about.")
    operator: Literal["In", "NotIn", "Exists", "DoesNotExist"] = Field(description="How it relates to `values`.")
    values: Annotated[list[LabelValue], Atomic(), Field(max_length=64)] | None = Field(
        default=None, description="Label values: some for In and NotIn, none for Exists and DoesNotExist."
    )
    rules: ClassVar[tuple[Cel, ...]] = (
        Cel(
            "(self.operator in ['In', 'NotIn']) == (has(self.values) && size(self.values) > 0)",
            "values must list at least one value with operator In or NotIn: add one; leave values out with "
            "Exists or DoesNotExist",
            ".values",
        ),
    )


class NamespaceSelector(ApiModel):
    """Chooses namespaces by their labels; an empty selector chooses all."""

    match_labels: Annotated[dict[str, LabelValue], Field(max_length=64)] | None = Field(
        default=None, description="Labels that a namespace must have, each with this value."
    )
    match_expressions: Annotated[list[SelectorRequirement], Atomic(), Field(max_length=64)] | None = Field(
        default=None, description="Requirements on a namespace's labels, all of which must hold."
    )


class AllowedNamespaces(ApiModel):
    """Namespaces whose endpoints may use a cluster account: those named, and those selected."""

    names: (
        Annotated[
            list[Annotated[str, Field(pattern=r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?$", max_length=63)]],
            Atomic(),
            Field(max_length=1000),
        ]
        | None
    ) = Field(default=None, description="Namespaces by name.")
    selector: NamespaceSelector | None = Field(
        default=None, description="Namespaces by label; an empty selector ({}) allows all."
    )
    rules: ClassVar[tuple[Cel, ...]] = (
        Cel(
            "(has(self.names) && size(self.names) > 0) || has(self.selector)",
            "allowedNamespaces allows nothing: list namespaces in names, or give a selector ({} allows all)",
        ),
    )


class ClusterInferenceAccountSpec(InferenceAccountSpec):
    """An account for several namespaces; its Secrets are in the operator's namespace."""

    allowed_namespaces: AllowedNamespaces | None = Field(
        default=None, description="Namespaces whose endpoints may use this account. Absent: none."
    )
    max_adoption_policy: AdoptionPolicy | None = Field(
        default=None,
        description="The most that an endpoint's adoptionPolicy may be with this account. Absent: Never.",
    )


class EndpointCounts(ApiModel):
    """How many endpoints use the account."""

    total: Count = Field(description="Resources that use this account. Unit: endpoints.")
    bound: Count | None = Field(
        default=None,
        description="Those with a remote endpoint; above 0 the provider block's identity is fixed. Unit: endpoints.",
    )
    by_state: Annotated[dict[str, Count], Field(max_length=16)] | None = Field(
        default=None, description="The same by status.state. Unit: endpoints."
    )


class Quota(ApiModel):
    """What the provider still allows of one kind of hardware."""

    name: Label = Field(description="The hardware, such as `aws nvidia-l4`.")
    limit: Count = Field(description="What the provider allows. Unit: accelerators.")
    used: Count = Field(description="What is in use, by anyone. Unit: accelerators.")


class AccountStatus(ApiModel):
    """What the operator saw of an account."""

    observed_generation: Generation | None = Field(
        default=None, description="metadata.generation that was last handled, -1 before the first. Unit: generation."
    )
    endpoints: EndpointCounts | None = Field(default=None, description="Endpoints that use this account.")
    unmanaged: Count | None = Field(
        default=None,
        description="Remote endpoints of the account that no resource here manages. Unit: endpoints.",
    )
    quota: Annotated[list[Quota], ListMap(("name",)), Field(max_length=256)] | None = Field(
        default=None, description="What the provider still allows, by hardware."
    )
    conditions: Annotated[list[Condition], ListMap(("type",)), Field(max_length=16)] | None = Field(
        default=None, description="Ready, with the reason when the account can't be used."
    )
