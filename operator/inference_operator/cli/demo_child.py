"""The processes of the demo beside the cluster: each with its log in a file, and none outlives the demo."""

import json
import subprocess
import sys
from collections.abc import Sequence
from types import TracebackType
from typing import Self

from inference_operator.cli.demo_error import DemoError
from inference_operator.localcluster import LocalCluster
from inference_operator.localcluster.layout import Layout

STOP_SECONDS = 15.0
"""How long a process gets to stop by itself before it is killed."""

_TAIL = 12


class Child:
    """`inference-operator <arguments>` as a process; leaving the context stops it.

    It joins the cluster's process group, for two reasons: the terminal's Ctrl-C reaches only the demo itself, which
    then stops everything in order; and when the demo is killed, the cluster's guard ends that whole group.
    """

    def __init__(self, name: str, arguments: Sequence[str], cluster: LocalCluster) -> None:
        self.name = name
        self.log = Layout(cluster.directory).log(name)
        group = json.loads(Layout(cluster.directory).state.read_text())["group"]
        with self.log.open("wb") as output:
            self._process = subprocess.Popen(  # noqa: S603 - this very interpreter and package
                [sys.executable, "-m", "inference_operator", *arguments],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                process_group=group,
            )

    @property
    def pid(self) -> int:
        """The process id."""
        return self._process.pid

    def check(self) -> None:
        """Raise DemoError, with the end of its log, when the process has ended by itself."""
        code = self._process.poll()
        if code is None:
            return
        how = f"was killed by signal {-code}" if code < 0 else f"ended with exit code {code}"
        raise DemoError(f"The {self.name} (process {self.pid}) {how} while the demo needed it.", log=self.tail())

    def tail(self) -> str:
        """The last lines of its log."""
        lines = self.log.read_text(errors="replace").splitlines() if self.log.exists() else []
        return "\n".join(lines[-_TAIL:])

    def stop(self) -> None:
        """Ask it to stop, and kill it when it doesn't."""
        self._process.terminate()
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
