"""The processes of one cluster: one process group, one lock that all hold, one guard that ends them."""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from inference_operator.localcluster import guard
from inference_operator.localcluster.errors import LocalClusterError
from inference_operator.localcluster.layout import Layout


class Processes:
    """Starts components into one process group; `detached` ones outlive this process, others end with it."""

    def __init__(self, layout: Layout, *, detached: bool) -> None:
        self._layout = layout
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        self._guard = None if detached else _start_guard(layout)
        self._ended = False
        self.group: int | None = None

    def start(self, component: str, command: list[str]) -> None:
        """Start a component; its output goes to its log file."""
        try:
            process = self._spawn(command, self._layout.log(component))
        except OSError as error:
            raise LocalClusterError(f"{command[0]} does not run here: {error.strerror}.") from None
        self._running[component] = process
        if self.group is None:
            self.group = process.pid
            self._tell_guard(process.pid)

    def _spawn(self, command: list[str], log: Path) -> subprocess.Popen[bytes]:
        with _lifeline(self._layout) as lifeline, log.open("ab") as output:
            return subprocess.Popen(  # noqa: S603 - the command is made in components.py
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                pass_fds=[lifeline],
                process_group=self.group or 0,
                cwd=self._layout.root,
            )

    def _tell_guard(self, group: int) -> None:
        if self._guard is not None and self._guard.stdin is not None:
            self._guard.stdin.write(f"{group}\n".encode())
            self._guard.stdin.flush()

    def kill(self, component: str) -> None:
        """Kill one component and wait until it is gone."""
        process = self._running.pop(component)
        process.kill()
        process.wait()

    def check(self) -> None:
        """Raise LocalClusterError, with the end of its log, when a component has ended by itself."""
        for component, process in self._running.items():
            if process.poll() is not None:
                tail = " | ".join(self._layout.log(component).read_text(errors="replace").splitlines()[-3:])
                raise LocalClusterError(f"{component} ended with code {process.returncode}; its last lines: {tail}")

    def end(self) -> None:
        """Kill all components and remove the cluster's directory; a second call does nothing.

        Raises LocalClusterError when a process is left.
        """
        if self._ended:
            return
        if self._guard is not None and self._guard.stdin is not None:
            self._guard.stdin.close()
            ended = self._guard.wait() == 0
        else:
            ended = guard.end(self.group, self._layout.lock, self._layout.root)
        if not ended:
            raise LocalClusterError(
                f"The cluster in {self._layout.root} does not end: look for process group {self.group}."
            )
        for process in self._running.values():
            process.wait()
        self._ended = True


@contextmanager
def _lifeline(layout: Layout) -> Iterator[int]:
    """A file descriptor that holds the cluster's lock for as long as a process has it open."""
    descriptor = os.open(layout.lock, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH)
        yield descriptor
    finally:
        os.close(descriptor)


def _start_guard(layout: Layout) -> subprocess.Popen[bytes]:
    # A group of its own, or the Ctrl-C that ends the starting process would end the guard before its work.
    return subprocess.Popen(  # noqa: S603 - this very interpreter
        [sys.executable, "-I", "-S", guard.__file__, str(layout.lock), str(layout.root)],
        stdin=subprocess.PIPE,
        process_group=0,
        cwd="/",
    )
