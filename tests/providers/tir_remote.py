"""Connections to the simulated TIR, in process, and blocks of manifests."""

from collections.abc import Mapping
from typing import Any

import httpx
from tests.providers.remote import CLAIM
from tests.runtime.in_process import InProcess

from inference_operator.api.endpoint import EndpointSpec
from inference_operator.core.desired import Desired, filled
from inference_operator.providers.base import Limits, Site
from inference_operator.providers.tir import PLUGIN
from inference_operator.providers.tir.client import TirConnection
from inference_operator.providers.valve import Valve
from inference_operator.simulator import HuggingFace, Tir, create_app

__all__ = ["BLOCK", "CLAIM", "CREDENTIALS", "PROJECT", "connect", "declared", "with_values"]

PROJECT = "12"
CREDENTIALS = {"apiKey": "canary-api-key-that-must-not-leak", "token": "tir_canaryTokenThatMustNotLeak"}
BLOCK: dict[str, Any] = {"framework": "vllm", "sku": {"name": "C3.2", "type": "hourly"}}
"""The least block."""


def unnoticed(operation: str, code: int, seconds: float) -> None:
    """No metrics."""


def connect(
    tir: Tir, *, place: str = f"Delhi/projects/{PROJECT}", credentials: Any = None, valve: Valve | None = None
) -> TirConnection:
    """A connection whose HTTP client calls the simulator as a function, and whose time is the simulator's."""
    site = Site("http://simulator/myaccount/api/v1/gpu", place, (), (("inferenceBaseURL", tir.base_url),))
    limits = Limits(max_in_flight=20, timeout=10.0, clock=tir.clock.now, valve=valve)
    connection = PLUGIN.connect(site, credentials or CREDENTIALS, limits=limits, on_request=unnoticed)
    assert isinstance(connection, TirConnection)
    http = connection._api._http
    http._client = httpx.AsyncClient(
        transport=InProcess(create_app(HuggingFace(clock=tir.clock), tir=tir)),
        base_url=http._client.base_url,
        headers=http._client.headers,
        params=http._client.params,
    )
    return connection


def declared(block: Mapping[str, Any], *, name: str = "chat", **spec: Any) -> Desired:
    """What a manifest with this block declares."""
    return PLUGIN.desired(EndpointSpec.from_json({"tir": block, **spec}), name=name, effective=None)


def with_values(one: Desired, document: Mapping[str, Any]) -> dict[str, Any]:
    """The document with a made-up value in each place of a secret."""
    values = {use.pointer: f"secret value of {use.pointer}" for use in one.secrets}
    return filled(document, one.secrets, values, PLUGIN.shape)
