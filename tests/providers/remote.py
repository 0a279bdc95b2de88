"""Connections to the simulated Hugging Face, in process or over a socket, and manifests' blocks."""

from collections.abc import Mapping
from typing import Any

import httpx

from inference_operator.api.endpoint import EndpointSpec
from inference_operator.api.status import Effective
from inference_operator.core.desired import Desired, filled
from inference_operator.core.observation import Observation
from inference_operator.core.ownership import Claim
from inference_operator.fence import MayWrite, allowed
from inference_operator.providers.base import Connection, Limits, Site, listed
from inference_operator.providers.huggingface import PLUGIN
from inference_operator.providers.huggingface.client import HuggingFaceConnection
from inference_operator.providers.valve import Valve
from inference_operator.simulator import HuggingFace, create_app

TOKEN = "hf_canaryTokenThatMustNotLeak"
CLAIM = str(Claim.of(cluster_id="c", namespace="team-a", name="n", uid="6f1d3e1a-0f0b-4b7c-9a55-0c8b7d3f2a10"))
ALWAYS_THERE = {
    "type": "private",
    "provider": {"vendor": "aws", "region": "us-east-1"},
    "compute": {
        "accelerator": "cpu",
        "instanceType": "intel-spr",
        "instanceSize": "x1",
        "scaling": {"minReplica": 1, "maxReplica": 2},
    },
    "model": {"repository": "org/model", "framework": "pytorch", "image": {"huggingface": {}}},
}
"""The least document that the API takes."""


def unnoticed(operation: str, code: int, seconds: float) -> None:
    """No metrics."""


def connect(
    url: str,
    *,
    namespace: str = "acme",
    token: str = TOKEN,
    in_flight: int = 20,
    timeout: float = 10.0,
    on_request: Any = unnoticed,
    may_write: MayWrite = allowed,
    valve: Valve | None = None,
) -> HuggingFaceConnection:
    """A connection over real sockets."""
    site = Site(base_url=url, namespace=namespace, credentials=())
    limits = Limits(max_in_flight=in_flight, timeout=timeout, may_write=may_write, valve=valve)
    connection = PLUGIN.connect(site, {"token": token}, limits=limits, on_request=on_request)
    assert isinstance(connection, HuggingFaceConnection)
    return connection


def connect_in_process(
    huggingface: HuggingFace, *, namespace: str = "acme", token: str = TOKEN
) -> HuggingFaceConnection:
    """A connection whose HTTP client calls the simulator as a function: no socket, no waiting."""
    connection = connect("http://simulator", namespace=namespace, token=token)
    http = connection._http
    http._client = httpx.AsyncClient(
        transport=httpx.ASGITransport(app=create_app(huggingface)),
        base_url="http://simulator",
        headers=http._client.headers,
    )
    return connection


def desired(
    block: Mapping[str, Any],
    *,
    name: str = "n",
    observed: Observation | None = None,
    revision_from: str | None = None,
    **spec: Any,
) -> Desired:
    """What a manifest with this block declares; `observed`: what is on record of it after a look."""
    effective = None
    if observed is not None:
        effective = Effective.from_json({**observed.effective, "revisionFrom": revision_from})
    return PLUGIN.desired(EndpointSpec.from_json({"huggingFace": block, **spec}), name=name, effective=effective)


def version(block: Mapping[str, Any]) -> str | None:
    """What is on record of the version that a block declares, once it was sent."""
    model = block["model"]
    return f"{model['repository']}@{model['revision']}" if model.get("revision") else None


def with_values(one: Desired, document: Mapping[str, Any]) -> dict[str, Any]:
    """The document with a made-up value in each place of a secret."""
    values = {use.pointer: login() if use.key is None else f"value of {use.pointer}" for use in one.secrets}
    return filled(document, one.secrets, values, PLUGIN.shape)


def login() -> dict[str, str]:
    return {"username": "puller", "password": "not-a-real-password"}


async def every(api: Connection) -> list[Observation]:
    """All endpoints of the account, of all pages."""
    return list((await listed(api)).values())
