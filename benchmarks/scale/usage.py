"""What a process uses, from /proc."""

import os
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Self

_TICKS = os.sysconf("SC_CLK_TCK")
_MIB = 1 << 20


def cpu_seconds(*pids: int) -> float:
    """User and system time of the processes, in seconds."""
    return sum(_ticks(pid) for pid in pids) / _TICKS


def rss(pid: int) -> float:
    """Resident memory in MiB."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / _MIB


def children(*commands: str) -> list[int]:
    """The processes that this one started, by their command's name: the control plane's are among them."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            head, _, tail = stat.read_text().rpartition(") ")
        except OSError:
            continue
        pid, _, command = head.partition(" (")
        # The kernel keeps 15 characters of a command's name.
        if int(tail.split()[1]) == os.getpid() and command in {known[:15] for known in commands}:
            found.append(int(pid))
    return found


@dataclass(frozen=True)
class Stopwatch:
    """CPU of some processes since a moment."""

    pids: tuple[int, ...]
    began: float
    used: float

    @classmethod
    def start(cls, *pids: int) -> Self:
        """Begin now."""
        return cls(pids, time.monotonic(), cpu_seconds(*pids))

    @property
    def seconds(self) -> float:
        """CPU seconds since then."""
        return cpu_seconds(*self.pids) - self.used

    @property
    def millicores(self) -> float:
        """CPU since then, on average."""
        return 1000 * self.seconds / (time.monotonic() - self.began)


def _ticks(pid: int) -> int:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()
    return int(fields[11]) + int(fields[12])
