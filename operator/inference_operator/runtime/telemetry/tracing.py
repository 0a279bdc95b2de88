"""Traces: what one look did, call by call, for a collector that speaks OTLP. Off unless switched on.

OpenTelemetry is imported only where it is on: it costs memory, and is an extra. Like logging, it is one for the
process. HTTP calls are told when they have ended, as metrics are, so that no HTTP library needs to know of it.
"""

import importlib
import os
from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from typing import Protocol, TypeAlias

Value: TypeAlias = str | int | float | bool


class Span(Protocol):
    """A part of a trace that is under way."""

    def note(self, key: str, value: Value) -> None:
        """Say something of it. Secret values in it are masked."""

    def failed(self, why: str) -> None:
        """It ended with an error."""


class Tracer(Protocol):
    """Where spans go."""

    def span(self, name: str, attributes: Mapping[str, Value]) -> AbstractContextManager[Span]:
        """A span around what is done in the context; log lines of it carry its `trace_id` and `span_id`."""

    def called(self, name: str, attributes: Mapping[str, Value], *, code: int, seconds: float) -> None:
        """An HTTP call of the span under way has just ended; without such a span nothing is recorded."""

    def stop(self) -> None:
        """Send what is left, and end."""


class _Nothing:
    def note(self, key: str, value: Value) -> None: ...
    def failed(self, why: str) -> None: ...


class _Off:
    _span: AbstractContextManager[Span] = nullcontext(_Nothing())

    def span(self, name: str, attributes: Mapping[str, Value]) -> AbstractContextManager[Span]:
        return self._span

    def called(self, name: str, attributes: Mapping[str, Value], *, code: int, seconds: float) -> None: ...
    def stop(self) -> None: ...


_OFF: Tracer = _Off()
_tracer: Tracer = _OFF


class NotInstalled(Exception):  # noqa: N818 - what it says
    """Traces are wanted, and the extra that makes them is not installed."""


def is_asked_for() -> bool:
    """Whether the variables of OpenTelemetry ask for traces."""
    named = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
    return os.environ.get("OTEL_TRACES_EXPORTER") != "none" and any(os.environ.get(name) for name in named)


def start() -> None:
    """Trace from now on. Raises `NotInstalled`."""
    global _tracer  # noqa: PLW0603 - one for the process, as logging is
    if os.environ.get("OTEL_SDK_DISABLED", "").lower() == "true":
        return
    try:
        otel = importlib.import_module("inference_operator.runtime.telemetry.otel")
    except ImportError as error:
        raise NotInstalled(f"{error.name} is missing: install inference-operator[otel]") from error
    _tracer = otel.OpenTelemetry()


def stop() -> None:
    """Send what is left, and trace no more."""
    global _tracer
    _tracer, ending = _OFF, _tracer
    ending.stop()


def span(name: str, /, **attributes: Value) -> AbstractContextManager[Span]:
    """A span around what is done in the context."""
    return _tracer.span(name, attributes)


def called(name: str, /, *, code: int, seconds: float, **attributes: Value) -> None:
    """An HTTP call has just ended. `code`: of HTTP, 0 where there was no answer."""
    _tracer.called(name, attributes, code=code, seconds=seconds)
