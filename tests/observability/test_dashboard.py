"""The dashboard: of metrics that exist, as generated, and every query of it returns data on a running operator."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from tests.e2e.conftest import NewTeam
from tests.observability.prometheus import Prometheus, scraping
from tests.observability.test_alerts import ALERTS, OF_SCRAPING, labels_in, metrics_in
from tests.support.operator import OperatorProcess
from tests.support.team import Team, condition, says
from tools import dashboard

from inference_operator.runtime.telemetry.catalogue import instruments

ELSEWHERE = {
    "inference_operator_events_dropped_total",
    "controller_runtime_reconcile_errors_total",
    "controller_runtime_terminal_reconcile_errors_total",
    "controller_runtime_max_concurrent_reconciles",
    "workqueue_adds_total",
    "workqueue_retries_total",
    "workqueue_work_duration_seconds",
    "workqueue_unfinished_work_seconds",
    "process_virtual_memory_bytes",
    "process_start_time_seconds",
    "process_open_fds",
    "process_max_fds",
}
"""Metrics without a picture: for those who look for something."""

PANELS: list[dict[str, Any]] = dashboard.dashboard()["panels"]
QUERIES = {
    f"{panel['title']}: {target['legendFormat']} ({target['expr'][:40]})": target["expr"]
    for panel in PANELS
    for target in panel.get("targets", ())
}


def test_the_file_is_what_is_generated() -> None:
    assert dashboard.FILE.read_text() == dashboard.text(), "run: python -m tools.dashboard"


def test_every_query_is_of_metrics_and_labels_that_exist() -> None:
    known = {one.name: set(one.labels) for one in instruments()}
    shown = set[str]()
    for name, query in QUERIES.items():
        named = metrics_in(query.replace("$__rate_interval", "1m"))
        assert named, name
        assert named <= known.keys(), name
        assert labels_in(query) <= set().union(*(known[one] for one in named)) | OF_SCRAPING, name
        shown |= named
    assert known.keys() - shown == ELSEWHERE


def test_every_legend_names_labels_that_the_query_keeps() -> None:
    for panel in PANELS:
        for target in panel.get("targets", ()):
            named = set(re.findall(r"\{\{(\w+)\}\}", target["legendFormat"]))
            kept = labels_in(target["expr"]) | {"instance"}
            assert named <= kept, target


def test_every_panel_asks_the_data_source_that_the_reader_chose() -> None:
    (variable,) = dashboard.dashboard()["templating"]["list"]
    assert (variable["name"], variable["type"], variable["query"]) == ("datasource", "datasource", "prometheus")
    asked = [one["datasource"] for panel in PANELS for one in (panel, *panel.get("targets", ())) if "targets" in panel]
    assert asked
    assert all(one == {"type": "prometheus", "uid": "${datasource}"} for one in asked if one)


def test_panels_lie_in_their_rows_and_on_no_other() -> None:
    ids = [panel["id"] for panel in PANELS]
    assert len(set(ids)) == len(ids)
    cells = [
        (x, y)
        for panel in PANELS
        for x in range(panel["gridPos"]["x"], panel["gridPos"]["x"] + panel["gridPos"]["w"])
        for y in range(panel["gridPos"]["y"], panel["gridPos"]["y"] + panel["gridPos"]["h"])
    ]
    assert len(set(cells)) == len(cells)
    assert max(x for x, _ in cells) == 23


@pytest.fixture(scope="module")
def busy(new_team: NewTeam) -> Iterator[Team]:
    """Endpoints of all kinds: one that serves, one that waits for a person, one that drifted and is only watched."""
    with new_team() as team:
        team.create("serves", state="running", writeConnectionTo={"configMapName": "connection"})
        team.fail("create", status=422)
        team.make_remotely("watched")
        team.apply(team.manifest("refused"), team.manifest("watched", mode="Observe"))
        team.wait("refused", says("Stalled"))
        team.change_remotely("watched", compute={"scaling": {"maxReplica": 7}})
        team.wait("watched", lambda obj: condition(obj, "Drifted"))
        team.change_remotely("serves", compute={"scaling": {"maxReplica": 7}})
        team.until(lambda: team.puts("serves"), "drift is put right")
        team.fail("list", status=503, times=2)
        team.await_polls(4)
        yield team


@pytest.fixture(scope="module")
def prometheus(busy: Team, operator: OperatorProcess, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prometheus]:
    with scraping(operator.metrics_url.removeprefix("http://"), tmp_path_factory.mktemp("prometheus")) as started:
        ours = "count_over_time(inference_operator_build_info[1m]) > 2"
        busy.until(lambda: started.query(ours), "Prometheus has scraped the operator", timeout=60)
        yield started


@pytest.mark.proof
@pytest.mark.timeout(900)
def test_every_query_returns_data_on_a_running_operator(prometheus: Prometheus) -> None:
    found = {name: prometheus.query(query.replace("$__rate_interval", "1m")) for name, query in QUERIES.items()}
    assert [name for name, result in found.items() if not result] == []


@pytest.mark.proof
@pytest.mark.timeout(900)
def test_prometheus_evaluates_every_alert_without_an_error(prometheus: Prometheus) -> None:
    prometheus_rules = prometheus.rules()
    assert {one["name"] for one in prometheus_rules} == ALERTS.keys()
    assert [one for one in prometheus_rules if one["health"] == "err"] == []
