"""The harness of tests/e2e with an operator that says everything and does not wait long for an answer."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.e2e.conftest import kube_api, new_team, operator_kubeconfig, simulator, team
from tests.support.operator import OperatorProcess

from inference_operator.localcluster.ports import free_port
from inference_operator.simulator import Simulator

__all__ = ["kube_api", "new_team", "operator_kubeconfig", "simulator", "team"]

PROVIDER_TIMEOUT = 2
"""Seconds after which the operator takes no answer for an answer."""


@pytest.fixture(scope="session")
def silent_port() -> int:
    """A port of an address that the operator may call, where nobody answers yet."""
    return free_port()


@pytest.fixture(scope="session")
def operator(
    operator_kubeconfig: Path, simulator: Simulator, silent_port: int, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[OperatorProcess]:
    """The operator of these tests."""
    flags = (
        f"--allow-base-url={simulator.url}",
        f"--allow-base-url=http://127.0.0.1:{silent_port}",
        f"--provider-timeout={PROVIDER_TIMEOUT}",
        "--log-level=DEBUG",
    )
    with OperatorProcess(operator_kubeconfig, tmp_path_factory.mktemp("operator"), flags=flags).at_work() as process:
        yield process
