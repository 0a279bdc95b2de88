"""`python -m tools.dashboard`: write the Grafana dashboard of the chart.

Panels are a query and a title here; what Grafana wants around them is the same for all.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FILE = Path(__file__).parents[1] / "charts" / "inference-operator" / "files" / "dashboard.json"

_DATASOURCE = {"type": "prometheus", "uid": "${datasource}"}
_ROW_WIDTH = 24
_STAT, _CURVE = (6, 4), (8, 7)
"""Width and height, in Grafana's grid of 24 columns."""

_OURS = "and on (namespace, job, instance) inference_operator_build_info"
"""Tells the operator's series from those of other controllers, which have the same names."""

Json = dict[str, Any]


@dataclass(frozen=True)
class Panel:
    """One picture. `queries`: legend -> PromQL. `stat`: a number instead of a curve."""

    title: str
    queries: dict[str, str]
    unit: str = "short"
    stat: bool = False
    stacked: bool = False


def _by_condition(condition: str) -> str:
    return f'sum by (reason) (inference_operator_endpoint_condition{{type="{condition}", status="True"}})'


def _quantile(quantile: float, metric: str, by: str, *, ours: bool = False) -> str:
    rate = f"rate({metric}_bucket[$__rate_interval])" + (f" {_OURS}" if ours else "")
    return f"histogram_quantile({quantile}, sum by (le, {by}) ({rate}))"


_FAILED = 'code=~"4..|5..|<error>"'
ROWS: dict[str, tuple[Panel, ...]] = {
    "Endpoints": (
        Panel("Endpoints", {"": "sum(inference_operator_endpoint_state)"}, stat=True),
        Panel("Ready", {"": 'sum(inference_operator_endpoint_condition{type="Ready", status="True"})'}, stat=True),
        Panel("Replicas that serve", {"": "sum(inference_operator_ready_replicas)"}, stat=True),
        Panel("Orphans", {"": "max(inference_operator_orphans)"}, stat=True),
        Panel("By state", {"{{state}}": "sum by (state) (inference_operator_endpoint_state)"}, stacked=True),
        Panel("Waiting for a person", {"{{reason}}": _by_condition("Stalled")}, stacked=True),
        Panel(
            "Replicas",
            {
                "serve": "sum(inference_operator_ready_replicas)",
                "aimed at": "sum(inference_operator_target_replicas)",
            },
        ),
    ),
    "Cost": (
        Panel("Cost of an hour", {"{{currency}}": "sum by (currency) (inference_operator_hourly_cost)"}, stat=True),
        Panel("Cost of an hour", {"{{currency}}": "sum by (currency) (inference_operator_hourly_cost)"}),
    ),
    "Drift and changes": (
        Panel(
            "Drift newly seen",
            {"{{reason}}": "sum by (reason) (increase(inference_operator_drift_total[$__rate_interval]))"},
        ),
        Panel("Drifted now", {"{{reason}}": _by_condition("Drifted")}, stacked=True),
        Panel(
            "Changes of remote endpoints",
            {
                "{{change}} {{outcome}}": "sum by (change, outcome) "
                "(increase(inference_operator_remote_changes_total[$__rate_interval]))"
            },
        ),
    ),
    "Providers": (
        Panel(
            "Requests",
            {
                "{{provider}} {{operation}}": "sum by (provider, operation) "
                "(rate(inference_operator_remote_requests_total[$__rate_interval]))"
            },
            unit="reqps",
        ),
        Panel(
            "Requests that fail",
            {
                "{{provider}} {{code}}": "sum by (provider, code) "
                f"(rate(inference_operator_remote_requests_total{{{_FAILED}}}[$__rate_interval]))"
            },
            unit="reqps",
        ),
        Panel(
            "Latency",
            {
                f"p{int(one * 100)} {{{{provider}}}}": _quantile(
                    one, "inference_operator_remote_request_duration_seconds", "provider"
                )
                for one in (0.5, 0.95)
            },
            unit="s",
        ),
    ),
    "Accounts": (
        Panel(
            "Age of what is known",
            {"{{account}}": "max by (account) (inference_operator_observation_age_seconds)"},
            unit="s",
        ),
        Panel("Ready", {"{{account}} {{reason}}": "max by (account, reason) (inference_operator_account_ready)"}),
        Panel(
            "Held back",
            {
                "{{account}} circuit open": "max by (account) (inference_operator_account_circuit_open)",
                "{{account}} asked to wait": "max by (account) (inference_operator_account_wait_seconds)",
            },
        ),
    ),
    "Queue": (
        Panel("Waiting", {"{{instance}}": f"workqueue_depth {_OURS}"}),
        Panel(
            "From ready until in work",
            {
                f"p{int(one * 100)}": _quantile(one, "workqueue_queue_duration_seconds", "name", ours=True)
                for one in (0.5, 0.99)
            },
            unit="s",
        ),
        Panel(
            "Reconciles",
            {"{{result}}": f"sum by (result) (rate(controller_runtime_reconcile_total[$__rate_interval]) {_OURS})"},
            unit="ops",
        ),
        Panel(
            "Length of a reconcile",
            {
                f"p{int(one * 100)}": _quantile(
                    one, "controller_runtime_reconcile_time_seconds", "controller", ours=True
                )
                for one in (0.5, 0.99)
            },
            unit="s",
        ),
        Panel(
            "Workers",
            {
                "busy": f"sum(controller_runtime_active_workers {_OURS})",
                "longest, in seconds": f"max(workqueue_longest_running_processor_seconds {_OURS})",
            },
        ),
    ),
    "API server": (
        Panel(
            "Requests",
            {
                "{{method}} {{resource}}": "sum by (method, resource) "
                f"(rate(rest_client_requests_total[$__rate_interval]) {_OURS})"
            },
            unit="reqps",
        ),
        Panel(
            "Requests that fail",
            {
                "{{resource}} {{code}}": "sum by (resource, code) "
                f"(rate(rest_client_requests_total{{{_FAILED}}}[$__rate_interval]) {_OURS})"
            },
            unit="reqps",
        ),
        Panel(
            "Latency",
            {"p95 {{method}}": _quantile(0.95, "rest_client_request_duration_seconds", "method", ours=True)},
            unit="s",
        ),
    ),
    "Process": (
        Panel("Leads", {"{{instance}}": f"leader_election_master_status {_OURS}"}),
        Panel("Memory", {"{{instance}}": f"process_resident_memory_bytes {_OURS}"}, unit="bytes"),
        Panel(
            "Processor",
            {"{{instance}}": f"rate(process_cpu_seconds_total[$__rate_interval]) {_OURS}"},
            unit="percentunit",
        ),
        Panel("Version", {"{{version}}": "count by (version) (inference_operator_build_info)"}),
    ),
}
"""The dashboard, row by row."""


