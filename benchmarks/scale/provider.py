"""The simulated provider, as a process of its own: its work must not be paid by whoever is measured."""

import contextlib
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx

from benchmarks.scale import wanted

_WRITES = ("create", "update", "delete", "pause", "resume", "scaleToZero")
_LOOK_AGAIN = 0.05


@dataclass(frozen=True)
class Provider:
    """Its address and its controls. Times are seconds since 1970, of the one clock of this machine."""

    url: str
    pid: int
    http: httpx.Client

    def reset(self, *, latency: float) -> None:
        """Forget all endpoints and requests; from now on each answer takes `latency` seconds longer."""
        self._control("POST", "reset")
        self.latency(latency)

    def latency(self, seconds: float) -> None:
        """Delay every answer."""
        self._control("DELETE", "faults")
        if seconds:
            self._control("POST", "faults", {"action": "delay", "delay": seconds})

    def forget(self) -> None:
        """Empty the journal and the counters."""
        self._control("DELETE", "calls")

    def calls(self) -> dict[str, int]:
        """Requests by operation since the last `forget`."""
        return dict(self._control("GET", "calls")["calls"])

    def total(self) -> int:
        """All requests."""
        return sum(self.calls().values())

    def writes(self) -> int:
        """Requests that change something."""
        calls = self.calls()
        return sum(calls.get(operation, 0) for operation in _WRITES)

    def journal(self, *operations: str) -> list[dict[str, Any]]:
        """The requests of these operations (all without any), oldest first; of very many the last 20,000."""
        found = self._control("GET", "journal")["items"]
        return [one for one in found if not operations or one["operation"] in operations]

    def last(self, operation: str) -> float:
        """When the last request of an operation came in."""
        return float(self.journal(operation)[-1]["time"])

    def drift(self, namespace: str, name: str) -> None:
        """Change an endpoint as a person at the provider's console does."""
        patch = {"compute": {"scaling": {"maxReplica": wanted.DRIFTED}}}
        self._control("PATCH", f"endpoints/{namespace}/{name}", patch)

    def max_replicas(self, namespace: str) -> list[int]:
        """maxReplica of every endpoint of a namespace."""
        found = self._control("GET", "endpoints").get(namespace, {}).values()
        return [one["compute"]["scaling"]["maxReplica"] for one in found]

    def await_calls(self, operation: str, count: int, *, timeout: float) -> None:
        """Return once `count` requests of an operation came in."""
        deadline = time.monotonic() + timeout
        while self.calls().get(operation, 0) < count:
            if time.monotonic() > deadline:
                raise TimeoutError(f"{self.calls().get(operation, 0)} of {count} {operation} in {timeout:.0f} s")
            time.sleep(_LOOK_AGAIN)

    def await_quiet(self, operation: str, *, quiet: float, timeout: float) -> None:
        """Return once no request of an operation came in for `quiet` seconds."""
        deadline, seen, since = time.monotonic() + timeout, -1, time.monotonic()
        while time.monotonic() - since < quiet:
            if time.monotonic() > deadline:
                raise TimeoutError(f"{operation} goes on after {timeout:.0f} s")
            time.sleep(_LOOK_AGAIN)
            if (count := self.calls().get(operation, 0)) != seen:
                seen, since = count, time.monotonic()

    def _control(self, method: str, path: str, body: Any = None) -> Any:
        return self.http.request(method, f"{self.url}/_sim/{path}", json=body).raise_for_status().json()


@contextlib.contextmanager
def running_provider() -> Iterator[Provider]:
    """A simulator on a free port of this machine, until the end of the block."""
    command = [sys.executable, "-m", "inference_operator", "simulate", "--port=0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True) as process:
        try:
            assert process.stdout is not None
            url = process.stdout.readline().split()[-1]
            with httpx.Client(timeout=60, trust_env=False) as http:
                yield Provider(url, process.pid, http)
        finally:
            process.terminate()
