"""A real Kubernetes control plane on loopback, without Docker, for the demo and the tests."""

from inference_operator.localcluster.cluster import LocalCluster
from inference_operator.localcluster.errors import LocalClusterError
from inference_operator.localcluster.kubectl import kubectl_path

__all__ = ["LocalCluster", "LocalClusterError", "kubectl_path"]
