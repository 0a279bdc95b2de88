"""What is asked of each contender, and what the two that work on Kubernetes objects have in common."""

import asyncio
import time
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Iterable
from contextlib import AbstractContextManager, asynccontextmanager
from typing import Any

from benchmarks.scale import wanted
from benchmarks.scale.kube import Kube, Object, Watch, at_once, connected
from benchmarks.scale.world import World


class Contender(ABC):
    """One way to have a thousand endpoints. Times are seconds since 1970."""

    name: str

    def __init__(self, world: World) -> None:
        self.world = world
        self.plan = world.plan
        self.rounds = world.plan.edits
        """Of the edits, how many are really carried out; where it is less, the rest is computed."""
        self.namespace = ""
        self.pid = 0

    @abstractmethod
    def at_work(self) -> AbstractContextManager[None]:
        """Set up, and remove everything at the end."""

    @abstractmethod
    def create(self) -> tuple[float, float]:
        """Make all endpoints. Returns when the first was asked for, and when the last was known to run."""

    @abstractmethod
    def guard(self) -> AbstractContextManager[None]:
        """Keep the endpoints as they are declared; meanwhile `pid` is the process that does it."""

    @abstractmethod
    def edit(self) -> tuple[float, float]:
        """Change each endpoint `rounds` times. Returns when the first was asked for, and the last."""


class ByResources(Contender):
    """A contender that is told by Kubernetes objects what to do."""

    @property
    @abstractmethod
    def collection(self) -> str:
        """The path of the objects."""

    @abstractmethod
    def manifest(self, name: str) -> Object:
        """One object."""

    @abstractmethod
    def ready(self, obj: Object) -> bool:
        """Whether the object says that its endpoint runs as declared."""

    @abstractmethod
    def change(self, max_replica: int) -> dict[str, Any]:
        """A merge patch."""

    def create(self) -> tuple[float, float]:
        return asyncio.run(self.make(self.plan.names()))

    def edit(self) -> tuple[float, float]:
        return asyncio.run(self._edit())

    async def make(self, names: Iterable[str]) -> tuple[float, float]:
        """Apply the objects of these names and wait for them."""
        chosen = list(names)
        async with self.watching() as (kube, watch):
            began = time.time()
            await at_once(kube.apply(f"{self.collection}/{name}", self.manifest(name)) for name in chosen)
            return began, await watch.until(len(chosen), seconds=self.plan.patience + 0.05 * len(chosen))

    @asynccontextmanager
    async def watching(self) -> AsyncIterator[tuple[Kube, Watch]]:
        """A client, and a watch of what becomes ready."""
        async with (
            connected(self.world.cluster.kubeconfig) as kube,
            kube.watching(self.collection, self.ready) as watch,
        ):
            yield kube, watch

    async def _edit(self) -> tuple[float, float]:
        async with connected(self.world.cluster.kubeconfig) as kube:
            began = time.time()
            await at_once(self._edits(kube, name) for name in self.plan.names())
            return began, time.time()

    async def _edits(self, kube: Kube, name: str) -> None:
        for number in range(1, self.rounds + 1):
            await kube.merge(f"{self.collection}/{name}", self.change(wanted.REPLICAS + number))
