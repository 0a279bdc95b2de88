"""The operator as a cluster runs it: a process of its own, with the rights of deploy/rbac and no more."""

import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar, Self

import httpx

from inference_operator.localcluster.ports import free_port

START_SECONDS = 30.0
STOP_SECONDS = 30.0


class OperatorProcess:
    """`inference-operator run` as a process. A restart keeps its ports and adds to its log.

    Two operators would work on the same resources: starting one stops another of this test process.
    """

    _at_work: ClassVar["OperatorProcess | None"] = None

    def __init__(self, kubeconfig: Path, directory: Path, *, flags: Sequence[str] = ()) -> None:
        self.kubeconfig = kubeconfig
        self.log_path = directory / "operator.log"
        self.health_url = f"http://127.0.0.1:{(health := free_port())}"
        self.metrics_url = f"http://127.0.0.1:{(metrics := free_port())}"
        self._flags = (*flags, f"--health-port={health}", f"--metrics-port={metrics}")
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def running(self) -> bool:
        """Whether the process lives."""
        return self._process is not None and self._process.poll() is None

    @property
    def pid(self) -> int:
        """The process id; AssertionError when it does not run."""
        assert self._process is not None, "the operator was not started"
        return self._process.pid

    @property
    def log(self) -> str:
        """Everything logged so far, of all runs."""
        return self.log_path.read_text() if self.log_path.exists() else ""

    def start(self) -> Self:
        """Start it and return once /readyz says that it watches; nothing if it runs already."""
        if self.running:
            return self
        self.stop_the_one_at_work()
        OperatorProcess._at_work = self
        with self.log_path.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "inference_operator", "run", f"--kubeconfig={self.kubeconfig}", *self._flags],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        self._wait_until_ready()
        return self

    @classmethod
    def stop_the_one_at_work(cls) -> None:
        """Stop the operator of this test process, if one runs."""
        if cls._at_work is not None:
            cls._at_work.stop()
        cls._at_work = None

    def stop(self) -> None:
        """SIGTERM, as a rolling update sends it, and assert exit code 0; nothing if it is stopped already."""
        if self._process is None:
            return
        self._process.send_signal(signal.SIGTERM)
        code = self._process.wait(STOP_SECONDS)
        self._process = None
        assert code == 0, f"the operator ended with exit code {code}:\n{self.tail()}"

    def kill(self) -> None:
        """SIGKILL, as a node that dies."""
        if self._process is not None:
            self._process.kill()
            self._process.wait(STOP_SECONDS)
            self._process = None

    def restart(self) -> None:
        """Stop it and start it again."""
        self.stop()
        self.start()

    def metrics(self) -> str:
        """What /metrics answers."""
        return httpx.get(f"{self.metrics_url}/metrics", timeout=10).raise_for_status().text

    def tail(self, lines: int = 30) -> str:
        """The end of the log."""
        return "\n".join(self.log.splitlines()[-lines:])

    def _wait_until_ready(self) -> None:
        until = time.monotonic() + START_SECONDS
        while not self._is_ready():
            assert self.running, f"the operator ended at once:\n{self.tail()}"
            assert time.monotonic() < until, f"the operator was not ready in {START_SECONDS:.0f} s:\n{self.tail()}"
            time.sleep(0.05)

    def _is_ready(self) -> bool:
        try:
            return httpx.get(f"{self.health_url}/readyz", timeout=2).is_success
        except httpx.TransportError:
            return False
