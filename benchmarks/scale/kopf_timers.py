"""Contender: the per-object way of kopf, a create handler and a timer for each object."""

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks.scale import wanted, workload
from benchmarks.scale.contender import ByResources
from benchmarks.scale.contenders import KOPF
from benchmarks.scale.kube import Object

_STOP_SECONDS = 15
_HANDLERS = Path(__file__).with_name("kopf_handlers.py")


class KopfTimers(ByResources):
    """`kopf run` of `kopf_handlers.py`, on objects of its own kind, as administrator."""

    name = KOPF

    @property
    def collection(self) -> str:
        return f"/apis/{workload.KOPF_API_VERSION}/namespaces/{self.namespace}/{workload.KOPF_PLURAL}"

    @contextlib.contextmanager
    def at_work(self) -> Iterator[None]:
        self.namespace = self.world.namespace()
        log = self.world.directory / f"kopf-{self.namespace}.log"
        command = [sys.executable, "-m", "kopf", "run", "--standalone", "--all-namespaces", "--quiet"]
        with (
            log.open("wb") as output,
            subprocess.Popen(
                [*command, str(_HANDLERS)], env=self._environment(), stdout=output, stderr=output
            ) as process,
        ):
            self.pid = process.pid
            try:
                yield
            except BaseException:
                print(log.read_text()[-2000:], file=sys.stderr)
                raise
            finally:
                process.terminate()
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(_STOP_SECONDS)
                process.kill()
        # A delete whose answer it lost, it would repeat for ever: "not found" is no success to so small a handler.
        self.world.provider.latency(0)
        self.world.purge(self.collection)

    @contextlib.contextmanager
    def guard(self) -> Iterator[None]:
        yield

    def manifest(self, name: str) -> Object:
        return workload.kopf_resource(self.namespace, name)

    def ready(self, obj: Object) -> bool:
        return bool(obj.get("status", {}).get("state") == "running")

    def change(self, max_replica: int) -> dict[str, Any]:
        return {"spec": {"compute": {"scaling": {"maxReplica": max_replica}}}}

    def _environment(self) -> dict[str, str]:
        return os.environ | {
            "KUBECONFIG": str(self.world.cluster.kubeconfig),
            "BENCH_PLURAL": workload.KOPF_PLURAL,
            "BENCH_URL": self.world.provider.url,
            "BENCH_INTERVAL": str(self.plan.interval),
            "BENCH_TOKEN": wanted.TOKEN,
        }
