"""Silence for the lives that are lived here, and the harness of tests/e2e."""

from tests.e2e.conftest import kube_api, new_team, operator, operator_kubeconfig, simulator, team
from tests.runtime.quiet import quiet

__all__ = ["kube_api", "new_team", "operator", "operator_kubeconfig", "quiet", "simulator", "team"]
