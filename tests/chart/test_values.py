"""The values: each described, an unknown or a wrong one refused, and every flag of `run` among them."""

import argparse
import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
import yaml
from tests.chart.conftest import Render
from tests.chart.helm import CHART, Helm, find
from tests.chart.sets import SETS
from tools import chart_values

from inference_operator import __version__
from inference_operator.runtime import flags

VALUES: dict[str, Any] = yaml.safe_load((CHART / "values.yaml").read_text())
SCHEMA: dict[str, Any] = json.loads((CHART / "values.schema.json").read_text())
_ELSEWHERE = {"--help", "--kubeconfig", "--operator-namespace"}
"""Flags without a value: a pod has its ServiceAccount and knows its namespace."""


def test_every_value_is_described() -> None:
    assert chart_values.undescribed() == []
    assert all(len(value.text) > 10 for value in chart_values.values())


def test_what_is_generated_from_the_values_is_current() -> None:
    for path, text in (
        (chart_values.README, chart_values.readme()),
        (chart_values.PAGE, chart_values.page()),
        (chart_values.SCHEMA, chart_values.schema()),
    ):
        assert path.read_text() == text, "run: python -m tools.chart_values"


def test_the_schema_knows_every_value_and_no_other() -> None:
    assert set(_names(SCHEMA)) - {"global"} == {".".join(one) for one in _paths(VALUES)}


@pytest.mark.parametrize(
    ("values", "named"),
    [
        ({"replica": 2}, "replica"),
        ({"image": {"repo": "x"}}, "repo"),
        ({"huggingFace": {"token": "hf_x"}}, "token"),
        ({"metrics": {"serviceMonitor": {"on": True}}}, "'on'"),
        ({"networkPolicy": {"apiServer": {"cidr": "10.0.0.0/8"}}}, "'cidr'"),
        ({"replicas": "two"}, "/replicas"),
        ({"replicas": -1}, "/replicas"),
        ({"image": {"digest": "sha256:1"}}, "/image/digest"),
        ({"log": {"level": "info"}}, "/log/level"),
        ({"leaderElection": {"leaseDuration": 2}}, "/leaderElection/leaseDuration"),
        ({"ports": {"health": 0}}, "/ports/health"),
        ({"watchNamespaces": ["Team A"]}, "/watchNamespaces/0"),
        ({"allowBaseURLs": ["example.com"]}, "/allowBaseURLs/0"),
        ({"networkPolicy": {"extraEgressCIDRs": ["10.0.0.1"]}}, "/networkPolicy/extraEgressCIDRs/0"),
        ({"huggingFace": {"maxAdoptionPolicy": "Sometimes"}}, "/huggingFace/maxAdoptionPolicy"),
        ({"watchNamespaces": ["team-a"]}, "/clusterID"),
        ({"watchNamespaces": ["team-a"], "clusterID": "c", "openmetrics": True}, "/openmetrics"),
        ({"huggingFace": {"namespace": "my-org"}}, "/huggingFace/existingSecret"),
        ({"leaderElection": {"enabled": False}}, "/replicas"),
        ({"ports": {"health": 8081}}, "ports.health and ports.metrics"),
        ({"commonLabels": {"app.kubernetes.io/name": "mine"}}, "commonLabels has app.kubernetes.io/name"),
        ({"podLabels": {"app.kubernetes.io/component": "web"}}, "podLabels has app.kubernetes.io/component"),
        (
            {"metrics": {"serviceMonitor": {"enabled": True}, "service": {"enabled": False}}},
            "metrics.serviceMonitor needs the Service",
        ),
        ({"metrics": {"prometheusRule": {"docsURL": "docs.example.com"}}}, "/metrics/prometheusRule/docsURL"),
    ],
    ids=str,
)
def test_a_value_that_means_nothing_is_refused_by_its_name(values: dict[str, Any], named: str, helm: Helm) -> None:
    assert named in helm.refusal(values)


def test_every_object_of_the_schema_that_is_the_charts_own_is_closed() -> None:
    open_ones = [
        name
        for name, node in _nodes(SCHEMA, "")
        if node.get("type") == "object" and "properties" in node and node.get("additionalProperties") is not False
    ]
    assert open_ones == []


