"""The long proofs use the harness of the failure tests."""

from tests.e2e.conftest import kube_api, new_team, operator_kubeconfig, simulator, team
from tests.e2e_errors.conftest import operator, silent_port

__all__ = ["kube_api", "new_team", "operator", "operator_kubeconfig", "silent_port", "simulator", "team"]
