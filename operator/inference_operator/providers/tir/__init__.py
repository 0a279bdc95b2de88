"""E2E Networks TIR."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from inference_operator.api.endpoint import EndpointSpec
from inference_operator.api.registry import ProviderBlocks
from inference_operator.api.status import Effective
from inference_operator.core.desired import Desired
from inference_operator.core.diff import Shape
from inference_operator.core.documents import lookup
from inference_operator.core.observation import Observation
from inference_operator.providers.base import Connection, Declaration, Limits, OnRequest, Plugin, SecretKey, Site
from inference_operator.providers.tir import declaration, mapping
from inference_operator.providers.tir.account import DEFAULT_BASE_URL, TirAccount
from inference_operator.providers.tir.blocks import BLOCKS
from inference_operator.providers.tir.client import TirConnection
from inference_operator.providers.tir.places import Place
from inference_operator.providers.tir.tables import OPENAI_FRAMEWORKS

_API_KEY, _TOKEN = "apiKey", "token"


class Tir:
    """The provider, as it registers."""

    blocks: ProviderBlocks = BLOCKS
    shape: Shape = mapping.SHAPE
    hosts: tuple[str, ...] = (DEFAULT_BASE_URL,)
    variables: Mapping[str, str] = MappingProxyType({_API_KEY: "E2E_TIR_API_KEY", _TOKEN: "E2E_TIR_ACCESS_TOKEN"})

    def site(self, account_block: Mapping[str, Any]) -> Site:
        """Where the account's endpoints are."""
        account = TirAccount.from_json(account_block)
        said = {"currency": account.currency, "inferenceBaseURL": account.inference_base_url}
        key, token = account.api_key_secret_ref, account.token_secret_ref
        return Site(
            base_url=(account.base_url or DEFAULT_BASE_URL).rstrip("/"),
            namespace=str(Place.of(account)),
            credentials=(SecretKey(_API_KEY, key.name, key.key), SecretKey(_TOKEN, token.name, token.key)),
            options=tuple((name, value) for name, value in said.items() if value),
        )

    def desired(self, spec: EndpointSpec, *, name: str, effective: Effective | None) -> Desired:
        """What a spec declares. Nothing of it depends on what the provider resolved."""
        return mapping.desired(spec, name=name)

    def connect(
        self, site: Site, credentials: Mapping[str, str], *, limits: Limits, on_request: OnRequest
    ) -> Connection:
        """Open a connection. There is no public catalogue: without credentials every call is refused."""
        return TirConnection(site, credentials, limits=limits, on_request=on_request)

    def connection_details(self, observation: Observation) -> Mapping[str, str]:
        """URL, name and model; the OpenAI base URL where the framework speaks that protocol."""
        url = observation.url or ""
        details = {
            "url": url,
            "name": observation.name,
            "model": str(lookup(observation.document, ("model", "huggingFaceID")) or ""),
            "provider": self.blocks.key,
        }
        if url and observation.document.get("framework") in OPENAI_FRAMEWORKS:
            details["openaiBaseURL"] = f"{url.rstrip('/')}/v1"
        return details

    def declaration(self, observation: Observation) -> Declaration:
        """The block that declares an endpoint as it is."""
        return declaration.declaration(observation)


PLUGIN: Plugin = Tir()
"""The entry point `tir` of the group `inference_operator.providers`."""
