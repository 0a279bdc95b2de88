"""The decision, as a table: from what is declared and known to the one next step."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.core.builders import (
    BOUND,
    CLAIM,
    CREATED,
    DESIRED,
    DOCUMENT,
    NOW,
    PASSING,
    TERMINAL,
    observation,
    remote_ref,
    shown,
    snapshot,
)
from tests.core.test_ownership import LATER, OTHER_CLUSTER, OTHER_OBJECT, PREDECESSOR

from inference_operator.api.names import FINALIZER
from inference_operator.core import record
from inference_operator.core.adoption import CLAIMING
from inference_operator.core.decide import decide
from inference_operator.core.desired import Desired, SecretUse
from inference_operator.core.diff import Difference, Shape, Whole
from inference_operator.core.errors import Operation
from inference_operator.core.fingerprint import fingerprint
from inference_operator.core.ineffective import MAX_ATTEMPTS, effective_differences, ineffective
from inference_operator.core.observation import Absent, Present, State, Unlisted, Unread
from inference_operator.core.snapshot import Policy
from inference_operator.core.steps import (
    Bind,
    Consult,
    Create,
    Hold,
    LetGo,
    Read,
    Release,
    Remove,
    Rest,
    Step,
    Switch,
    Update,
)

INTENT = {"type": "create", "nonce": "n1", "startedAt": "2026-11-21T09:00:00Z"}
NEW: dict = {}
INTENDED = {"remoteRef": remote_ref(createdAt=None), "pendingOperation": INTENT}
ADOPTING = {"pendingOperation": {**INTENT, "type": "adopt"}}
KEY = b"k" * 32
WRITES = (Create, Update, Switch, Remove, Release)
FOREIGN = (str(OTHER_OBJECT),)
DRIFTED = shown(document={**DOCUMENT, "type": "public"})


def reason(step: Step) -> str | None:
    return step.failure.reason if isinstance(step, Rest) and step.failure else None


class TestCreating:
    """Hold, then Bind, then Create: a crash between any two leaves nothing unaccounted for (I1)."""

    @pytest.mark.parametrize("knowledge", [Unlisted(), Absent()])
    def test_first_the_finalizer_then_the_binding_then_the_post(self, knowledge):
        assert decide(snapshot(status=NEW, held=False, knowledge=knowledge)) == Hold()
        assert decide(snapshot(status=NEW, knowledge=knowledge)) == Bind(creating=True)
        done = snapshot(status=INTENDED, knowledge=knowledge, fresh_intent="n1")
        assert decide(done) == Create(DESIRED.creation())

    def test_nothing_is_created_before_the_account_was_read(self):
        assert decide(snapshot(status=NEW, held=False, knowledge=Unread())) == Read()

    @pytest.mark.parametrize("status", [NEW, INTENDED, BOUND])
    def test_the_catalogue_is_read_before_anything_is_begun(self, status):
        one = snapshot(status=status, held=False, knowledge=Absent(), offers_fresh=False)
        assert decide(one) == Consult()

    def test_an_intent_of_before_a_restart_is_settled_by_a_read_first(self):
        assert decide(snapshot(status=INTENDED, knowledge=Unlisted())) == Read()
        assert decide(snapshot(status=INTENDED, knowledge=Unlisted(), fresh_intent="n2")) == Read()
        assert decide(snapshot(status=INTENDED, knowledge=Absent())) == Create(DESIRED.creation())

    def test_an_endpoint_that_a_list_no_longer_shows_is_read_before_it_is_made_anew(self):
        assert decide(snapshot(knowledge=Present(observation(), unlisted=True))) == Read()
        assert decide(snapshot(knowledge=Unlisted())) == Read()
        assert decide(snapshot(knowledge=Absent())) == Bind(creating=True)

    def test_the_finalizer_is_put_back_before_it_is_made_anew(self):
        assert decide(snapshot(knowledge=Absent(), held=False)) == Hold()


class TestConverging:
    def test_at_rest_there_is_nothing_to_do(self):
        assert decide(snapshot()) == Rest()

    def test_what_differs_is_sent_and_only_that(self):
        step = decide(snapshot(knowledge=DRIFTED))
        assert step == Update({"type": "private"}, (Difference("/type", "private", "public"),))

    def test_ignored_drift_is_left(self):
        assert decide(snapshot(knowledge=DRIFTED, spec={"ignoreDrift": ["/type"]})) == Rest()

    def test_the_finalizer_is_put_back_where_the_binding_says_it_belongs(self):
        assert decide(snapshot(held=False)) == Hold()

    def test_ours_without_a_record_is_bound_again_and_not_created(self):
        assert decide(snapshot(status=NEW)) == Bind(creating=False)

    @pytest.mark.parametrize("markers", [(str(CLAIM),), ()])
    def test_it_is_ours_by_marker_or_by_incarnation(self, markers):
        assert isinstance(decide(snapshot(knowledge=shown(claims=markers, document={}))), Update)

    def test_a_value_that_never_comes_back_is_sent_no_more_than_twice(self):
        for attempts in range(MAX_ATTEMPTS):
            assert isinstance(decide(snapshot(knowledge=DRIFTED, attempts={"/type": attempts})), Update)
        given_up = snapshot(knowledge=DRIFTED, attempts={"/type": MAX_ATTEMPTS})
        assert MAX_ATTEMPTS == 2
        assert decide(given_up) == Rest()
        assert [one.pointer for one in ineffective(given_up)] == ["/type"]
        assert effective_differences(given_up) == ()

    def test_a_value_given_up_does_not_keep_others_from_being_sent(self):
        step = decide(snapshot(knowledge=shown(document={}), attempts={"/type": MAX_ATTEMPTS}))
        assert isinstance(step, Update)
        assert step.change == {"compute": DOCUMENT["compute"]}

    def test_changed_secret_values_are_sent_whole_with_nothing_else(self):
        document = {**DOCUMENT, "model": {"secrets": {"A": None, "B": None}}}
        uses = (SecretUse("/model/secrets/A", "s", "a"), SecretUse("/model/secrets/B", "s", "b"))
        facts = {
            "desired": Desired("sentiment", document, secrets=uses),
            "knowledge": shown(document=document),
            "shape": Shape({"/model/secrets": Whole.EXACT}),
        }
        before = fingerprint({"/model/secrets/A": "1"}, KEY)
        status = {**BOUND, "secretsFingerprint": before}
        assert decide(snapshot(status=status, fingerprint=before, **facts)) == Rest()
        rotated = fingerprint({"/model/secrets/A": "2"}, KEY)
        assert decide(snapshot(status=status, fingerprint=rotated, **facts)) == Update(
            {"model": {"secrets": {"A": None, "B": None}}}
        )


class TestPower:
    @pytest.mark.parametrize(
        ("spec", "applied", "remote", "step"),
        [
            ({"state": "paused"}, {}, State.RUNNING, Switch(Operation.PAUSE)),
            ({"state": "running"}, {"state": "paused"}, State.PAUSED, Switch(Operation.RESUME)),
            ({"state": "scaledToZero"}, {"state": "running"}, State.RUNNING, Switch(Operation.SCALE_TO_ZERO)),
            ({"state": "scaledToZero"}, {"state": "scaledToZero"}, State.RUNNING, Rest()),
            ({"state": "running"}, {"state": "running"}, State.SCALED_TO_ZERO, Rest()),
            ({}, {}, State.PAUSED, Rest()),
        ],
    )
    def test_the_switch_that_is_due(self, spec, applied, remote, step):
        status = {**BOUND, "appliedPower": applied}
        assert decide(snapshot(spec=spec, status=status, knowledge=shown(state=remote))) == step

    def test_an_edit_that_comes_with_a_pause_is_sent_after_it(self):
        spec = {"state": "paused"}
        assert decide(snapshot(spec=spec, knowledge=DRIFTED)) == Switch(Operation.PAUSE)
        paused = shown(state=State.PAUSED, document={})
        assert isinstance(decide(snapshot(spec=spec, knowledge=paused)), Update)

    def test_an_edit_that_comes_with_another_switch_is_sent_before_it(self):
        for state in ("running", "scaledToZero"):
            remote = shown(state=State.PAUSED, document={})
            assert isinstance(decide(snapshot(spec={"state": state}, knowledge=remote)), Update)

    def test_a_request_to_reconcile_asks_for_the_power_again(self):
        spec, status = {"state": "scaledToZero"}, {**BOUND, "appliedPower": {"state": "scaledToZero"}}
        asked = snapshot(spec=spec, status=status, reconcile_requested_at="now")
        assert decide(asked) == Switch(Operation.SCALE_TO_ZERO)
        answered = {**status, "lastHandledReconcileAt": "now"}
        assert decide(snapshot(spec=spec, status=answered, reconcile_requested_at="now")) == Rest()


class TestVerifying:
    """A list may be as old as a poll interval: nothing is changed on its word alone (I2)."""

    @pytest.mark.parametrize(
        "facts",
        [
            {"knowledge": DRIFTED},
            {"spec": {"state": "paused"}},
            {"deleting": True},
            {"deleting": True, "policy": {"deletion": "Orphan"}},
            {"deleting": True, "policy": {"deletion": "Pause"}},
            {"status": INTENDED, "policy": {"adoption": "Always"}, "knowledge": shown(claims=FOREIGN)},
        ],
    )
    def test_an_endpoint_is_read_before_it_is_changed(self, facts):
        assert decide(snapshot(verified=False, **facts)) == Read()
        assert isinstance(decide(snapshot(verified=True, **facts)), WRITES)

    def test_at_rest_the_list_is_enough(self):
        assert decide(snapshot(verified=False)) == Rest()


class TestBlocked:
    @pytest.mark.parametrize("failure", [TERMINAL, PASSING])
    @pytest.mark.parametrize("knowledge", [Unread(), Unlisted(), Absent(), DRIFTED])
    def test_nothing_is_done_while_the_account_or_a_secret_is_in_the_way(self, failure, knowledge):
        assert decide(snapshot(blocked=failure, knowledge=knowledge)) == Rest(failure)


class TestAdopting:
    """Whose an existing endpoint of our name is, and what the policy makes of it (I2)."""

    UNOWNED, ALIEN, PREDECESSORS = (), (str(OTHER_CLUSTER),), (str(PREDECESSOR),)

    @pytest.mark.parametrize(
        ("markers", "policy", "refusal"),
        [
            (UNOWNED, "Never", "AlreadyExists"),
            (UNOWNED, "IfUnowned", None),
            (UNOWNED, "Always", None),
            (("iop1-released",), "Never", "AlreadyExists"),
            (("iop1-released",), "IfUnowned", None),
            (FOREIGN, "Never", "OwnershipConflict"),
            (FOREIGN, "IfUnowned", "OwnershipConflict"),
            (FOREIGN, "Always", None),
            (ALIEN, "Never", "OwnershipConflict"),
            (ALIEN, "IfUnowned", "OwnershipConflict"),
            (ALIEN, "Always", None),
            (PREDECESSORS, "Never", None),
        ],
    )
    def test_the_policy_decides(self, markers, policy, refusal):
        facts = {"knowledge": shown(claims=markers, created_at=LATER), "policy": {"adoption": policy}}
        assert reason(decide(snapshot(status=NEW, held=False, **facts))) == refusal
        if refusal is None:
            careful = policy == "IfUnowned"
            unconfirmed = {"remoteRef": remote_ref(createdAt=None)} | (ADOPTING if careful else {})
            assert decide(snapshot(status=NEW, held=False, **facts)) == Hold()
            assert decide(snapshot(status=NEW, **facts)) == Bind(adopting=careful)
            assert decide(snapshot(status=unconfirmed, **facts)) == Update({}), "the marker and nothing else"

    def test_what_is_taken_over_is_read_again_before_it_is_believed(self):
        at_once = snapshot(status={**BOUND, **ADOPTING}, verified=False)
        assert decide(at_once) == Rest(CLAIMING, after=6.0)
        later = replace(at_once, now=NOW + timedelta(seconds=7))
        assert decide(later) == Read()
        read = replace(later, verified=True)
        assert record.seen(read, observation()).pending_operation is None

    def test_what_vanished_while_it_was_taken_over_is_created_like_any_other(self):
        taken = {**BOUND, **ADOPTING, "adoptedGeneration": 3}
        one = snapshot(status=taken, knowledge=Absent())
        assert decide(one) == Bind(creating=True)
        bound = record.bound(one, Bind(creating=True), nonce="n2")
        assert (bound.pending_operation.type, bound.adopted_generation) == ("create", None)

    def test_an_edit_made_while_it_is_taken_over_is_the_next_change_of_the_spec(self):
        bound = record.bound(snapshot(status=NEW), Bind(adopting=True), nonce="n1")
        assert bound.adopted_generation == 3
        one = snapshot(status=bound.to_json())
        assert one.waiting
        assert not replace(one, subject=replace(one.subject, generation=4)).waiting

    def test_the_time_to_wait_counts_from_the_first_sight_of_the_marker(self):
        one = snapshot(status={"remoteRef": remote_ref(createdAt=None), **ADOPTING}, now=NOW + timedelta(seconds=60))
        seen = record.seen(one, observation())
        assert seen.remote_ref.created_at == CREATED
        assert decide(replace(one, subject=replace(one.subject, status=seen))) == Rest(CLAIMING, after=6.0)

    @pytest.mark.parametrize("spec", [{}, {"state": "paused"}])
    def test_what_differs_waits_for_the_next_change_of_the_spec(self, spec):
        adopted = {**BOUND, "adoptedGeneration": 3}
        facts = {"spec": spec, "status": adopted, "knowledge": DRIFTED}
        assert decide(snapshot(**facts)) == Rest()
        one = snapshot(**facts)
        edited = replace(one, subject=replace(one.subject, generation=4))
        assert isinstance(decide(edited), Update | Switch)

    def test_what_was_ours_and_was_taken_over_is_not_taken_back(self):
        lost = shown(claims=FOREIGN)
        for policy in ("Never", "IfUnowned", "Always"):
            assert reason(decide(snapshot(knowledge=lost, policy={"adoption": policy}))) == "OwnershipConflict"

    def test_a_twin_with_the_same_cluster_id_is_not_fought(self):
        twins = snapshot(knowledge=shown(claims=self.PREDECESSORS))
        assert "same --cluster-id" in decide(twins).failure.message

    def test_a_status_from_a_backup_takes_its_endpoint_back(self):
        restored = {**BOUND, "remoteRef": remote_ref(uid="another")}
        assert decide(snapshot(status=restored, knowledge=shown(claims=self.PREDECESSORS))) == Update({})

    def test_a_create_whose_answer_was_lost_is_spoken_of(self):
        step = decide(snapshot(status=INTENDED, knowledge=shown(claims=())))
        assert reason(step) == "AlreadyExists"
        assert "whose answer was lost" in step.failure.message

    @pytest.mark.parametrize("markers", [(), FOREIGN])
    def test_another_incarnation_of_a_name_that_was_ours_is_not_ours(self, markers):
        taken = shown(claims=markers, created_at=LATER, document={})
        assert reason(decide(snapshot(knowledge=taken))) in {"AlreadyExists", "OwnershipConflict"}

    def test_a_refusal_says_who_made_it_and_what_to_do(self):
        step = decide(snapshot(status=NEW, knowledge=shown(claims=FOREIGN)))
        assert "another resource of this cluster" in step.failure.message
        step = decide(snapshot(status=NEW, knowledge=shown(claims=self.ALIEN)))
        assert "another cluster" in step.failure.message
        assert "adoptionPolicy" in step.failure.message
        assert step.failure.terminal


class TestObserving:
    @pytest.mark.parametrize(
        ("knowledge", "held", "step"),
        [
            (Present(observation()), True, LetGo()),
            (DRIFTED, False, Rest()),
            (shown(claims=FOREIGN), False, Rest()),
            (Unread(), False, Read()),
            (Unlisted(), False, Read()),
        ],
    )
    def test_it_looks_and_holds_nothing(self, knowledge, held, step):
        facts = {"policy": {"mode": "Observe"}, "spec": {"state": "paused"}}
        assert decide(snapshot(knowledge=knowledge, held=held, **facts)) == step

    def test_it_creates_nothing(self):
        assert reason(decide(snapshot(knowledge=Absent(), held=False, policy={"mode": "Observe"}))) == "RemoteNotFound"


class TestDeleting:
    def deleting(self, **facts):
        return decide(snapshot(deleting=True, **facts))

    @pytest.mark.parametrize("knowledge", [Unread(), Unlisted(), Absent(), shown()])
    def test_what_was_never_bound_is_let_go_at_once(self, knowledge):
        for blocked in (None, TERMINAL):
            assert self.deleting(status=NEW, knowledge=knowledge, blocked=blocked) == LetGo()

    def test_without_our_finalizer_there_is_nothing_to_do(self):
        assert self.deleting(held=False) == Rest()

    @pytest.mark.parametrize(
        ("policy", "state", "step"),
        [
            ("Delete", State.RUNNING, Remove()),
            ("Delete", State.FAILED, Remove()),
            ("Orphan", State.RUNNING, Release()),
            ("Pause", State.RUNNING, Switch(Operation.PAUSE)),
            ("Pause", State.PAUSED, Release()),
            ("ScaleToZero", State.RUNNING, Switch(Operation.SCALE_TO_ZERO)),
            ("ScaleToZero", State.SCALED_TO_ZERO, Release()),
            ("ScaleToZero", State.PAUSED, Release()),
        ],
    )
    def test_the_policy_decides_what_becomes_of_it(self, policy, state, step):
        assert self.deleting(policy={"deletion": policy}, knowledge=shown(state=state)) == step

    @pytest.mark.parametrize("knowledge", [Unread(), Unlisted(), Present(observation(), unlisted=True)])
    def test_only_a_read_says_that_it_is_gone(self, knowledge):
        assert self.deleting(knowledge=knowledge) == Read()
        assert self.deleting(knowledge=Absent()) == LetGo()

    @pytest.mark.parametrize("markers", [(), FOREIGN, (str(OTHER_CLUSTER),)])
    def test_what_is_not_ours_is_left_as_it_is(self, markers):
        foreign = shown(claims=markers, created_at=LATER)
        assert self.deleting(knowledge=foreign) == LetGo()

    def test_ours_that_lost_its_marker_is_removed(self):
        assert self.deleting(knowledge=shown(claims=())) == Remove()

    def test_other_finalizers_come_first_and_are_named(self):
        step = self.deleting(finalizers=("backup.example.com/b", FINALIZER, "a.example.com/a"))
        assert reason(step) == "DeletionBlocked"
        assert "a.example.com/a, backup.example.com/b" in step.failure.message

    def test_protection_holds_even_when_the_object_is_deleted_all_the_same(self):
        step = self.deleting(policy={"deletion_protection": True})
        assert reason(step) == "DeletionProtected"
        assert step.failure.terminal

    def test_in_mode_observe_the_remote_side_is_left(self):
        for policy in ("Delete", "Orphan", "Pause", "ScaleToZero"):
            assert self.deleting(policy={"mode": "Observe", "deletion": policy}) == LetGo()

    def test_a_blocked_deletion_says_why(self):
        assert self.deleting(blocked=TERMINAL) == Rest(TERMINAL)


states = st.sampled_from(list(State))
markers = st.sampled_from([(), (str(CLAIM),), FOREIGN, (str(OTHER_CLUSTER),), (str(PREDECESSOR),), ("iop1-released",)])
observations = st.builds(
    lambda state, claims, created, document: observation(
        state=state, claims=claims, created_at=created, document=document
    ),
    states,
    markers,
    st.sampled_from([CREATED, LATER]),
    st.sampled_from([DOCUMENT, {}]),
)
knowledge = (
    st.sampled_from([Unread(), Unlisted(), Absent()])
    | st.builds(Present, observations)
    | st.builds(Present, observations, st.just(value=True))
)
policies = st.builds(
    Policy,
    mode=st.sampled_from(["Manage", "Observe"]),
    adoption=st.sampled_from(["Never", "IfUnowned", "Always"]),
    deletion=st.sampled_from(["Delete", "Orphan", "Pause", "ScaleToZero"]),
    deletion_protection=st.booleans(),
)
snapshots = st.builds(
    lambda policy, **facts: replace(snapshot(**facts), policy=policy),
    policies,
    spec=st.sampled_from([{}, {"state": "running"}, {"state": "paused"}, {"state": "scaledToZero"}, {"replicas": 2}]),
    status=st.sampled_from([NEW, BOUND, INTENDED]),
    deleting=st.booleans(),
    finalizers=st.sampled_from([(), (FINALIZER,), ("other/one", FINALIZER)]),
    knowledge=knowledge,
    blocked=st.sampled_from([None, TERMINAL, PASSING]),
    fresh_intent=st.sampled_from([None, "n1"]),
    verified=st.booleans(),
    offers_fresh=st.booleans(),
    desired=st.sampled_from([DESIRED, None]),
)


def known_as_ours(one) -> bool:
    seen = one.knowledge.observation
    recorded = one.subject.status.remote_ref and one.subject.status.remote_ref.created_at
    return (
        str(CLAIM) in seen.claims
        or (seen.created_at == recorded and not any(text.count("-") > 1 for text in seen.claims))
        # What the object of this name had before it was made anew.
        or (one.subject.deleting and str(PREDECESSOR) in seen.claims and FOREIGN[0] not in seen.claims)
    )


@given(snapshots)
def test_whatever_is_known_no_step_is_unsafe(one):
    step = decide(one)
    if one.policy.observes_only:
        assert not isinstance(step, (*WRITES, Hold, Bind)), "Observe writes nothing"
    if isinstance(step, WRITES):
        assert FINALIZER in one.subject.finalizers, "no remote write without the finalizer"
        assert one.subject.status.remote_ref is not None, "no remote write without the binding"
        assert one.blocked is None
    if isinstance(step, Create):
        assert isinstance(one.knowledge, Unlisted | Absent)
        assert one.subject.status.pending_operation is not None
        assert not one.subject.deleting
    if isinstance(step, Remove | Release):
        assert one.subject.deleting
        assert known_as_ours(one)
        assert not one.policy.deletion_protection
        assert one.subject.finalizers == (FINALIZER,)
    if isinstance(step, Switch) or (isinstance(step, Update) and step.change):
        assert known_as_ours(one)
    if isinstance(step, Update | Switch | Remove | Release):
        assert one.verified, "no change of what was not read in this very look"
    if isinstance(step, Remove):
        assert one.policy.deletion == "Delete"


@given(snapshots)
def test_the_same_facts_lead_to_the_same_step(one):
    assert decide(one) == decide(one)
