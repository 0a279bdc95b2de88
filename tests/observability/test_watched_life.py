"""A whole life of an endpoint, as log, metrics and traces tell it: complete, explained, and without a secret value."""

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from tests.e2e.conftest import NewTeam
from tests.e2e_errors.canaries import ENV, ROTATED, leaks
from tests.observability.collector import Collector, Span
from tests.observability.exposition import samples, value, values
from tests.support.operator import OperatorProcess
from tests.support.team import TOKEN, Team, condition, in_state, ready
from tools.reference import events, logs

from inference_operator.api.names import RECONCILE_REQUESTED_AT
from inference_operator.runtime.telemetry import catalogue

Line = dict[str, Any]


@dataclass(frozen=True)
class Life:
    """What was left to read. `running`: the metrics while it ran. `writes`: operation and status, at the provider."""

    namespace: str
    writes: list[tuple[str, int | None]]
    lines: list[Line]
    log: str
    running: str
    at_the_end: str
    events: list[Line]
    collector: Collector

    @property
    def changes(self) -> list[Line]:
        """The change log of this life."""
        own = [one for one in self.lines if one.get("namespace") == self.namespace]
        return [one for one in own if one["event"] == "remote change"]


@pytest.fixture(scope="module")
def life(new_team: NewTeam, operator: OperatorProcess, collector: Collector) -> Iterator[Life]:
    with new_team() as team:
        since = len(operator.log)
        running = _live(team, operator)
        team.delete("chat")
        team.wait_gone("chat")
        writes = [(one.operation, one.status) for one in team.writes()]
        told, at_the_end = team.events(), operator.metrics()
        operator.stop()
        log = operator.log[since:]
        lines = [json.loads(line) for line in log.splitlines()]
        yield Life(team.namespace, writes, lines, log, running, at_the_end, told, collector)


def _live(team: Team, operator: OperatorProcess) -> str:
    team.secret("hub", token=ENV)
    secret = {"secrets": {"HUB": {"secretKeyRef": {"name": "hub", "key": "token"}}}}
    team.create("chat", state="running", **team.block(model=secret))
    _edit(team, 3)
    team.change_remotely("chat", compute={"scaling": {"maxReplica": 7}})
    team.until(lambda: len(team.puts("chat")) == 2, "the drift is put right")
    team.wait("chat", ready)
    team.secret("hub", token=ROTATED)
    # What was read of a Secret serves for some seconds.
    team.until(lambda: _ask(team) and len(team.puts("chat")) == 3, "the other value is sent")
    team.fail("update", name="chat", status=400, body={"error": f"bad value {ENV} given"}, times=1)
    team.edit("chat", compute={"scaling": {"maxReplica": 4}})
    team.wait("chat", lambda obj: (condition(obj, "Ready") or {}).get("reason") == "Rejected")
    _edit(team, 5)
    running = operator.metrics()
    for state in ("paused", "running"):
        team.patch("chat", {"spec": {"state": state}})
        team.wait("chat", in_state(state))
    team.wait("chat", ready)
    return running


def _ask(team: Team) -> bool:
    """Have it looked at, once."""
    asked = f"request {time.monotonic()}"
    team.patch("chat", {"metadata": {"annotations": {RECONCILE_REQUESTED_AT: asked}}})
    team.wait("chat", lambda obj: obj["status"].get("lastHandledReconcileAt") == asked)
    return True


def _edit(team: Team, most: int) -> None:
    team.edit("chat", compute={"scaling": {"maxReplica": most}})
    team.wait("chat", lambda obj: ready(obj) and team.remote("chat")["compute"]["scaling"]["maxReplica"] == most)


def test_every_write_to_the_provider_is_one_line_of_the_change_log(life: Life) -> None:
    told = [(one["change"], one["outcome"]) for one in life.changes]
    done = [(operation, "done" if status and status < 400 else "refused") for operation, status in life.writes]
    assert told == done
    assert len(told) == 9


def test_what_is_let_go_of_is_in_the_change_log_too(team: Team, operator: OperatorProcess) -> None:
    team.create("left", deletionTimeout="1s")
    team.fail("delete", status=503)
    since = len(operator.log)
    team.delete("left")
    team.wait_gone("left")
    lines = [json.loads(line) for line in operator.log[since:].splitlines()]
    told = [(one["change"], one["outcome"]) for one in lines if one["event"] == "remote change"]
    assert set(told[:-1]) == {("delete", "refused")}
    assert told[-1] == ("release", "done")
    tried = [one.operation for one in team.writes("left") if one.operation != "create"]
    assert tried == ["delete" if change == "delete" else "update" for change, _ in told]


def test_each_change_says_which_fields_and_why(life: Life) -> None:
    told = [(one["change"], one["fields"], one["why"]) for one in life.changes]
    most = ["/compute/scaling/maxReplica"]
    assert "/model/secrets" in told[0][1]
    assert "/model/repository" in told[0][1]
    assert told[0][2] == "declared"
    assert told[1:] == [
        ("update", most, "declared"),
        ("update", most, "drift"),
        ("update", ["/model/secrets"], "secret"),
        ("update", most, "declared"),
        ("update", most, "declared"),
        ("pause", ["/state"], "declared"),
        ("resume", ["/state"], "declared"),
        ("delete", [], "deletion"),
    ]
    refused = life.changes[4]
    assert (refused["outcome"], refused["code"]) == ("refused", 400)


