"""What is rendered and what is in deploy/, shown to a real API server, with every unknown field refused."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.chart.conftest import Render
from tests.chart.helm import CHART, NAMESPACE, ROOT, Helm, Object, find
from tests.chart.sets import SETS
from tests.support.cluster import Cluster, Kubectl

OVERLAYS = sorted(path.parent for path in (ROOT / "deploy").glob("overlays/*/kustomization.yaml"))
CRDS = [
    f"{one}.inference-operator.dev" for one in ("clusterinferenceaccounts", "inferenceaccounts", "inferenceendpoints")
]
WITHOUT_RIGHTS = ("-n", "there", "--set=rbac.create=false,deletionProtection.enabled=false")
"""Values for a cluster that has what is not of a namespace already: Helm would refuse to take that over."""
MONITORING = Path(__file__).parent / "prometheus_operator.yaml"


@pytest.fixture(scope="module", autouse=True)
def monitoring(teams: None, kubectl: Kubectl) -> None:
    """The kinds of the Prometheus Operator."""
    kubectl.install(MONITORING)


@pytest.fixture(scope="module")
def at_cluster(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Helm:
    """Helm, with the cluster."""
    return Helm(tmp_path_factory.mktemp("helm-at-cluster"), cluster.kubeconfig)


def test_the_api_server_accepts_what_every_set_renders(render: Render, kubectl: Kubectl) -> None:
    rendered = {json.dumps(one, sort_keys=True): one for name in SETS for one in render(name) if _is_whole(one)}
    assert len(rendered) > len(SETS)
    kubectl.apply(list(rendered.values()), "--server-side", "--force-conflicts", "--dry-run=server")


@pytest.mark.parametrize("name", ["default", "labels", "openshift", "volumes"])
def test_the_pods_meet_the_profile_restricted(name: str, render: Render, kubectl: Kubectl) -> None:
    template = find(render(name), "Deployment")["spec"]["template"]
    kubectl.apply(_pod(template), "--server-side", "--dry-run=server", f"--namespace={NAMESPACE}")


def test_a_pod_that_does_not_meet_it_would_be_refused(render: Render, kubectl: Kubectl) -> None:
    template = find(render("default"), "Deployment")["spec"]["template"]
    template = template | {"spec": template["spec"] | {"hostNetwork": True}}
    done = kubectl.apply(_pod(template), "--server-side", "--dry-run=server", f"--namespace={NAMESPACE}", check=False)
    assert 'violates PodSecurity "restricted' in done.stderr


@pytest.mark.parametrize("folder", [ROOT / "deploy" / "base", *OVERLAYS], ids=lambda path: path.name)
def test_an_overlay_can_be_applied(folder: Path, kubectl: Kubectl) -> None:
    kubectl.run("apply", "--server-side", "--force-conflicts", "-k", str(folder))
    try:
        applied = yaml.safe_load_all(kubectl.run("kustomize", str(folder)).stdout)
        deployment = find(list(applied), "Deployment")
        assert (
            kubectl.get("deployment", "inference-operator", NAMESPACE)["spec"]["replicas"]
            == (deployment["spec"]["replicas"])
        )
    finally:
        kubectl.delete("deployment", "inference-operator", NAMESPACE)


def test_the_base_can_be_applied_from_the_client_side_too(kubectl: Kubectl) -> None:
    kubectl.run("apply", "--dry-run=server", "-k", str(ROOT / "deploy" / "base"))


def test_who_may_edit_a_namespace_may_edit_its_endpoints_and_who_may_view_it_may_not(kubectl: Kubectl) -> None:
    def may(role: str, verb: str, resource: str, *more: str) -> bool:
        kubectl.run(
            "create", "rolebinding", role, f"--clusterrole={role}", f"--user={role}", "-n", "team-a", check=False
        )
        asked = ("auth", "can-i", verb, f"{resource}.inference-operator.dev", *more)
        return kubectl.run(*asked, f"--as={role}", "-n", "team-a", check=False).stdout.strip() == "yes"

    for resource in ("inferenceendpoints", "inferenceaccounts"):
        assert may("edit", "create", resource)
        assert may("edit", "get", resource)
        assert may("view", "list", resource)
        assert not may("view", "delete", resource)
    assert may("edit", "patch", "inferenceendpoints", "--subresource=scale")
    assert not may("edit", "patch", "inferenceendpoints", "--subresource=status")


@pytest.fixture
def older_crds(kubectl: Kubectl) -> Iterator[None]:
    """CRDs of an older version, which no Helm release has."""
    kubectl.run("annotate", "crd", *CRDS, "--overwrite", "inference-operator.dev/version=0.0.1")
    yield
    kubectl.run("annotate", "crd", *CRDS, "meta.helm.sh/release-name-", "meta.helm.sh/release-namespace-")
    kubectl.run("label", "crd", *CRDS, "app.kubernetes.io/managed-by-")
    kubectl.run("apply", "--server-side", "--force-conflicts", f"--filename={ROOT / 'crds'}")


def test_crds_of_another_are_left_alone_where_they_are_as_new(at_cluster: Helm) -> None:
    rendered = at_cluster.run("install", "mine", str(CHART), *WITHOUT_RIGHTS, "--dry-run=server").stdout
    assert "kind: Deployment" in rendered
    assert "kind: CustomResourceDefinition" not in rendered


@pytest.fixture
def crds_of_kubernetes_1_30(kubectl: Kubectl) -> Iterator[None]:
    """CRDs of this version as that API server keeps them: without the selectable fields."""
    found = yaml.safe_load((ROOT / "crds" / "inference-operator.dev_inferenceendpoints.yaml").read_text())
    selectable = found["spec"]["versions"][0]["selectableFields"]
    patch = [{"op": "remove", "path": "/spec/versions/0/selectableFields"}]
    kubectl.run("patch", "crd", CRDS[-1], "--type=json", f"--patch={json.dumps(patch)}")
    yield
    patch = [{"op": "add", "path": "/spec/versions/0/selectableFields", "value": selectable}]
    kubectl.run("patch", "crd", CRDS[-1], "--type=json", f"--patch={json.dumps(patch)}")


@pytest.mark.usefixtures("crds_of_kubernetes_1_30")
def test_what_an_older_kubernetes_drops_of_the_crds_is_no_other_version(at_cluster: Helm) -> None:
    rendered = at_cluster.run("install", "mine", str(CHART), *WITHOUT_RIGHTS, "--dry-run=server").stdout
    assert "kind: CustomResourceDefinition" not in rendered


@pytest.fixture
def elsewheres(kubectl: Kubectl, namespace: str) -> str:
    """A namespace with a RoleBinding by the name that the operator looks for, which is of an operator elsewhere."""
    role = ("--clusterrole=inference-operator-namespace", "--serviceaccount=elsewhere:inference-operator")
    kubectl.run("create", "rolebinding", "inference-operator", *role, f"--namespace={namespace}")
    return namespace


def test_a_rolebinding_that_gives_its_rights_to_another_operator_is_told_and_not_passed_over(
    at_cluster: Helm, elsewheres: str
) -> None:
    values = {"watchNamespaces": [elsewheres], "clusterID": "c", "deletionProtection": {"enabled": False}}

    def refusal(namespace: str) -> str:
        arguments = ("install", "mine", str(CHART), "-n", namespace, "--dry-run=server", "--values=-")
        return at_cluster.run(*arguments, stdin=json.dumps(values), check=False).stderr

    said = f"The RoleBinding inference-operator in {elsewheres} is of another operator"
    assert said in refusal("there")
    assert said not in refusal("elsewhere")


@pytest.mark.usefixtures("older_crds")
def test_older_crds_of_another_are_handed_over_by_the_commands_that_are_told(
    at_cluster: Helm, kubectl: Kubectl
) -> None:
    arguments = ("install", "mine", str(CHART), *WITHOUT_RIGHTS, "--dry-run=server")
    refused = at_cluster.run(*arguments, check=False)
    assert refused.returncode != 0
    assert "is of version 0.0.1" in refused.stderr
    (told,) = re.findall(r'^  crds="(.+)"$', refused.stderr, flags=re.MULTILINE)
    assert sorted(told.split()) == sorted(CRDS)
    for line in re.findall(r"^  kubectl (.*\$crds.*)$", refused.stderr, flags=re.MULTILINE):
        kubectl.run(*line.replace("$crds", told).split())
    assert at_cluster.run(*arguments).stdout.count("kind: CustomResourceDefinition\n") == len(CRDS)


@pytest.mark.parametrize(
    ("values", "lines"),
    [
        ({}, ["kubectl rollout status deployment/inference-operator -n there", "helm test mine -n there"]),
        (
            {"huggingFace": {"namespace": "o", "existingSecret": "s", "secretKey": "k"}},
            [
                'kubectl create secret generic s --from-literal=k="$HF_TOKEN" -n there',
                "It is open to every namespace",
                "kubectl apply -f endpoint.yaml",
            ],
        ),
        (
            {
                "huggingFace": {"namespace": "o", "existingSecret": "s"},
                "watchNamespaces": ["team-a"],
                "clusterID": "c",
            },
            ['kubectl create secret generic s --from-literal=token="$HF_TOKEN" -n team-a'],
        ),
        (
            {"huggingFace": {"namespace": "o", "existingSecret": "s", "allowedNamespaces": {"names": ["team-a"]}}},
            ['from-literal=token="$HF_TOKEN" -n there\n\nThen apply'],
        ),
    ],
    ids=["nothing", "account", "namespaced", "narrowed"],
)
def test_the_notes_say_the_next_command(values: dict[str, Any], lines: list[str], at_cluster: Helm) -> None:
    arguments = ("install", "mine", str(CHART), *WITHOUT_RIGHTS, "--dry-run=server", "--values=-")
    said = at_cluster.run(*arguments, stdin=json.dumps(values))
    notes = said.stdout.partition("NOTES:")[2]
    for line in lines:
        assert line in notes


def _is_whole(obj: Object) -> bool:
    # CRDs are compared with crds/ instead. A Pod needs its ServiceAccount to be there.
    return obj["kind"] not in {"CustomResourceDefinition", "Pod"}


def _pod(template: dict[str, Any]) -> Object:
    metadata = {"name": "shown", "labels": template["metadata"]["labels"]}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": template["spec"]}
