"""`inference-operator cluster`, as a person runs it: every command is a process of its own."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.support.cluster import Kubectl

RUN = "from inference_operator.cli.cluster import cluster_app; cluster_app(prog_name='cluster')"


def cluster_command(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", RUN, *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=100)


@pytest.fixture
def directory(tmp_path: Path) -> Iterator[Path]:
    place = tmp_path / "cluster"
    yield place
    cluster_command("down", f"--dir={place}")


def test_up_outlives_its_command_kubeconfig_finds_it_and_down_ends_it(directory: Path) -> None:
    option = f"--dir={directory}"
    up = cluster_command("up", option)
    assert (up.returncode, up.stdout) == (0, f"export KUBECONFIG={directory}/kubeconfig\n")
    kubeconfig = cluster_command("kubeconfig", option).stdout.strip()
    assert Kubectl(Path(kubeconfig)).run("get", "--raw=/readyz").stdout == "ok"
    assert cluster_command("up", option).stdout == up.stdout
    assert cluster_command("down", option).returncode == 0
    assert not directory.exists()
    assert Kubectl(Path(kubeconfig)).run("get", "--raw=/readyz", check=False).returncode != 0


def test_without_a_cluster_kubeconfig_fails_with_one_sentence_and_the_next_step(directory: Path) -> None:
    done = cluster_command("kubeconfig", f"--dir={directory}")
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr == (f"error: No cluster runs in {directory}: start one with 'inference-operator cluster up'.\n")


def test_down_without_a_cluster_succeeds(directory: Path) -> None:
    assert cluster_command("down", f"--dir={directory}").returncode == 0


def test_an_unknown_option_is_misuse() -> None:
    assert cluster_command("up", "--directory=x").returncode == 2


@pytest.mark.parametrize("command", ["up", "down", "kubeconfig", "binaries"])
def test_help_shows_an_example(command: str) -> None:
    assert f"inference-operator cluster {command}" in cluster_command(command, "--help").stdout


def test_binaries_says_where_each_is_from(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("etcd", "kube-apiserver", "kube-controller-manager"):
        (tmp_path / name).touch(mode=0o755)
    monkeypatch.setenv("KUBEBUILDER_ASSETS", str(tmp_path))
    done = cluster_command("binaries")
    assert done.returncode == 0
    assert f"{tmp_path}/etcd  (KUBEBUILDER_ASSETS)\n" in done.stdout
    assert done.stdout.strip().endswith("kubectl")
