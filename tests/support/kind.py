"""The kind cluster of `--cluster kind`: made when there is none, kept for the next run."""

import fcntl
import shutil
import subprocess
from pathlib import Path

from tests.support.cluster import ExternalCluster

NAME = "inference-operator-tests"
CONFIG = Path(__file__).parent.parent / "kind" / "config.yaml"


def missing_for_kind() -> str | None:
    """One sentence that says what `--cluster kind` lacks here, or None."""
    if shutil.which("kind") is None:
        return "--cluster kind needs the kind command on PATH: install kind, or use --cluster local."
    if shutil.which("docker") is None or not _succeeds("docker", "info"):
        return "--cluster kind needs Docker, and no Docker daemon answers: start it, or use --cluster local."
    return None


def kind_cluster(directory: Path) -> ExternalCluster:
    """The shared kind cluster; parallel test processes wait for the one that makes it."""
    kubeconfig = directory / "kind.kubeconfig"
    with (directory.parent / "kind.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if NAME not in _kind("get", "clusters").split():
            _kind("create", "cluster", f"--name={NAME}", f"--config={CONFIG}", "--wait=120s")
        _kind("export", "kubeconfig", f"--name={NAME}", f"--kubeconfig={kubeconfig}")
    return ExternalCluster(kubeconfig, directory)


def _kind(*args: str) -> str:
    return subprocess.run(["kind", *args], check=True, text=True, stdout=subprocess.PIPE).stdout


def _succeeds(*command: str) -> bool:
    return subprocess.run(command, capture_output=True, check=False).returncode == 0
