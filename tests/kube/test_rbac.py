"""deploy/rbac gives the operator what it needs and no more: asked of the API server, not of the YAML."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.kube.conftest import OPERATOR_NAMESPACE

from inference_operator.api.names import GROUP
from inference_operator.kube import paths
from inference_operator.kube.errors import NotFound
from inference_operator.kube.session import Session

RBAC = Path(__file__).parents[2] / "deploy" / "rbac"
ANYWHERE = "default"
USER = f"system:serviceaccount:{OPERATOR_NAMESPACE}:inference-operator"

Allowed = Callable[..., Awaitable[bool]]


@pytest.fixture
def allowed(installed: Any, admin: Session) -> Allowed:
    async def ask(verb: str, group: str, resource: str, namespace: str = ANYWHERE, name: str = "") -> bool:
        resource, _, subresource = resource.partition("/")
        attributes = {
            "verb": verb,
            "group": group,
            "resource": resource,
            "subresource": subresource,
            "namespace": namespace,
            "name": name,
        }
        review = {
            "apiVersion": "authorization.k8s.io/v1",
            "kind": "SubjectAccessReview",
            "spec": {"user": USER, "resourceAttributes": attributes},
        }
        answer = await admin.create("/apis/authorization.k8s.io/v1/subjectaccessreviews", review)
        return bool(answer["status"]["allowed"])

    return ask


@pytest.mark.parametrize(
    ("verb", "group", "resource"),
    [
        ("watch", GROUP, "inferenceendpoints"),
        ("patch", GROUP, "inferenceendpoints"),
        ("patch", GROUP, "inferenceaccounts"),
        ("patch", GROUP, "clusterinferenceaccounts"),
        ("patch", GROUP, "inferenceendpoints/status"),
        ("patch", GROUP, "inferenceaccounts/status"),
        ("watch", GROUP, "clusterinferenceaccounts"),
        ("get", "", "secrets"),
        ("create", "", "configmaps"),
        ("delete", "", "configmaps"),
        ("get", "", "namespaces"),
        ("create", "events.k8s.io", "events"),
        ("patch", "events.k8s.io", "events"),
    ],
)
async def test_what_the_operator_needs_anywhere(allowed: Allowed, verb: str, group: str, resource: str) -> None:
    assert await allowed(verb, group, resource)


@pytest.mark.parametrize(
    ("verb", "group", "resource"),
    [
        ("list", "", "secrets"),
        ("watch", "", "secrets"),
        ("create", "", "secrets"),
        ("delete", "", "secrets"),
        ("list", "", "configmaps"),
        ("create", GROUP, "inferenceendpoints"),
        ("update", GROUP, "inferenceendpoints"),
        ("delete", GROUP, "inferenceendpoints"),
        ("update", GROUP, "inferenceaccounts"),
        ("delete", GROUP, "clusterinferenceaccounts"),
        ("list", "", "namespaces"),
        ("get", "", "pods"),
        ("create", "coordination.k8s.io", "leases"),
        ("patch", "apiextensions.k8s.io", "customresourcedefinitions"),
        ("delete", "", "namespaces"),
        ("*", "*", "*"),
    ],
)
async def test_what_the_operator_may_not_do(allowed: Allowed, verb: str, group: str, resource: str) -> None:
    assert not await allowed(verb, group, resource)


async def test_what_it_needs_in_its_own_namespace_only(allowed: Allowed) -> None:
    assert await allowed("create", "", "secrets", OPERATOR_NAMESPACE)
    assert not await allowed("list", "", "secrets", OPERATOR_NAMESPACE)
    assert await allowed("create", "coordination.k8s.io", "leases", OPERATOR_NAMESPACE)
    for verb in ("get", "patch"):
        assert await allowed(verb, "coordination.k8s.io", "leases", OPERATOR_NAMESPACE, "inference-operator")
        assert not await allowed(verb, "coordination.k8s.io", "leases", OPERATOR_NAMESPACE, "another")
    assert not await allowed("delete", "coordination.k8s.io", "leases", OPERATOR_NAMESPACE, "inference-operator")


def test_no_rule_has_a_wildcard_and_each_says_why() -> None:
    for path in sorted(RBAC.glob("*role.yaml")):
        text = path.read_text()
        for rule in yaml.safe_load(text)["rules"]:
            assert "*" not in [*rule["apiGroups"], *rule["resources"], *rule["verbs"]]
    lines = [line.strip() for line in (RBAC / "clusterrole.yaml").read_text().splitlines()]
    for number, line in enumerate(lines):
        if line.startswith("- apiGroups"):
            assert lines[number - 1].startswith("#")


async def test_the_uid_of_the_cluster_is_readable(session: Session) -> None:
    assert (await session.get(paths.namespace("kube-system")))["metadata"]["uid"]
    with pytest.raises(NotFound):
        await session.get(paths.namespace("absent"))