def test_every_flag_is_a_value(render: Render) -> None:
    flags = {option for action in _flags() for option in action.option_strings if option.startswith("--")}
    given = {
        argument.partition("=")[0]
        for name in SETS
        for argument in find(render(name), "Deployment")["spec"]["template"]["spec"]["containers"][0]["args"][1:]
    }
    assert given == flags - _ELSEWHERE
    told = set(re.findall(r"`run (--[a-z-]+)`", (CHART / "values.yaml").read_text()))
    assert told == given - {"--no-leader-elect"}


def test_without_values_the_flags_are_those_that_run_has_by_itself(render: Render) -> None:
    arguments = find(render("default"), "Deployment")["spec"]["template"]["spec"]["containers"][0]["args"]
    assert arguments[0] == "run"
    assert flags.parse(arguments[1:]) == flags.parse([])


def test_the_version_is_the_projects() -> None:
    chart = yaml.safe_load((CHART / "Chart.yaml").read_text())
    assert chart["version"] == chart["appVersion"] == __version__


def test_a_default_account_is_what_the_values_say(render: Render) -> None:
    def accounts(name: str) -> list[dict[str, Any]]:
        jobs = [one for one in render(name) if one["kind"] == "Job" and one["metadata"]["name"].endswith("-account")]
        arguments = jobs[0]["spec"]["template"]["spec"]["containers"][0]["args"]
        return [json.loads(one.removeprefix("--manifest=")) for one in arguments[2:]]

    (account,) = accounts("account-full")
    assert account["kind"] == "ClusterInferenceAccount"
    assert account["metadata"] == {"name": "default"}
    assert account["spec"] == {
        "huggingFace": {
            "namespace": "my-org",
            "baseURL": "https://endpoints.example.com",
            "tokenSecretRef": {"name": "hf", "key": "hf-token"},
        },
        "allowedNamespaces": {"names": ["team-a"], "selector": {"matchLabels": {"inference": "allowed"}}},
        "maxAdoptionPolicy": "IfUnowned",
        "pollInterval": "1m",
        "maxRequestsPerSecond": 50,
    }
    assert [one["metadata"]["namespace"] for one in accounts("namespaced-account")] == ["team-a", "team-b"]
    assert {one["kind"] for one in accounts("namespaced-account")} == {"InferenceAccount"}


def _flags() -> list[argparse.Action]:
    return flags.parser_of_flags()._actions


def _paths(node: dict[str, Any], path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Every value, and what it is in, as far as the chart's own structure goes."""
    for key, value in node.items():
        yield (*path, key)
        schema = _schema_of((*path, key))
        if isinstance(value, dict) and "properties" in schema:
            yield from _paths(value, (*path, key))


def _schema_of(path: tuple[str, ...]) -> dict[str, Any]:
    node = SCHEMA
    for key in path:
        node = node.get("properties", {}).get(key, {})
    return node


def _names(schema: dict[str, Any], path: str = "") -> Iterator[str]:
    for key, node in schema.get("properties", {}).items():
        yield path + key
        defaults = _default(path + key)
        if not isinstance(defaults, dict) or defaults:
            yield from _names(node, f"{path}{key}.")


def _default(path: str) -> Any:
    node: Any = VALUES
    for key in path.split("."):
        node = node.get(key) if isinstance(node, dict) else None
    return node


def _nodes(schema: Any, path: str) -> Iterator[tuple[str, dict[str, Any]]]:
    if isinstance(schema, dict):
        yield path, schema
        for key, value in schema.items():
            if key != "allOf":
                yield from _nodes(value, f"{path}/{key}")


def test_with_the_address_of_the_documentation_each_alert_links_its_page(render: Render) -> None:
    rule = find(render("rules-linked"), "PrometheusRule")
    for alert in (one for group in rule["spec"]["groups"] for one in group["rules"]):
        page = f"https://docs.example.com/operator/runbooks/{alert['alert']}.html"
        assert alert["annotations"]["runbook_url"] == page
        assert "runbook" not in alert["annotations"]
