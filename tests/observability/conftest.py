"""The harness of tests/e2e with an operator that is traced."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.e2e.conftest import allowed, kube_api, new_team, operator_kubeconfig, simulator, team
from tests.observability.collector import Collector, collecting
from tests.support.operator import OperatorProcess

from inference_operator.simulator import Simulator

__all__ = ["kube_api", "new_team", "operator_kubeconfig", "simulator", "team"]


@pytest.fixture(scope="session")
def collector() -> Iterator[Collector]:
    """Where the operator's traces go."""
    with collecting() as collector:
        yield collector


@pytest.fixture(scope="session")
def operator(
    operator_kubeconfig: Path, simulator: Simulator, collector: Collector, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[OperatorProcess]:
    """The operator of these tests."""
    directory = tmp_path_factory.mktemp("operator")
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", collector.url)
        environment.setenv("OTEL_BSP_SCHEDULE_DELAY", "100")
        with OperatorProcess(operator_kubeconfig, directory, flags=allowed(simulator)).at_work() as process:
            yield process
