"""A secret value is masked however deep something quotes it, and whatever it consists of."""

import html
import json
from unittest.mock import patch
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from inference_operator.core import spelling
from inference_operator.core.redact import KEPT, MASK, SHORTEST, Redactor


def _json(text: str) -> str:
    return json.dumps(text)[1:-1]


def _json_as_it_is(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)[1:-1]


def _repr(text: str) -> str:
    return repr(text)[1:-1]


def _slashes(text: str) -> str:
    return _json(text).replace("/", "\\/")


QUOTES = st.lists(st.sampled_from([_json, _json_as_it_is, _repr, _slashes]), max_size=7)
LAST = st.sampled_from([str, quote, lambda text: quote(text, safe=""), quote_plus, html.escape])
VALUES = st.one_of(
    st.text(min_size=SHORTEST, max_size=40),
    st.text("\\'\"/ab\n\t é%+&<", min_size=SHORTEST, max_size=40),
).filter(lambda value: len(value.strip()) >= SHORTEST and value == value.strip() and "§" not in value)


def hide(*values: str) -> Redactor:
    redactor = Redactor()
    for value in values:
        redactor.register(value)
    return redactor


@given(VALUES, QUOTES, LAST)
@example("pa'ss\\word", [_repr, _json, _repr], str)
@example("\\\n\\'\\\"x", [_repr, _json, _repr, _json], quote)
def test_a_value_is_masked_however_deep_it_is_quoted(value, quotes, last):
    spelled = value
    for one in quotes:
        spelled = one(spelled)
    assert hide(value).text(f"§{last(spelled)}§") == f"§{MASK}§"


@pytest.mark.parametrize("value", ["\\" * 40, "\\'" * 20, "%5c" * 20, "a" * 200, " \n" * 30 + "end"])
def test_no_value_makes_the_search_explode(value):
    redactor = hide(f"x{value}y")
    for text in ("\\" * 20_000, "%5c" * 20_000, "x" + value * 500, " \n" * 20_000):
        assert MASK not in redactor.text(text)


def test_what_can_not_be_in_a_text_costs_it_nothing():
    redactor = hide("ä:" * 200_000, *("é" * 30 + f"§{number}" for number in range(2_000)))
    with patch.object(spelling, "pattern", side_effect=AssertionError("nothing is to be compiled")):
        assert redactor.text("a line of a log that holds none of them") == "a line of a log that holds none of them"


def test_a_line_of_a_value_of_several_is_masked_and_a_long_value_in_parts():
    lines = ["-----BEGIN KEY-----", "QUJDREVGR0hJSktMTU5PUFFS", "c2hvcnQ="]
    assert hide("\n".join(lines)).text(f"bad line 2: {lines[1]!r}") == f"bad line 2: '{MASK}'"
    long = "".join(f"part-{number};" for number in range(2_000))
    assert "part-1000;part-1001" not in hide(long).text(f"it said {long}")


def test_a_value_that_holds_another_one_is_masked_whole():
    redactor = hide("secret1", "secret1'and-more", "deep-secret1")
    assert redactor.text("secret1'and-more deep-secret1 secret1") == f"{MASK} {MASK} {MASK}"


def test_of_many_values_the_one_that_is_there_is_found():
    redactor = hide(*(f"value-{number:05}-of-many" for number in range(3_000)), "the 'one'")
    assert redactor.text("it said value-02345-of-many") == f"it said {MASK}"
    assert redactor.text("it said the \\'one\\'") == f"it said {MASK}"
    assert redactor.text("it said value-99999-of-many") == "it said value-99999-of-many"


def test_what_nobody_reads_any_more_is_forgotten_and_leaves_nothing():
    now = 0.0
    redactor = Redactor(lambda: now)
    for number in range(50):
        redactor.register(f"rotated-value-{number}")
        redactor.register("kept-in-use")
        now += KEPT / 10
    assert redactor.text("kept-in-use rotated-value-49 rotated-value-45") == "*** *** ***"
    assert redactor.text("rotated-value-5") == "rotated-value-5"
    assert len(redactor._known) <= 12
    assert sum(map(len, redactor._by_start.values())) + len(redactor._unanchored) <= 40
