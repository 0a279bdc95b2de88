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
from tests.support.vendors import FIRST, VENDORS

from inference_operator.simulator import Simulator, Tir

OPERATOR_NAMESPACE = "inference-operator-system"
STAGES: dict[str, Any] = {"pending_seconds": 0.1, "initializing_seconds": 0.2, "updating_seconds": 0.2}
"""How long the simulated Hugging Face takes for each stage of a deployment, in seconds."""
TIR_STAGES: dict[str, Any] = {
    "waiting_seconds": 0.1,
    "deploying_seconds": 0.2,
    "updating_seconds": 0.2,
    "terminating_seconds": 0.2,
}
"""The same of the simulated TIR."""

NewTeam = Callable[..., AbstractContextManager[Team]]
"""Makes a team, at the provider whose block's name is given, else at the first."""


@pytest.fixture(scope="session")
def simulator() -> Iterator[Simulator]:
    """The providers of this test process; each team resets its own."""
    with Simulator.start(tir=Tir(**TIR_STAGES), **STAGES) as simulator:
        yield simulator


@pytest.fixture(scope="session")
def operator_kubeconfig(installed: Cluster) -> Path:
    """The operator's own rights: its ServiceAccount's."""
    return installed.service_account_kubeconfig(OPERATOR_NAMESPACE, "inference-operator")


def allowed(simulator: Simulator) -> tuple[str, ...]:
    """The flags by which an operator may call every simulated provider."""
    return tuple(f"--allow-base-url={make(simulator, str).url}" for make in VENDORS.values())


@pytest.fixture(scope="session")
def operator(
    operator_kubeconfig: Path, simulator: Simulator, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[OperatorProcess]:
    """The operator of this test process; a test that ended it leaves it to the next team to start it again."""
    directory = tmp_path_factory.mktemp("operator")
    with OperatorProcess(operator_kubeconfig, directory, flags=allowed(simulator)).at_work() as process:
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
    def make(provider: str = FIRST) -> Iterator[Team]:
        team = Team(api=kube_api, kubectl=kubectl, simulator=simulator, log=operator.tail, provider=provider)
        team.sim.reset()
        operator.start()
        logged = len(operator.log)
        team.settle_in()
        try:
            yield team
        finally:
            team.sim.faults.clear()
            operator.start()
            stuck = team.move_out()
        assert not stuck, f"not deleted by the operator: {', '.join(stuck)}\n{operator.tail()}"
        assert "Traceback" not in operator.log[logged:], operator.log[logged:]

    return make


@pytest.fixture
def team(request: pytest.FixtureRequest, new_team: NewTeam) -> Iterator[Team]:
    """A team for one test; `at_each` chooses its provider."""
    with new_team(chosen(request)) as team:
        yield team


def chosen(request: pytest.FixtureRequest) -> str:
    """The provider that `at_each` chose for a fixture that makes a team, else the first."""
    return str(getattr(request, "param", FIRST))
