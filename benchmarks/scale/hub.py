"""Contender: a loop of the vendor's own client, one call after another, or in threads."""

import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

from benchmarks.scale.contender import Contender
from benchmarks.scale.contenders import HUB, HUB_THREADS
from benchmarks.scale.world import World


class Hub(Contender):
    """`huggingface_hub` in a process of its own. Nobody tells it a limit, so it keeps to none."""

    def __init__(self, world: World, *, threads: int) -> None:
        super().__init__(world)
        self.threads = threads
        self.name = HUB if threads == 1 else HUB_THREADS
        if threads == 1:
            # Ten of a thousand would take ten minutes and say nothing that one does not: it remembers nothing.
            self.rounds = 1

    @contextlib.contextmanager
    def at_work(self) -> Iterator[None]:
        self.namespace = self.world.namespace()
        yield

    def create(self) -> tuple[float, float]:
        return self._do("create")

    def edit(self) -> tuple[float, float]:
        return self._do("edit", f"--rounds={self.rounds}")

    @contextlib.contextmanager
    def guard(self) -> Iterator[None]:
        with subprocess.Popen(
            self._command("guard", f"--interval={self.plan.interval}"), env=_environment()
        ) as process:
            self.pid = process.pid
            try:
                yield
            finally:
                process.terminate()

    def _do(self, *work: str) -> tuple[float, float]:
        done = subprocess.run(self._command(*work), stdout=subprocess.PIPE, check=True, env=_environment())
        times: dict[str, Any] = json.loads(done.stdout)
        return times["began"], times["ended"]

    def _command(self, *work: str) -> list[str]:
        return [
            *(sys.executable, "-m", "benchmarks.scale.hub_loop", *work),
            f"--url={self.world.provider.url}",
            f"--namespace={self.namespace}",
            f"--size={self.plan.size}",
            f"--threads={self.threads}",
        ]


def _environment() -> dict[str, str]:
    return os.environ | {"HF_HUB_DISABLE_TELEMETRY": "1"}
