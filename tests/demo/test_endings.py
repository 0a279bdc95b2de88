"""How a demo ends when something goes wrong: it says what, and leaves no process behind."""

import os
import re
import signal
import subprocess
import time
from pathlib import Path

import pytest
from tests.demo.running import SECONDS, Demo

from inference_operator.cli.demo_error import DemoError
from inference_operator.cli.demo_files import Manifests


@pytest.mark.proof
@pytest.mark.parametrize(
    ("announcement", "what"),
    [(r"Operator .* process (\d+)", "operator"), (r"Provider ", "simulator")],
)
def test_a_part_that_dies_is_named_and_makes_it_fail(demo: type[Demo], announcement: str, what: str) -> None:
    shown = demo("--once")
    shown.read_until(announcement)
    os.kill(_pid_of(shown, what), signal.SIGKILL)
    assert shown.end() == 1, shown.text
    assert re.search(rf"✗ The {what} \(process \d+\) was killed by signal 9 while the demo needed it\.", shown.text)
    assert shown.left_behind() == []


def test_sigterm_at_any_time_stops_everything(demo: type[Demo]) -> None:
    shown = demo("--once")
    shown.read_until("Kubernetes")
    shown.process.send_signal(signal.SIGTERM)
    assert shown.end() == 1
    assert "Interrupted before the end: all is stopped." in shown.text
    assert shown.left_behind() == []


@pytest.mark.proof
def test_a_demo_that_is_killed_takes_its_processes_along(demo: type[Demo]) -> None:
    shown = demo()
    shown.read_until("Operator")
    shown.process.kill()
    shown.process.communicate(timeout=SECONDS)
    deadline = time.monotonic() + SECONDS
    while shown.left_behind() and time.monotonic() < deadline:
        time.sleep(0.1)
    assert shown.left_behind() == []


def test_without_the_repository_it_says_what_is_missing_and_where_it_is(tmp_path: Path) -> None:
    with pytest.raises(DemoError, match=r"deploy/rbac .* Clone the repository and run `make demo` in it"):
        _ = Manifests(tmp_path).rbac


def _pid_of(shown: Demo, what: str) -> int:
    command = {"operator": "inference_operator run ", "simulator": "inference_operator simulate "}[what]
    listed = subprocess.run(["ps", "-eo", "pid,sess,args"], capture_output=True, text=True, check=True).stdout
    rows = [line.split(None, 2) for line in listed.splitlines()[1:]]
    (pid,) = [int(row[0]) for row in rows if row[1] == str(shown.process.pid) and command in row[2]]
    return pid
