"""What an operator did at the provider, request by request, as somebody who stands beside the provider sees it.

Each write is kept with the endpoint as it was right before and right after. The laws are judged by that and not by what
the operator says: an answer may be lost, a process killed, and the deed is done all the same.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import httpx
from tests.runtime.kube_api import Object
from tests.runtime.vendors import Vendor

from inference_operator.simulator.huggingface.record import Record


@dataclass(frozen=True, slots=True)
class Deed:
    """One write. `action`: the method, or the word at the end of the path. `obj`: the resource, as it was then."""

    action: str
    name: str
    body: Any
    at: float
    before: Record | None
    after: Record | None
    obj: Object | None

    @property
    def made(self) -> Record | None:
        """The endpoint that came of it, None where none did."""
        return self.after if self.after and (self.before is None or self.before.id != self.after.id) else None

    @property
    def struck(self) -> Record | None:
        """The endpoint that it changed, as it was before, None where it changed none."""
        return self.before if self.before is not None and self.after != self.before else None

    def __str__(self) -> str:
        outcome = "made one" if self.made else "changed it" if self.struck else "changed nothing"
        return f"{self.action} {self.name} {json.dumps(self.body) if self.body else ''} ({outcome})"


class Witness:
    """Stands beside the provider. `look_up`: the resource of a remote name, None where there is none."""

    def __init__(self, vendor: Vendor, look_up: Callable[[str], Object | None]) -> None:
        self._vendor = vendor
        self._look_up = look_up
        self.deeds: list[Deed] = []
        self.by_hand: dict[str, Record] = {}
        """Endpoints that are nobody's here, by id, as they were when they came to be so."""
        self.removed_by_hand: list[str] = []
        self._powered_by_hand: dict[str, int] = {}

    def find(self, name: str) -> Record | None:
        """The endpoint of that name, as it is now."""
        return next((one for one in self.records() if one.name == name), None)

    def records(self) -> list[Record]:
        """All endpoints, as they are now."""
        return list(self._vendor.records())

    def is_by_hand(self, name: str) -> None:
        """From now on this one is nobody's here."""
        record = self.find(name)
        assert record is not None
        self.by_hand[record.id] = record

    def is_powered_by_hand(self, name: str) -> None:
        """Somebody pauses or resumes this one now."""
        record = self.find(name)
        assert record is not None
        self._powered_by_hand[record.id] = len(self.deeds)

    def was_powered_by_hand_after(self, record: Record, actions: frozenset[str]) -> bool:
        """Whether somebody did so after the operator had last done one of the actions to it."""
        ours = [n for n, deed in enumerate(self.deeds) if deed.action in actions and deed.name == record.name]
        return bool(ours) and self._powered_by_hand.get(record.id, -1) > ours[-1]

    def beside(self, provider: httpx.AsyncBaseTransport) -> httpx.AsyncBaseTransport:
        """The provider, watched."""
        return _Watched(provider, self)

    async def see(self, request: httpx.Request, provider: httpx.AsyncBaseTransport) -> httpx.Response:
        """Have the provider answer, and note what it came to."""
        if request.method == "GET":
            return await provider.handle_async_request(request)
        body = json.loads(request.content) if request.content else None
        name, action, body = self._vendor.target(request, body)
        before, obj, known = self.find(name), self._look_up(name), {one.id for one in self.records()}
        try:
            return await provider.handle_async_request(request)
        finally:
            at = self._vendor.handle.clock.now()
            new = next((one for one in self.records() if one.name == name and one.id not in known), None)
            self.deeds.append(Deed(action, name, body, at, before, new or self.find(name), obj))


class _Watched(httpx.AsyncBaseTransport):
    def __init__(self, behind: httpx.AsyncBaseTransport, witness: Witness) -> None:
        self._behind = behind
        self._witness = witness

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        return await self._witness.see(request, self._behind)
