"""I4 rests on it: the same failure is the same text, so that it is written once."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ValidationError

from inference_operator.core.text import complaint, stable

STAMPS = st.datetimes().map(lambda moment: moment.isoformat(timespec="milliseconds") + "Z")
IDS = st.uuids().map(str) | st.text("0123456789abcdef", min_size=24, max_size=64) | st.uuids().map(lambda one: one.hex)


@given(STAMPS, STAMPS, IDS, IDS)
def test_the_same_failure_is_the_same_text(then, later, one, other):
    words = "Deploy of {} failed at {}: no hardware"
    assert stable(words.format(one, then)) == stable(words.format(other, later))


@pytest.mark.parametrize(
    ("one", "other"), [("req-7fQ2.x", "req-9aB1.y"), ("Root=1-67f0aa-ab12;9c1e-44", "Root=1-99aa00-cd34;0b2d-51")]
)
@pytest.mark.parametrize(
    "words",
    ["request id: {}", "Request-ID={}", "request_id: {}", '"requestId": "{}"', "trace id {}", "correlation-id: {}"],
)
def test_the_id_of_a_request_is_taken_out(words, one, other):
    assert stable("Oops, " + words.format(one)) == stable("Oops, " + words.format(other))


@pytest.mark.parametrize(
    "text",
    [
        "Endpoint is already running",
        "model.image.vLLM: missing field `url`",
        "Quota exceeded for nvidia-l4: 8 of 8 accelerators",
        "exit code 137",
        "column 261",
        "image org/model@v2026.11",
    ],
)
def test_what_means_something_stays(text):
    assert stable(text) == text


@given(st.text(max_size=3000))
def test_it_is_one_bounded_line_of_printable_text(text):
    line = stable(text)
    assert len(line) <= 1024
    assert len(line.splitlines()) <= 1
    assert not any(ord(one) < 32 for one in line)
    assert line == line.strip()


@given(st.text(max_size=3000))
def test_what_is_stable_stays_so(text):
    assert stable(stable(text)) == stable(text)


def test_what_does_not_fit_is_cut_visibly():
    assert stable("x" * 5000) == "x" * 1023 + "…"


class _Block(BaseModel):
    token: int


def test_a_complaint_names_the_place_and_never_the_input() -> None:
    with pytest.raises(ValidationError) as raised:
        _Block.model_validate({"token": "hf_something"})
    assert complaint(raised.value).startswith("token: ")
    assert "hf_something" not in complaint(raised.value)
    assert complaint(LookupError("first\nsecond")) == "first"
    assert complaint(LookupError()) == "LookupError"
