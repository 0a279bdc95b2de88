"""What a world needs of a vendor."""

from collections.abc import Iterable, Mapping
from typing import Any, Protocol

import httpx

from inference_operator.providers.base import Plugin, Site
from inference_operator.simulator import Clock

Change = Mapping[str, Any]


class Vendor(Protocol):
    """One simulated vendor. `handle`: its faults, journal, knobs and clock."""

    plugin: Plugin
    handle: Any
    site: Site
    credentials: Mapping[str, str]
    """`SecretKey.field` -> value, and the content of the account's Secret."""
    binds_by_id: bool
    """Whether what is taken over is bound by its id, and marked with its first change."""

    powers: tuple[tuple[str, str, str], ...]
    """Changes of spec.state after `running`: the state, what is sent for it, and the reason of Ready."""

    def __init__(self, clock: Clock, knobs: Mapping[str, Any]) -> None: ...

    def transport(self, *, few_offers: bool) -> httpx.AsyncBaseTransport:
        """The vendor as a function."""

    def account(self) -> dict[str, Any]:
        """The manifest of an account."""

    def manifest(self, change: Change) -> dict[str, Any]:
        """The manifest of an endpoint, with a change in the common language."""

    def change(self, change: Change) -> dict[str, Any]:
        """A change of a manifest, from the common language."""

    def declared(self, spec: Change) -> dict[str, Any]:
        """A manifest's block in the common language."""

    def records(self) -> Iterable[Any]:
        """All endpoints, as they are now, each as the first vendor's `Record` has it."""

    def remote(self, name: str) -> dict[str, Any] | None:
        """An endpoint as its owner sees it."""

    async def make(self, name: str) -> None:
        """Somebody makes an endpoint, which starts."""

    def remove(self, name: str) -> None:
        """Somebody deletes an endpoint, which is gone at once."""

    def edit(self, name: str, change: Change) -> None:
        """Somebody changes an endpoint, in the common language."""

    def is_free(self, name: str, now: float) -> bool:
        """Whether an endpoint of the name may be made."""

    def target(self, request: httpx.Request, body: Any) -> tuple[str, str, Any]:
        """What a write is about: name, action, and what it carries in the common language."""
