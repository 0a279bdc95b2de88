"""Log lines have one shape, metrics the names that dashboards know, and neither shows a secret."""

import asyncio
import io
import json
import logging
from collections.abc import Callable, Iterator
from typing import Any

import kopf
import pytest
import structlog
from hypothesis import given, settings
from hypothesis import strategies as st
from kopf._core.actions.loggers import ObjectLogger
from prometheus_client.parser import text_string_to_metric_families

from inference_operator.core import redact
from inference_operator.core.redact import MASK, Redactor
from inference_operator.runtime.telemetry.logging import configure, get_logger
from inference_operator.runtime.telemetry.metrics import Metrics

Lines = Callable[[], list[dict[str, Any]]]
CANARY = 'canary/3f9c+very "secret" value'


@pytest.fixture
def clean_logging() -> Iterator[None]:
    root = logging.getLogger()
    before = root.handlers[:], root.level
    yield
    root.handlers[:], level = before
    root.setLevel(level)
    logging.captureWarnings(False)
    structlog.reset_defaults()


@pytest.fixture
def lines(clean_logging: None) -> Lines:
    stream = io.StringIO()
    configure(stream=stream)
    return lambda: [json.loads(line) for line in stream.getvalue().splitlines()]


def test_a_line_is_json_with_stable_keys_first(lines: Lines) -> None:
    get_logger("inference_operator.runtime").info("created", namespace="team-a", name="chat", account="hf")
    (line,) = lines()
    assert list(line)[:4] == ["ts", "level", "event", "logger"]
    assert line["ts"].endswith("Z")
    assert line | {"ts": ""} == {
        "ts": "",
        "level": "info",
        "event": "created",
        "logger": "inference_operator.runtime",
        "namespace": "team-a",
        "name": "chat",
        "account": "hf",
    }


def test_bound_context_is_on_every_line_of_its_task(lines: Lines) -> None:
    with structlog.contextvars.bound_contextvars(operation="create"):
        logging.getLogger("any.library").warning("slow %s", "answer")
    (line,) = lines()
    assert (line["event"], line["operation"]) == ("slow answer", "create")


@pytest.mark.parametrize("library", ["kopf", "aiohttp.server", "httpx", "asyncio"])
def test_lines_of_libraries_have_the_same_shape(lines: Lines, library: str) -> None:
    logging.getLogger(library).error("broken: %s", 7)
    (line,) = lines()
    assert (line["logger"], line["level"], line["event"]) == (library, "error", "broken: 7")


def test_lines_of_kopf_about_an_object_name_it(lines: Lines) -> None:
    body = {
        "apiVersion": "v1",
        "kind": "InferenceEndpoint",
        "metadata": {"namespace": "team-a", "name": "chat", "uid": "u"},
    }
    settings = kopf.OperatorSettings()
    settings.posting.enabled = False
    ObjectLogger(body=body, settings=settings).warning("odd")
    (line,) = lines()
    assert (line["kind"], line["namespace"], line["name"]) == ("InferenceEndpoint", "team-a", "chat")
    assert not {"settings", "k8s_ref", "k8s_skip"} & line.keys()


def test_what_libraries_say_per_object_or_request_is_left_out(lines: Lines) -> None:
    logging.getLogger("httpx").info("HTTP Request: GET …")
    logging.getLogger("kopf.objects").info("Handler 'endpoints' succeeded.")
    logging.getLogger("kopf.activities").info("starting")
    assert [line["event"] for line in lines()] == ["starting"]


def test_text_format_is_for_people(clean_logging: None) -> None:
    stream = io.StringIO()
    configure(log_format="text", stream=stream)
    get_logger("x").info("created", name="chat", token="abc")
    assert "created" in stream.getvalue()
    assert "name=chat" in stream.getvalue()
    assert "abc" not in stream.getvalue()


def test_an_unknown_format_is_refused(clean_logging: None) -> None:
    with pytest.raises(ValueError, match="json, text"):
        configure(log_format="xml")


class _Leaky:
    def __repr__(self) -> str:
        return f"Leaky({CANARY!r})"


def _fail() -> None:
    raise ValueError(CANARY) from KeyError(CANARY)


def test_no_way_of_logging_shows_a_registered_value(clean_logging: None) -> None:
    redact.register(CANARY)
    for log_format in ("json", "text"):
        stream = io.StringIO()
        configure(stream=stream, level="DEBUG", log_format=log_format)
        log, plain = get_logger("x"), logging.getLogger("y")
        log.info(f"a {CANARY} b", list=[{"deep": CANARY}], obj=_Leaky(), **{CANARY: 1})
        plain.info("with %s", CANARY, extra={"more": _Leaky()})
        try:
            _fail()
        except ValueError:
            log.exception("failed")
            plain.exception("failed")
        output = stream.getvalue()
        assert output.count(MASK) >= 7
        assert "3f9c" not in output


@pytest.mark.parametrize(
    "key",
    ["token", "Authorization", "x-api-key", "apiKey", "HF_TOKEN", "password", "clientSecret", "secrets"],
)
def test_fields_named_like_a_secret_are_hidden(lines: Lines, key: str) -> None:
    get_logger("x").info("request", headers={key: "abc"}, **{key: "abc"})
    (line,) = lines()
    assert line["headers"] == {key: MASK}
    assert line[key] == MASK


