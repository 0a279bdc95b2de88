"""`inference-operator demo` stays up: what it tells its user to type works, and Ctrl-C ends it."""

import os
import shutil
import signal
import subprocess
from pathlib import Path

import pytest
from tests.demo.running import Demo

from inference_operator.localcluster import kubectl_path

ROOT = Path(__file__).parents[2]


@pytest.mark.proof
def test_it_stays_up_and_every_line_to_type_works_until_ctrl_c(demo: type[Demo]) -> None:
    shown = demo()
    shown.read_until("In a second terminal")
    shown.read_until("The operator's log")
    path = f"{kubectl_path().parent}{os.pathsep}{os.environ['PATH']}"
    terminal = {**os.environ, "PATH": path, "KUBE_EDITOR": "true"}
    for line in _lines_to_type(shown):
        _type(line, terminal)
    os.kill(shown.process.pid, signal.SIGINT)
    assert shown.end() == 0, shown.text
    assert "✓ provider     received: pause sentiment" in shown.lines
    assert shown.lines[-1] == "Everything is stopped and removed."
    assert shown.left_behind() == []


def _lines_to_type(shown: Demo) -> list[str]:
    begin = next(number for number, line in enumerate(shown.lines) if "In a second terminal" in line)
    lines = [line.strip() for line in shown.lines[begin:] if line.startswith("  ")]
    assert len(lines) >= 8
    return [line for line in lines if shutil.which("curl") or not line.startswith("curl ")]


def _type(line: str, env: dict[str, str]) -> None:
    """Run one printed line in the shell of a second terminal; what it exports is there for the next."""
    command = line.replace(" --watch", "")  # which would never end
    script = f"set -e; {command}\nprintf '\\0'; env -0"
    done = subprocess.run(["bash", "-c", script], capture_output=True, env=env, cwd=ROOT, check=False, timeout=60)
    assert done.returncode == 0, f"{line}: {done.stderr.decode()}"
    exported = done.stdout.decode().partition("\0")[2]
    env |= dict(entry.split("=", 1) for entry in exported.split("\0") if "=" in entry)
