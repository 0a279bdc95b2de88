"""Conditions, in the shape of metav1.Condition, which kstatus, Argo CD and Flux read."""

from typing import Annotated, Literal

from pydantic import Field

from inference_operator.api.base import ApiModel
from inference_operator.api.scalars import Count, Timestamp, truncated

ConditionStatus = Literal["True", "False", "Unknown"]


class Condition(ApiModel):
    """One aspect of an object's state, with the reason for it."""

    type: str = Field(
        min_length=1, max_length=63, pattern=r"^[A-Z][A-Za-z0-9]*$", description="The aspect, such as Ready."
    )
    status: ConditionStatus = Field(description="Whether it holds.")
    reason: str = Field(
        min_length=1,
        max_length=256,
        pattern=r"^[A-Z][A-Za-z0-9]*$",
        description="One CamelCase word of the documented list, for programs.",
    )
    message: Annotated[str, truncated(8192), Field(max_length=8192)] = Field(
        description="What it means and what to do, for people. The same failure is the same text."
    )
    last_transition_time: Timestamp = Field(description="When `status` last changed. Unit: RFC 3339 time.")
    observed_generation: Count | None = Field(
        default=None, description="metadata.generation that this was concluded from. Unit: generation."
    )
