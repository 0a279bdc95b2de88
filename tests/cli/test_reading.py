"""What a provider answers is read as far as it makes sense, and whatever it is, nothing else is raised."""

import json
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inference_operator.cli.moment import moment
from inference_operator.cli.output import printable
from inference_operator.cli.sparkline import sparkline
from inference_operator.core.errors import ProviderError
from inference_operator.core.insight import Curve, Metrics, Point, Quantity, Replica, Window
from inference_operator.providers.http import Answer
from inference_operator.providers.huggingface.graphs import metrics
from inference_operator.providers.huggingface.log_page import log_page
from inference_operator.providers.huggingface.replicas import replicas

WINDOW = Window(moment("2026-11-21T09:00:00Z"), moment("2026-11-21T10:00:00Z"))
NUMBERS = st.floats() | st.integers()
GARBAGE = st.recursive(
    st.none() | st.booleans() | NUMBERS | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


def answer(body: Any, **headers: str) -> Answer:
    return Answer(200, headers, body, "")


def graph(keys: tuple[str, ...]) -> st.SearchStrategy[Any]:
    """Objects that are nearly a graph: the right keys, with anything behind them."""
    points = st.lists(st.fixed_dictionaries({"x": st.text() | GARBAGE, "y": NUMBERS | GARBAGE}) | GARBAGE, max_size=3)
    series = st.fixed_dictionaries({}, optional=dict.fromkeys(keys, st.text() | GARBAGE) | {"data": points | GARBAGE})
    return st.fixed_dictionaries({"series": st.lists(series | GARBAGE, max_size=3) | GARBAGE}) | GARBAGE


GRAPH = graph(("percentile", "statusCode", "status", "replicaId", "deviceId", "sum", "summary", "max"))
GRAPHS = st.fixed_dictionaries(
    {},
    optional={
        "replicaIds": GARBAGE,
        "responseElapsed": GRAPH,
        "responseStatusCodeGrouped": GRAPH,
        "hardwareGpu": GRAPH,
        "inference": st.fixed_dictionaries({}, optional={"ttft": GRAPH, "requests": GARBAGE}) | GARBAGE,
    },
)


@given(GRAPHS | GARBAGE)
def test_any_graphs_give_finite_figures_or_malformed(body: Any) -> None:
    if not isinstance(body, dict):
        with pytest.raises(ProviderError, match="malformed"):
            metrics(answer(body), WINDOW)
        return
    found = metrics(answer(body), WINDOW)
    for curve in found.curves:
        assert all(math.isfinite(value) for value in curve.values)
        sparkline([point.value for point in curve.points])
    assert json.dumps([found.requests, found.request_rate, found.error_rate], allow_nan=False)


def test_missing_and_null_series_points_and_figures_are_gaps() -> None:
    data = [{"x": "t1", "y": 1.0}, {"x": "t2", "y": None}, {"x": "t3"}, {"y": 4.0}, {"x": "t5", "y": math.nan}]
    body = {
        "responseElapsed": {"series": [{"percentile": "p50", "summary": None, "data": data}, {"data": data}, None]},
        "responseStatusCodeGrouped": None,
        "hardwareGpu": {"series": [{"replicaId": "r", "deviceId": 1, "data": None}]},
        "inference": {"requests": {"running": {"series": [{"replicaId": "r", "data": data[:1]}]}}, "ttft": None},
    }
    latency, accelerator, running = metrics(answer(body), WINDOW).curves
    assert latency.points == (Point("t1", 1.0), Point("t2", None), Point("t3", None), Point("t5", None))
    assert (latency.latest, latency.overall, latency.highest) == (1.0, 1.0, 1.0)
    assert (accelerator.label, accelerator.latest, accelerator.overall) == ("r/1", None, None)
    assert (running.quantity, running.label) == (Quantity.ENGINE_RUNNING, "r")


def test_rates_are_of_all_answers_and_unknown_without_any() -> None:
    def answers(label: str, count: float) -> Curve:
        return Curve(Quantity.REQUESTS, label, (), whole=count)

    found = Metrics(WINDOW, (), (answers("2xx", 2700), answers("4xx", 540), answers("5xx", 360)))
    assert (found.requests, found.request_rate, found.error_rate) == (3600, 1.0, 0.1)
    nothing = Metrics(WINDOW, (), ())
    assert (nothing.requests, nothing.request_rate, nothing.error_rate) == (None, None, None)
    assert Metrics(WINDOW, (), (answers("2xx", 0),)).error_rate is None


@given(st.lists(st.fixed_dictionaries({"id": st.text() | GARBAGE}, optional={"status": GARBAGE}) | GARBAGE))
def test_any_replicas_are_those_with_an_id(items: list[Any]) -> None:
    found = replicas(answer({"items": items}))
    assert [one.id for one in found] == [
        item["id"] for item in items if isinstance(item, dict) and isinstance(item.get("id"), str)
    ]


def test_a_replica_of_a_stage_that_nobody_knows_is_shown_as_it_is() -> None:
    status = {"stage": "melting", "live": True, "updating": False, "exitCode": 137, "startedAt": None}
    assert replicas(answer({"items": [{"id": "r", "versionId": "v", "status": status}]})) == (
        Replica("r", "v", "melting", live=True, updating=False, exit_code=137),
    )


@given(GARBAGE, st.text())
def test_any_log_page_is_lines_or_malformed(body: Any, link: str) -> None:
    if not isinstance(body, list):
        with pytest.raises(ProviderError, match="malformed"):
            log_page(answer(body, link=link))
        return
    page = log_page(answer(body, link=link))
    assert len(page.lines) == sum(isinstance(entry, dict) for entry in body)


def test_only_cursors_are_taken_from_links() -> None:
    link = (
        '<https://elsewhere.example/v3/logs?order=asc&after=a%2Bb%3D>; rel="next", '
        '</v3/logs?before=c>; title="x"; rel=prev, </v3/logs/sse?after=d>; rel="next_sse"'
    )
    page = log_page(answer([], link=link))
    assert (page.after, page.before, page.last) == ("a+b=", "c", False)
    ending = log_page(answer([], link='</v3/logs/sse?after=d>; rel="next_sse"'))
    assert (ending.after, ending.before, ending.last) == ("d", None, True)
    assert log_page(answer([], link='<http://[>; rel="next"')).after is None


@given(st.lists(st.none() | st.floats(-1e15, 1e15), max_size=99), st.integers(1, 40))
def test_a_sparkline_is_at_most_as_wide_as_asked(values: list[float | None], width: int) -> None:
    line = sparkline(values, width)
    assert len(line) <= width
    assert set(line) <= set(" ▁▂▃▄▅▆▇█")


def test_a_sparkline_goes_from_the_lowest_to_the_highest() -> None:
    assert sparkline([0, 1, 2, 3, 4, 5, 6, 7]) == "▁▂▃▄▅▆▇█"
    assert sparkline([0, 0, 4, 6, None, None], width=3) == "▁█ "
    assert sparkline([5, 5]) == "▁▁"
    assert sparkline([None]) == sparkline([]) == ""


@given(st.text())
def test_nothing_printable_is_acted_on_by_a_terminal(text: str) -> None:
    shown = printable(text)
    assert not any(ord(one) < 0x20 or 0x7F <= ord(one) <= 0x9F or one in "\u2028\u202e\u2066" for one in shown)
    assert len(shown.encode()) >= len(shown), "it can be encoded"


def test_words_of_all_languages_stay_as_they_are() -> None:
    assert printable("naïve 日本語 🤗|\ud800\x1b") == r"naïve 日本語 🤗|\ud800\x1b"


@pytest.mark.parametrize(("text", "seconds"), [("90s", 90), ("1h30m", 5400), ("2d", 172800), ("500ms", 0.5)])
def test_a_duration_is_that_long_ago(text: str, seconds: float) -> None:
    assert abs((moment("0s") - moment(text)).total_seconds() - seconds) < 5
