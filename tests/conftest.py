"""Options and fixtures of all tests: one cluster per test process, one namespace per test."""

import secrets
from collections.abc import Iterator

import pytest

from inference_operator.localcluster import LocalCluster
from tests.support.cluster import Cluster, Kubectl, current_cluster
from tests.support.kind import kind_cluster, missing_for_kind
from tests.support.operator import OperatorProcess
from tests.support.site import ROOT, install


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--cluster",
        choices=("local", "kind", "current"),
        default="local",
        help="where tests that need Kubernetes run: a control plane of their own (local, the default), kind, "
        "or the current kubeconfig context",
    )
    parser.addoption(
        "--failovers", type=int, default=5, help="how many fail-overs the proof of leadership goes through"
    )
    parser.addoption(
        "--soak-seconds", type=float, default=0.0, help="how long a real operator process is worked and watched"
    )
    parser.addoption("--proof", action="store_true", help="also run the tests marked proof, at full count")


def pytest_configure(config: pytest.Config) -> None:
    if config.getoption("--cluster") == "kind":
        missing = missing_for_kind()
        if missing is not None:
            raise pytest.UsageError(missing)


_PROOF_SECONDS = 900
"""What a proof may take at most, where it does not say: full counts on a busy machine outlast what hangs in a test."""


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    proofs = [item for item in items if item.get_closest_marker("proof")]
    if config.getoption("--proof"):
        for item in proofs:
            if item.get_closest_marker("timeout") is None:
                item.add_marker(pytest.mark.timeout(_PROOF_SECONDS))
        return
    config.hook.pytest_deselected(items=proofs)
    items[:] = [item for item in items if not item.get_closest_marker("proof")]


@pytest.fixture(scope="session")
def cluster(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """The cluster of this test process."""
    match request.config.getoption("--cluster"):
        case "kind":
            yield kind_cluster(tmp_path_factory.mktemp("kind"))
        case "current":
            yield current_cluster(tmp_path_factory.mktemp("current"))
        case _:
            with LocalCluster.start() as local:
                yield local


@pytest.fixture(scope="session")
def kubectl(cluster: Cluster) -> Kubectl:
    """kubectl as administrator."""
    return Kubectl(cluster.kubeconfig)


@pytest.fixture
def namespace(kubectl: Kubectl) -> Iterator[str]:
    """A fresh namespace; afterwards it is deleted, without waiting."""
    name = f"test-{secrets.token_hex(4)}"
    kubectl.run("create", "namespace", name)
    yield name
    kubectl.run("delete", "namespace", name, "--wait=false", "--ignore-not-found")


@pytest.fixture(scope="session")
def installed(cluster: Cluster, kubectl: Kubectl) -> Cluster:
    """The cluster with this project's CRDs, RBAC and admission policies in it."""
    install(kubectl)
    return cluster


@pytest.fixture(scope="session")
def openmetrics_rights(installed: Cluster, kubectl: Kubectl) -> None:
    """What an operator with --openmetrics may besides."""
    kubectl.run("apply", "--server-side", "--force-conflicts", f"--filename={ROOT / 'deploy' / 'openmetrics'}")


@pytest.fixture(autouse=True)
def nobody_else(request: pytest.FixtureRequest) -> None:
    """A test that does not ask for an operator has none beside it, which would correct what the test writes by hand.

    One that asks for it again gets it started again.
    """
    if "operator" not in request.fixturenames and "cluster" in request.fixturenames:
        OperatorProcess.stop_the_one_at_work()
