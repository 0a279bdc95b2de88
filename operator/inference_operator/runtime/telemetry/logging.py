"""One stream of log lines for this code and for every library under it.

structlog renders over the standard library's logging, so that kopf, aiohttp, httpx and asyncio come out in
the same shape, with the same keys, through the same redaction. JSON by default: `ts`, `level`, `event`,
`logger`, then the context.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import MutableMapping
from typing import Any, Final, TextIO

import structlog

from inference_operator.core import redact

FORMATS: Final = ("json", "text")
"""The values of --log-format."""

# Chatty at INFO, once per object or request: an operator with 10,000 objects would log little else.
_QUIET: Final = ("kopf.objects", "httpx", "httpcore", "aiohttp.access", "asyncio", "kubernetes", "stamina")
_FIRST: Final = ("ts", "level", "event", "logger")
# kopf's own wiring, attached to each record about an object.
_KOPF_EXTRAS: Final = ("settings", "k8s_skip", "k8s_ref")

EventDict = MutableMapping[str, Any]


def configure(*, level: str = "INFO", log_format: str = "json", stream: TextIO | None = None) -> None:
    """Send all logging of this process to `stream` (stderr if absent) as JSON lines, or as text for people.

    `level` is a name of the logging module; libraries that log per object or request are held at WARNING
    unless it is DEBUG. May be called again; the last call counts.
    """
    structlog.configure(
        processors=[*_shared(), structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(_formatter(log_format))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for name in _QUIET:
        logging.getLogger(name).setLevel(level if level == "DEBUG" else max(logging.WARNING, root.level))
    logging.captureWarnings(True)


def get_logger(name: str) -> structlog.stdlib.BoundLogger:
    """Return a logger that takes context as keywords: `log.info("created", namespace=…, name=…)`."""
    logger: structlog.stdlib.BoundLogger = structlog.stdlib.get_logger(name)
    return logger


def _shared() -> list[structlog.typing.Processor]:
    return [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.stdlib.ExtraAdder(),
        _object_of_kopf,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="ts"),
        structlog.processors.StackInfoRenderer(),
    ]


def _formatter(log_format: str) -> logging.Formatter:
    # Redaction comes after the traceback became text and before anything is rendered: nothing passes beside
    # it.
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=_shared(),
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.format_exc_info,
            _redact,
            *_renderers(log_format),
        ],
    )


def _renderers(log_format: str) -> list[structlog.typing.Processor]:
    if log_format == "json":
        return [_order, structlog.processors.JSONRenderer(ensure_ascii=False)]
    if log_format == "text":
        return [structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), timestamp_key="ts")]
    raise ValueError(f"log format {log_format!r} is none of {', '.join(FORMATS)}")


def _object_of_kopf(_: Any, __: str, event: EventDict) -> EventDict:
    reference = event.get("k8s_ref")
    for key in _KOPF_EXTRAS:
        event.pop(key, None)
    if isinstance(reference, dict):
        for key in ("kind", "namespace", "name"):
            if reference.get(key):
                event.setdefault(key, reference[key])
    return event


def _redact(_: Any, __: str, event: EventDict) -> EventDict:
    cleaned: EventDict = redact.data(event)
    return cleaned


def _order(_: Any, __: str, event: EventDict) -> EventDict:
    first = {key: event[key] for key in _FIRST if key in event}
    return first | {key: value for key, value in event.items() if key not in first}
