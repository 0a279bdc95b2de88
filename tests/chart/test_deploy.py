"""deploy/ and the chart install the same: each overlay is what some values render, but for Helm's own labels."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.chart.helm import CHART, NAMESPACE, ROOT, Helm, Object, find, identity, is_hook, parsed
from tests.support.cluster import Kubectl
from tools.deploy_monitoring import written

DEPLOY = ROOT / "deploy"
_OF_HELM = {
    "app.kubernetes.io/instance",
    "app.kubernetes.io/managed-by",
    "app.kubernetes.io/version",
    "helm.sh/chart",
    "helm.sh/resource-policy",
}
SAME: dict[str, dict[str, Any]] = {
    "base": {},
    "overlays/single": {
        "replicas": 1,
        "podDisruptionBudget": {"enabled": False},
        "log": {"level": "DEBUG", "format": "text"},
    },
    "overlays/namespaced": {"watchNamespaces": ["team-a"], "clusterID": "production"},
    "overlays/openmetrics": {"openmetrics": True},
    "overlays/monitoring": {
        "metrics": {
            "serviceMonitor": {"enabled": True},
            "prometheusRule": {"enabled": True},
            "dashboard": {"enabled": True},
        }
    },
}
"""For each folder the values that render the same."""


@pytest.mark.parametrize("folder", SAME)
def test_a_folder_is_what_the_chart_renders(folder: str, helm: Helm) -> None:
    rendered = {identity(one): _plain(one) for one in helm.template(SAME[folder]) if not is_hook(one)}
    built = {identity(one): _plain(one) for one in _kustomize(DEPLOY / folder)}
    del built[f"Namespace -/{NAMESPACE}"]  # Helm makes it: --create-namespace
    assert sorted(built) == sorted(rendered)
    for name, obj in built.items():
        assert obj == rendered[name], name


def test_every_overlay_is_compared() -> None:
    assert {str(path.parent.relative_to(DEPLOY)) for path in DEPLOY.glob("overlays/*/kustomization.yaml")} <= set(SAME)


def test_the_charts_crds_are_those_of_the_project() -> None:
    own = {path.name: path.read_text() for path in (CHART / "files" / "crds").glob("*.yaml")}
    assert own == {path.name: path.read_text() for path in (ROOT / "crds").glob("*.yaml")}, "run: make crds"


def test_the_crds_are_rendered_as_they_are(helm: Helm) -> None:
    text = helm.run("template", "any", str(CHART), "--show-only=templates/crds.yaml").stdout
    rendered = [_plain(one) for one in _whole(text)]
    files = [one for path in sorted((ROOT / "crds").glob("*.yaml")) for one in _whole(path.read_text())]
    assert rendered == [_plain(one) for one in files]


def test_every_file_of_a_kustomized_folder_is_in_it() -> None:
    folders = [path.parent for path in (*DEPLOY.rglob("Kustomization"), ROOT / "crds" / "Kustomization")]
    assert len(folders) >= 6
    for folder in folders:
        listed = set((folder / "Kustomization").read_text().split())
        assert {path.name for path in folder.glob("*.yaml")} <= listed, folder


def test_alerts_and_dashboard_in_deploy_are_those_of_the_chart() -> None:
    for path, text in written().items():
        assert path.read_text() == text, "run: python -m tools.deploy_monitoring"


def test_no_rule_has_a_wildcard_or_reads_all_secrets(helm: Helm) -> None:
    for values in ({}, {"watchNamespaces": ["team-a"], "clusterID": "c"}):
        rendered = helm.template(values | {"huggingFace": {"namespace": "o", "existingSecret": "s"}})
        rules = [(one, rule) for one in rendered if one["kind"] in {"Role", "ClusterRole"} for rule in one["rules"]]
        assert rules
        for one, rule in rules:
            assert "*" not in json.dumps(rule), identity(one)
            if "secrets" in rule["resources"]:
                assert {"list", "watch", "patch", "update", "delete"}.isdisjoint(rule["verbs"]), identity(one)


def test_without_rights_in_the_whole_cluster_nothing_binds_to_it(helm: Helm) -> None:
    values = {"watchNamespaces": ["team-a"], "clusterID": "c", "huggingFace": {"namespace": "o", "existingSecret": "s"}}
    assert [identity(one) for one in helm.template(values) if one["kind"] == "ClusterRoleBinding"] == []


def test_jobs_are_not_taken_for_operators(helm: Helm) -> None:
    rendered = helm.template({"huggingFace": {"namespace": "o", "existingSecret": "s"}})
    selector = find(rendered, "Deployment")["spec"]["selector"]["matchLabels"]
    jobs = [one["spec"]["template"]["metadata"]["labels"] for one in rendered if one["kind"] == "Job"]
    assert len(jobs) == 2
    assert all(selector.items() - labels.items() for labels in jobs)
    network = find(rendered, "NetworkPolicy")["spec"]["podSelector"]["matchLabels"]
    assert all(not network.items() - labels.items() for labels in jobs)


def _kustomize(folder: Path) -> list[Object]:
    return parsed(Kubectl(Path("/dev/null")).run("kustomize", str(folder)).stdout)


def _whole(text: str) -> list[Object]:
    return [one for one in yaml.load_all(text, getattr(yaml, "CSafeLoader", yaml.SafeLoader)) if one]


def _plain(node: Any) -> Any:
    if isinstance(node, dict) and node.get("kind") == "CustomResourceDefinition":
        node = node | {"metadata": {key: value for key, value in node["metadata"].items() if key != "labels"}}
    if isinstance(node, dict):
        kept = {key: _plain(value) for key, value in node.items() if key not in _OF_HELM}
        return {key: value for key, value in kept.items() if key not in {"labels", "annotations"} or value}
    return [_plain(value) for value in node] if isinstance(node, list) else node
