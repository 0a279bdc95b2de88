"""The operator, the simulated provider and a cluster, as the end-to-end tests have them."""

from tests.e2e.conftest import kube_api, new_team, operator, operator_kubeconfig, simulator, team

__all__ = ["kube_api", "new_team", "operator", "operator_kubeconfig", "simulator", "team"]
