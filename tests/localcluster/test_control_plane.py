"""What tests of an operator rely on: authorization, namespaces that end, garbage collection."""

import json
from typing import Any

from tests.support.cluster import Cluster, Kubectl


def config_map(name: str, **metadata: Any) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name, **metadata}}


def test_answers_readyz(kubectl: Kubectl) -> None:
    assert kubectl.run("get", "--raw=/readyz").stdout == "ok"


def test_is_kubernetes_1_30_or_newer(kubectl: Kubectl) -> None:
    version = json.loads(kubectl.run("get", "--raw=/version").stdout)
    assert (int(version["major"]), int(version["minor"].rstrip("+"))) >= (1, 30)


def test_rbac_denies_a_service_account_until_a_role_allows_it(
    cluster: Cluster, kubectl: Kubectl, namespace: str
) -> None:
    kubectl.run("create", "serviceaccount", "reader", f"--namespace={namespace}")
    reader = Kubectl(cluster.service_account_kubeconfig(namespace, "reader"))
    denied = reader.run("get", "secrets", check=False).stderr
    assert f"system:serviceaccount:{namespace}:reader" in denied
    assert "forbidden" in denied
    binding = ("rolebinding", "reader", "--clusterrole=admin", f"--serviceaccount={namespace}:reader")
    kubectl.run("create", *binding, f"--namespace={namespace}")
    assert reader.run("get", "secrets").returncode == 0


def test_a_deleted_namespace_ends_with_all_that_is_in_it(kubectl: Kubectl) -> None:
    kubectl.run("create", "namespace", "to-be-deleted")
    kubectl.apply(config_map("inside", namespace="to-be-deleted"))
    kubectl.delete("namespace", "to-be-deleted")
    assert "NotFound" in kubectl.run("get", "namespace", "to-be-deleted", check=False).stderr


def test_what_a_deleted_object_owned_is_collected(kubectl: Kubectl, namespace: str) -> None:
    kubectl.apply(config_map("owner", namespace=namespace))
    uid = kubectl.get("configmap", "owner", namespace)["metadata"]["uid"]
    owner = {"apiVersion": "v1", "kind": "ConfigMap", "name": "owner", "uid": uid}
    kubectl.apply(config_map("owned", namespace=namespace, ownerReferences=[owner]))
    kubectl.delete("configmap", "owner", namespace)
    kubectl.wait("configmap", "owned", "delete", namespace)


def test_a_new_namespace_gets_its_default_service_account(kubectl: Kubectl, namespace: str) -> None:
    kubectl.wait("serviceaccount", "default", "create", namespace)