def test_a_line_of_the_change_log_has_the_keys_of_the_one_in_the_reference(life: Life) -> None:
    for line in life.changes:
        assert line.keys() - {"trace_id", "span_id", "code"} == logs.EXAMPLE.keys()
        assert line["level"] == "info"


def test_every_key_of_the_operators_own_lines_is_in_the_reference(life: Life) -> None:
    own = [one for one in life.lines if one["logger"].startswith("inference_operator")]
    assert own
    assert {key for one in own for key in one} <= logs.KEYS.keys()


def test_every_event_is_in_the_reference(life: Life) -> None:
    told = {(one["reason"], one["type"]) for one in life.events}
    known = {(reason, kind) for reason, (kind, _) in events.EVENTS.items()}
    assert told >= {("Created", "Normal"), ("Updated", "Normal"), ("DriftDetected", "Warning"), ("Pausing", "Normal")}
    assert told - known <= {(one, "Warning") for one in (*events.DRIFT, "Rejected")}


def test_the_metrics_tell_how_it_stands_and_what_was_done(life: Life) -> None:
    text = life.running
    assert value(text, "inference_operator_endpoint_state", state="running") == 1
    assert value(text, "inference_operator_ready_replicas") == 1
    hourly = value(text, "inference_operator_hourly_cost", currency="USD")
    assert hourly is not None
    assert hourly > 0
    ready_ = {"type": "Ready", "status": "True", "reason": "Running"}
    assert value(text, "inference_operator_endpoint_condition", **ready_) == 1
    drift = {"provider": "huggingFace", "reason": "DriftDetected"}
    assert value(text, "inference_operator_drift_total", **drift) == 1
    account = {"provider": "huggingFace", "account": f"InferenceAccount {life.namespace}/hf", "reason": "Ready"}
    assert value(text, "inference_operator_account_ready", **account) == 1
    refused = {"provider": "huggingFace", "change": "update", "outcome": "refused"}
    assert value(text, "inference_operator_remote_changes_total", **refused) == 1
    assert value(life.at_the_end, "inference_operator_endpoint_state", state="running") == 0


def test_what_is_served_is_what_the_reference_says_and_all_of_it(life: Life) -> None:
    said = {one.name: one for one in catalogue.instruments()}
    served = dict[str, set[str]]()
    for one in samples(life.at_the_end):
        name = next((name for name in (one.name, _base(one.name)) if name in said), one.name)
        served.setdefault(name, set()).update(one.labels.keys() - {"le"})
    unlabelled = {name for name, one in said.items() if not one.labels}
    assert served.keys() - said.keys() == set()
    assert {name: labels for name, labels in served.items() if labels != set(said[name].labels)} == {}
    assert unlabelled - served.keys() == set()


def _base(name: str) -> str:
    """The name of the histogram that a series belongs to."""
    for ending in ("_bucket", "_sum", "_count"):
        name = name.removesuffix(ending)
    return name


def test_the_number_of_series_does_not_depend_on_the_endpoint(life: Life) -> None:
    of_endpoints = [
        [series for series in values(text) if any(label == "name" and which == "chat" for label, which in series[1])]
        for text in (life.running, life.at_the_end)
    ]
    assert of_endpoints == [[], []]


def _of(life: Life, kind: str) -> list[Span]:
    spans = life.collector.named("reconcile")
    return [one for one in spans if one.attributes["k8s.namespace.name"] == life.namespace and kind]


def test_each_reconcile_is_a_trace_with_its_calls_to_both_sides(life: Life) -> None:
    reconciles = _of(life, "reconcile")
    assert all(one.parent == "" for one in reconciles)
    calls = {child.name for one in reconciles for child in life.collector.children(one)}
    assert calls >= {
        *("huggingFace create", "huggingFace update", "huggingFace pause", "huggingFace delete"),
        *("PATCH inferenceendpoints", "GET secrets"),
    }
    creating = next(
        one for one in reconciles for child in life.collector.children(one) if child.name == "huggingFace create"
    )
    assert "PATCH inferenceendpoints" in {child.name for child in life.collector.children(creating)}
    failed = [one for one in life.collector.named("huggingFace update") if one.failed]
    assert [one.attributes["http.response.status_code"] for one in failed] == [400]


def test_a_line_of_the_log_leads_to_its_trace(life: Life) -> None:
    traces = {one.trace for one in _of(life, "reconcile")}
    assert {one["trace_id"] for one in life.changes} <= traces


def test_no_secret_value_is_in_any_of_it(life: Life) -> None:
    texts = {
        "log": life.log,
        "metrics": life.running + life.at_the_end,
        "traces": "".join(life.collector.raw),
        "events": json.dumps(life.events),
    }
    assert "***" in texts["log"] + texts["events"], "what the provider echoed was to be seen, masked"
    for name, text in texts.items():
        assert text
        assert leaks(text, (TOKEN, ENV, ROTATED)) == [], name
