"""The chart's jobs, run as the pods run them: with the arguments and the rights that are rendered, and no others."""

import contextlib
import io
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.api.manifests import endpoint
from tests.chart.conftest import Render
from tests.chart.helm import NAMESPACE, Object, find
from tests.support.cluster import Cluster, Kubectl

from inference_operator.cli.release.command import main as release

OPERATOR = "inference-operator"
_RIGHTS = {"ServiceAccount", "ClusterRole", "ClusterRoleBinding", "Role", "RoleBinding"}


class Jobs:
    """A set of values, whose rights are in the cluster, and whose jobs can be run."""

    def __init__(self, rendered: list[Object], cluster: Cluster, kubectl: Kubectl) -> None:
        self._rendered = rendered
        self._cluster = cluster
        kubectl.apply([one for one in rendered if one["kind"] in _RIGHTS], "--server-side", "--force-conflicts")

    def run(self, kind: str, name: str) -> tuple[int, str]:
        """Do what the container of a job or pod does, as its ServiceAccount: exit code, and what it complains of."""
        obj = find(self._rendered, kind, name)
        spec: dict[str, Any] = obj["spec"]["template"]["spec"] if kind == "Job" else obj["spec"]
        kubeconfig = self._cluster.service_account_kubeconfig(NAMESPACE, spec["serviceAccountName"])
        first, *others = spec["containers"][0]["args"]
        assert first == "release"
        said = io.StringIO()
        with pytest.MonkeyPatch.context() as patch, contextlib.redirect_stderr(said):
            patch.setenv("POD_NAMESPACE", NAMESPACE)
            return release(["--kubeconfig", str(kubeconfig), *others]), said.getvalue()


@pytest.fixture(scope="module", autouse=True)
def account(teams: None, kubectl: Kubectl) -> Iterator[None]:
    """No account `default` is left."""
    yield
    kubectl.delete("cia", "default")


@pytest.fixture
def held(kubectl: Kubectl) -> Iterator[str]:
    """An InferenceEndpoint that is left, in a namespace."""
    kubectl.apply(endpoint(), "--namespace=team-a")
    yield "team-a"
    kubectl.run("delete", "ie", "--all", "--namespace=team-a")


def test_the_account_of_the_values_is_applied_whoever_changed_it(
    render: Render, installed: Cluster, kubectl: Kubectl
) -> None:
    jobs = Jobs(render("account-full"), installed, kubectl)
    for _ in range(2):
        assert jobs.run("Job", "inference-operator-account") == (0, "")
        assert kubectl.get("cia", "default")["spec"]["maxAdoptionPolicy"] == "IfUnowned"
        kubectl.run("patch", "cia", "default", "--type=merge", '--patch={"spec":{"maxAdoptionPolicy":"Always"}}')


def test_with_namespaces_an_account_is_applied_in_each(render: Render, installed: Cluster, kubectl: Kubectl) -> None:
    jobs = Jobs(render("namespaced-account"), installed, kubectl)
    assert jobs.run("Job", "inference-operator-account") == (0, "")
    for namespace in ("team-a", "team-b"):
        assert kubectl.get("ia", "default", namespace)["spec"]["huggingFace"]["namespace"] == "my-org"


def test_who_applies_the_account_may_do_nothing_else(render: Render, installed: Cluster, kubectl: Kubectl) -> None:
    Jobs(render("account"), installed, kubectl)
    user = f"--as=system:serviceaccount:{NAMESPACE}:inference-operator-account"

    def may(*what: str) -> bool:
        return kubectl.run("auth", "can-i", *what, user, check=False).stdout.strip() == "yes"

    assert may("patch", "cia/default")
    assert not may("patch", "cia/another")
    assert not may("delete", "cia/default")
    assert not may("get", "secrets", f"--namespace={NAMESPACE}")
    assert not may("list", "ie", "--all-namespaces")


def test_uninstalling_is_refused_by_the_names_of_what_is_left_and_what_to_do(
    render: Render, installed: Cluster, kubectl: Kubectl, held: str
) -> None:
    code, said = Jobs(render("default"), installed, kubectl).run("Job", "inference-operator-uninstall")
    assert code == 1
    assert f"{held}/{endpoint()['metadata']['name']}" in said
    assert "helm rollback inference-operator 1 --namespace inference-operator-system" in said
    assert "uninstall.force=true" in said


@pytest.fixture
def namespaced(render: Render, installed: Cluster, kubectl: Kubectl) -> Iterator[Jobs]:
    """The jobs of an operator that works in some namespaces only, with no rights beyond."""
    jobs = Jobs(render("namespaced-two"), installed, kubectl)
    kubectl.run("delete", "clusterrolebinding", OPERATOR, "--ignore-not-found")
    yield jobs
    Jobs(render("default"), installed, kubectl)


# In namespaces of its own: other tests leave endpoints in the cluster.
def test_uninstalling_goes_on_where_nothing_is_left(namespaced: Jobs) -> None:
    assert namespaced.run("Job", "inference-operator-uninstall") == (0, "")


def test_uninstalling_is_refused_where_a_namespace_can_not_be_looked_at(namespaced: Jobs, kubectl: Kubectl) -> None:
    kubectl.delete("rolebinding", OPERATOR, "team-b")
    code, said = namespaced.run("Job", "inference-operator-uninstall")
    assert code == 1
    assert 'in the namespace "team-b"' in said
    assert "take it out of watchNamespaces first" in said


def test_with_namespaces_only_those_are_looked_at(namespaced: Jobs, held: str) -> None:
    code, said = namespaced.run("Job", "inference-operator-uninstall")
    assert (code, f"{held}/" in said) == (1, True), said


def test_helm_test_fails_until_an_operator_holds_the_lease_and_renews_it(
    render: Render, installed: Cluster, kubectl: Kubectl
) -> None:
    jobs = Jobs(render("default"), installed, kubectl)
    kubectl.delete("lease", OPERATOR, NAMESPACE)
    assert "there is no Lease" in jobs.run("Pod", "inference-operator-test")[1]

    def lease(renewed: str) -> Object:
        spec = {"holderIdentity": "pod_1", "leaseDurationSeconds": 15, "renewTime": renewed}
        metadata = {"name": OPERATOR, "namespace": NAMESPACE}
        return {"apiVersion": "coordination.k8s.io/v1", "kind": "Lease", "metadata": metadata, "spec": spec}

    kubectl.apply(lease("2020-01-01T00:00:00.000000Z"), "--server-side", "--force-conflicts")
    assert "pod_1 has not renewed Lease" in jobs.run("Pod", "inference-operator-test")[1]
    kubectl.apply(lease("2099-01-01T00:00:00.000000Z"), "--server-side", "--force-conflicts")
    assert jobs.run("Pod", "inference-operator-test") == (0, "")
    kubectl.delete("lease", OPERATOR, NAMESPACE)


def test_without_the_command_lines_libraries_the_jobs_work_all_the_same(tmp_path: Path) -> None:
    for name in ("typer", "rich", "starlette", "uvicorn"):
        (tmp_path / f"{name}.py").write_text("raise ModuleNotFoundError(name=__name__)")
    command = [sys.executable, "-m", "inference_operator", "release", "check", "--help"]
    environment = os.environ | {"PYTHONPATH": str(tmp_path)}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
