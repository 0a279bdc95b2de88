"""The `huggingFace` block of accounts: whose endpoints, where, and in which Secret the token is."""

from typing import Annotated

from pydantic import Field

from inference_operator.api.base import ApiModel
from inference_operator.api.markers import Cel
from inference_operator.api.scalars import ObjectName, SecretKey

DEFAULT_BASE_URL = "https://api.endpoints.huggingface.cloud"
"""Where the vendor's API is (its OpenAPI document, 2.0.0); the API version is part of each path."""

BaseUrlRule = Cel(
    r"self.matches('^https?://[^/?#@\\s]+(/[^?#@\\s]*)?$')",
    "baseURL must be a URL such as https://api.endpoints.huggingface.cloud: https, or http where "
    "--allow-base-url admits it, without credentials, query or fragment",
)


class TokenSecretRef(ApiModel):
    """One key of a Secret: beside an InferenceAccount in its namespace, else in the operator's namespace."""

    name: ObjectName = Field(description="Name of the Secret.")
    key: SecretKey = Field(description="Key in the Secret that holds the token.")


class HuggingFaceAccount(ApiModel):
    """Who pays at Hugging Face."""

    namespace: Annotated[str, Field(max_length=96, pattern=r"^[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?$")] = Field(
        description="User or organization on Hugging Face that owns the endpoints. Fixed while "
        "endpoints use the account."
    )
    base_url: Annotated[str, Field(min_length=1, max_length=512), BaseUrlRule] | None = Field(
        default=None,
        alias="baseURL",
        description="Address of the API. One that is not the vendor's own must be admitted by the operator's "
        f"--allow-base-url. Absent: {DEFAULT_BASE_URL}. Fixed while endpoints use the account.",
    )
    token_secret_ref: TokenSecretRef = Field(
        description="The Hugging Face token, with the right to write Inference Endpoints."
    )
