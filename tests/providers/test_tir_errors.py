"""Each form of an error answer of TIR and of the gateway before it has its kind and its words."""

import json

import pytest

from inference_operator.core.errors import ErrorKind, Operation
from inference_operator.providers.http import Answer
from inference_operator.providers.tir.errors import error_of, opened

CASES = [
    (400, {"code": 400, "data": None, "errors": {"name": ["bad"]}, "message": "x"}, ErrorKind.INVALID, "name: bad"),
    (400, {"code": 400, "data": {}, "errors": "framework is mandatory"}, ErrorKind.INVALID, "framework is mandatory"),
    (200, {"code": 400, "data": None, "errors": ["one", "two"]}, ErrorKind.INVALID, "one; two"),
    (200, {"data": None, "errors": {"a": ["b"]}, "message": ""}, ErrorKind.INVALID, "a: b"),
    (429, {"status_code": 429, "errors": "Too many requests"}, ErrorKind.RATE_LIMITED, "Too many requests"),
    (200, {"status_code": 403, "message": "Forbidden"}, ErrorKind.FORBIDDEN, "Forbidden"),
    (403, {"errors": True, "message": "not yours"}, ErrorKind.FORBIDDEN, "not yours"),
    (401, {"detail": "Authentication credentials were not provided."}, ErrorKind.UNAUTHORIZED, "Authentication"),
    (404, {"code": 404, "data": None, "message": "Not Found"}, ErrorKind.NOT_FOUND, "Not Found"),
    (502, "<html>Bad Gateway</html>", ErrorKind.UNAVAILABLE, "HTTP 502"),
    (503, "", ErrorKind.UNAVAILABLE, "HTTP 503"),
    (500, [1, 2], ErrorKind.UNAVAILABLE, "HTTP 500"),
    (302, "", ErrorKind.MALFORMED, "HTTP 302"),
    (
        400,
        {"errors": "SKU Inventory temporarily unavailable. Please try again"},
        ErrorKind.CAPACITY,
        "SKU Inventory temporarily unavailable",
    ),
    (400, {"errors": {"name": ["An endpoint with this name already exists"]}}, ErrorKind.CONFLICT, "already exists"),
    (400, {"errors": "env_variables: INFERENCE_OPERATOR_CLAIM is too long"}, ErrorKind.MARKER, "too long"),
]


@pytest.mark.parametrize(("status", "body", "kind", "said"), CASES)
def test_an_answer_has_its_kind_and_its_words(status, body, kind, said):
    text = body if isinstance(body, str) else json.dumps(body)
    envelope = opened(Answer(status, {}, None if isinstance(body, str) else body, text))
    assert not envelope.succeeded
    error = error_of(Operation.CREATE, envelope)
    assert (error.kind, said in error.message) == (kind, True), error


def test_an_exhausted_limit_says_how_long_to_wait():
    headers = {"ratelimit-limit": "1200", "ratelimit-remaining": "0", "ratelimit-reset": "141"}
    assert error_of(Operation.LIST, opened(Answer(429, headers, None, ""))).retry_after == 141


def test_a_name_that_is_taken_is_a_conflict_of_a_create_alone():
    body = {"errors": "name: already exists"}
    assert error_of(Operation.UPDATE, opened(Answer(400, {}, body, "x"))).kind is ErrorKind.INVALID


@pytest.mark.parametrize("errors", [{}, [], "", False, None])
def test_a_success_is_one_whatever_stands_for_no_errors(errors):
    assert opened(Answer(200, {}, {"code": 200, "data": {}, "errors": errors, "message": "Success"}, "x")).succeeded
