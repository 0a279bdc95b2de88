"""The vendor's answers, read tolerantly: what is missing or unknown becomes a neutral value, never an exception."""

import re
from collections.abc import Mapping
from functools import partial
from typing import Any

from inference_operator.api.names import MARKER_PREFIX
from inference_operator.core.documents import lookup
from inference_operator.core.observation import Actor, Observation, State
from inference_operator.core.reading import Row
from inference_operator.core.text import plain, stable
from inference_operator.providers.row import row

_RFC3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)", re.ASCII)
_MAX_INT32 = 2**31 - 1

_NOT_CONFIGURATION = frozenset({"name", "status", "healthRoute"})
"""Top-level fields of an answer that are not configuration."""


def observation(body: Any) -> Observation | None:
    """One `EndpointWithStatus` (docs/reference/hugging-face-api.md, "Objects returned").

    None where it is not even that.
    """
    return _observed(body) if _is_endpoint(body) else None


def listed(body: Any) -> Row | None:
    """The same as a list shows it."""
    if not _is_endpoint(body):
        return None
    observe = partial(_observed, body)
    return row(body, name=body["name"], updated_at=_time(body["status"], "updatedAt"), observe=observe)


def _is_endpoint(body: Any) -> bool:
    return isinstance(body, Mapping) and isinstance(body.get("status"), Mapping) and isinstance(body.get("name"), str)


def _observed(body: Mapping[str, Any]) -> Observation:
    status = body["status"]
    return Observation(
        name=body["name"],
        created_at=_time(status, "createdAt"),
        updated_at=_time(status, "updatedAt"),
        state=_state(status.get("state")),
        document=_document(body),
        url=_short(status.get("url"), 2048),
        ready_replica=_count(status, "readyReplica"),
        target_replica=_count(status, "targetReplica"),
        message=stable(_text(status, "message")),
        error_message=stable(_text(status, "errorMessage")),
        created_by=_actor(status.get("createdBy")),
        updated_by=_actor(status.get("updatedBy")),
        private_service=_short(lookup(status, ("private", "serviceName")), 512),
        health_route=_text(body, "healthRoute") or "/",
        claims=tuple(tag for tag in _tags(body) if tag.lower().startswith(MARKER_PREFIX)),
        effective=_effective(body),
    )


def image_key(body: Mapping[str, Any]) -> str | None:
    """Which container serves, by the union's key, such as `vLLM`."""
    image = lookup(body, ("model", "image"))
    return next(iter(image), None) if isinstance(image, Mapping) else None


def _document(body: Mapping[str, Any]) -> dict[str, Any]:
    document = {key: value for key, value in body.items() if key not in _NOT_CONFIGURATION}
    document["tags"] = sorted({tag for tag in _tags(body) if not tag.lower().startswith(MARKER_PREFIX)})
    model = body.get("model")
    if isinstance(model, Mapping):
        document["model"] = {
            **model,
            "secrets": _names(model.get("secrets")),
            "image": _image(model.get("image")),
        }
    return document


def _names(secrets: Any) -> dict[str, None]:
    # Values are redacted in a form that no source confirms: only the names say anything.
    return dict.fromkeys(secrets) if isinstance(secrets, Mapping) else {}


def _image(image: Any) -> Any:
    if not isinstance(image, Mapping):
        return image
    return {
        key: {name: value for name, value in settings.items() if name != "credentials"}
        if isinstance(settings, Mapping)
        else settings
        for key, settings in image.items()
    }


def _effective(body: Mapping[str, Any]) -> dict[str, Any]:
    key = image_key(body)
    scaling = lookup(body, ("compute", "scaling"))
    found = {
        "revision": _short(lookup(body, ("model", "revision")), 256),
        "scaleToZeroTimeout": _count(scaling, "scaleToZeroTimeout") if isinstance(scaling, Mapping) else None,
        "healthRoute": _short(body.get("healthRoute"), 1024),
        "image": _short(lookup(body, ("model", "image", key or "", "url")), 1024),
        "computeID": _short(lookup(body, ("compute", "id")), 253),
        "task": _short(lookup(body, ("model", "task")), 63),
        "engine": _short(key, 63),
        "location": _short(_location(body.get("provider")), 128),
        "access": _short(body.get("type"), 63),
    }
    return {name: value for name, value in found.items() if value}


def _location(provider: Any) -> str | None:
    if not isinstance(provider, Mapping):
        return None
    return f"{provider.get('vendor')}/{provider.get('region')}"


def _state(value: Any) -> State:
    try:
        return State(value)
    except ValueError:
        return State.UNKNOWN


def _tags(body: Mapping[str, Any]) -> list[str]:
    tags = body.get("tags")
    return [tag for tag in tags if isinstance(tag, str)] if isinstance(tags, list) else []


def _text(body: Mapping[str, Any], key: str) -> str:
    value = body.get(key)
    return value if isinstance(value, str) else ""


def _short(value: Any, limit: int) -> str | None:
    """A text that is not longer than it may be; anything else says nothing."""
    return value if isinstance(value, str) and 0 < len(value) <= limit else None


def _time(body: Mapping[str, Any], key: str) -> str:
    """An RFC 3339 time as it was written, which tells incarnations apart to the last digit."""
    value = _text(body, key)
    return value if _RFC3339.fullmatch(value) else ""


def _count(body: Mapping[str, Any], key: str) -> int:
    value = body.get(key)
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= _MAX_INT32 else 0


def _actor(value: Any) -> Actor | None:
    if not isinstance(value, Mapping):
        return None
    # Masked before it is cut, as half a secret value is known for none.
    return Actor(id=plain(_text(value, "id"))[:128], name=plain(_text(value, "name"))[:253])
