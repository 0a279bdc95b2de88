"""What can go wrong between the operator and the API server, as types that callers branch on.

The API server answers a failure with a `Status` object whose `reason` is a documented word
(https://kubernetes.io/docs/reference/using-api/api-concepts/); the HTTP status alone decides the class, for
proxies in between answer without one. Text that goes into an error is bounded and carries no request body
and no credential.
"""

# ruff: noqa: N818 - named as the API server names its reasons
from __future__ import annotations

import json
import re
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from inference_operator.core import redact

_MESSAGE_LIMIT = 1024
_BEARER = re.compile(r"(?i)(bearer\s+)\S+")


class KubeError(Exception):
    """A request that the API server refused or could not answer.

    `status` is the HTTP status, 0 when there was no answer; `reason` is the CamelCase word of the Status
    object, or the status in words; `message` is at most 1,024 characters.
    """

    def __init__(self, status: int, reason: str, message: str) -> None:
        self.status = status
        self.reason = reason
        self.message = _BEARER.sub(r"\1***", redact.text(message))[:_MESSAGE_LIMIT]
        super().__init__(f"{reason} ({status}): {self.message}")


class NotFound(KubeError):
    """404: the object, its namespace or its kind does not exist."""


class Conflict(KubeError):
    """409: the object changed since it was read, or exists already."""


class Forbidden(KubeError):
    """403: RBAC, admission, or a namespace that is being deleted refuses it."""


class Invalid(KubeError):
    """400 or 422: the API server will never accept this body."""


class TooManyRequests(KubeError):
    """429: the API server sheds load; `retry_after` says how many seconds to wait."""

    def __init__(self, status: int, reason: str, message: str, *, retry_after: float = 1.0) -> None:
        super().__init__(status, reason, message)
        self.retry_after = retry_after


class Unavailable(KubeError):
    """5xx, no connection, or no answer in time: whether a write landed is unknown."""


class NotLeading(KubeError):
    """This process may not write (any more): nothing was sent. Whoever leads does the work."""

    def __init__(self) -> None:
        super().__init__(0, "NotLeading", "this process does not hold the lease, so the write was not sent")


_BY_STATUS: dict[int, type[KubeError]] = {
    400: Invalid,
    403: Forbidden,
    404: NotFound,
    409: Conflict,
    422: Invalid,
}


def from_response(status: int, body: bytes, headers: Mapping[str, str], *, confidential: bool = False) -> KubeError:
    """Return the error that an answer outside 2xx means.

    With `confidential` the server's message is left out: a refused Secret may be quoted in it.
    """
    document = _status_object(body)
    reason = str(document.get("reason") or _phrase(status))
    message = "" if confidential else str(document.get("message") or _phrase(status))
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return TooManyRequests(status, reason, message, retry_after=_retry_after(headers))
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return Unavailable(status, reason, message)
    return _BY_STATUS.get(status, KubeError)(status, reason, message)


def _status_object(body: bytes) -> dict[str, Any]:
    try:
        document = json.loads(body)
    except ValueError:
        return {}
    return document if isinstance(document, dict) else {}


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase.replace(" ", "")
    except ValueError:
        return "Unknown"


def _retry_after(headers: Mapping[str, str]) -> float:
    # The API server sends whole seconds; the date form of RFC 9110 only comes from proxies.
    try:
        return max(0.0, float(headers.get("Retry-After", "1")))
    except ValueError:
        return 1.0
