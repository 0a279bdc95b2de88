"""How long work reports that it goes on: the caller decides where the lines go."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from inference_operator.localcluster.errors import LocalClusterError

Progress = Callable[[str], None]
"""Takes one line of text, without a line end."""

INTERVAL = 5.0
"""Seconds between two lines about the same work."""


def to_stderr(line: str) -> None:
    """Write one line to standard error at once; standard output stays for what a command was asked for."""
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()


class Ticker:
    """Passes on a line at most every `INTERVAL` seconds."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._next = time.monotonic() + INTERVAL

    def tick(self, line: str) -> None:
        """Report the line, if it is time."""
        if time.monotonic() >= self._next:
            self._progress(line)
            self._next = time.monotonic() + INTERVAL


def run_reporting(
    command: Sequence[str],
    *,
    what: str,
    progress: Progress,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
) -> None:
    """Run a command to its end, with a line of what it does every few seconds.

    Raises LocalClusterError, with the last lines of its output, when it fails.
    """
    ticker, begin = Ticker(progress), time.monotonic()
    progress(what)
    with tempfile.TemporaryFile("w+") as output:
        process = subprocess.Popen(  # noqa: S603 - the commands are those of this package
            command, stdout=output, stderr=output, cwd=cwd, env=env
        )
        try:
            while process.poll() is None:
                time.sleep(0.1)
                ticker.tick(f"{what}: {time.monotonic() - begin:.0f} s")
        finally:
            process.kill()
            process.wait()
        output.seek(0)
        tail = " | ".join(output.read().splitlines()[-3:])
    if process.returncode != 0:
        raise LocalClusterError(f"{what} failed: {tail}")
