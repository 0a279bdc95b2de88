"""The operator as a cluster runs it: a process of its own, with the rights of deploy/rbac and no more."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import ClassVar, Self

import httpx

from inference_operator.localcluster.ports import free_port
from tests.support.kube_api import KubeApi

LEASE = "/apis/coordination.k8s.io/v1/namespaces/inference-operator-system/leases/inference-operator"
LEADING = 'leader_election_master_status{name="inference-operator"} 1.0'

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
    def leads(self) -> bool:
        """Whether it says that it holds the Lease."""
        return _answered(lambda: LEADING in self.metrics())

    @property
    def pid(self) -> int:
        """The process id; AssertionError when it does not run."""
        assert self._process is not None, "the operator was not started"
        return self._process.pid

    @property
    def log(self) -> str:
        """Everything logged so far, of all runs."""
        return self.log_path.read_text() if self.log_path.exists() else ""

    @contextlib.contextmanager
    def at_work(self) -> Iterator[Self]:
        """Start it, and see at the end of the block that it stops as it should."""
        try:
            yield self.start()
            self.stop()
        finally:
            self.kill()

    def start(self) -> Self:
        """Start it and return once it watches and leads; nothing if it runs already."""
        if self.running:
            return self
        self.stop_the_one_at_work()
        OperatorProcess._at_work = self
        self.launch()
        self._wait_until(lambda: self.leads)
        return self

    def launch(self) -> Self:
        """Start it beside whatever runs, and return once /readyz says that it watches, be it as a standby."""
        with self.log_path.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "inference_operator", "run", f"--kubeconfig={self.kubeconfig}", *self._flags],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        self._wait_until(lambda: httpx.get(f"{self.health_url}/readyz", timeout=2).is_success)
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
        """SIGKILL, as a node that dies, and free the Lease, which else the next one would have to wait out."""
        if self._process is not None:
            self.kill_holding()
            api = KubeApi(self.kubeconfig)
            if api.get(LEASE) is not None:
                api.patch(LEASE, {"spec": {"holderIdentity": None}})
            api.close()

    def kill_holding(self) -> None:
        """SIGKILL and nothing else: the Lease goes on until it ends."""
        self.signal(signal.SIGKILL)
        self.wait()

    def signal(self, number: signal.Signals) -> None:
        """Send a signal without waiting for what comes of it."""
        os.kill(self.pid, number)

    def freeze(self) -> None:
        """SIGSTOP: it stands still, wherever it is."""
        self.signal(signal.SIGSTOP)

    def wake(self) -> None:
        """SIGCONT, after `freeze`."""
        self.signal(signal.SIGCONT)

    def wait(self) -> int:
        """Wait until it has ended, and return its exit code."""
        assert self._process is not None, "the operator was not started"
        code = self._process.wait(STOP_SECONDS)
        self._process = None
        return code

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

    def _wait_until(self, holds: Callable[[], bool]) -> None:
        until = time.monotonic() + START_SECONDS
        while not _answered(holds):
            assert self.running, f"the operator ended at once:\n{self.tail()}"
            assert time.monotonic() < until, f"the operator was not ready in {START_SECONDS:.0f} s:\n{self.tail()}"
            time.sleep(0.05)


def _answered(holds: Callable[[], bool]) -> bool:
    try:
        return holds()
    except httpx.TransportError:
        return False
