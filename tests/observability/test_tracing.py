"""Traces: off they cost nothing and import nothing; on they reach a collector, free of secret values."""

import io
import json
import logging
import os
import subprocess
import sys
from collections.abc import Iterator

import pytest
from tests.observability.collector import Collector, collecting

from inference_operator.core import redact
from inference_operator.runtime import flags
from inference_operator.runtime.telemetry import tracing
from inference_operator.runtime.telemetry.logging import configure, get_logger

CANARY = "tracecanary-Xk39fQ/+z"


@pytest.fixture
def collector() -> Iterator[Collector]:
    with collecting() as collector:
        yield collector


@pytest.fixture
def traced(collector: Collector, monkeypatch: pytest.MonkeyPatch) -> Iterator[Collector]:
    """Tracing is on; `tracing.stop` sends what is left."""
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", collector.url)
    tracing.start()
    yield collector
    tracing.stop()


@pytest.fixture
def untouched_logging() -> Iterator[None]:
    root = logging.getLogger()
    before = root.handlers[:], root.level
    yield
    root.handlers[:], level = before
    root.setLevel(level)


def test_a_span_has_the_calls_made_in_it_below_it(traced: Collector) -> None:
    with tracing.span("reconcile", kind="InferenceEndpoint", namespace="team-a", name="chat") as span:
        tracing.called("huggingFace create", code=201, seconds=0.25, account="InferenceAccount team-a/hf")
        tracing.called("PATCH inferenceendpoints", code=0, seconds=0.1)
        span.note("result", "success")
    tracing.stop()

    (reconcile,) = traced.named("reconcile")
    assert reconcile.attributes["k8s.namespace.name"] == "team-a"
    assert reconcile.attributes["inference_operator.name"] == "chat"
    assert reconcile.attributes["inference_operator.result"] == "success"
    create, patch = traced.children(reconcile)
    assert (create.name, create.attributes["http.response.status_code"], create.failed) == (
        "huggingFace create",
        201,
        None,
    )
    assert create.nanoseconds == 250_000_000
    assert patch.failed == "no answer"
    assert traced.resources[0]["service.name"] == "inference-operator"


def test_a_call_outside_of_every_span_is_not_traced(traced: Collector) -> None:
    tracing.called("PUT leases", code=200, seconds=0.1)
    tracing.stop()
    assert traced.spans == []


def test_no_secret_value_is_sent(traced: Collector) -> None:
    def look() -> None:
        with tracing.span(f"look at {CANARY}", name=CANARY) as span:
            tracing.called(f"get {CANARY}", code=200, seconds=0.1, path=f"/v2?token={CANARY}")
            span.note("said", f"no {CANARY} known")
            span.failed(f"refused {CANARY}")
            raise ValueError(CANARY)

    redact.register(CANARY)
    with pytest.raises(ValueError, match="tracecanary"):
        look()
    tracing.stop()
    assert len(traced.spans) == 2
    assert CANARY[:12] not in "".join(traced.raw)
    assert redact.MASK in "".join(traced.raw)


def test_log_lines_of_a_span_carry_its_ids(traced: Collector, untouched_logging: None) -> None:
    stream = io.StringIO()
    configure(stream=stream)
    with tracing.span("reconcile"):
        get_logger("x").info("inside")
        logging.getLogger("a.library").warning("inside too")
    get_logger("x").info("outside")
    tracing.stop()
    inside, too, outside = (json.loads(line) for line in stream.getvalue().splitlines())
    (span,) = traced.spans
    assert (inside["trace_id"], inside["span_id"]) == (too["trace_id"], too["span_id"]) == (span.trace, span.id)
    assert "trace_id" not in outside


def test_the_environment_says_what_the_service_is_called(collector: Collector, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", collector.url)
    monkeypatch.setenv("OTEL_RESOURCE_ATTRIBUTES", "deployment.environment=test,service.name=mine")
    tracing.start()
    with tracing.span("reconcile"):
        pass
    tracing.stop()
    assert collector.resources[0]["deployment.environment"] == "test"
    assert collector.resources[0]["service.name"] == "mine"


def test_off_nothing_is_recorded_and_open_telemetry_is_not_imported() -> None:
    code = (
        "import sys\n"
        "from inference_operator.runtime import operator\n"
        "from inference_operator.runtime.telemetry import tracing\n"
        "with tracing.span('reconcile', name='x') as span:\n"
        "    span.note('a', 1)\n"
        "    tracing.called('GET x', code=200, seconds=0.1)\n"
        "tracing.stop()\n"
        "print([name for name in sys.modules if name.startswith('opentelemetry')])\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=_without())
    assert done.stdout.strip() == "[]"


def test_the_flag_without_the_extra_says_what_to_install() -> None:
    done = _run_without_the_extra("--tracing")
    assert done.returncode == 1
    assert "install inference-operator[otel]" in done.stderr


def test_the_variable_without_the_extra_is_a_warning_and_no_end() -> None:
    done = _run_without_the_extra(OTEL_EXPORTER_OTLP_ENDPOINT="http://127.0.0.1:9")
    assert "no traces are sent" in done.stderr
    assert "the operator failed" in done.stderr, "it went on, to the API server that is not there"


def test_a_disabled_sdk_stays_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTEL_SDK_DISABLED", "true")
    tracing.start()
    with tracing.span("reconcile") as span:
        assert type(span).__module__ == tracing.__name__


@pytest.mark.parametrize(("exporter", "asked"), [("otlp", True), ("none", False), ("", True)])
def test_the_variables_ask_for_traces_unless_they_want_none(
    monkeypatch: pytest.MonkeyPatch, exporter: str, asked: bool
) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:9")
    monkeypatch.setenv("OTEL_TRACES_EXPORTER", exporter)
    assert tracing.is_asked_for() is asked


def test_the_flag_is_off_by_default() -> None:
    assert flags.parse([]).tracing is False
    assert flags.parse(["--tracing"]).tracing is True


def _run_without_the_extra(*flags: str, **variables: str) -> "subprocess.CompletedProcess[str]":
    hidden = "import sys; sys.modules['opentelemetry'] = None\n"
    code = f"{hidden}from inference_operator.runtime.command import main; sys.exit(main(sys.argv[1:]))"
    ports = ("--health-port=-1", "--metrics-port=-1", "--kubeconfig=absent")
    environment = {**_without(), **variables}
    return subprocess.run(
        [sys.executable, "-c", code, *ports, *flags], capture_output=True, text=True, check=False, env=environment
    )


def _without() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith("OTEL_")}
