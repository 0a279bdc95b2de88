"""What nobody looks after may be deleted by a person; everything that speaks for somebody else stands in the way."""

from dataclasses import replace
from typing import Any

import pytest

from inference_operator.api.names import FINALIZER
from inference_operator.core.custody import Custody, address, bindings, holders, judge, taken_back
from inference_operator.core.observation import Observation, State
from inference_operator.core.orphans import Orphan
from inference_operator.core.ownership import RELEASED, Claim

ALIVE = "6f1d3e1a-0f0b-4b7c-9a55-0c8b7d3f2a10"
DEAD = "11111111-0f0b-4b7c-9a55-0c8b7d3f2a10"
MADE = "2026-11-21T09:00:00Z"
REFERENCE = {"provider": "p", "baseURL": "https://api.example/", "namespace": "acme", "name": "chat"}
WHERE = address(REFERENCE)


def resource(**status: Any) -> dict[str, Any]:
    metadata = {"namespace": "team-a", "name": "live", "uid": ALIVE, "finalizers": [FINALIZER]}
    return {"metadata": metadata, "status": status}


def marker(uid: str, *, cluster: str = "c", name: str = "gone") -> str:
    return str(Claim.of(cluster_id=cluster, namespace="team-a", name=name, uid=uid))


def seen(*claims: str) -> Observation:
    return Observation(name="chat", created_at=MADE, state=State.RUNNING, document={}, claims=claims)


def entry(**reference: Any) -> Orphan:
    return Orphan("team-a", "chat", DEAD, REFERENCE | reference, "Unauthorized", "", MADE)


@pytest.mark.parametrize(
    ("claims", "recorded", "expected"),
    [
        ((marker(DEAD),), None, Custody.ORPHAN),
        ((marker(DEAD).upper(),), None, Custody.ORPHAN),
        ((RELEASED,), None, Custody.ORPHAN),
        ((), entry(createdAt=MADE), Custody.ORPHAN),
        ((marker(ALIVE, name="live"),), entry(createdAt=MADE), Custody.HELD),
        ((marker(DEAD), marker(ALIVE, name="live")), None, Custody.HELD),
        ((RELEASED, marker(ALIVE, name="live")), None, Custody.HELD),
        ((marker(DEAD, cluster="another"),), entry(createdAt=MADE), Custody.HELD),
        ((), entry(createdAt="2026-11-21T10:00:00Z"), Custody.GONE),
        ((), entry(), Custody.UNCLEAR),
        ((), None, Custody.UNCLEAR),
        ((marker(DEAD)[:-1],), None, Custody.UNCLEAR),
    ],
)
def test_an_orphan_has_a_dead_marker_a_released_one_or_is_the_incarnation_on_record(
    claims: tuple[str, ...], recorded: Orphan | None, expected: Custody
) -> None:
    found = judge(seen(*claims), WHERE, recorded, holders("c", [resource()]))
    assert found.custody is expected
    assert bool(found.why) is (expected is not Custody.ORPHAN)


@pytest.mark.parametrize("claims", [(marker(DEAD),), (RELEASED,), ()])
def test_what_a_resource_is_bound_to_is_no_orphan_whatever_it_is_marked_with(claims: tuple[str, ...]) -> None:
    confirmed = holders("c", [resource(remoteRef=REFERENCE | {"createdAt": MADE})])
    found = judge(seen(*claims), WHERE, entry(createdAt=MADE), confirmed)
    assert (found.custody, found.why) == (Custody.HELD, "InferenceEndpoint team-a/live is bound to it")
    trying = holders("c", [resource(remoteRef=REFERENCE)])
    assert judge(seen(*claims), WHERE, entry(createdAt=MADE), trying).custody is Custody.UNCLEAR


def test_what_is_being_let_go_of_is_nobodys_orphan_yet_and_stays_on_record() -> None:
    leaving = replace_metadata(resource(), deletionTimestamp=MADE)
    found = judge(seen(marker(ALIVE, name="live")), WHERE, entry(createdAt=MADE), holders("c", [leaving]))
    assert (found.custody, found.why) == (Custody.UNCLEAR, "it belongs to InferenceEndpoint team-a/live")


@pytest.mark.parametrize("claims", [(marker(DEAD, name="live"),), (marker(DEAD), marker(DEAD, name="live"))])
@pytest.mark.parametrize(
    "facts",
    [
        {},
        {"deletionTimestamp": MADE},
        {"finalizers": [], "status": {"remoteRef": REFERENCE | {"name": "other", "createdAt": MADE}}},
    ],
)
def test_what_a_resource_made_anew_may_take_back_is_no_orphan_and_stays_on_record(
    claims: tuple[str, ...], facts: dict[str, Any]
) -> None:
    status = facts.get("status", {})
    anew = replace_metadata(resource(**status), **{key: facts[key] for key in facts if key != "status"})
    found = judge(seen(*claims), WHERE, entry(createdAt=MADE), holders("c", [anew]))
    why = "it is of an InferenceEndpoint team-a/live before this one, which may take it back"
    assert (found.custody, found.why) == (Custody.UNCLEAR, why)


def test_what_a_resource_made_anew_has_taken_back_is_held_before_its_marker_says_so() -> None:
    having = holders("c", [resource(remoteRef=REFERENCE | {"createdAt": MADE})])
    assert judge(seen(marker(DEAD, name="live")), WHERE, None, having).custody is Custody.HELD


def test_what_a_resource_had_before_it_was_made_anew_with_another_endpoint_is_an_orphan() -> None:
    elsewhere = holders("c", [resource(remoteRef=REFERENCE | {"name": "other", "createdAt": MADE})])
    assert judge(seen(marker(DEAD, name="live")), WHERE, None, elsewhere).custody is Custody.ORPHAN


def test_a_resource_of_that_name_in_another_cluster_is_no_heir() -> None:
    found = judge(seen(marker(DEAD, name="live")), WHERE, None, holders("another", [resource()]))
    assert found.custody is Custody.HELD
    assert "marker of another cluster" in found.why


def test_nothing_is_an_orphan_to_who_may_not_see_the_resources() -> None:
    assert judge(seen(RELEASED), WHERE, entry(createdAt=MADE), None).custody is Custody.UNCLEAR


def test_an_orphan_is_taken_back_once_a_resource_has_it_and_keeps_it() -> None:
    bound = REFERENCE | {"createdAt": MADE}
    having = resource(remoteRef=bound)
    assert taken_back(entry(), bindings([having]))
    leaving = replace_metadata(having, deletionTimestamp=MADE)
    observing = replace_metadata(having, finalizers=[])
    confirming = resource(remoteRef=bound, pendingOperation={"type": "adopt"})
    elsewhere = resource(remoteRef=bound | {"namespace": "other"})
    for obj in (resource(remoteRef=REFERENCE), leaving, observing, confirming, elsewhere, resource()):
        assert not taken_back(entry(), bindings([obj]))
    assert not taken_back(replace(entry(), remote={}), bindings([having]))


def replace_metadata(obj: dict[str, Any], **change: Any) -> dict[str, Any]:
    return {**obj, "metadata": obj["metadata"] | change}


def test_where_names_are_shared_only_who_has_that_very_one_took_it_back() -> None:
    having = resource(remoteRef=REFERENCE | {"createdAt": MADE, "id": "1001"})
    assert taken_back(entry(id="1001"), bindings([having]))
    assert not taken_back(entry(id="1002"), bindings([having]))
