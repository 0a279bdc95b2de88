"""Contender: this operator, as a cluster runs it."""

import asyncio
import contextlib
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks.scale import workload
from benchmarks.scale.contender import ByResources
from benchmarks.scale.contenders import OPERATOR
from benchmarks.scale.kube import Object
from benchmarks.scale.plan import LATENCY, MAX_REQUESTS_PER_SECOND
from benchmarks.scale.world import World, accounts, endpoints

_APART = 0.3
_STAGES = 0.7
"""How long the simulator's default stages of a deployment take together."""


class Operator(ByResources):
    """`inference-operator run`, with one account that allows `max_requests_per_second`."""

    name = OPERATOR

    def __init__(
        self,
        world: World,
        *,
        kubeconfig: Path | None = None,
        max_requests_per_second: int = MAX_REQUESTS_PER_SECOND,
    ) -> None:
        super().__init__(world)
        self.process = world.operator(kubeconfig)
        self._max_requests_per_second = max_requests_per_second

    @property
    def collection(self) -> str:
        return endpoints(self.namespace)

    @contextlib.contextmanager
    def at_work(self) -> Iterator[None]:
        with self.started():
            yield
            self.world.provider.latency(0)
            self.world.empty(self.collection)
            # Else the next operator would observe this account too.
            self.world.empty(accounts(self.namespace))

    @contextlib.contextmanager
    def started(self) -> Iterator[None]:
        """Set up; at the end only the process is stopped."""
        self.namespace = self.world.namespace()
        with self.process.at_work():
            self.pid = self.process.pid
            try:
                self.world.account(self.namespace, max_requests_per_second=self._max_requests_per_second)
                yield
            except Exception as error:
                error.add_note(f"the operator's last lines:\n{self.process.tail(5)}")
                raise

    @contextlib.contextmanager
    def guard(self) -> Iterator[None]:
        yield

    def manifest(self, name: str) -> Object:
        return workload.resource(self.namespace, name)

    def ready(self, obj: Object) -> bool:
        return is_ready(obj)

    def change(self, max_replica: int) -> dict[str, Any]:
        return {"spec": {"huggingFace": {"compute": {"scaling": {"maxReplica": max_replica}}}}}

    def singles(self, count: int) -> tuple[list[float], list[float]]:
        """Create `count` one after the other. Seconds from each apply to its POST, and from running to Ready."""
        applied, shown = asyncio.run(self._singles([f"single-{number:03d}" for number in range(count)]))
        asked = {one["body"]["name"]: one["time"] for one in self.world.provider.journal("create")}
        to_post = [asked[name] - at for name, at in applied.items()]
        to_ready = [shown[name] - asked[name] - LATENCY - _STAGES for name in applied]
        return to_post, to_ready

    async def _singles(self, names: list[str]) -> tuple[dict[str, float], dict[str, float]]:
        applied = {}
        async with self.watching() as (kube, watch):
            for name in names:
                applied[name] = time.time()
                await kube.apply(f"{self.collection}/{name}", self.manifest(name))
                await asyncio.sleep(_APART)
            await watch.until(len(names), seconds=self.plan.patience)
            return applied, watch.since


def is_ready(obj: Object) -> bool:
    """Whether Ready is True of the present generation."""
    return any(
        one["type"] == "Ready"
        and one["status"] == "True"
        and one["observedGeneration"] == obj["metadata"]["generation"]
        for one in obj.get("status", {}).get("conditions", [])
    )
