"""One cluster, one operator, one world for all attacks; after each, everything of the others must be as it was.

What other tests do to a cluster would be seen: the fixtures that are imported make another one than theirs.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.conftest import cluster, installed, kubectl, openmetrics_rights
from tests.e2e.conftest import kube_api, operator_kubeconfig, simulator
from tests.support.cluster import Cluster, Kubectl
from tests.support.kube_api import KubeApi
from tests.support.operator import OperatorProcess
from tests.tenancy.listener import Listener
from tests.tenancy.world import ACCOUNT_NAMES, SYSTEM, TENANT_TOKEN, World, build

from inference_operator.api import names
from inference_operator.core.orphans import LEDGER
from inference_operator.simulator import Simulator

__all__ = ["cluster", "installed", "kube_api", "kubectl", "openmetrics_rights", "operator_kubeconfig", "simulator"]


@pytest.fixture(scope="package")
def trap() -> Iterator[Listener]:
    """Where nobody may ever go."""
    with Listener() as listener:
        yield listener


@pytest.fixture(scope="package")
def gateway() -> Iterator[Listener]:
    """An address that --allow-base-url admits, in the attacker's hands."""
    with Listener() as listener:
        yield listener


@pytest.fixture(scope="package")
def operator(
    openmetrics_rights: None,
    operator_kubeconfig: Path,
    simulator: Simulator,
    gateway: Listener,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[OperatorProcess]:
    """The operator, with the rights of deploy/rbac, that says everything."""
    flags = (
        f"--allow-base-url={simulator.url}",
        f"--allow-base-url={gateway.url}",
        "--openmetrics",
        "--log-level=DEBUG",
    )
    with OperatorProcess(operator_kubeconfig, tmp_path_factory.mktemp("operator"), flags=flags).at_work() as process:
        yield process


@pytest.fixture(scope="package")
def shared(
    installed: Cluster, kubectl: Kubectl, kube_api: KubeApi, simulator: Simulator, operator: OperatorProcess
) -> Iterator[World]:
    """The world. At its end nothing of it is left in the cluster."""
    simulator.huggingface.reset()
    # What other tests left behind is no orphan of this world's.
    kube_api.delete(f"/api/v1/namespaces/{SYSTEM}/configmaps/{LEDGER}")
    world = build(admin=kube_api, cluster=installed, kubectl=kubectl, simulator=simulator, operator=operator)
    yield world
    operator.start()
    world.leave()
    assert world.victim.move_out() == []
    world.tenant.api.close()
    world.forger.api.close()
    kube_api.delete(f"/api/v1/namespaces/{world.tenant.namespace}")
    for name in ACCOUNT_NAMES:
        kube_api.delete(f"/apis/{names.API_VERSION}/{names.CLUSTER_ACCOUNT_PLURAL}/{name}")
    kube_api.delete("/api/v1/namespaces/inference-operator-system/secrets/company-hf")


@pytest.fixture
def world(shared: World, operator: OperatorProcess, trap: Listener, gateway: Listener) -> Iterator[World]:
    """The world for one attack, which is judged afterwards, also once its traces were removed."""
    operator.start()
    trap.reset()
    gateway.reset()
    before = shared.baseline()
    yield shared
    shared.simulator.huggingface.faults.clear()
    try:
        shared.assert_nothing_sent(before)
        shared.assert_nothing_told(before)
    finally:
        acted = shared.leave()
    if acted:
        shared.assert_nothing_sent(before)
        shared.assert_unharmed(before)
    assert trap.visits == []
    assert gateway.tokens <= {f"Bearer {TENANT_TOKEN}"}
    shared.standing = before
