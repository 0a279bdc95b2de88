"""I2: ours is what carries our marker, or is the incarnation that we recorded; a name alone proves nothing."""

import re
import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.core.builders import CLAIM, CREATED, UID, observation

from inference_operator.api.names import MARKER_PREFIX
from inference_operator.core.ownership import RELEASED, Claim, Ownership, ownership

NAMES = st.text("abcdefghijklmnopqrstuvwxyz0123456789-.", min_size=1, max_size=253)
LATER = "2026-11-21T08:30:00.000Z"
OTHER_OBJECT = Claim.of(cluster_id="cluster-a", namespace="team-a", name="other", uid=str(uuid.UUID(int=7)))
OTHER_CLUSTER = Claim.of(cluster_id="cluster-b", namespace="team-a", name="sentiment", uid=UID)
PREDECESSOR = Claim.of(cluster_id="cluster-a", namespace="team-a", name="sentiment", uid=str(uuid.UUID(int=9)))

claims = st.builds(
    lambda cluster, namespace, name, uid: Claim.of(cluster_id=cluster, namespace=namespace, name=name, uid=str(uid)),
    st.text(min_size=1, max_size=64),
    NAMES,
    NAMES,
    st.uuids(),
)


@given(claims)
def test_a_marker_fits_a_dns_label(claim):
    assert re.fullmatch(r"iop1-[a-z2-7]{10}-[a-z2-7]{10}-[a-z2-7]{26}", str(claim))
    assert len(str(claim)) <= 63


@given(claims)
def test_a_marker_is_read_back_in_either_case(claim):
    assert Claim.parse(str(claim)) == claim
    assert Claim.parse(str(claim).upper()) == claim


@given(claims, claims)
def test_the_markers_of_two_objects_differ(one, other):
    assert (one == other) is (str(one) == str(other))


@given(st.text(max_size=80) | st.text("iop1-abc", max_size=70).map(MARKER_PREFIX.__add__))
def test_any_other_text_is_no_claim_or_a_claim_that_says_the_same(text):
    claim = Claim.parse(text)
    assert claim is None or str(claim) == text.lower()


@pytest.mark.parametrize("text", ["", "team-a", "iop1", RELEASED, "iop1-a-b", "iop2-a-b-c", "iop1-a-b-c-d"])
def test_what_is_no_claim(text):
    assert Claim.parse(text) is None


MARKED = [
    ((str(CLAIM),), Ownership.OURS),
    ((str(OTHER_OBJECT), str(CLAIM)), Ownership.OURS),
    ((str(OTHER_OBJECT),), Ownership.FOREIGN),
    ((str(OTHER_CLUSTER),), Ownership.FOREIGN),
    ((str(PREDECESSOR),), Ownership.SAME_OBJECT),
]


@pytest.mark.parametrize("recorded", [None, LATER])
@pytest.mark.parametrize(("markers", "whose"), MARKED)
def test_a_marker_says_whose_it_is(markers, whose, recorded):
    assert ownership(observation(claims=markers), CLAIM, recorded_created_at=recorded) is whose


@pytest.mark.parametrize(("markers", "whose"), MARKED)
def test_anothers_marker_on_the_incarnation_that_was_ours_says_that_it_was_lost(markers, whose):
    expected = whose if whose is Ownership.OURS else Ownership.LOST
    assert ownership(observation(claims=markers), CLAIM, recorded_created_at=CREATED) is expected


def test_what_an_earlier_object_of_the_name_recorded_does_not_count_against_its_successor():
    seen = observation(claims=(str(PREDECESSOR),))
    found = ownership(seen, CLAIM, recorded_created_at=CREATED, recorded_by_us=False)
    assert found is Ownership.SAME_OBJECT


@given(claims, st.integers(1, 52))
def test_a_marker_that_was_cut_off_is_nobodys(claim, length):
    assert Claim.parse(str(claim)[:length]) is None


@pytest.mark.parametrize("markers", [(), (RELEASED,), ("iop1-nonsense",)])
@pytest.mark.parametrize(
    ("recorded", "whose"),
    [(CREATED, Ownership.UNMARKED_OURS), (LATER, Ownership.UNOWNED), (None, Ownership.UNOWNED)],
)
def test_without_a_marker_only_the_recorded_incarnation_is_ours(markers, recorded, whose):
    assert ownership(observation(claims=markers), CLAIM, recorded_created_at=recorded) is whose


@given(claims, st.sampled_from([None, CREATED, LATER]))
def test_another_objects_endpoint_is_never_ours(other, recorded):
    whose = ownership(observation(claims=(str(other),)), CLAIM, recorded_created_at=recorded)
    assert whose in (Ownership.FOREIGN, Ownership.SAME_OBJECT, Ownership.LOST)
