"""Hugging Face Inference Endpoints."""

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
from inference_operator.providers.huggingface import declaration, mapping
from inference_operator.providers.huggingface.account import DEFAULT_BASE_URL, HuggingFaceAccount
from inference_operator.providers.huggingface.blocks import BLOCKS
from inference_operator.providers.huggingface.client import HuggingFaceConnection

_TOKEN = "token"
_OPENAI_ENGINES = frozenset({"vLLM", "vLLMOmni", "vLLMNeuron", "sGLang", "tgi", "tgiNeuron", "llamacpp"})


class HuggingFace:
    """The provider, as it registers."""

    blocks: ProviderBlocks = BLOCKS
    shape: Shape = mapping.SHAPE
    hosts: tuple[str, ...] = (DEFAULT_BASE_URL,)
    variables: Mapping[str, str] = MappingProxyType({_TOKEN: "HF_TOKEN"})

    def site(self, account_block: Mapping[str, Any]) -> Site:
        """Where the account's endpoints are."""
        account = HuggingFaceAccount.from_json(account_block)
        reference = account.token_secret_ref
        return Site(
            base_url=(account.base_url or DEFAULT_BASE_URL).rstrip("/"),
            namespace=account.namespace,
            credentials=(SecretKey(_TOKEN, reference.name, reference.key),),
        )

    def desired(self, spec: EndpointSpec, *, name: str, effective: Effective | None) -> Desired:
        """What a spec declares."""
        return mapping.desired(spec, name=name, effective=effective)

    def connect(
        self, site: Site, credentials: Mapping[str, str], *, limits: Limits, on_request: OnRequest
    ) -> Connection:
        """Open a connection."""
        return HuggingFaceConnection(site, credentials, limits=limits, on_request=on_request)

    def connection_details(self, observation: Observation) -> Mapping[str, str]:
        """URL, name and model; the OpenAI base URL where the engine speaks that protocol."""
        url = observation.url or ""
        details = {
            "url": url,
            "name": observation.name,
            "model": str(lookup(observation.document, ("model", "repository")) or ""),
            "provider": self.blocks.key,
        }
        if url and observation.effective.get("engine") in _OPENAI_ENGINES:
            details["openaiBaseURL"] = f"{url.rstrip('/')}/v1"
        return details

    def declaration(self, observation: Observation) -> Declaration:
        """The block that declares an endpoint as it is."""
        return declaration.declaration(observation)


PLUGIN: Plugin = HuggingFace()
"""The entry point `huggingFace` of the group `inference_operator.providers`."""
