"""What the vendor's error answers mean.

The envelope is `{code, data, errors, message}`, and the shared gateway before it has several more; a refusal may come
with HTTP 200 and a code of its own. No list of errors is public: kinds are told by status, and by the few sentences
that the vendor's pages quote (docs/reference/tir-api.md, "Envelope and errors").
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any

from inference_operator.core.errors import ErrorKind, Operation, ProviderError
from inference_operator.core.text import stable
from inference_operator.core.waits import wait_of
from inference_operator.providers.http import Answer
from inference_operator.providers.tir.marker import VARIABLE

_KINDS: dict[int, ErrorKind] = {
    HTTPStatus.UNAUTHORIZED: ErrorKind.UNAUTHORIZED,
    HTTPStatus.PAYMENT_REQUIRED: ErrorKind.PAYMENT_REQUIRED,
    HTTPStatus.FORBIDDEN: ErrorKind.FORBIDDEN,
    HTTPStatus.NOT_FOUND: ErrorKind.NOT_FOUND,
    HTTPStatus.REQUEST_TIMEOUT: ErrorKind.UNAVAILABLE,
    HTTPStatus.CONFLICT: ErrorKind.CONFLICT,
    HTTPStatus.TOO_MANY_REQUESTS: ErrorKind.RATE_LIMITED,
    HTTPStatus.NOT_IMPLEMENTED: ErrorKind.UNSUPPORTED,
}
_REFUSALS = (HTTPStatus.BAD_REQUEST, HTTPStatus.PRECONDITION_FAILED, HTTPStatus.UNPROCESSABLE_ENTITY)
_NESTED = 3


@dataclass(frozen=True, slots=True)
class Envelope:
    """An answer, opened. `status`: the HTTP status, or the envelope's own where that is worse."""

    status: int
    data: Any
    said: str
    answer: Answer

    @property
    def succeeded(self) -> bool:
        """Whether it was done."""
        return HTTPStatus.OK <= self.status < HTTPStatus.MULTIPLE_CHOICES


def opened(answer: Answer) -> Envelope:
    """The envelope of an answer, whatever its form."""
    body = answer.body if isinstance(answer.body, Mapping) else {}
    stated = max((code for key in ("code", "status_code") if isinstance(code := body.get(key), int)), default=0)
    status = max(answer.status, stated if stated >= HTTPStatus.BAD_REQUEST else 0)
    said = next(filter(None, (_words(body.get(key)) for key in ("errors", "detail", "message", "error"))), "")
    if status < HTTPStatus.BAD_REQUEST and body.get("errors") and body.get("data") is None:
        status = HTTPStatus.BAD_REQUEST
    return Envelope(status, body.get("data"), said or _plain(answer), answer)


def error_of(operation: Operation, envelope: Envelope) -> ProviderError:
    """The error that an answer without success states."""
    return ProviderError(
        _kind(operation, envelope),
        operation,
        stable(envelope.said) or f"HTTP {envelope.status}",
        status=envelope.status,
        retry_after=wait_of(envelope.status, envelope.answer.headers, now=datetime.now(UTC)),
    )


def malformed(operation: Operation, envelope: Envelope) -> ProviderError:
    """A successful answer that is not what the API answers. After a write its outcome is unknown."""
    kind = ErrorKind.AMBIGUOUS if operation.writes else ErrorKind.MALFORMED
    return ProviderError(kind, operation, "the answer is not what the API documents", status=envelope.status)


def _kind(operation: Operation, envelope: Envelope) -> ErrorKind:
    said, status = envelope.said.lower(), envelope.status
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR and status != HTTPStatus.NOT_IMPLEMENTED:
        return ErrorKind.UNAVAILABLE
    if HTTPStatus.MULTIPLE_CHOICES <= status < HTTPStatus.BAD_REQUEST:
        return ErrorKind.MALFORMED
    if "inventory" in said:
        return ErrorKind.CAPACITY
    if VARIABLE.lower() in said:
        return ErrorKind.MARKER
    if operation is Operation.CREATE and status in _REFUSALS and "name" in said and _is_taken(said):
        return ErrorKind.CONFLICT
    return _KINDS.get(status, ErrorKind.INVALID)


def _is_taken(said: str) -> bool:
    return any(word in said for word in ("exist", "already", "unique", "taken"))


def _words(errors: Any, depth: int = _NESTED) -> str:
    """What an error says in words: a text, or the texts inside lists and objects."""
    if isinstance(errors, str):
        return errors
    if not errors or isinstance(errors, bool) or depth == 0:
        return ""
    if isinstance(errors, Mapping):
        told = ((str(key), _words(value, depth - 1)) for key, value in errors.items())
        return "; ".join(f"{key}: {value}" for key, value in told if value)
    if isinstance(errors, list):
        return "; ".join(filter(None, (_words(one, depth - 1) for one in errors)))
    return json.dumps(errors)


def _plain(answer: Answer) -> str:
    if answer.status < HTTPStatus.BAD_REQUEST:
        return ""
    unreadable = answer.body is not None or "<" in answer.text[:64] or not answer.text
    return f"HTTP {answer.status} with an answer that says nothing" if unreadable else answer.text
