"""Paths are built in one place, and no name of a user leads out of them."""

import pytest

from inference_operator.kube import paths

OURS = "/apis/inference-operator.dev/v1alpha1"


def test_paths_are_spelled_as_the_api_server_serves_them() -> None:
    assert paths.endpoints() == f"{OURS}/inferenceendpoints"
    assert paths.endpoint_status("a", "b") == f"{OURS}/namespaces/a/inferenceendpoints/b/status"
    assert paths.account("InferenceAccount", "a", "b") == f"{OURS}/namespaces/a/inferenceaccounts/b"
    assert paths.account_status("ClusterInferenceAccount", None, "b") == (f"{OURS}/clusterinferenceaccounts/b/status")
    assert paths.secret("a", "b") == "/api/v1/namespaces/a/secrets/b"
    assert paths.configmap("a", "b.c") == "/api/v1/namespaces/a/configmaps/b.c"
    assert paths.event("a", "b") == "/apis/events.k8s.io/v1/namespaces/a/events/b"
    assert paths.lease("a", "b") == "/apis/coordination.k8s.io/v1/namespaces/a/leases/b"
    assert paths.token_reviews() == "/apis/authentication.k8s.io/v1/tokenreviews"
    assert paths.subject_access_reviews() == "/apis/authorization.k8s.io/v1/subjectaccessreviews"
    assert paths.namespace("kube-system") == "/api/v1/namespaces/kube-system"


@pytest.mark.parametrize("name", ["..", ".", "", "../pods", "a/b", "a?x=1", "A", "a%2fb", "a" * 254, "a\n"])
def test_what_is_no_name_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="not the name"):
        paths.secret("a", name)
    with pytest.raises(ValueError, match="not the name"):
        paths.endpoint(name, "a")


def test_accounts_need_a_known_kind_and_where_it_counts_a_namespace() -> None:
    with pytest.raises(ValueError, match="no kind of account"):
        paths.account("Secret", "a", "b")
    with pytest.raises(ValueError, match="needs a namespace"):
        paths.account("InferenceAccount", None, "b")


@pytest.mark.parametrize(
    ("path", "resource"),
    [
        (paths.secret("a", "b"), "secrets"),
        (paths.endpoint_status("a", "b"), "inferenceendpoints"),
        (paths.endpoints(), "inferenceendpoints"),
        (paths.account("ClusterInferenceAccount", None, "b"), "clusterinferenceaccounts"),
        (paths.namespace("a"), "namespaces"),
        (paths.namespaces(), "namespaces"),
        ("/version", ""),
    ],
)
def test_the_resource_of_a_path(path: str, resource: str) -> None:
    assert paths.resource_of(path) == resource
