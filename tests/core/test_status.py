"""The status: the table of conditions row by row, and what holds of every status that is composed."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft4Validator
from tests.api.schemas import committed
from tests.core.builders import BOUND, DOCUMENT, NOW, PASSING, TERMINAL, UID, observation, shown, snapshot
from tests.core.test_decide import DRIFTED, NEW, snapshots

from inference_operator.api.status import EndpointStatus
from inference_operator.core import record
from inference_operator.core.failures import Failure
from inference_operator.core.observation import Absent, Actor, Present, State, Unlisted, Unread
from inference_operator.core.ownership import Claim
from inference_operator.core.status import compose
from inference_operator.core.steps import Bind

VALIDATOR = Draft4Validator(
    committed()["inference-operator.dev_inferenceendpoints.yaml"]["spec"]["versions"][0]["schema"]["openAPIV3Schema"][
        "properties"
    ]["status"],
    format_checker=Draft4Validator.FORMAT_CHECKER,
)
LATER = NOW + timedelta(minutes=5)
ELSEWHERE = Claim.of(cluster_id="cluster-b", namespace="team-a", name="sentiment", uid=UID)
PROGRESS = {"Reconciling", "Stalled"}


def conditions(status):
    return {one["type"]: one for one in status["conditions"]}


def said(one, failure=None):
    """Condition type -> (status, reason)."""
    return {kind: (it["status"], it["reason"]) for kind, it in conditions(compose(one, failure)).items()}


def after(one, status):
    """The same snapshot when `status` is what is stored."""
    return replace(one, subject=replace(one.subject, status=EndpointStatus.from_json(status)))


def asked(state):
    """Bound, with this state asked for and done."""
    return {
        "spec": {"state": state} if state else {},
        "status": {**BOUND, "appliedPower": {"state": state} if state else {}},
    }


class TestTheTable:
    @pytest.mark.parametrize("state", [None, "running"])
    def test_running_and_serving(self, state):
        found = said(snapshot(**asked(state)))
        assert found["Ready"] == ("True", "Running")
        assert found["Available"][0] == "True"
        assert found["Synced"][0] == "True"
        assert set(found) == {"Ready", "Available", "Synced"}

    @pytest.mark.parametrize("facts", [{"ready_replica": 0}, {"url": None}])
    def test_running_and_not_serving_yet(self, facts):
        found = said(snapshot(knowledge=shown(**facts)))
        assert found["Ready"][0] == "False"
        assert found["Available"][0] == "False"
        assert "Reconciling" in found

    @pytest.mark.parametrize("state", [None, "running", "scaledToZero"])
    def test_scaled_to_zero(self, state):
        found = said(snapshot(knowledge=shown(state=State.SCALED_TO_ZERO, ready_replica=0), **asked(state)))
        assert found["Ready"] == ("True", "ScaledToZero")
        assert found["Available"][0] == "False"
        assert not PROGRESS & set(found)

    @pytest.mark.parametrize("facts", [asked(None), asked("paused"), {"spec": {"replicas": 2}, "status": BOUND}])
    def test_paused_and_state_is_paused_or_absent(self, facts):
        if "replicas" in facts["spec"]:
            facts = {**facts, "status": {**BOUND, "appliedPower": {"replicas": 2}}}
        found = said(snapshot(knowledge=shown(state=State.PAUSED, ready_replica=0), **facts))
        assert found["Ready"] == ("True", "Paused")
        assert found["Available"][0] == "False"
        assert not PROGRESS & set(found)

    def test_paused_and_state_is_running(self):
        found = said(snapshot(knowledge=shown(state=State.PAUSED, ready_replica=0), **asked("running")))
        assert found["Ready"] == ("False", "Paused")
        assert found["Available"][0] == "False"
        assert "Reconciling" in found

    @pytest.mark.parametrize(
        ("state", "reason"),
        [(State.PENDING, "Provisioning"), (State.INITIALIZING, "Provisioning"), (State.UPDATING, "Updating")],
    )
    @pytest.mark.parametrize(("replicas", "serves"), [(0, "False"), (1, "True")])
    def test_on_its_way(self, state, reason, replicas, serves):
        found = said(snapshot(knowledge=shown(state=state, ready_replica=replicas)))
        assert found["Ready"] == ("False", reason)
        assert found["Available"][0] == serves
        assert "Reconciling" in found
        assert "Stalled" not in found

    @pytest.mark.parametrize(
        ("state", "reason"), [(State.FAILED, "ProvisioningFailed"), (State.UPDATE_FAILED, "UpdateFailed")]
    )
    @pytest.mark.parametrize(("replicas", "serves"), [(0, "False"), (1, "True")])
    def test_failed(self, state, reason, replicas, serves):
        one = snapshot(knowledge=shown(state=state, ready_replica=replicas, error_message="exit code 1"))
        found = said(one)
        assert found["Ready"] == ("False", reason)
        assert found["Available"][0] == serves
        assert "Stalled" in found
        assert "Reconciling" not in found
        assert "exit code 1" in conditions(compose(one, None))["Ready"]["message"]

    @pytest.mark.parametrize("reason", ["Rejected", "OwnershipConflict", "CredentialsInvalid", "AlreadyExists"])
    @pytest.mark.parametrize(("replicas", "serves"), [(0, "False"), (1, "True")])
    def test_refused_with_the_endpoint_in_sight(self, reason, replicas, serves):
        failure = Failure(reason, "Do this.", terminal=True)
        one = snapshot(knowledge=shown(ready_replica=replicas))
        found = said(one, failure)
        assert found["Ready"] == ("False", reason)
        assert found["Stalled"] == ("True", reason)
        assert found["Synced"][0] == "False"
        assert found["Available"][0] == serves
        assert conditions(compose(one, failure))["Ready"]["message"] == "Do this."

    @pytest.mark.parametrize(
        ("knowledge", "costs"),
        [
            (Absent(), False),
            (shown(claims=(str(ELSEWHERE),)), False),
            (Unread(), True),
            (Unlisted(), True),
            (shown(), True),
        ],
        ids=["gone", "taken from us", "not read", "not listed", "in sight"],
    )
    def test_what_is_gone_costs_nothing(self, knowledge, costs):
        paid = {"currency": "USD", "hourlyNow": "0.80", "hourlyMin": "0", "hourlyMax": "1.60"}
        one = snapshot(status={**BOUND, "state": "running", "cost": paid}, knowledge=knowledge)
        assert compose(one, TERMINAL).get("cost") == (paid if costs else None)

    @pytest.mark.parametrize("claims", [(), (str(ELSEWHERE),)], ids=["nobody's", "another's"])
    def test_what_a_stranger_of_the_name_answers_is_not_said_of_this_one(self, claims):
        stranger = shown(claims=claims, created_at="2026-11-20T08:00:00.000Z")
        refused = Failure("AlreadyExists", "Choose another name.", terminal=True)
        one = snapshot(status=NEW, held=False, knowledge=stranger)
        assert said(one, refused)["Available"] == ("False", "NotServing")
        observed = replace(one, policy=replace(one.policy, mode="Observe"))
        assert said(observed)["Available"] == ("True", "Serving")

    def test_what_was_ours_and_was_taken_from_us_is_shown_as_it_is(self):
        one = snapshot(knowledge=shown(claims=(str(ELSEWHERE),)))
        assert said(one, TERMINAL)["Available"] == ("True", "Serving")

    @pytest.mark.parametrize("blocked", [None, TERMINAL])
    @pytest.mark.parametrize("knowledge", [Unread(), Unlisted()])
    @pytest.mark.parametrize(("replicas", "serves"), [(0, "False"), (1, "True")])
    def test_refused_with_the_endpoint_out_of_sight_shows_what_was_last_seen(
        self, blocked, knowledge, replicas, serves
    ):
        seen = compose(snapshot(knowledge=shown(ready_replica=replicas)), None)
        one = after(snapshot(knowledge=knowledge, blocked=blocked), seen)
        now = compose(one, TERMINAL)
        assert (now["state"], now["url"], now["ready"]) == (seen["state"], seen["url"], seen["ready"])
        assert said(one, TERMINAL)["Ready"] == ("False", TERMINAL.reason)
        assert said(one, TERMINAL)["Available"][0] == serves

    def test_what_passes_is_reconciling(self):
        found = said(snapshot(), PASSING)
        assert found["Ready"] == ("False", PASSING.reason)
        assert "Reconciling" in found
        assert "Stalled" not in found

    def test_not_readable_for_too_long(self):
        seen = compose(snapshot(), None)
        one = after(snapshot(stale=True), seen)
        found = said(one, PASSING)
        assert found["Ready"] == ("Unknown", "ObservationStale")
        assert found["Available"] == ("Unknown", "ObservationStale")
        assert found["Synced"][0] == "Unknown"
        assert compose(one, PASSING)["url"] == seen["url"], "what was last seen stays"

    def test_not_readable_for_want_of_credentials(self):
        found = said(snapshot(stale=True), TERMINAL)
        assert found["Ready"] == ("False", TERMINAL.reason)
        assert found["Available"] == ("Unknown", "ObservationStale")
        assert "Stalled" in found

    def test_something_is_said_at_first_sight(self):
        found = said(snapshot(status=NEW, knowledge=Unlisted()))
        assert found["Ready"][0] == "False"
        assert "Reconciling" in found

    def test_an_unknown_state_is_no_failure(self):
        found = said(snapshot(knowledge=shown(state=State.UNKNOWN)))
        assert found["Ready"][0] == "False"
        assert "Stalled" not in found

    @pytest.mark.parametrize("failure", [None, TERMINAL, PASSING])
    def test_deleting_is_never_ready(self, failure):
        found = said(snapshot(deleting=True), failure)
        assert found["Ready"][0] == "False"
        assert len(PROGRESS & set(found)) == 1


class TestDrift:
    def test_what_differs_is_named_and_not_synced(self):
        one = snapshot(knowledge=DRIFTED)
        assert said(one)["Synced"] == ("False", "DriftDetected")
        assert "/type" in conditions(compose(one, None))["Synced"]["message"]
        assert "Drifted" not in said(one), "it is being mended"

    def test_in_mode_observe_it_is_shown_and_stays(self):
        assert said(snapshot(knowledge=DRIFTED, policy={"mode": "Observe"}, held=False))["Drifted"][0] == "True"
        assert "Drifted" not in said(snapshot(policy={"mode": "Observe"}, held=False))

    def test_ignored_drift_is_none(self):
        assert said(snapshot(knowledge=DRIFTED, spec={"ignoreDrift": ["/type"]}))["Synced"][0] == "True"

    def test_what_the_provider_does_not_apply_is_said(self):
        one = snapshot(knowledge=DRIFTED, attempts={"/type": 2})
        assert said(one)["IneffectiveFields"] == ("True", "FieldIneffective")
        assert "/type" in conditions(compose(one, None))["IneffectiveFields"]["message"]
        assert said(one)["Synced"][0] == "False"
        assert "IneffectiveFields" not in said(snapshot(knowledge=DRIFTED, attempts={"/type": 1}))


class TestFields:
    def test_what_is_seen_is_shown(self):
        facts = {
            "ready_replica": 1,
            "target_replica": 2,
            "message": "Endpoint is ready",
            "updated_at": "2026-11-21T08:59:00.123456789Z",
            "created_by": Actor("1", "alice"),
            "private_service": "vpce-1",
            "effective": {"revision": "abc", "engine": "vLLM"},
        }
        status = compose(snapshot(knowledge=shown(**facts)), None)
        expected = {
            "state": "running",
            "url": "https://sentiment.test",
            "readyReplica": 1,
            "targetReplica": 2,
            "ready": "1/2",
            "replicas": 2,
            "hardware": "cpu intel-spr x1",
            "account": "InferenceAccount/hf",
            "message": "Endpoint is ready",
            "updatedAt": "2026-11-21T08:59:00.123456789Z",
            "createdBy": {"id": "1", "name": "alice"},
            "private": {"serviceName": "vpce-1"},
            "effective": {"revision": "abc", "engine": "vLLM"},
            "observedGeneration": 3,
        }
        assert {key: status[key] for key in expected} == expected
        assert "errorMessage" not in status

    def test_what_was_said_before_does_not_survive_the_observation(self):
        failed = compose(snapshot(knowledge=shown(state=State.FAILED, error_message="exit code 1")), None)
        assert "errorMessage" not in compose(after(snapshot(), failed), None)

    def test_of_an_endpoint_that_is_gone_nothing_is_shown(self):
        gone = compose(after(snapshot(knowledge=Absent()), compose(snapshot(), None)), None)
        assert not {"state", "url", "ready", "readyReplica"} & set(gone)
        assert gone["remoteRef"] == BOUND["remoteRef"]

    @pytest.mark.parametrize("text", ["2026-11-21T09:00:00Z", "x" * 300, "x" * 5000, ""])
    def test_a_reconcile_request_is_answered_whatever_it_says(self, text):
        one = snapshot(reconcile_requested_at=text)
        assert one.subject.reconcile_requested
        assert not after(one, compose(one, None)).subject.reconcile_requested
        assert not after(one, compose(one, TERMINAL)).subject.reconcile_requested
        assert after(one, compose(one, PASSING)).subject.reconcile_requested, "not before it was done"
        assert after(one, compose(one, None, answered=False)).subject.reconcile_requested, "nor in the middle of it"


class TestTransitionTimes:
    def test_a_time_moves_when_the_status_flips_and_only_then(self):
        first = compose(snapshot(knowledge=shown(state=State.PENDING)), None)
        second = compose(replace(after(snapshot(knowledge=shown(state=State.UPDATING)), first), now=LATER), None)
        third = compose(replace(after(snapshot(), second), now=LATER), None)
        when = [conditions(one)["Ready"]["lastTransitionTime"] for one in (first, second, third)]
        assert conditions(second)["Ready"]["reason"] != conditions(first)["Ready"]["reason"]
        assert when == ["2026-11-21T09:00:00Z", "2026-11-21T09:00:00Z", "2026-11-21T09:05:00Z"]

    def test_the_generation_is_on_each_condition(self):
        assert {one["observedGeneration"] for one in compose(snapshot(), None)["conditions"]} == {3}


failures = st.sampled_from([None, TERMINAL, PASSING])
LAW = settings(suppress_health_check=[HealthCheck.too_slow])


@LAW
@given(snapshots, failures, st.booleans())
def test_every_status_is_what_the_schema_admits(one, failure, stale):
    VALIDATOR.validate(compose(replace(one, stale=stale), failure))


@LAW
@given(snapshots, failures, st.booleans())
def test_composing_again_later_changes_nothing(one, failure, stale):
    one = replace(one, stale=stale)
    status = compose(one, failure)
    assert compose(replace(after(one, status), now=LATER), failure) == status


@LAW
@given(snapshots, failures, st.booleans())
def test_what_is_recorded_survives_and_what_is_said_is_consistent(one, failure, stale):
    status = compose(replace(one, stale=stale), failure)
    recorded = one.subject.status.to_json()
    for key in ("remoteRef", "pendingOperation", "appliedPower", "secretsFingerprint"):
        assert status.get(key) == recorded.get(key)
    found = {kind: it["status"] for kind, it in conditions(status).items()}
    assert set(found) >= {"Ready", "Available", "Synced"}
    assert not set(found) >= PROGRESS
    optional = {"Reconciling", "Stalled", "Drifted", "IneffectiveFields"}
    assert all(found[kind] == "True" for kind in set(found) & optional), "shown only while True"
    if found["Ready"] == "True":
        assert failure is None
        assert not stale
        assert not PROGRESS & set(found)
        assert isinstance(one.knowledge, Present)


class TestRecording:
    """What must survive a restart: the binding, the intent, and what was last asked for and done."""

    def test_before_a_create_the_binding_and_the_intent_are_recorded(self):
        status = record.bound(snapshot(status=NEW, knowledge=Absent()), Bind(creating=True), nonce="n1")
        assert status.remote_ref.to_json() == {
            key: value for key, value in BOUND["remoteRef"].items() if key != "createdAt"
        }
        assert (status.pending_operation.type, status.pending_operation.nonce) == ("create", "n1")

    def test_an_endpoint_that_exists_is_bound_without_an_intent(self):
        status = record.bound(snapshot(status=NEW, fingerprint="k-1"), Bind(), nonce="n1")
        assert status.pending_operation is None
        assert status.secrets_fingerprint == "k-1"

    def test_a_new_incarnation_is_not_taken_for_the_old_one(self):
        status = record.bound(snapshot(knowledge=Absent()), Bind(creating=True), nonce="n1")
        assert status.remote_ref.created_at is None

    def test_what_was_intended_has_happened_once_it_is_seen(self):
        intended = record.bound(snapshot(status=NEW, knowledge=Absent()), Bind(creating=True), nonce="n1")
        one = snapshot(status=intended.to_json())
        status = record.seen(one, observation())
        assert status.pending_operation is None
        assert status.remote_ref.created_at == observation().created_at

    def test_after_a_refusal_nothing_binds(self):
        intended = record.bound(snapshot(status=NEW, knowledge=Absent()), Bind(creating=True), nonce="n1")
        status = record.unbound(snapshot(status=intended.to_json(), knowledge=Absent()))
        assert (status.remote_ref, status.pending_operation) == (None, None)

    @pytest.mark.parametrize("spec", [{}, {"state": "paused"}, {"replicas": 0}, {"state": "running", "replicas": 2}])
    def test_the_power_that_was_asked_for_is_recorded_when_it_is_done(self, spec):
        status = record.settled(snapshot(spec=spec, status={"remoteRef": BOUND["remoteRef"]}))
        assert status.applied_power.to_json() == {
            key: value for key, value in spec.items() if key in ("state", "replicas")
        }

    def test_secrets_that_went_leave_their_fingerprint(self):
        assert record.settled(snapshot(status={**BOUND, "secretsFingerprint": "k-1"})).secrets_fingerprint == "k-1"

    def test_the_commit_of_a_revision_is_remembered_with_the_revision_that_it_came_from(self):
        desired = replace(snapshot().desired, revision="main", document={**DOCUMENT, "model": {"revision": "main"}})
        one = snapshot(desired=desired, knowledge=shown(effective={"revision": "abc"}))
        assert record.sent(one, {"type": "public"}, at=one.now).effective is None
        status = record.sent(one, {"model": {"revision": "main"}}, at=one.now)
        assert (status.effective.revision, status.effective.revision_from) == ("abc", "main")
        moved = after(replace(one, knowledge=shown(effective={"revision": "def"})), status.to_json())
        assert compose(moved, None)["effective"]["revision"] == "abc", "what is shown otherwise is drift"
