"""The cluster with a node, the operator's image in it, and what a story there needs. Only `make e2e` collects it."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.chart.helm import ROOT, Helm
from tests.e2e.node.clusters import NoCluster, NodeCluster, chosen
from tests.e2e.node.release import Releases
from tests.support.cluster import Kubectl

from inference_operator.simulator import Simulator

IMAGE = "localhost/inference-operator:e2e"

if not os.environ.get("E2E"):
    collect_ignore_glob = ["test_*.py"]


@pytest.fixture(scope="session")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[NodeCluster]:
    """The cluster, for the whole run."""
    try:
        with chosen(tmp_path_factory.mktemp("node")) as cluster:
            yield cluster
    except NoCluster as error:
        pytest.exit(str(error), returncode=1)


@pytest.fixture(scope="session")
def image(node: NodeCluster) -> str:
    """The name of the operator's image, which is on the node."""
    node.load(ROOT, IMAGE)
    return IMAGE


@pytest.fixture(scope="session")
def on_node(node: NodeCluster, tmp_path_factory: pytest.TempPathFactory) -> Kubectl:
    """kubectl, as administrator of the cluster."""
    # With its cache in a folder of its own, for the cluster may be anew at an address that another one had.
    path = tmp_path_factory.mktemp("kubectl") / "kubeconfig"
    path.touch(mode=0o600)
    path.write_text(Path(node.kubeconfig).read_text())
    return Kubectl(path)


@pytest.fixture(scope="session")
def helm_on_node(on_node: Kubectl, tmp_path_factory: pytest.TempPathFactory) -> Helm:
    """Helm, with the cluster."""
    return Helm(tmp_path_factory.mktemp("helm"), on_node.kubeconfig)


@pytest.fixture(scope="session")
def provider(node: NodeCluster) -> Iterator[Simulator]:
    """The simulated providers on this machine, where pods reach them."""
    with Simulator.start(host=node.host_ip, pending_seconds=1, initializing_seconds=1, updating_seconds=1) as started:
        yield started


@pytest.fixture(scope="module")
def releases(
    request: pytest.FixtureRequest, image: str, helm_on_node: Helm, on_node: Kubectl, provider: Simulator
) -> Iterator[Releases]:
    """An empty namespace under pod security `restricted`, with the token, and that of the module's TEAM beside it.

    At its end without the module's RELEASES.
    """
    provider.huggingface.reset()
    made = Releases(helm_on_node, on_node, provider, image)
    made.prepare(request.module.TEAM)
    yield made
    made.clear(*request.module.RELEASES, team=request.module.TEAM)
