"""The cluster with a node that `make e2e` runs on: kind's, one that somebody names, or the one of the scripts here."""

import contextlib
import fcntl
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.support.go_tools import GoTool
from tests.support.kind import NAME, kind_cluster

from inference_operator.localcluster import kubectl_path
from inference_operator.localcluster.binaries import find_binaries
from inference_operator.localcluster.cache import Cache, cache_root
from inference_operator.localcluster.gotoolchain import go_command
from inference_operator.localcluster.progress import to_stderr

SCRIPTS = Path(__file__).parent / "cluster"
KIND = GoTool(
    name="kind",
    version="v0.33.0",
    module=Path(__file__).parents[2] / "kind" / "configcheck",
    package="sigs.k8s.io/kind",
)
_NAMED = ("KUBECONFIG", "E2E_IMAGE_LOADER", "E2E_HOST_IP")
_SCRIPT_HOST_IP = "10.244.0.1"


class NoCluster(Exception):  # noqa: N818 - what it says
    """There is no cluster to run on; the text says what is missing."""


@dataclass(frozen=True)
class NodeCluster:
    """A cluster whose pods run. `host_ip`: where they reach this machine; `load(DIR, TAG)`: builds an image into it."""

    kubeconfig: Path
    host_ip: str
    load: Callable[[Path, str], None]


@contextlib.contextmanager
def chosen(directory: Path) -> Iterator[NodeCluster]:
    """The cluster that the environment names, ready. `directory`: for files of its own. Raises NoCluster."""
    wanted = os.environ.get("E2E_CLUSTER", "")
    if wanted not in {"", "kind"}:
        raise NoCluster(f"E2E_CLUSTER={wanted} is not known: it may be kind, or be left out.")
    if wanted == "kind":
        with _of_kind(directory) as cluster:
            yield cluster
    elif any(os.environ.get(name) for name in _NAMED[1:]):
        yield _named()
    else:
        with _of_the_scripts() as cluster:
            yield cluster


@contextlib.contextmanager
def _of_kind(directory: Path) -> Iterator[NodeCluster]:
    if shutil.which("docker") is None or not _succeeds("docker", "info"):
        raise NoCluster(
            "E2E_CLUSTER=kind needs Docker, and no Docker daemon answers: start it, or leave E2E_CLUSTER out."
        )
    if shutil.which("kind") is None:
        os.environ["PATH"] = os.pathsep.join((str(KIND.path().parent), os.environ["PATH"]))
    kept = NAME in _output("kind", "get", "clusters").split()
    try:
        kubeconfig = kind_cluster(directory).kubeconfig
        yield NodeCluster(kubeconfig, _gateway(), _load_into_kind)
    finally:
        if not kept:
            _run("kind", "delete", "cluster", f"--name={NAME}")


def _gateway() -> str:
    """The address of this machine in kind's network."""
    gateways = _output("docker", "network", "inspect", "kind", "--format={{range .IPAM.Config}}{{.Gateway}} {{end}}")
    return next(one for one in gateways.split() if ":" not in one)


def _load_into_kind(folder: Path, tag: str) -> None:
    _run("docker", "build", f"--tag={tag}", str(folder))
    _run("kind", "load", "docker-image", tag, f"--name={NAME}")


def _named() -> NodeCluster:
    missing = [name for name in _NAMED if not os.environ.get(name)]
    if missing:
        raise NoCluster(f"{', '.join(missing)} must be set beside the others of {', '.join(_NAMED)}.")
    loader = os.environ["E2E_IMAGE_LOADER"]

    def load(folder: Path, tag: str) -> None:
        _run(loader, str(folder), tag)

    return NodeCluster(Path(os.environ["KUBECONFIG"]), os.environ["E2E_HOST_IP"], load)


@contextlib.contextmanager
def _of_the_scripts() -> Iterator[NodeCluster]:
    find_binaries(progress=to_stderr)
    cache = Cache(cache_root())
    tools = [Path(go_command(cache=cache, progress=to_stderr)).parent, kubectl_path().parent]
    environment = os.environ | {
        "PATH": os.pathsep.join((*map(str, tools), os.environ["PATH"])),
        "CONTROL_PLANE": str(cache.binaries),
    }

    def script(name: str, *args: str) -> None:
        _run(str(SCRIPTS / name), *args, env=environment)

    cache.root.mkdir(parents=True, exist_ok=True)
    with (cache.root / "node.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        try:
            script("up")
            kubeconfig = Path(_output(str(SCRIPTS / "kubeconfig")).strip())
            yield NodeCluster(kubeconfig, _SCRIPT_HOST_IP, lambda folder, tag: script("image", str(folder), tag))
        finally:
            script("down")


def _run(*command: str, env: dict[str, str] | None = None) -> None:
    if shutil.which(command[0]) is None:
        raise NoCluster(f"{command[0]} is no program.")
    # Not captured: it may take minutes, and says what it does.
    done = subprocess.run(command, env=env, stdin=subprocess.DEVNULL, check=False)
    if done.returncode != 0:
        raise NoCluster(f"{' '.join(command)} failed, with exit code {done.returncode}.")


def _succeeds(*command: str) -> bool:
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def _output(*command: str) -> str:
    return subprocess.run(command, check=True, text=True, stdout=subprocess.PIPE).stdout
