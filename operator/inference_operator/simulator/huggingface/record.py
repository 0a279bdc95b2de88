"""One endpoint as it is kept, and the document that the vendor would show of it."""

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from inference_operator.simulator.huggingface import catalogue
from inference_operator.simulator.huggingface.configuration import effective_revision, health_route
from inference_operator.simulator.huggingface.knobs import Knobs
from inference_operator.simulator.huggingface.lifecycle import MESSAGES, Lifecycle
from inference_operator.simulator.huggingface.merge import Document

MASK = "********"


@dataclass(frozen=True, slots=True)
class Record:
    """An endpoint. Never changed in place, so that older views stay true; times are seconds since 1970."""

    namespace: str
    name: str
    id: str
    configuration: Document
    lifecycle: Lifecycle
    created_at: float
    created_by: str
    updated_at: float
    updated_by: str
    version: int = 1
    deleted_at: float | None = None


def account(user: str) -> dict[str, str]:
    """Return a user as the vendor writes one: a 24-hex id that depends on the name alone, and the name."""
    return {"id": hashlib.sha256(user.encode()).hexdigest()[:24], "name": user}


def timestamp(seconds: float, *, digits: int = 3) -> str:
    """Return RFC 3339 in UTC with a fraction of `digits` digits: the vendor sends 3 and 9."""
    nanoseconds = round(seconds * 1_000_000) * 1_000
    whole = datetime.fromtimestamp(nanoseconds // 1_000_000_000, UTC).strftime("%Y-%m-%dT%H:%M:%S")
    return f"{whole}.{nanoseconds % 1_000_000_000:09d}"[: len(whole) + 1 + digits] + "Z"


def document(record: Record, knobs: Knobs, base_url: str) -> Document:
    """Return the answer that shows the endpoint: effective values in, secret values out."""
    shown = {key: value for key, value in record.configuration.items() if key != "cacheHttpResponses"}
    return shown | {
        "compute": _compute(record.configuration, knobs),
        "model": _model(record.configuration["model"], knobs),
        "healthRoute": health_route(record.configuration["model"]["image"]),
        "status": status(record, knobs, base_url),
    }


def status(record: Record, knobs: Knobs, base_url: str) -> Document:
    """Return the status part of the document."""
    life = record.lifecycle
    deleting = record.deleted_at is not None
    shown: Document = {
        "state": life.state,
        "message": "Endpoint is being deleted" if deleting else life.message or MESSAGES[life.state],
        "errorMessage": life.error_message,
        "agentMessage": None,
        "private": _private(record),
        "readyReplica": life.ready,
        "targetReplica": life.target,
        "inferenceMetricsEnabled": next(iter(record.configuration["model"]["image"])) in {"vLLM", "sGLang", "tgi"},
        "lastUsedAt": None if life.last_used is None else timestamp(life.last_used),
        "createdAt": timestamp(record.created_at),
        "createdBy": account(record.created_by),
        "updatedAt": timestamp(record.updated_at, digits=9),
        "updatedBy": account(record.updated_by),
    }
    return shown | _url(record, knobs, base_url)


def url(record: Record, base_url: str) -> str:
    """Return the address of the endpoint's data plane."""
    return f"{base_url}/_endpoints/{record.id}"


def _url(record: Record, knobs: Knobs, base_url: str) -> Document:
    state = record.lifecycle.state
    mode = "keep"
    if state in {"pending", "initializing"}:
        mode = knobs.url_while_pending
    elif state == "paused":
        mode = knobs.url_while_paused
    if mode == "omit":
        return {}
    return {"url": url(record, base_url) if mode == "keep" else ""}


def _private(record: Record) -> Any:
    if record.configuration["privateService"] is None:
        return None
    return {"serviceName": f"com.amazonaws.vpce.us-east-1.vpce-svc-{record.id[:17]}"}


def _compute(configuration: Document, knobs: Knobs) -> Document:
    compute = configuration["compute"]
    scaling = dict(compute["scaling"])
    if scaling["measure"] is None and knobs.unset_measure == "hardwareUsageNull":
        scaling["measure"] = {"hardwareUsage": None}
    return {**compute, "id": catalogue.compute_id(configuration), "scaling": scaling}


def _model(model: Document, knobs: Knobs) -> Document:
    secret = MASK if knobs.secrets_redaction == "mask" else None
    return {
        **model,
        "revision": effective_revision(model) if knobs.resolve_revision else model["revision"],
        "secrets": dict.fromkeys(model["secrets"], secret),
        "image": {variant: _redacted(container) for variant, container in model["image"].items()},
    }


def _redacted(container: Document) -> Document:
    if container.get("credentials") is None:
        return container
    return {**container, "credentials": {"username": "", "password": None}}
