"""What the vendor's error answers mean.

The body is `{"error": "<text>"}` in every sample seen, but nothing documents it, so any body is read. 409 is both "the
name exists" and "over quota"; the text of neither is known for certain, and who asked must find out by reading
(docs/reference/hugging-face-api.md, "Errors"). Only for a create: nothing else can collide with a name.
"""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any

from inference_operator.core.errors import ErrorKind, Operation, ProviderError
from inference_operator.core.text import stable
from inference_operator.core.waits import wait_of
from inference_operator.providers.http import Answer

_KINDS: dict[int, ErrorKind] = {
    HTTPStatus.BAD_REQUEST: ErrorKind.INVALID,
    HTTPStatus.UNAUTHORIZED: ErrorKind.UNAUTHORIZED,
    HTTPStatus.PAYMENT_REQUIRED: ErrorKind.PAYMENT_REQUIRED,
    HTTPStatus.FORBIDDEN: ErrorKind.FORBIDDEN,
    HTTPStatus.NOT_FOUND: ErrorKind.NOT_FOUND,
    HTTPStatus.REQUEST_TIMEOUT: ErrorKind.UNAVAILABLE,
    HTTPStatus.CONFLICT: ErrorKind.CONFLICT,
    HTTPStatus.UNPROCESSABLE_ENTITY: ErrorKind.INVALID,
    HTTPStatus.TOO_MANY_REQUESTS: ErrorKind.RATE_LIMITED,
    HTTPStatus.NOT_IMPLEMENTED: ErrorKind.UNSUPPORTED,
}


def error_of(operation: Operation, answer: Answer) -> ProviderError:
    """The error that a non-2xx answer states."""
    kind = _kind(answer.status)
    if kind is ErrorKind.CONFLICT and operation is not Operation.CREATE and "quota" in answer.text.lower():
        kind = ErrorKind.QUOTA
    return ProviderError(
        kind,
        operation,
        stable(_said(answer)) or f"HTTP {answer.status}",
        status=answer.status,
        retry_after=wait_of(answer.status, answer.headers, now=datetime.now(UTC)),
    )


def malformed(operation: Operation, answer: Answer) -> ProviderError:
    """A successful answer that is not what the contract says. After a write its outcome is unknown."""
    kind = ErrorKind.AMBIGUOUS if operation.writes else ErrorKind.MALFORMED
    return ProviderError(kind, operation, "the answer is not the JSON that the API documents", status=answer.status)


def _kind(status: int) -> ErrorKind:
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR and status != HTTPStatus.NOT_IMPLEMENTED:
        return ErrorKind.UNAVAILABLE
    if HTTPStatus.MULTIPLE_CHOICES <= status < HTTPStatus.BAD_REQUEST:
        return ErrorKind.MALFORMED
    return _KINDS.get(status, ErrorKind.INVALID)


def _said(answer: Answer) -> str:
    body: Any = answer.body
    if isinstance(body, Mapping):
        for key in ("error", "message", "detail"):
            if isinstance(body.get(key), str):
                return str(body[key])
        errors = body.get("errors")
        if isinstance(errors, list) and errors:
            return "; ".join(one if isinstance(one, str) else json.dumps(one) for one in errors)
    return answer.headers.get("x-error-message") or _plain(answer)


def _plain(answer: Answer) -> str:
    markup = "<" in answer.text[:64]
    return f"HTTP {answer.status} with an answer that is not JSON" if markup or not answer.text else answer.text
