"""Ends a cluster with the process that started it, however that process ends.

This file is also run as a script, by the path of the file, so it imports nothing but the standard library.
It waits for the end of its standard input, which the kernel closes when the starting process dies, by SIGKILL
too.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import signal
import sys
import time
from pathlib import Path

DEADLINE = 10.0
"""Seconds that killed processes get to disappear."""


def is_running(lock: Path) -> bool:
    """Whether a process of the cluster lives: each holds a shared lock on this file until it has ended."""
    try:
        with lock.open() as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except FileNotFoundError:
        return False
    return False


def end(group: int | None, lock: Path, directory: Path) -> bool:
    """Kill the process group of a cluster, wait until it is gone, remove its directory.

    SIGKILL at once: the data goes too, so there is nothing to close in order. Returns False, with the
    directory still there, when a process is left after `DEADLINE`.
    """
    deadline = time.monotonic() + DEADLINE
    # Once without looking at the lock: somebody may have removed the directory under the running processes.
    _kill(group)
    while is_running(lock):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.01)
        _kill(group)
    shutil.rmtree(directory, ignore_errors=True)
    return True


def _kill(group: int | None) -> None:
    if group is not None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(group, signal.SIGKILL)


def main(lock: Path, directory: Path) -> bool:
    """Read the process group's number from standard input, wait for the end of input, end the cluster."""
    group = None
    for line in sys.stdin:
        group = int(line)
    return end(group, lock, directory)


if __name__ == "__main__":
    sys.exit(not main(Path(sys.argv[1]), Path(sys.argv[2])))
