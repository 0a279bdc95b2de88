"""The options that tests/conftest.py adds to pytest, each in a pytest of its own."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent

PROOF = """
import pytest

@pytest.mark.proof
def test_long():
    pass

def test_short():
    pass
"""


def run_pytest(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-p",
        "tests.conftest",
        "-p",
        "no:cacheprovider",
        "--rootdir",
        ".",
    ]
    return subprocess.run(
        [*command, *arguments],
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def test_proofs_run_only_with_the_option(tmp_path: Path) -> None:
    (tmp_path / "test_it.py").write_text(PROOF)
    assert "1 passed, 1 deselected" in run_pytest(str(tmp_path)).stdout
    assert "2 passed" in run_pytest("--proof", str(tmp_path)).stdout


def test_kind_without_docker_fails_with_one_sentence(tmp_path: Path) -> None:
    shutil.copy(shutil.which("true") or "", tmp_path / "kind")
    done = run_pytest("--cluster=kind", str(tmp_path), PATH=str(tmp_path))
    assert done.returncode == 4
    sentence = "--cluster kind needs Docker, and no Docker daemon answers: start it, or use --cluster local."
    assert done.stderr.strip().splitlines()[-1] == f"ERROR: {sentence}"
