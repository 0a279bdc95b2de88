"""A demo as its user runs it: a process whose lines are read, and whose whole session can be looked at."""

import os
import re
import signal
import subprocess
import sys

SECONDS = 100
"""How long a demo may take to end."""


class Demo:
    """A demo in a process group of its own, so that whatever it leaves behind can be found."""

    def __init__(self, *arguments: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "inference_operator", "demo", *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
            env={**os.environ, "PYTHONIOENCODING": "utf-8", "PYTHONUNBUFFERED": "1"},
            start_new_session=True,
        )
        self.lines: list[str] = []

    def read_until(self, pattern: str) -> re.Match[str]:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.append(line.rstrip("\n"))
            if found := re.search(pattern, line):
                return found
        raise AssertionError(f"the demo ended before it said {pattern!r}:\n{self.text}")

    def end(self) -> int:
        rest, _ = self.process.communicate(timeout=SECONDS)
        self.lines += rest.splitlines()
        return self.process.returncode

    @property
    def text(self) -> str:
        return "\n".join(self.lines)

    def left_behind(self) -> list[str]:
        """Processes of the demo's session that still run: the session outlives changes of the process group."""
        listed = subprocess.run(["ps", "-eo", "pid,sess,stat,args"], capture_output=True, text=True, check=True).stdout
        rows = [line.split(None, 3) for line in listed.splitlines()[1:]]
        return [row[3] for row in rows if row[1] == str(self.process.pid) and not row[2].startswith("Z")]

    def stop(self) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            self.process.communicate(timeout=SECONDS)
