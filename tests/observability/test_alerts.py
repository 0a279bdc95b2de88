"""The alerts: each is of metrics that exist, fires when it should and at no other time, and has a page that helps."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.observability.alert_cases import CASES, HEALTHY
from tests.observability.prometheus import RULES, promtool
from tools.reference.alerts import alerts

from inference_operator.runtime.telemetry.catalogue import instruments

ROOT = Path(__file__).parents[2]
RUNBOOKS = ROOT / "docs" / "runbooks"
ALERTS = {rule["alert"]: rule for rule in alerts()}


def metrics_in(promql: str) -> set[str]:
    """The names of the metrics in a query: what is neither text, label, nor a word of the language."""
    bare = re.sub(r'"[^"]*"|\{[^}]*\}|\[[^]]*\]|\b(by|on)\s*\([^)]*\)', " ", promql)
    words = set(re.findall(r"\b[a-z_]{4,}\b(?!\s*\()", bare))
    return {re.sub(r"_(bucket|sum|count)$", "", word) for word in words if "_" in word}


def labels_in(promql: str) -> set[str]:
    """The labels that a query names."""
    matched = re.findall(r"(\w+)\s*(?:=~|!~|!=|=)\s*\"", promql)
    grouped = re.findall(r"\b(?:by|on)\s*\(([^)]*)\)", promql)
    return {*matched, *(label.strip() for one in grouped for label in one.split(","))}


OF_SCRAPING = {"namespace", "job", "instance", "le"}
"""The labels that Prometheus adds, and that of a histogram's buckets."""


def test_each_alert_is_of_metrics_and_labels_that_exist() -> None:
    known = {one.name: set(one.labels) for one in instruments()}
    for name, rule in ALERTS.items():
        named = metrics_in(rule["expr"])
        assert named, name
        assert named <= known.keys(), name
        assert labels_in(rule["expr"]) <= set().union(*(known[one] for one in named)) | OF_SCRAPING, name


def test_each_alert_says_what_it_means_and_has_a_page_that_says_where_to_look_and_what_to_do() -> None:
    assert {path.stem for path in RUNBOOKS.glob("*.md")} == ALERTS.keys()
    for name, rule in ALERTS.items():
        assert rule["labels"]["severity"] in ("critical", "warning")
        assert rule["annotations"].keys() == {"summary", "description", "runbook"}
        page = (ROOT / rule["annotations"]["runbook"]).read_text()
        assert page.startswith(f"# {name}\n")
        assert re.findall(r"^## (.+)$", page, flags=re.MULTILINE) == ["Look", "Do"]


def test_each_alert_has_a_case() -> None:
    assert {case.alert for case in CASES} == ALERTS.keys()


@pytest.mark.proof
@pytest.mark.timeout(900)
def test_promtool_accepts_the_rules() -> None:
    done = promtool("check", "rules", "--lint=all", "--lint-fatal", RULES)
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"{len(ALERTS)} rules found" in done.stdout


@pytest.mark.proof
@pytest.mark.timeout(900)
def test_each_alert_fires_when_it_should_and_not_before(tmp_path: Path) -> None:
    tests = [
        {
            "interval": "1m",
            "input_series": case.inputs,
            "alert_rule_test": [_expected(case.alert, case.not_at), _expected(case.alert, case.at, _firing(case))],
        }
        for case in CASES
    ]
    _run(tmp_path, tests)


@pytest.mark.proof
@pytest.mark.timeout(900)
def test_no_alert_fires_where_all_is_well(tmp_path: Path) -> None:
    inputs = [{"series": name, "values": values} for name, values in HEALTHY.items()]
    expected = [_expected(name, 90) for name in ALERTS]
    _run(tmp_path, [{"interval": "1m", "input_series": inputs, "alert_rule_test": expected}])


def _expected(alert: str, minute: int, *firing: dict[str, Any]) -> dict[str, Any]:
    return {"eval_time": f"{minute}m", "alertname": alert, "exp_alerts": list(firing)}


def _firing(case: Any) -> dict[str, Any]:
    rule = ALERTS[case.alert]
    return {
        "exp_labels": {**rule["labels"], **case.labels},
        "exp_annotations": {**rule["annotations"], "summary": case.summary},
    }


def _run(directory: Path, tests: list[dict[str, Any]]) -> None:
    path = directory / "alerts_test.yaml"
    path.write_text(yaml.safe_dump({"rule_files": [str(RULES)], "evaluation_interval": "1m", "tests": tests}))
    done = promtool("test", "rules", path)
    assert done.returncode == 0, done.stdout + done.stderr
