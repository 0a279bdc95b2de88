"""A binding that the operator did not write makes nothing ours."""

from dataclasses import replace

import pytest
from tests.core.builders import BOUND, CREATED, UID, observation, remote_ref, shown, snapshot
from tests.core.test_decide import FOREIGN, reason

from inference_operator.api.status import EndpointStatus
from inference_operator.core import record
from inference_operator.core.decide import decide
from inference_operator.core.ownership import Ownership
from inference_operator.core.status import compose
from inference_operator.core.steps import Abandon, LetGo, Remove

KEY = b"k" * 32
UNMARKED = observation(claims=())


def forged(**facts):
    """A resource whose status names an endpoint that somebody else made."""
    return snapshot(status={**BOUND, "remoteRef": remote_ref(**facts)}, seal_key=KEY, knowledge=shown(claims=()))


def sealed():
    """A resource whose endpoint was seen with its marker, which is gone now."""
    one = snapshot(seal_key=KEY)
    status = record.seen(one, observation())
    return replace(one, subject=replace(one.subject, status=status), knowledge=shown(claims=()))


def test_what_was_seen_as_ours_stays_ours_without_its_marker():
    assert sealed().whose(UNMARKED) is Ownership.UNMARKED_OURS
    assert decide(replace(sealed(), subject=replace(sealed().subject, deleting=True))) == Remove()


@pytest.mark.parametrize("facts", [{}, {"seal": "0" * 32}, {"seal": "0" * 32, "uid": UID}])
def test_a_forged_binding_makes_nothing_ours(facts):
    one = forged(**facts)
    assert one.whose(UNMARKED) is Ownership.UNOWNED
    assert reason(decide(one)) == "AlreadyExists"
    step = decide(replace(one, subject=replace(one.subject, deleting=True)))
    assert isinstance(step, LetGo | Abandon)
    assert not isinstance(step, Remove)


@pytest.mark.parametrize(
    "change", [{"created_at": "2026-11-21T08:00:01.000Z"}, {"name": "other"}, {"namespace": "other"}, {"uid": "other"}]
)
def test_a_seal_is_of_one_endpoint_and_one_object(change):
    one = sealed()
    moved = one.subject.status.remote_ref.model_copy(update=change)
    status = one.subject.status.model_copy(update={"remote_ref": moved})
    other = replace(one, subject=replace(one.subject, status=status))
    assert other.whose(observation(claims=(), created_at=moved.created_at)) is Ownership.UNOWNED


def test_without_the_key_bindings_are_believed():
    assert replace(forged(), seal_key=None).whose(UNMARKED) is Ownership.UNMARKED_OURS


def test_the_marker_seals_an_older_status():
    one = snapshot(seal_key=KEY)
    status = record.seen(one, observation())
    assert status.remote_ref.seal
    assert status.remote_ref.created_at == CREATED


@pytest.mark.parametrize("claims", [(), FOREIGN])
def test_what_was_refused_shows_nothing_of_somebody_else_s_endpoint(claims):
    one = snapshot(status={}, knowledge=shown(claims=claims, error_message="their words"))
    status = compose(one, decide(one).failure)
    assert not {"url", "state", "createdAt", "errorMessage", "cost", "effective"} & status.keys()
    assert "Drifted" not in {said["type"] for said in status["conditions"]}
    assert EndpointStatus.from_json(status)


def test_who_only_observes_sees_it():
    one = snapshot(status={}, held=False, policy={"mode": "Observe"}, knowledge=shown(claims=FOREIGN))
    assert compose(one, None)["url"]
