"""kubectl, as the person in front of the demo would use it."""

import json
import subprocess
from pathlib import Path
from typing import Any

from inference_operator.cli.demo_error import DemoError

_SECONDS = 60.0


class Kubectl:
    """kubectl with one kubeconfig. `path`: the binary."""

    def __init__(self, path: Path, kubeconfig: Path) -> None:
        self.path = path
        # Beside the kubeconfig: the usual cache goes by address, and a later cluster may get the same port.
        cache = kubeconfig.parent / "cache"
        self._command = [str(path), f"--kubeconfig={kubeconfig}", f"--cache-dir={cache}"]

    def run(self, *args: str, stdin: str | None = None) -> str:
        """Run one command and return what it printed. Raises DemoError with kubectl's words."""
        done = self._run(*args, stdin=stdin)
        if done.returncode != 0:
            raise DemoError(f"`kubectl {' '.join(args)}` failed: {done.stderr.strip()}")
        return done.stdout

    def find(self, kind: str, name: str) -> dict[str, Any] | None:
        """One object, None where there is none."""
        printed = self.run("get", kind, name, "--output=json", "--ignore-not-found")
        return dict(json.loads(printed)) if printed else None

    def _run(self, *args: str, stdin: str | None) -> "subprocess.CompletedProcess[str]":
        try:
            return subprocess.run(  # noqa: S603 - kubectl, with the demo's own arguments
                [*self._command, *args],
                input=stdin,
                stdin=None if stdin is not None else subprocess.DEVNULL,
                text=True,
                capture_output=True,
                check=False,
                timeout=_SECONDS,
            )
        except subprocess.TimeoutExpired:
            raise DemoError(f"`kubectl {' '.join(args)}` did not end within {_SECONDS:.0f} s.") from None
