"""A row of a list tells whether anything of it may be read otherwise than before, without being read."""

import json
from copy import deepcopy

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.api.manifests import changed
from tests.providers.test_wire import BODY

from inference_operator.core import redact
from inference_operator.providers.huggingface import wire

anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@given(anything, anything)
def test_two_rows_have_one_digest_where_they_are_the_same_text(one, other):
    rows = [wire.listed(changed(BODY, {"model": {"env": value}})) for value in (one, other, deepcopy(one))]
    assert (rows[0].digest == rows[1].digest) == (json.dumps(one) == json.dumps(other))
    assert rows[0].digest == rows[2].digest


def test_it_is_read_like_an_answer_about_the_endpoint_alone():
    row = wire.listed(BODY)
    assert row.observe() == wire.observation(BODY)
    assert (row.name, row.updated_at) == (row.observe().name, row.observe().updated_at)


@pytest.mark.parametrize("odd", [None, [], {}, {"name": 1, "status": {}}, {"name": "a", "status": None}])
def test_what_is_no_endpoint_is_no_row(odd):
    assert wire.listed(odd) is wire.observation(odd) is None


def test_a_secret_value_that_is_hidden_from_now_on_makes_each_row_another():
    body = changed(BODY, {"status": {"message": "cannot use opaque-value-17"}})
    before = wire.listed(body)
    redact.register("opaque-value-17", namespace="team-row")
    assert before.digest != wire.listed(body).digest
    assert "opaque-value-17" not in wire.listed(body).observe().message
    again = wire.listed(body).digest
    redact.register("opaque-value-17", namespace="team-row")
    assert again == wire.listed(body).digest, "it was hidden already"