def dashboard() -> Json:
    """The dashboard as Grafana imports it."""
    return {
        "uid": "inference-operator",
        "title": "Inference operator",
        "tags": ["inference-operator"],
        "schemaVersion": 41,
        "editable": True,
        "timezone": "browser",
        "refresh": "30s",
        "time": {"from": "now-1h", "to": "now"},
        "templating": {"list": [_datasource()]},
        "annotations": {"list": []},
        "panels": [*_laid_out()],
    }


def text() -> str:
    """The file."""
    return json.dumps(dashboard(), indent=2) + "\n"


def _datasource() -> Json:
    return {"name": "datasource", "label": "Data source", "type": "datasource", "query": "prometheus"}


def _laid_out() -> Iterator[Json]:
    """Rows and panels from top to bottom, each as far left as it fits."""
    number, top = 0, 0
    for title, panels in ROWS.items():
        number += 1
        yield {"id": number, "type": "row", "title": title, "collapsed": False, "gridPos": _at(0, top, _ROW_WIDTH, 1)}
        left, top, tallest = 0, top + 1, 0
        for panel in panels:
            width, height = _STAT if panel.stat else _CURVE
            if left + width > _ROW_WIDTH or tallest not in (0, height):
                left, top, tallest = 0, top + tallest, 0
            number += 1
            yield {"id": number, **_panel(panel), "gridPos": _at(left, top, width, height)}
            left, tallest = left + width, height
        top += tallest


def _at(left: int, top: int, width: int, height: int) -> Json:
    return {"x": left, "y": top, "w": width, "h": height}


def _panel(panel: Panel) -> Json:
    custom: Json = {"stacking": {"mode": "normal"}, "fillOpacity": 30} if panel.stacked else {}
    return {
        "type": "stat" if panel.stat else "timeseries",
        "title": panel.title,
        "datasource": _DATASOURCE,
        "fieldConfig": {"defaults": {"unit": panel.unit, "min": 0, "custom": custom}, "overrides": []},
        "options": {} if panel.stat else {"legend": {"displayMode": "list", "placement": "bottom"}},
        "targets": [
            {"refId": chr(ord("A") + place), "datasource": _DATASOURCE, "expr": query, "legendFormat": legend}
            for place, (legend, query) in enumerate(panel.queries.items())
        ],
    }


def main() -> None:
    """Write the file."""
    FILE.parent.mkdir(parents=True, exist_ok=True)
    FILE.write_text(text(), encoding="utf-8")


if __name__ == "__main__":
    main()
