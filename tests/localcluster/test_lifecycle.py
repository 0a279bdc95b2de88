"""Starting, restarting and ending clusters of one's own."""

import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.support.cluster import Kubectl

from inference_operator.localcluster import LocalCluster, LocalClusterError
from inference_operator.localcluster.guard import is_running
from inference_operator.localcluster.ports import free_port

PARENT = """
import time
from inference_operator.localcluster import LocalCluster
print(LocalCluster.start().directory, flush=True)
time.sleep(600)
"""


@pytest.fixture(scope="module")
def own() -> Iterator[LocalCluster]:
    """A cluster that no other test uses."""
    with LocalCluster.start() as cluster:
        yield cluster


def processes_with(argument: str) -> list[str]:
    """The command lines of living processes that name something."""
    done = subprocess.run(["ps", "-ww", "-eo", "stat=,args="], capture_output=True, text=True, check=True)
    return [line for line in done.stdout.splitlines() if argument in line and not line.startswith("Z")]


def wait_until_gone(directory: Path) -> None:
    deadline = time.monotonic() + 20
    while directory.exists() and time.monotonic() < deadline:
        time.sleep(0.05)


def test_two_clusters_run_at_once_and_share_nothing(own: LocalCluster, tmp_path: Path) -> None:
    with LocalCluster.start(tmp_path / "other") as other:
        Kubectl(other.kubeconfig).run("create", "namespace", "only-here")
        assert own.url != other.url
        assert "only-here" not in Kubectl(own.kubeconfig).run("get", "namespaces").stdout
        assert len(processes_with(str(other.directory))) >= 3
    assert not other.directory.exists()
    assert processes_with(str(other.directory)) == []


def test_a_restarted_apiserver_has_its_address_and_its_data_again(own: LocalCluster) -> None:
    kubectl = Kubectl(own.kubeconfig)
    kubectl.run("create", "namespace", "kept")
    address = own.url
    before = processes_with(f"--cert-dir={own.directory}")
    own.restart_apiserver()
    assert own.url == address
    assert len(processes_with(f"--cert-dir={own.directory}")) == len(before) == 1
    assert kubectl.get("namespace", "kept")["status"]["phase"] == "Active"


def test_credentials_are_readable_by_their_owner_only_and_in_no_command_line(own: LocalCluster) -> None:
    for path in (own.kubeconfig, own.directory / "tokens.csv", own.directory / "service-account.key"):
        assert path.stat().st_mode & 0o077 == 0
    token = (own.directory / "tokens.csv").read_text().split(",")[0]
    assert processes_with(token) == []


def test_a_service_account_that_is_not_there_gets_no_kubeconfig(own: LocalCluster) -> None:
    with pytest.raises(LocalClusterError, match='"nobody" not found'):
        own.service_account_kubeconfig("default", "nobody")


def test_a_second_cluster_in_the_same_directory_is_refused(own: LocalCluster) -> None:
    with pytest.raises(LocalClusterError, match="is running in"):
        LocalCluster.start(own.directory)
    assert is_running(own.directory / "cluster.lock")


def test_a_directory_with_other_files_is_refused_and_kept(tmp_path: Path) -> None:
    (tmp_path / "precious").touch()
    with pytest.raises(LocalClusterError, match="new or an empty directory"):
        LocalCluster.start(tmp_path)
    assert (tmp_path / "precious").exists()


def test_a_component_that_dies_at_start_is_reported_and_nothing_is_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assets = tmp_path / "assets"
    assets.mkdir()
    for name in ("etcd", "kube-apiserver", "kube-controller-manager"):
        (assets / name).touch(mode=0o755)
    (assets / "etcd").write_text("#!/bin/sh\nexec sleep 600\n")
    (assets / "kube-apiserver").write_text("#!/bin/sh\necho no such flag\nexit 3\n")
    monkeypatch.setenv("KUBEBUILDER_ASSETS", str(assets))
    with pytest.raises(LocalClusterError, match="kube-apiserver ended with code 3; its last lines: no such flag"):
        LocalCluster.start(tmp_path / "cluster")
    assert not (tmp_path / "cluster").exists()
    assert processes_with(str(tmp_path / "cluster")) == []


def test_a_port_that_another_process_took_first_is_replaced_by_another(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        ports = [other.getsockname()[1]]
        monkeypatch.setattr(
            "inference_operator.localcluster.cluster.free_port", lambda: ports.pop() if ports else free_port()
        )
        with LocalCluster.start() as cluster:
            assert Kubectl(cluster.kubeconfig).run("get", "--raw=/readyz").stdout == "ok"


def test_a_cluster_whose_directory_was_removed_still_ends(tmp_path: Path) -> None:
    place = tmp_path / "cluster"
    cluster = LocalCluster.start(place)
    shutil.rmtree(place)
    cluster.stop()
    assert processes_with(str(place)) == []


def test_a_killed_parent_leaves_no_process_and_no_directory() -> None:
    with subprocess.Popen([sys.executable, "-c", PARENT], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        directory = Path(parent.stdout.readline().strip())
        before = processes_with(str(directory))
        parent.send_signal(signal.SIGKILL)
    assert len(before) >= 3
    wait_until_gone(directory)
    assert not directory.exists()
    assert processes_with(str(directory)) == []
