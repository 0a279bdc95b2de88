"""The border between one operator and the rest of the world: each call crosses it, and any crossing can go wrong.

A crossing is one request to the API server or to the provider. It has two sides: what happens before the call takes
effect, and what happens after, before its answer is seen. A kill on either side unwinds the whole operator, as no
`except Exception` can stop it; and nothing of a killed operator crosses again.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, Literal, TypeVar

import httpx
from tests.runtime.kube_api import KubeApi, Object

from inference_operator.kube.errors import Unavailable

Answer = TypeVar("Answer")
Kind = Literal["kill before", "kill after", "lose the answer", "refuse", "meanwhile"]


class Killed(BaseException):
    """The process is gone."""


@dataclass(frozen=True, slots=True)
class Mishap:
    """What befalls the crossing of that number (from 1), over all operators of a world.

    `act` is what somebody does right before a call, unseen by the operator: for "meanwhile" alone.
    """

    crossing: int
    kind: Kind
    act: Callable[[], None] | None = None
    words: str = ""

    def __str__(self) -> str:
        return f"crossing {self.crossing}: {self.kind}{f': {self.words}' if self.words else ''}"


@dataclass
class Border:
    """Counts the crossings of a world, and has the planned mishaps strike.

    `hesitate`: how many turns of the loop a request takes each way, so that two operators get between each other.
    """

    hesitate: Callable[[], int] = lambda: 0
    mishaps: dict[int, Mishap] = field(default_factory=dict)
    crossings: list[str] = field(default_factory=list)
    struck: list[str] = field(default_factory=list)

    def plan(self, mishaps: Iterable[Mishap]) -> None:
        """From now on these are what goes wrong, and nothing else; crossings are counted from the beginning."""
        self.mishaps = {one.crossing: one for one in mishaps}

    def next(self, words: str) -> Mishap | None:
        """Note a crossing; what befalls it."""
        self.crossings.append(words)
        mishap = self.mishaps.pop(len(self.crossings), None)
        if mishap is not None:
            self.struck.append(f"{mishap} ({words})")
        return mishap


class Process:
    """One life of the operator."""

    def __init__(self, border: Border) -> None:
        self.alive = True
        self._border = border

    def end(self) -> None:
        """From here on nothing of it reaches anybody."""
        self.alive = False

    async def _on_the_way(self) -> None:
        for _ in range(self._border.hesitate()):
            await asyncio.sleep(0)

    async def cross(self, words: str, call: Callable[[], Awaitable[Answer]], lost: Callable[[], Exception]) -> Answer:
        """Make a call, unless something befalls it. `lost`: the error of a caller that gets no answer."""
        if not self.alive:
            raise Killed("what was killed goes on")
        mishap = self._border.next(words)
        kind = mishap.kind if mishap else None
        if mishap and mishap.act:
            mishap.act()
        if kind == "refuse":
            raise lost()
        if kind == "kill before":
            self._die(words)
        try:
            await self._on_the_way()
            return await call()
        finally:
            await self._on_the_way()
            if kind == "kill after":
                self._die(words)
            if kind == "lose the answer":
                raise lost()

    def _die(self, words: str) -> None:
        self.alive = False
        raise Killed(words)


class KubeDoor:
    """The API server, as one process reaches it: the part of `Session` that is used of it."""

    def __init__(self, kube: KubeApi, process: Process) -> None:
        self._kube = kube
        self._process = process

    async def get(self, path: str, **options: Any) -> Object:
        return await self._cross("GET", path, lambda: self._kube.get(path, **options))

    async def create(self, path: str, body: Object) -> Object:
        return await self._cross("POST", path, lambda: self._kube.create(path, body))

    async def patch(self, path: str, body: Object, **options: Any) -> Object:
        return await self._cross("PATCH", path, lambda: self._kube.patch(path, body, **options))

    async def delete(self, path: str, **options: Any) -> Object:
        return await self._cross("DELETE", path, lambda: self._kube.delete(path, **options))

    async def _cross(self, method: str, path: str, call: Callable[[], Awaitable[Object]]) -> Object:
        where = path.partition("/namespaces/")[2] or path
        return await self._process.cross(f"kube {method} {where}", call, _unreachable)


def _unreachable() -> Exception:
    return Unavailable(0, "Unreachable", "no answer")


class ProviderDoor(httpx.AsyncBaseTransport):
    """The provider, as one process reaches it, request by request."""

    def __init__(self, behind: httpx.AsyncBaseTransport, process: Process) -> None:
        self._behind = behind
        self._process = process

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        where = request.url.path.removeprefix("/v2/")
        call = lambda: self._behind.handle_async_request(request)  # noqa: E731 - as the other door has it
        return await self._process.cross(f"provider {request.method} {where}", call, lambda: httpx.ReadError("lost"))
