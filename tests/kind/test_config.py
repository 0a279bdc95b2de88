"""kind itself reads the config, up to the point where it asks Docker for the node image."""

import os
import re
import subprocess
from pathlib import Path

import pytest
import yaml

from inference_operator.localcluster.cache import Cache, cache_root
from inference_operator.localcluster.gotoolchain import go_command
from inference_operator.localcluster.progress import to_stderr

HERE = Path(__file__).parent
CONFIG = HERE / "config.yaml"

DOCKER = """#!/bin/sh
echo "$@" >> "$DOCKER_CALLS"
case "$1" in
info) echo '{"CgroupVersion": "2", "MemoryLimit": true, "PidsLimit": true, "CPUShares": true}' ;;
network) exit 1 ;;
esac
"""


@pytest.fixture(scope="module")
def kind(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The kind command, built from the pins in configcheck/."""
    go = go_command(cache=Cache(cache_root()), progress=to_stderr)
    path = tmp_path_factory.mktemp("kind") / "kind"
    environment = {"HOME": str(Path.home()), **os.environ, "CGO_ENABLED": "0", "GOFLAGS": "-mod=readonly"}
    command = [go, "build", "-trimpath", "-buildvcs=false", "-o", path, "sigs.k8s.io/kind"]
    subprocess.run(command, cwd=HERE / "configcheck", env=environment, check=True)
    return path


class Loader:
    """kind with a Docker that has every image and no network: it stops right after it accepted the config."""

    def __init__(self, kind: Path, directory: Path) -> None:
        self._kind, self._directory = kind, directory
        self.calls = directory / "calls"
        docker = directory / "docker"
        docker.write_text(DOCKER)
        docker.chmod(0o755)

    def load(self, config: Path) -> str:
        """What kind says about a config."""
        path = f"{self._directory}:{os.environ['PATH']}"
        environment = {
            **os.environ,
            "PATH": path,
            "DOCKER_CALLS": str(self.calls),
            "HOME": str(self._directory),
        }
        environment["KIND_EXPERIMENTAL_PROVIDER"] = "docker"
        done = subprocess.run(
            [self._kind, "create", "cluster", f"--config={config}"],
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        return done.stderr


@pytest.fixture
def loader(kind: Path, tmp_path: Path) -> Loader:
    return Loader(kind, tmp_path)


def test_kind_accepts_the_config_and_asks_docker_for_its_node_image(loader: Loader) -> None:
    said = loader.load(CONFIG)
    image = yaml.safe_load(CONFIG.read_text())["nodes"][0]["image"].split("@")[0]
    assert 'Creating cluster "inference-operator-tests"' in said
    assert image in loader.calls.read_text()


def test_kind_refuses_a_field_that_it_does_not_know(loader: Loader, tmp_path: Path) -> None:
    wrong = tmp_path / "config.yaml"
    wrong.write_text(CONFIG.read_text() + "nodesCount: 1\n")
    assert "unable to decode config" in loader.load(wrong)
    assert not loader.calls.exists() or "kindest" not in loader.calls.read_text()


def test_the_node_image_is_kubernetes_1_30_or_newer() -> None:
    for node in yaml.safe_load(CONFIG.read_text())["nodes"]:
        major, minor = re.match(r"kindest/node:v(\d+)\.(\d+)\.", node["image"]).groups()
        assert (int(major), int(minor)) >= (1, 30)
