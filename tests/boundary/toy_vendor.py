"""The toy in the words of the simulated vendors, as far as a world needs them."""

from typing import Any

import httpx
import toy_provider
from tests.api.manifests import GONE, account, changed, endpoint

from inference_operator.simulator import Clock


class Handle:
    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.journal: list[Any] = []


class ToyVendor:
    plugin = toy_provider.PLUGIN
    site = toy_provider.PLUGIN.site({"box": "attic"})
    credentials = {"token": "toy-test-token"}
    binds_by_id = False

    def __init__(self, clock: Clock, knobs: Any) -> None:
        toy_provider.REMOTE.clear()
        toy_provider.CALLS.clear()
        self.handle = Handle(clock)

    def transport(self, *, few_offers: bool) -> Any:
        return httpx.MockTransport(lambda _: httpx.Response(500))

    def account(self) -> dict[str, Any]:
        return account({"spec": {"huggingFace": GONE, "toy": {"box": "attic"}}})

    def manifest(self, change: Any) -> dict[str, Any]:
        return changed(endpoint({"spec": {"huggingFace": GONE, "toy": {"colour": "red", "size": 2}}}), change)

    def change(self, change: Any) -> dict[str, Any]:
        return dict(change)

    def records(self) -> list[Any]:
        return []

    def remote(self, name: str) -> dict[str, Any] | None:
        return toy_provider.REMOTE.get(name)
