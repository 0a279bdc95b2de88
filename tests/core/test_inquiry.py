"""What is asked of an endpoint itself, when, and what is said of the answer."""

from dataclasses import replace

import pytest
from tests.core.builders import BOUND, NOW, observation, shown, snapshot
from tests.core.test_status import after, conditions

from inference_operator.core import record
from inference_operator.core.cadence import PROBES, PROBES_AT_MOST, probe_after
from inference_operator.core.decide import decide
from inference_operator.core.observation import Health, Present, State
from inference_operator.core.status import compose
from inference_operator.core.steps import Probe, Read, ReadLog, Rest

PROBED = {"readiness": {"probe": True}}
UP, DOWN = Health(True, "it answered 200"), Health(False, "it answered 503")
FAILED = {"state": State.FAILED, "ready_replica": 0, "updated_at": "2026-11-21T08:30:00Z"}


def answered(one):
    """The same snapshot once the version in sight answered."""
    status = record.answered(one, one.knowledge.observation)
    return replace(one, health=UP, subject=replace(one.subject, status=status))


def later(one):
    """The next look, by what is stored."""
    return replace(after(one, compose(one, None)), health=None, log=None)


class TestTheHealthRoute:
    def test_asked_when_a_version_runs_that_has_not_answered_yet(self):
        assert decide(snapshot(spec=PROBED)) == Probe()

    @pytest.mark.parametrize("spec", [{}, {"readiness": {}}, {"readiness": {"probe": False}}])
    def test_not_asked_where_the_spec_does_not_want_it(self, spec):
        assert decide(snapshot(spec=spec)) == Rest()

    @pytest.mark.parametrize("state", [one for one in State if one is not State.RUNNING])
    def test_not_asked_in_any_other_state(self, state):
        assert not isinstance(decide(snapshot(spec=PROBED, knowledge=shown(state=state))), Probe)

    def test_not_asked_without_a_ready_replica(self):
        assert decide(snapshot(spec=PROBED, knowledge=shown(ready_replica=0))) == Rest()

    def test_not_asked_by_an_old_list_for_it_may_have_gone_to_sleep_since(self):
        assert decide(snapshot(spec=PROBED, verified=False)) == Read()

    def test_asked_under_observe_too_for_it_writes_nothing(self):
        assert decide(snapshot(spec=PROBED, held=False, policy={"mode": "Observe"})) == Probe()

    def test_asked_once_a_look(self):
        assert decide(snapshot(spec=PROBED, health=DOWN)) == Rest()

    def test_never_asked_again_at_rest(self):
        at_rest = later(answered(snapshot(spec=PROBED)))
        assert decide(at_rest) == Rest()
        assert conditions(compose(at_rest, None))["Available"]["status"] == "True"

    def test_not_asked_again_after_sleep(self):
        one = later(answered(snapshot(spec=PROBED)))
        asleep = later(replace(one, knowledge=shown(state=State.SCALED_TO_ZERO, ready_replica=0)))
        assert decide(replace(asleep, knowledge=shown())) == Rest()

    @pytest.mark.parametrize(
        "change", [{"created_at": "2026-11-21T08:59:00.000Z"}, {"document": {"type": "public"}}], ids=["made", "edited"]
    )
    def test_asked_again_of_another_version(self, change):
        one = later(answered(snapshot(spec=PROBED, desired=None)))
        assert isinstance(decide(replace(one, knowledge=shown(**change))), Probe)

    def test_asked_again_once_other_secret_values_were_sent(self):
        one = later(answered(snapshot(spec=PROBED)))
        status = one.subject.status.model_copy(update={"secrets_fingerprint": "k-2"})
        assert decide(replace(one, subject=replace(one.subject, status=status))) == Probe()

    def test_available_and_ready_wait_for_the_answer(self):
        found = conditions(compose(snapshot(spec=PROBED, health=DOWN), None))
        assert (found["Ready"]["status"], found["Ready"]["reason"]) == ("False", "Provisioning")
        assert (found["Available"]["status"], found["Available"]["reason"]) == ("False", "HealthRouteSilent")
        assert "it answered 503" in found["Ready"]["message"]
        assert found["Reconciling"]["status"] == "True"
        assert found["Synced"]["status"] == "True"

    def test_both_are_true_with_the_answer(self):
        found = conditions(compose(answered(snapshot(spec=PROBED)), None))
        assert (found["Ready"]["status"], found["Available"]["status"]) == ("True", "True")

    def test_the_old_version_is_available_while_the_new_one_rolls_out(self):
        one = later(answered(snapshot(spec=PROBED)))
        rolling = replace(one, knowledge=shown(state=State.UPDATING, document={"type": "public"}), desired=None)
        assert conditions(compose(rolling, None))["Available"]["status"] == "True"

    def test_asked_less_and_less_often_and_not_for_ever(self):
        delays = [probe_after(silences) for silences in range(1, PROBES_AT_MOST + 1)]
        assert (delays[0], delays[PROBES - 2], delays[PROBES - 1]) == (2.0, 60.0, 600.0)
        assert delays[:-1] == sorted(delays[:-1])
        assert delays[-1] is None

    def test_after_many_questions_somebody_should_look_at_it(self):
        found = conditions(compose(snapshot(spec=PROBED, health=DOWN, silences=PROBES), None))
        assert (found["Ready"]["reason"], found["Stalled"]["status"]) == ("HealthRouteSilent", "True")


class TestTheLog:
    def test_read_when_a_failure_is_first_seen(self):
        assert decide(snapshot(knowledge=shown(**FAILED))) == ReadLog()

    def test_its_lines_are_on_the_status(self):
        one = snapshot(knowledge=shown(**FAILED), log=("CUDA out of memory",))
        assert compose(one, None)["lastLogLines"] == ["CUDA out of memory"]

    def test_not_read_again_for_the_same_failure_and_the_lines_stay(self):
        one = later(snapshot(knowledge=shown(**FAILED), log=("CUDA out of memory",)))
        assert decide(one) == Rest()
        assert compose(one, None)["lastLogLines"] == ["CUDA out of memory"]

    def test_read_again_for_another_failure_and_the_old_lines_go(self):
        one = later(snapshot(knowledge=shown(**FAILED), log=("CUDA out of memory",)))
        again = replace(one, knowledge=shown(**FAILED | {"updated_at": "2026-11-21T08:50:00Z"}))
        assert decide(again) == ReadLog()
        assert "lastLogLines" not in compose(replace(again, log=()), None)

    def test_read_when_an_update_failed(self):
        assert decide(snapshot(knowledge=shown(**FAILED | {"state": State.UPDATE_FAILED}))) == ReadLog()

    def test_gone_with_the_failure(self):
        one = later(snapshot(knowledge=shown(**FAILED), log=("CUDA out of memory",)))
        assert "lastLogLines" not in compose(replace(one, knowledge=shown()), None)

    def test_once_a_look_whatever_came_of_it(self):
        assert decide(snapshot(knowledge=shown(**FAILED), log=())) == Rest()

    @pytest.mark.parametrize("state", [State.RUNNING, State.PAUSED, State.INITIALIZING])
    def test_never_read_of_one_that_did_not_fail(self, state):
        assert decide(snapshot(knowledge=shown(state=state))) == Rest()


def test_nothing_is_asked_of_what_is_being_deleted():
    one = snapshot(spec=PROBED, deleting=True, knowledge=Present(observation(**FAILED)), status=BOUND, now=NOW)
    assert not isinstance(decide(one), ReadLog | Probe)
