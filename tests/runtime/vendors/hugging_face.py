"""The simulated Hugging Face, whose language is the common one."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import cache
from typing import Any
from unittest.mock import patch

import httpx
from tests.api.manifests import account, changed, endpoint
from tests.providers.remote import ALWAYS_THERE
from tests.runtime.in_process import InProcess

from inference_operator.providers.base import Limits, Plugin, Site
from inference_operator.providers.huggingface import PLUGIN
from inference_operator.simulator import Clock, HuggingFace, create_app
from inference_operator.simulator.huggingface import catalogue
from inference_operator.simulator.huggingface.record import Record

ORGANIZATION = "my-org"
Change = Mapping[str, Any]


class HuggingFaceVendor:
    plugin: Plugin = PLUGIN
    site = Site(base_url="http://simulator", namespace=ORGANIZATION, credentials=())
    credentials: Mapping[str, str] = {"token": "hf_test_token"}
    binds_by_id = False
    powers = (
        ("paused", "pause", "Paused"),
        ("running", "resume", "Running"),
        ("scaledToZero", "scaleToZero", "ScaledToZero"),
    )

    def __init__(self, clock: Clock, knobs: Mapping[str, Any]) -> None:
        self.handle = HuggingFace(clock=clock, **knobs)
        self._console: Any = None

    def transport(self, *, few_offers: bool) -> httpx.AsyncBaseTransport:
        whole = InProcess(create_app(self.handle))
        return _FewOffers(whole) if few_offers else whole

    def account(self) -> dict[str, Any]:
        return account()

    def manifest(self, change: Change) -> dict[str, Any]:
        return endpoint(change)

    def change(self, change: Change) -> dict[str, Any]:
        return dict(change)

    def declared(self, spec: Change) -> dict[str, Any]:
        found: dict[str, Any] = spec["huggingFace"]
        return found

    def records(self) -> Iterable[Record]:
        control = self.handle.control
        return [one for space in control.store.namespaces() for one in control.records(space)]

    def remote(self, name: str) -> dict[str, Any] | None:
        return self.handle.endpoints(ORGANIZATION).get(name)

    async def make(self, name: str) -> None:
        if self._console is None:
            self._console = connection(self, self.transport(few_offers=False), {"token": "hf_console"})
        document = changed(ALWAYS_THERE, {"compute": {"scaling": {"minReplica": 0, "maxReplica": 2}}})
        await self._console.create(name, document, claim="by-hand")

    def remove(self, name: str) -> None:
        store = self.handle.control.store
        store.remove(store.find(ORGANIZATION, name), self.handle.clock.now())

    def edit(self, name: str, change: Change) -> None:
        self.handle.edit(ORGANIZATION, name, change)

    def is_free(self, name: str, now: float) -> bool:
        control = self.handle.control
        gone = control.store.gone_at(ORGANIZATION, name)
        return gone is None or now >= gone + control.knobs.name_free_delay

    def target(self, request: httpx.Request, body: Any) -> tuple[str, str, Any]:
        """`/v2/endpoint/{namespace}[/{name}[/{action}]]`."""
        rest = request.url.path.removeprefix("/v2/endpoint/").split("/")[1:]
        if not rest:
            return body["name"], request.method, body
        return rest[0], (rest[1] if len(rest) > 1 else request.method), body


def connection(
    vendor: Any,
    transport: httpx.AsyncBaseTransport,
    credentials: Mapping[str, str],
    namespace: str | None = None,
    **limits: Any,
) -> Any:
    """A connection whose HTTP client calls the simulator as a function: no socket, no waiting.

    `namespace`: the provider's, where it is not the vendor's usual one.
    """
    with patch("inference_operator.providers.http.AiohttpTransport", lambda **_: transport):
        return vendor.plugin.connect(
            replace(vendor.site, namespace=namespace or vendor.site.namespace),
            credentials,
            limits=Limits(max_in_flight=20, timeout=10.0, clock=vendor.handle.clock.now, **limits),
            on_request=lambda *_: None,
        )


class _FewOffers(httpx.AsyncBaseTransport):
    """A vendor whose catalogue is always the same: what the sample manifest asks for."""

    def __init__(self, vendor: httpx.AsyncBaseTransport) -> None:
        self._vendor = vendor

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if request.url.path.startswith("/v2/provider/"):
            return httpx.Response(httpx.codes.OK, content=_few_offers(), request=request)
        return await self._vendor.handle_async_request(request)


@cache
def _few_offers() -> bytes:
    whole = catalogue.vendors(lambda _: (0, 1_000_000))
    for region in [region for vendor in whole["vendors"] for region in vendor["regions"]]:
        region["computes"] = [one for one in region["computes"] if one["id"] == "aws-us-east-1-intel-spr-x1"]
    return json.dumps(whole).encode()
