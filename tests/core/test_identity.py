"""Where a provider gives out ids: which endpoint is ours, how one is taken over, and what is on its way."""

import pytest
from tests.core.builders import CLAIM, CREATED, observation, remote_ref, shown, snapshot

from inference_operator.core import deletion, record, verdict
from inference_operator.core.decide import decide
from inference_operator.core.desired import Desired
from inference_operator.core.diff import Shape
from inference_operator.core.drift_words import said_of_drift
from inference_operator.core.errors import ErrorKind, Operation, ProviderError
from inference_operator.core.failures import failure_of
from inference_operator.core.observation import State, Unlisted
from inference_operator.core.ownership import Ownership, ownership
from inference_operator.core.power import Power, action
from inference_operator.core.seal import seal
from inference_operator.core.steps import Bind, Read, Rest, Switch

LATER = Shape(marks_with_first_change=True)
BOUND = {"remoteRef": remote_ref(id="7"), "appliedPower": {}}
CREATING = {
    "remoteRef": {key: value for key, value in remote_ref().items() if key != "createdAt"},
    "pendingOperation": {"type": "create", "nonce": "n", "startedAt": "2026-11-21T08:59:00Z"},
}


class TestTheIdOnRecord:
    def test_another_id_of_the_name_in_a_list_is_read_before_anything_is_concluded(self):
        assert decide(snapshot(status=BOUND, knowledge=shown(id="8"), verified=False)) == Read()
        assert decide(snapshot(status=BOUND, knowledge=shown(id="7"), verified=False)) == Rest()
        assert decide(snapshot(knowledge=shown(id=None), verified=False)) == Rest()

    @pytest.mark.parametrize(("recorded", "whose"), [("7", Ownership.UNMARKED_OURS), ("8", Ownership.UNOWNED)])
    def test_without_a_marker_the_same_time_of_creation_is_not_enough(self, recorded, whose):
        seen = observation(id="7", claims=())
        assert ownership(seen, CLAIM, recorded_created_at=CREATED, recorded_id=recorded) is whose

    def test_it_is_sealed_and_a_binding_without_one_is_sealed_as_before(self):
        snap = snapshot(status=BOUND)
        one = snap.subject.status.remote_ref
        assert seal(b"k", "u", one) != seal(b"k", "u", one.model_copy(update={"id": "8"}))

    def test_a_create_of_ours_is_settled_by_a_read_and_not_by_a_list(self):
        listed = snapshot(status=CREATING, knowledge=shown(id="7"), verified=False)
        assert decide(listed) == Read()
        assert record.seen(listed, listed.knowledge.observation).pending_operation is not None
        read = snapshot(status=CREATING, knowledge=shown(id="7"), verified=True)
        assert record.seen(read, read.knowledge.observation).pending_operation is None

    def test_a_name_that_a_list_lacks_is_asked_for_while_a_create_may_have_landed(self):
        assert decide(snapshot(status=CREATING, knowledge=Unlisted(), verified=False)) == Read()


class TestTakingOver:
    @pytest.mark.parametrize("policy", ["IfUnowned", "Always"])
    def test_it_is_bound_as_it_was_read_and_nothing_is_sent(self, policy):
        facts = {"status": {}, "policy": {"adoption": policy}, "shape": LATER}
        assert decide(snapshot(**facts, knowledge=shown(id="7", claims=()), verified=False)) == Read()
        snap = snapshot(**facts, knowledge=shown(id="7", claims=()))
        step = decide(snap)
        assert step == Bind(claiming=True)
        bound = record.bound(snap, step, nonce="n")
        assert (bound.remote_ref.id, bound.remote_ref.created_at) == ("7", CREATED)
        assert bound.pending_operation is None
        assert bound.adopted_generation == (3 if policy == "IfUnowned" else None)

    def test_what_carries_anothers_marker_is_marked_at_once(self):
        other = "iop1-aaaaaaaaaa-bbbbbbbbbb-cccccccccccccccccccccccccc"
        facts = {"status": {}, "policy": {"adoption": "Always"}, "shape": LATER}
        assert decide(snapshot(**facts, knowledge=shown(id="7", claims=(other,)))) == Bind()

    def test_a_marker_that_is_still_to_come_is_no_drift(self):
        facts = {"status": BOUND, "knowledge": shown(id="7", claims=())}
        assert said_of_drift(snapshot(**facts)) is not None
        assert said_of_drift(snapshot(**facts, shape=LATER)) is None


class TestOnItsWay:
    def test_what_is_being_stopped_is_not_stopped_again(self):
        paused = Power("paused", None)
        assert action(paused, paused, State.UPDATING) is Operation.PAUSE
        assert action(paused, paused, State.UPDATING, heading=State.PAUSED) is None

    def test_nor_when_its_resource_is_deleted(self):
        policy = {"deletion": "Pause"}
        stopping = shown(state=State.UPDATING, heading=State.PAUSED)
        assert isinstance(deletion.decide(snapshot(deleting=True, policy=policy, knowledge=shown())), Switch)
        step = deletion.decide(snapshot(deleting=True, policy=policy, knowledge=stopping))
        assert isinstance(step, Rest)
        assert step.failure is None
        assert step.after > 0


def test_what_the_provider_may_not_know_is_said_beside_synced():
    desired = Desired(name="sentiment", document={}, remarks=("The version v9 is not listed.",))
    synced = next(one for one in verdict.verdicts(snapshot(desired=desired), None) if one.type == "Synced")
    assert (synced.status, "v9 is not listed" in synced.message) == ("True", True)


@pytest.mark.parametrize(
    ("kind", "reason", "terminal"),
    [(ErrorKind.UNPROVEN, "AbsenceUnproven", False), (ErrorKind.CAPACITY, "CapacityUnavailable", True)],
)
def test_the_new_kinds_of_errors_have_their_reason(kind, reason, terminal):
    failure = failure_of(ProviderError(kind, Operation.GET, "x", retry_after=12.0))
    assert (failure.reason, failure.terminal, failure.retry_after) == (reason, terminal, 12.0)