@pytest.mark.parametrize("key", ["tokenSecretRef", "secretName", "secretsFingerprint", "namespace", "max_tokens"])
def test_fields_that_only_refer_to_a_secret_are_shown(key: str) -> None:
    assert redact.data({key: "abc"}) == {key: "abc"}


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("401 for hf_abcDEF123456 at x", "401 for *** at x"),
        ("{'Authorization': 'Bearer abc.def'}", "{'Authorization': 'Bearer ***'}"),
        ("hf_model is a name", "hf_model is a name"),
    ],
)
def test_known_shapes_of_tokens_are_hidden_unregistered(text: str, cleaned: str) -> None:
    assert redact.text(text) == cleaned


def test_other_spellings_of_a_value_are_hidden() -> None:
    redactor = Redactor()
    redactor.register("päss/word+1\n")
    for spelling in ["päss/word+1", "p\\u00e4ss/word+1", "p%C3%A4ss%2Fword%2B1", "cMOkc3Mvd29yZCsx"]:
        assert redactor.text(f"<{spelling}>") == f"<{MASK}>"


def test_of_two_values_that_begin_alike_the_longer_is_hidden_whole() -> None:
    redactor = Redactor()
    for secret in ("prefix", "prefix-and-more"):
        redactor.register(secret)
    assert redactor.text("prefix-and-more, prefix") == f"{MASK}, {MASK}"


def test_short_values_are_not_registered() -> None:
    redactor = Redactor()
    redactor.register("true")
    assert redactor.text("ready is true") == "ready is true"


@settings(deadline=None)
@given(
    values=st.lists(st.text("abc", min_size=6, max_size=9), min_size=1, max_size=5),
    before=st.text("abcx ", max_size=8),
    after=st.text("abcx ", max_size=8),
)
def test_no_registered_value_survives_wherever_it_stands(values: list[str], before: str, after: str) -> None:
    redactor = Redactor()
    for value in values:
        redactor.register(value)
    cleaned = redactor.text(before + "".join(values) + after)
    assert not any(value in cleaned for value in values)


def samples(metrics: Metrics) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
    families = text_string_to_metric_families(metrics.render().decode())
    return {(s.name, frozenset(s.labels.items())): s.value for family in families for s in family.samples}


def value(metrics: Metrics, metric: str, /, **labels: str) -> float:
    return samples(metrics)[metric, frozenset(labels.items())]


def test_queue_metrics_have_the_names_of_client_go() -> None:
    metrics = Metrics()
    queue = metrics.queue("endpoints")
    queue.depth(3)
    queue.added()
    queue.waited(0.5)
    queue.worked(2.0)
    queue.retried()
    assert value(metrics, "workqueue_depth", name="endpoints") == 3
    assert value(metrics, "workqueue_adds_total", name="endpoints") == 1
    assert value(metrics, "workqueue_queue_duration_seconds_sum", name="endpoints") == 0.5
    assert value(metrics, "workqueue_work_duration_seconds_sum", name="endpoints") == 2.0
    assert value(metrics, "workqueue_retries_total", name="endpoints") == 1


def test_reconcile_metrics_have_the_names_of_controller_runtime() -> None:
    metrics = Metrics()
    metrics.reconciled("inferenceendpoint", "success", 0.1)
    metrics.reconciled("inferenceendpoint", "error", 0.2)
    name, labels = "controller_runtime_reconcile", {"controller": "inferenceendpoint"}
    assert value(metrics, f"{name}_total", result="success", **labels) == 1
    assert value(metrics, f"{name}_total", result="error", **labels) == 1
    assert value(metrics, f"{name}_errors_total", **labels) == 1
    assert value(metrics, f"{name}_time_seconds_count", **labels) == 2


def test_request_metrics_tell_servers_apart_and_count_missing_answers() -> None:
    metrics = Metrics()
    metrics.api_server_request("GET", "secrets", 200, 0.1)
    metrics.api_server_request("GET", "secrets", 0, 30)
    metrics.remote_request("huggingFace", "create", 409, 0.3)
    common = {"method": "GET", "resource": "secrets"}
    assert value(metrics, "rest_client_requests_total", code="200", **common) == 1
    assert value(metrics, "rest_client_requests_total", code="<error>", **common) == 1
    assert value(metrics, "rest_client_request_duration_seconds_count", **common) == 2
    remote = {"provider": "huggingFace", "operation": "create"}
    assert value(metrics, "inference_operator_remote_requests_total", code="409", **remote) == 1
    assert value(metrics, "inference_operator_remote_request_duration_seconds_sum", **remote) == 0.3


def test_dropped_events_are_counted_and_two_processes_worth_of_metrics_do_not_mix() -> None:
    metrics, other = Metrics(), Metrics()
    metrics.event_dropped("QueueFull")
    assert value(metrics, "inference_operator_events_dropped_total", reason="QueueFull") == 1
    assert "QueueFull" not in other.render().decode()
    assert "_created" not in metrics.render().decode()


async def test_log_context_does_not_leak_between_tasks(lines: Lines) -> None:
    async def work(name: str) -> None:
        with structlog.contextvars.bound_contextvars(name=name):
            await asyncio.sleep(0)
            get_logger("x").info("working", said=name)

    await asyncio.gather(work("a"), work("b"))
    assert [line["name"] == line["said"] for line in lines()] == [True, True]


def test_the_orphans_have_no_series_until_they_were_counted() -> None:
    metrics = Metrics()
    assert "inference_operator_orphans" not in metrics.render().decode()
    for count in (0, 2):
        metrics.orphans(count)
        assert f"inference_operator_orphans {float(count)}\n" in metrics.render().decode()
