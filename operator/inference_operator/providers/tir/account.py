"""The `tir` block of accounts: which project, where, and in which Secrets the API key and the token are."""

from typing import Annotated

from pydantic import Field

from inference_operator.api.base import ApiModel
from inference_operator.api.markers import Cel
from inference_operator.api.scalars import Label, ObjectName, SecretKey
from inference_operator.providers.tir.spec_runtime import RemoteId

DEFAULT_BASE_URL = "https://api.e2enetworks.com/myaccount/api/v1/gpu"
"""Where the vendor's API is (its Terraform provider's and its SDK's default)."""
DEFAULT_INFERENCE_URL = "https://infer.e2enetworks.net"
"""Where endpoints answer (the SDK's default)."""
DEFAULT_CURRENCY = "INR"

_URL = Cel(
    r"self.matches('^https?://[^/?#@\\s]+(/[^?#@\\s]*)?$')",
    "must be a URL such as https://api.e2enetworks.com/myaccount/api/v1/gpu: https, or http where --allow-base-url "
    "admits it, without credentials, query or fragment",
)
Address = Annotated[str, Field(min_length=1, max_length=512), _URL]


class CredentialRef(ApiModel):
    """One key of a Secret: beside an InferenceAccount in its namespace, else in the operator's namespace."""

    name: ObjectName = Field(description="Name of the Secret.")
    key: SecretKey = Field(description="Key in the Secret that holds the value.")


class TirAccount(ApiModel):
    """Who pays at E2E Networks TIR."""

    project_id: RemoteId = Field(
        alias="projectID", description="Project that owns the endpoints: digits, quoted. Fixed while endpoints use it."
    )
    team_id: RemoteId | None = Field(
        default=None,
        alias="teamID",
        description="Team that owns the project, for the API's older paths. Absent: the current paths, which have no "
        "teams. Fixed while endpoints use the account.",
    )
    location: Label = Field(
        description="Where the endpoints run, such as Delhi. Fixed while endpoints use the account."
    )
    active_iam: RemoteId | None = Field(
        default=None,
        alias="activeIAM",
        description="Contact person's account to act for: digits, quoted. Absent: your own. Fixed while endpoints use "
        "the account.",
    )
    currency: Annotated[str, Field(max_length=3, pattern="^[A-Z]{3}$")] | None = Field(
        default=None, description=f"ISO 4217 code of the prices that apply. Absent: {DEFAULT_CURRENCY}."
    )
    base_url: Address | None = Field(
        default=None,
        alias="baseURL",
        description="Address of the API. One that is not the vendor's own must be admitted by the operator's "
        f"--allow-base-url. Absent: {DEFAULT_BASE_URL}. Fixed while endpoints use the account.",
    )
    inference_base_url: Address | None = Field(
        default=None,
        alias="inferenceBaseURL",
        description=f"Address at which endpoints answer. Absent: {DEFAULT_INFERENCE_URL}.",
    )
    api_key_secret_ref: CredentialRef = Field(description="The API key.")
    token_secret_ref: CredentialRef = Field(description="The auth token that belongs to the API key.")
