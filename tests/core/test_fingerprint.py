"""A changed Secret is noticed; a lost key, or nothing, is not taken for one; and nothing can be read off it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inference_operator.core.fingerprint import changed, fingerprint

KEY, OTHER_KEY = b"k" * 32, b"o" * 32
VALUES = st.dictionaries(st.text(max_size=8), st.text(max_size=8), min_size=1, max_size=4)


@given(VALUES)
def test_the_same_values_have_the_same_fingerprint_in_any_order(values):
    assert fingerprint(values, KEY) == fingerprint(dict(reversed(values.items())), KEY)
    assert not changed(fingerprint(values, KEY), fingerprint(values, KEY))


@given(VALUES, VALUES)
def test_other_values_are_a_change(one, other):
    assert changed(fingerprint(one, KEY), fingerprint(other, KEY)) is (one != other)


@given(VALUES, VALUES)
def test_after_the_key_was_lost_nothing_is_sent_again(one, other):
    assert not changed(fingerprint(one, KEY), fingerprint(other, OTHER_KEY))


@pytest.mark.parametrize(
    ("recorded", "current", "expected"),
    [
        (None, None, False),
        (None, fingerprint({"/a": "1"}, KEY), True),
        (fingerprint({"/a": "1"}, KEY), None, False),
    ],
)
def test_values_that_come_are_sent_and_values_that_go_are_not(recorded, current, expected):
    assert changed(recorded, current) is expected


def test_without_values_there_is_no_fingerprint():
    assert fingerprint({}, KEY) is None


def test_a_login_counts_as_a_value():
    login = {"username": "u", "password": "one"}
    assert changed(fingerprint({"/c": login}, KEY), fingerprint({"/c": {**login, "password": "two"}}, KEY))


@given(st.text(min_size=8, max_size=20))
def test_it_fits_its_field_and_shows_no_value(value):
    text = fingerprint({"/model/secrets/A": value}, KEY)
    assert len(text) <= 128
    assert value not in text
    assert KEY.hex() not in text
