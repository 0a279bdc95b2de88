"""One operator process, one simulated provider and one cluster per test process; a team of its own for each test."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import pytest
from tests.support.cluster import Cluster, Kubectl
from tests.support.kube_api import KubeApi
from tests.support.operator import OperatorProcess
from tests.support.team import Team

from inference_operator.simulator import Simulator
from inference_operator.simulator.tir.routes import BASE as TIR_BASE

OPERATOR_NAMESPACE = "inference-operator-system"
STAGES: dict[str, Any] = {"pending_seconds": 0.1, "initializing_seconds": 0.2, "updating_seconds": 0.2}
"""How long the simulated provider takes for each stage of a deployment, in seconds."""

NewTeam = Callable[[], AbstractContextManager[Team]]


@pytest.fixture(scope="session")
def simulator() -> Iterator[Simulator]:
    """The provider of this test process; each team resets it."""
    with Simulator.start(**STAGES) as simulator:
        yield simulator


@pytest.fixture(scope="session")
def operator_kubeconfig(installed: Cluster) -> Path:
    """The operator's own rights: its ServiceAccount's."""
    return installed.service_account_kubeconfig(OPERATOR_NAMESPACE, "inference-operator")


@pytest.fixture(scope="session")
def operator(
    operator_kubeconfig: Path, simulator: Simulator, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[OperatorProcess]:
    """The operator of this test process; a test that ended it leaves it to the next team to start it again."""
    flags = (f"--allow-base-url={simulator.url}", f"--allow-base-url={simulator.url}{TIR_BASE}")
    with OperatorProcess(operator_kubeconfig, tmp_path_factory.mktemp("operator"), flags=flags).at_work() as process:
        yield process


@pytest.fixture(scope="session")
def kube_api(installed: Cluster) -> Iterator[KubeApi]:
    """The API server, as administrator."""
    api = KubeApi(installed.kubeconfig)
    yield api
    api.close()


@pytest.fixture(scope="session")
def new_team(operator: OperatorProcess, simulator: Simulator, kube_api: KubeApi, kubectl: Kubectl) -> NewTeam:
    """Makes a team. At its end nothing of it may be left, and the operator may not have stumbled."""

    @contextmanager
    def make() -> Iterator[Team]:
        simulator.huggingface.reset()
        operator.start()
        logged = len(operator.log)
        team = Team(api=kube_api, kubectl=kubectl, simulator=simulator, log=operator.tail)
        team.settle_in()
        try:
            yield team
        finally:
            simulator.huggingface.faults.clear()
            operator.start()
            stuck = team.move_out()
        assert not stuck, f"not deleted by the operator: {', '.join(stuck)}\n{operator.tail()}"
        assert "Traceback" not in operator.log[logged:], operator.log[logged:]

    return make


@pytest.fixture
def team(new_team: NewTeam) -> Iterator[Team]:
    """A team for one test."""
    with new_team() as team:
        yield team
