"""The long proofs use the harnesses of the failure tests and of the histories."""

from tests.e2e.conftest import kube_api, new_team, operator_kubeconfig, simulator, team
from tests.e2e_errors.conftest import operator, silent_port
from tests.runtime.quiet import quiet

__all__ = ["kube_api", "new_team", "operator", "operator_kubeconfig", "quiet", "silent_port", "simulator", "team"]
