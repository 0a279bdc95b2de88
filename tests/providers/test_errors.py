"""What the vendor's refusals mean: by status, whatever the body is; its words, bounded; its time, if it names one."""

import json
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from inference_operator.core.cadence import retry_after
from inference_operator.core.errors import ErrorKind, Operation
from inference_operator.core.failures import failure_of
from inference_operator.providers.http import Answer
from inference_operator.providers.huggingface.errors import error_of, malformed

KINDS = {
    302: ErrorKind.MALFORMED,
    400: ErrorKind.INVALID,
    401: ErrorKind.UNAUTHORIZED,
    402: ErrorKind.PAYMENT_REQUIRED,
    403: ErrorKind.FORBIDDEN,
    404: ErrorKind.NOT_FOUND,
    405: ErrorKind.INVALID,
    408: ErrorKind.UNAVAILABLE,
    409: ErrorKind.CONFLICT,
    413: ErrorKind.INVALID,
    422: ErrorKind.INVALID,
    429: ErrorKind.RATE_LIMITED,
    500: ErrorKind.UNAVAILABLE,
    501: ErrorKind.UNSUPPORTED,
    502: ErrorKind.UNAVAILABLE,
    503: ErrorKind.UNAVAILABLE,
    504: ErrorKind.UNAVAILABLE,
    599: ErrorKind.UNAVAILABLE,
}
WRITES = {
    Operation.CREATE,
    Operation.UPDATE,
    Operation.DELETE,
    Operation.PAUSE,
    Operation.RESUME,
    Operation.SCALE_TO_ZERO,
}
WORDS = "model.image.vLLM: missing field `url`"
SAID = {
    "the vendor's": json.dumps({"error": WORDS}),
    "message": json.dumps({"message": WORDS}),
    "detail": json.dumps({"detail": WORDS}),
    "a list": json.dumps({"errors": [WORDS]}),
    "plain text": WORDS,
}
UNSAID = {
    "nothing": "",
    "a page": "<!DOCTYPE html><html><body>Bad Gateway</body></html>",
    "an indented page": "\n\n   <html>Bad Gateway</html>",
}


def answer(status, text="", headers=None):
    try:
        body = json.loads(text)
    except ValueError:
        body = None
    return Answer(status, httpx.Headers(headers or {}), body, text)


def error(status=400, text="", headers=None):
    return error_of(Operation.UPDATE, answer(status, text, headers))


@pytest.mark.parametrize(("status", "kind"), KINDS.items())
@pytest.mark.parametrize("text", [*SAID.values(), *UNSAID.values(), "[]", "null", "3", '{"error": null}'])
def test_the_status_says_what_kind_it_is_whatever_the_body(status, kind, text):
    found = error(status, text)
    assert (found.kind, found.status, found.operation) == (kind, status, Operation.UPDATE)
    assert found.message


@pytest.mark.parametrize("text", SAID.values(), ids=SAID)
def test_the_providers_words_are_passed_on(text):
    assert error(text=text).message == WORDS


@pytest.mark.parametrize("text", UNSAID.values(), ids=UNSAID)
def test_a_page_is_no_message(text):
    assert error(502, text).message.startswith("HTTP 502")
    assert "<" not in error(502, text).message


def test_a_header_may_hold_the_words():
    assert error(text="", headers={"X-Error-Message": WORDS}).message == WORDS


@pytest.mark.parametrize("text", ["x" * 1_000_000, json.dumps({"error": "y" * 1_000_000}), "\n" * 1_000_000])
def test_a_huge_answer_becomes_a_bounded_line(text):
    message = error(text=text).message
    assert len(message) <= 1024
    assert "\n" not in message


