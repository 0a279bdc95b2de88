"""What is sent: defaults under what is declared, and never a field that carries a secret without its value."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inference_operator.core.desired import Desired, SecretUse, filled
from inference_operator.core.diff import Shape, Whole
from inference_operator.core.documents import lookup, parts, pointer

SHAPE = Shape(whole={"/model/secrets": Whole.EXACT, "/model/image": Whole.DECLARED})
USES = (
    SecretUse("/model/secrets/A", "one", "key"),
    SecretUse("/model/secrets/B", "two", "key"),
    SecretUse("/model/image/custom/credentials", "registry", None),
)
DOCUMENT = {
    "type": "private",
    "model": {
        "repository": "org/model",
        "secrets": {"A": None, "B": None},
        "image": {"custom": {"url": "r/i:1"}},
    },
}
VALUES = {
    "/model/secrets/A": "value-a",
    "/model/secrets/B": "value-b",
    "/model/image/custom/credentials": {"username": "u", "password": "p"},
}


def test_what_is_declared_lies_over_what_is_sent_once():
    desired = Desired("n", {"model": {"framework": "custom"}}, at_creation={"model": {"framework": "x", "image": {}}})
    assert desired.creation() == {"model": {"framework": "custom", "image": {}}}


def test_all_values_are_in_a_creation():
    assert filled(DOCUMENT, USES, VALUES, SHAPE) == {
        "type": "private",
        "model": {
            "repository": "org/model",
            "secrets": {"A": "value-a", "B": "value-b"},
            "image": {"custom": {"url": "r/i:1", "credentials": {"username": "u", "password": "p"}}},
        },
    }


@pytest.mark.parametrize(
    ("change", "sent"),
    [
        ({"type": "public"}, {"type": "public"}),
        ({"model": {"repository": "org/other"}}, {"model": {"repository": "org/other"}}),
        (
            {"model": {"secrets": {"A": None, "B": None}}},
            {"model": {"secrets": {"A": "value-a", "B": "value-b"}}},
        ),
        (
            {"model": {"image": {"custom": {"url": "r/i:2"}}}},
            {"model": {"image": {"custom": {"url": "r/i:2", "credentials": {"username": "u", "password": "p"}}}}},
        ),
    ],
)
def test_a_change_is_filled_where_it_carries_secrets_and_only_there(change, sent):
    assert filled(change, USES, VALUES, SHAPE) == sent


def test_filling_leaves_the_document_without_values():
    filled(DOCUMENT, USES, VALUES, SHAPE)
    assert "value-a" not in repr(DOCUMENT)
    assert "credentials" not in repr(DOCUMENT)


@pytest.mark.parametrize("missing", sorted(VALUES))
def test_a_field_that_carries_a_secret_is_never_sent_without_it(missing):
    with pytest.raises(KeyError):
        filled(DOCUMENT, USES, {key: value for key, value in VALUES.items() if key != missing}, SHAPE)


def test_when_only_values_changed_the_whole_fields_that_hold_them_are_sent():
    assert Desired("n", DOCUMENT, secrets=USES).carriers(SHAPE) == {
        "model": {"secrets": {"A": None, "B": None}, "image": {"custom": {"url": "r/i:1"}}}
    }


def test_without_secrets_nothing_is_carried():
    assert Desired("n", DOCUMENT).carriers(SHAPE) == {}


@given(st.dictionaries(st.text(min_size=1, max_size=5), st.text(min_size=1, max_size=9), min_size=1, max_size=5))
def test_any_variable_name_is_filled_in_its_place(variables):
    uses = [SecretUse(pointer("model", "secrets", name), "s", "k") for name in variables]
    values = {pointer("model", "secrets", name): value for name, value in variables.items()}
    document = {"model": {"secrets": dict.fromkeys(variables)}}
    assert filled(document, uses, values, SHAPE) == {"model": {"secrets": variables}}
    assert all(lookup(document, parts(use.pointer)) is None for use in uses)
