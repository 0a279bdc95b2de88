"""Drift: what differs is what was declared and is otherwise; sending it makes it so; nothing differs for ever."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inference_operator.core.diff import Difference, Shape, Whole, change_for, differences
from inference_operator.core.documents import lookup, merged, parts

SHAPE = Shape(whole={"/model/env": Whole.EXACT, "/tags": Whole.EXACT, "/model/image": Whole.DECLARED})
KEYS = st.sampled_from(["model", "env", "tags", "image", "a", "b/c", "d~"])
NUMBERS = st.integers(-5, 5) | st.sampled_from([0.0, 1.0, 2.5])
SCALARS = st.booleans() | NUMBERS | st.text(max_size=2)
LEAVES = SCALARS | st.lists(SCALARS, max_size=3)
VALUES = st.recursive(LEAVES, lambda inner: st.dictionaries(KEYS, inner, min_size=1, max_size=4), max_leaves=12)
DOCUMENTS = st.dictionaries(KEYS, VALUES, max_size=5)
OBSERVED = st.dictionaries(KEYS, st.none() | VALUES, max_size=5)


def at(found: tuple[Difference, ...]) -> list[str]:
    return [one.pointer for one in found]


def put(current: Any, update: dict[str, Any], shape: Shape, path: str = "") -> dict[str, Any]:
    """The vendor's PUT: null keeps, whole fields are replaced, objects are merged."""
    result = dict(current) if isinstance(current, dict) else {}
    for key, value in update.items():
        here = f"{path}/{key.replace('~', '~0').replace('/', '~1')}"
        if isinstance(value, dict) and here not in shape.whole:
            result[key] = put(result.get(key), value, shape, here)
        elif value is not None:
            result[key] = value
    return result


@given(OBSERVED)
def test_where_nothing_is_declared_nothing_differs(observed):
    assert differences({}, observed, SHAPE) == ()


@given(DOCUMENTS)
def test_what_is_as_declared_does_not_differ(document):
    assert differences(document, document, SHAPE) == ()


@given(DOCUMENTS, OBSERVED)
def test_what_is_only_observed_never_differs(declared, extra):
    beside = {key: value for key, value in extra.items() if key not in declared}
    assert differences(declared, {**beside, **declared}, SHAPE) == ()


@given(DOCUMENTS, OBSERVED)
def test_sending_the_change_leaves_no_difference(declared, observed):
    change = change_for(differences(declared, observed, SHAPE))
    assert differences(declared, put(observed, change, SHAPE), SHAPE) == ()


@given(DOCUMENTS, OBSERVED)
def test_a_change_carries_what_is_declared_and_differs_and_nothing_else(declared, observed):
    found = differences(declared, observed, SHAPE)
    assert all(one.declared == lookup(declared, parts(one.pointer)) for one in found)
    assert all(one.observed == lookup(observed, parts(one.pointer)) for one in found)
    assert merged(declared, change_for(found)) == declared
    assert len(set(at(found))) == len(found)


@given(DOCUMENTS, OBSERVED)
def test_what_is_ignored_is_neither_found_nor_sent(declared, observed):
    found = differences(declared, observed, SHAPE)
    for one in found:
        left = differences(declared, observed, SHAPE, ignore=[one.pointer])
        assert left == tuple(other for other in found if other != one)


def test_only_the_leaf_that_differs_is_sent():
    declared = {"compute": {"accelerator": "gpu", "scaling": {"minReplica": 1, "maxReplica": 3}}, "type": "private"}
    observed = {"compute": {"accelerator": "gpu", "scaling": {"minReplica": 1, "maxReplica": 2}}, "type": "private"}
    found = differences(declared, observed, SHAPE)
    assert found == (Difference("/compute/scaling/maxReplica", 3, 2),)
    assert change_for(found) == {"compute": {"scaling": {"maxReplica": 3}}}


@pytest.mark.parametrize(
    ("declared", "observed", "same"),
    [
        (1, 1.0, True),
        (2.5, 2.5, True),
        (1, 2, False),
        (True, 1, False),
        (1, True, False),
        (False, 0, False),
        (0, False, False),
        (0, None, False),
        (False, None, False),
        (True, True, True),
        ("1", 1, False),
        ([], None, True),
        ([], ["x"], False),
        (["x"], None, False),
        (["a", "b"], ["b", "a"], False),
        ([1], [1.0], True),
        ([True], [1], False),
        ({}, None, True),
        ({}, {"a": None}, True),
        ({}, {"a": 1}, True),
        ({"a": 1}, "text", False),
        ({"a": 1}, None, False),
    ],
)
def test_when_two_values_are_the_same(declared, observed, same):
    assert (differences({"v": declared}, {"v": observed}, SHAPE) == ()) is same


@pytest.mark.parametrize(
    ("declared", "observed", "same"),
    [
        ({"A": "1"}, {"A": "1"}, True),
        ({"A": "1"}, {"A": "1", "B": "2"}, False),
        ({"A": "1"}, {"A": "2"}, False),
        ({"A": "1"}, {}, False),
        ({"A": "1"}, None, False),
        ({}, {"A": "1"}, False),
        ({}, {}, True),
        ({}, None, True),
        ({"A": None}, {"A": None}, True),
        ({"A": None}, {"B": None}, False),
        ({"A": None}, {"A": None, "B": None}, False),
    ],
)
def test_every_entry_of_an_exact_field_counts(declared, observed, same):
    found = differences({"model": {"env": declared}}, {"model": {"env": observed}}, SHAPE)
    assert (found == ()) is same
    if not same:
        assert change_for(found) == {"model": {"env": declared}}, "it is sent whole"


@pytest.mark.parametrize(
    ("declared", "observed", "same"),
    [
        ({"vLLM": {"url": "v:1"}}, {"vLLM": {"url": "v:1", "port": 80}}, True),
        ({"vLLM": {"url": "v:1"}}, {"vLLM": {"url": "v:2"}}, False),
        ({"vLLM": {"url": "v:1"}}, {"tgi": {"url": "v:1"}}, False),
        ({"huggingface": {}}, {"huggingface": {}}, True),
        ({"huggingface": {}}, {"huggingface": {"url": "filled in"}}, True),
        ({"huggingface": {}}, {"tgi": {"url": "v"}}, False),
        ({"huggingface": {}}, None, False),
    ],
)
def test_what_the_provider_adds_to_a_declared_choice_is_its_own_business(declared, observed, same):
    found = differences({"model": {"image": declared}}, {"model": {"image": observed}}, SHAPE)
    assert (found == ()) is same
    if not same:
        assert change_for(found) == {"model": {"image": declared}}, "it is sent whole"
