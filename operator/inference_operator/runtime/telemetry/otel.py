"""Traces by OpenTelemetry: the one module that imports it, and only `tracing.start` imports this one.

The SDK reads the variables that it defines itself (OTEL_EXPORTER_OTLP_ENDPOINT, OTEL_EXPORTER_OTLP_HEADERS,
OTEL_TRACES_SAMPLER, OTEL_RESOURCE_ATTRIBUTES, …). Every text passes the same redaction as a log line.
"""

import contextlib
import socket
import threading
import time
from collections.abc import Iterator, Mapping
from typing import Final

import structlog
from opentelemetry import context, trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import OTELResourceDetector, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import SpanKind, Status, StatusCode

from inference_operator import __version__
from inference_operator.core import redact
from inference_operator.runtime.telemetry.tracing import Span, Value

_SERVICE: Final = "inference-operator"
_PATIENCE: Final = 3.0
"""Seconds for which the end waits for a collector; the lease and the next leader wait for nothing."""

_CONVENTIONS: Final = {
    "namespace": "k8s.namespace.name",
    "code": "http.response.status_code",
    "method": "http.request.method",
    "server": "peer.service",
}
_NO_ANSWER: Final = "no answer"
_FIRST_ERROR: Final = 400


class _Note:
    def __init__(self, span: trace.Span) -> None:
        self._span = span

    def note(self, key: str, value: Value) -> None:
        self._span.set_attribute(_attribute(key), redact.text(value) if isinstance(value, str) else value)

    def failed(self, why: str) -> None:
        self._span.set_status(Status(StatusCode.ERROR, redact.text(why)))


class OpenTelemetry:
    """A `Tracer` that exports over OTLP/HTTP, in batches and from a thread of its own."""

    def __init__(self) -> None:
        own = {
            "service.name": _SERVICE,
            "service.version": __version__,
            "service.instance.id": socket.gethostname(),
        }
        # What the environment says of the service goes before what is said here.
        resource = Resource(own).merge(OTELResourceDetector().detect())
        self._provider = TracerProvider(resource=resource, shutdown_on_exit=False)
        self._provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
        self._tracer = self._provider.get_tracer(_SERVICE, __version__)

    @contextlib.contextmanager
    def span(self, name: str, attributes: Mapping[str, Value]) -> Iterator[Span]:
        """A span around what is done in the context."""
        span = self._tracer.start_span(redact.text(name))
        noted = _noted(span, attributes)
        known, token = span.get_span_context(), context.attach(trace.set_span_in_context(span))
        ids = {"trace_id": trace.format_trace_id(known.trace_id), "span_id": trace.format_span_id(known.span_id)}
        try:
            with structlog.contextvars.bound_contextvars(**ids):
                yield noted
        except BaseException as error:
            noted.failed(type(error).__name__)
            raise
        finally:
            context.detach(token)
            span.end()

    def called(self, name: str, attributes: Mapping[str, Value], *, code: int, seconds: float) -> None:
        """An HTTP call of the span under way."""
        if not trace.get_current_span().is_recording():
            return
        ended = time.time_ns()
        started = ended - int(seconds * 1e9)
        span = self._tracer.start_span(redact.text(name), kind=SpanKind.CLIENT, start_time=started)
        noted = _noted(span, attributes)
        if code:
            noted.note("code", code)
        if not code or code >= _FIRST_ERROR:
            noted.failed(str(code) if code else _NO_ANSWER)
        span.end(end_time=ended)

    def stop(self) -> None:
        """Send what is left, as far as the collector takes it in time."""
        ending = threading.Thread(target=self._provider.shutdown, name="traces", daemon=True)
        ending.start()
        ending.join(_PATIENCE)


def _noted(span: trace.Span, attributes: Mapping[str, Value]) -> _Note:
    noted = _Note(span)
    for key, value in attributes.items():
        noted.note(key, value)
    return noted


def _attribute(key: str) -> str:
    return _CONVENTIONS.get(key, f"inference_operator.{key}")