class TestWhenToComeBack:
    def after(self, **headers):
        return error(429, headers={name.replace("_", "-"): value for name, value in headers.items()}).retry_after

    @pytest.mark.parametrize(("value", "seconds"), [("0", 0), ("7", 7), ("3600", 3600)])
    def test_in_seconds(self, value, seconds):
        assert self.after(retry_after=value) == seconds

    def test_as_a_date(self):
        soon = format_datetime(datetime.now(UTC) + timedelta(seconds=600), usegmt=True)
        assert 500 < self.after(retry_after=soon) <= 600
        assert self.after(retry_after="Wed, 21 Oct 2015 07:28:00 GMT") == 0

    def test_by_the_hubs_header(self):
        assert self.after(ratelimit='"api";r=0;t=55') == 55
        assert self.after(ratelimit='"api";r=3;t=55') is None
        assert self.after(ratelimit='"api";r=0;t=55', retry_after="7") == 7

    @pytest.mark.parametrize("value", ["soon", "", "Wed, 99 Foo 2015", "nan", "1e999x"])
    def test_what_says_nothing_names_no_time(self, value):
        assert not self.after(retry_after=value)

    def test_without_a_header_back_off_decides(self):
        assert self.after() is None

    @given(
        st.text(st.characters(min_codepoint=32, max_codepoint=255, exclude_characters="\x7f"), max_size=30)
        | st.sampled_from(["inf", "1e400", "-inf", "nan", "9" * 400, "Mon, 01 Jan 2024 00:00:00 +9999", "1_0"]),
        st.sampled_from(["retry-after", "ratelimit"]),
        st.sampled_from(["{}", '"api";r=0;t={}', "Mon, 01 Jan {} 00:00:00 GMT"]),
    )
    def test_no_header_breaks_anything_or_puts_it_off_for_ever(self, value, name, form):
        header = [(name.encode(), form.format(value).encode("latin-1", "replace"))]
        found = error_of(Operation.UPDATE, Answer(429, httpx.Headers(header), None, ""))
        assert found.retry_after is None or 0 <= found.retry_after < float("inf")
        assert retry_after(failure_of(found), 0) <= 86_400, "a day at most"


@pytest.mark.parametrize("operation", Operation)
def test_a_success_without_sense_is_unknown_after_a_write(operation):
    kind = malformed(operation, answer(200, "<html>")).kind
    assert kind is (ErrorKind.AMBIGUOUS if operation in WRITES else ErrorKind.MALFORMED)


class TestOnTheResource:
    """What a person reads: one reason for each kind, the provider's words, and what to do."""

    REASONS = {
        400: ("Rejected", True),
        401: ("CredentialsInvalid", True),
        402: ("PaymentRequired", True),
        403: ("PermissionDenied", True),
        404: ("NotFound", True),
        409: ("Conflict", False),
        422: ("Rejected", True),
        429: ("RateLimited", False),
        500: ("ProviderUnavailable", False),
    }

    @pytest.mark.parametrize(("status", "expected"), REASONS.items())
    def test_the_reason_and_whether_it_passes_by_itself(self, status, expected):
        failure = failure_of(error(status, SAID["the vendor's"]))
        assert (failure.reason, failure.terminal) == expected
        assert WORDS in failure.message
        assert str(status) in failure.message

    @pytest.mark.parametrize("status", REASONS)
    def test_the_same_failure_is_the_same_text(self, status):
        texts = {
            failure_of(error(status, json.dumps({"error": f"no, {moment}, request id: {one}"}))).message
            for moment, one in [("2026-11-21T09:00:00Z", "r-1"), ("2026-11-21T09:00:30.5Z", "r-2")]
        }
        assert len(texts) == 1

    @pytest.mark.parametrize("kind", ErrorKind)
    @pytest.mark.parametrize("operation", Operation)
    def test_every_kind_and_operation_has_words(self, kind, operation):
        from inference_operator.core.errors import ProviderError

        failure = failure_of(ProviderError(kind, operation, "it did not work."))
        assert failure.reason.isalpha()
        assert failure.message.endswith(".")
        assert ".." not in failure.message
