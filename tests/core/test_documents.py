"""JSON documents: pointers lead where they were made from, and merging is what the vendor's PUT does."""

import copy

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inference_operator.core.documents import lookup, merged, nested, parts, pointer

KEYS = st.sampled_from(["a", "b", "c", "a/b", "a~b", "~1", ""])
PATHS = st.lists(KEYS, min_size=1, max_size=4).map(tuple)
SCALARS = st.none() | st.booleans() | st.integers() | st.text(max_size=3) | st.lists(st.integers(), max_size=3)
DOCUMENTS = st.dictionaries(KEYS, st.recursive(SCALARS, lambda inner: st.dictionaries(KEYS, inner, max_size=3)))


@pytest.mark.parametrize(
    ("path", "text"),
    [(("model", "env"), "/model/env"), (("a/b",), "/a~1b"), (("a~b",), "/a~0b"), (("~1",), "/~01"), ((), "")],
)
def test_a_pointer_is_written_as_rfc_6901_says(path, text):
    assert pointer(*path) == text
    assert parts(text) == path


@given(PATHS)
def test_a_pointer_leads_back_to_its_path(path):
    assert parts(pointer(*path)) == path


@given(PATHS, SCALARS)
def test_what_is_nested_at_a_path_is_found_there(path, value):
    assert lookup(nested(path, value), path) == value


@given(PATHS)
def test_nothing_is_found_where_there_is_nothing(path):
    assert lookup({}, path) is None
    assert lookup(nested(path[:1], 1), (*path, "deeper")) is None


@given(DOCUMENTS, DOCUMENTS)
def test_merging_changes_neither_document_and_shares_no_object_with_them(below, above):
    before = copy.deepcopy((below, above))
    result = merged(below, above)
    for value in list(result.values()):
        if isinstance(value, dict):
            value["written later"] = True
    assert (below, above) == before


@given(DOCUMENTS)
def test_merging_with_nothing_or_itself_changes_nothing(document):
    assert merged(document) == merged(document, {}) == merged({}, document) == merged(document, document) == document


@given(DOCUMENTS, DOCUMENTS, DOCUMENTS)
def test_it_does_not_matter_where_the_brackets_are(one, two, three):
    assert merged(merged(one, two), three) == merged(one, two, three)


def test_objects_are_merged_and_all_else_is_replaced():
    below = {"a": {"x": 1, "y": [1, 2]}, "b": 1, "c": {"z": 1}}
    above = {"a": {"y": [3]}, "b": {"new": 1}, "c": None}
    assert merged(below, above) == {"a": {"x": 1, "y": [3]}, "b": {"new": 1}, "c": None}
