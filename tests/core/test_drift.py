"""Drift: told field by field, put right, and not without end."""

from dataclasses import replace
from datetime import timedelta

import pytest
from tests.core.builders import BOUND, DOCUMENT, NOW, observation, shown, snapshot
from tests.core.test_status import after, conditions

from inference_operator.core import drift, record
from inference_operator.core.decide import decide
from inference_operator.core.observation import Actor, Present, State
from inference_operator.core.status import compose
from inference_operator.core.steps import Rest, Switch, Update

PUBLIC = {**DOCUMENT, "type": "public"}
CHANGED = Present(observation(document=PUBLIC, updated_by=Actor("1", "alice")))


def settled(**facts):
    """An endpoint that was as declared when it was looked at last."""
    one = snapshot(**facts)
    return after(replace(one, knowledge=shown()), compose(replace(one, knowledge=shown()), None))


def changed(one, knowledge=CHANGED):
    return replace(one, knowledge=knowledge)


def fought(one, times, minutes=10):
    """The same when the field was put right so often, and changed again each time."""
    for _ in range(times):
        fields = [each.pointer for each in one.differences] or [drift.POWER]
        one = replace(one, subject=replace(one.subject, status=record.put_right(one, fields)))
        one = replace(one, now=one.now + timedelta(minutes=minutes))
    return one


class TestWhatIsDrift:
    def test_a_difference_from_what_was_as_declared(self):
        assert drift.drifted(changed(settled()).subject)

    def test_not_what_an_edit_makes(self):
        one = settled()
        edited = replace(one, subject=replace(one.subject, generation=4))
        assert not drift.drifted(edited.subject)

    def test_not_what_never_was_as_declared(self):
        assert not drift.drifted(snapshot(status={**BOUND, "observedGeneration": 3}).subject)

    def test_still_drift_while_it_can_not_be_put_right(self):
        one = changed(settled())
        assert drift.drifted(after(one, compose(one, None)).subject)


class TestTelling:
    def test_field_by_field_with_both_values_and_who_made_it(self):
        said = conditions(compose(changed(settled()), None))["Drifted"]
        assert (said["status"], said["reason"]) == ("True", "DriftDetected")
        assert said["message"] == '/type is "public", declared "private". Last changed by alice. It is put right.'

    def test_observe_says_that_it_leaves_it(self):
        said = conditions(compose(changed(settled(policy={"mode": "Observe"})), None))["Drifted"]
        assert "Last changed by alice. Mode Observe leaves it so." in said["message"]

    def test_no_condition_for_an_edit(self):
        one = settled()
        edited = changed(replace(one, subject=replace(one.subject, generation=4)))
        assert "Drifted" not in conditions(compose(edited, None))

    def test_a_long_value_is_cut(self):
        seen = shown(document={**DOCUMENT, "type": "x" * 5000})
        assert len(conditions(compose(changed(settled(), seen), None))["Drifted"]["message"]) < 200

    def test_a_marker_that_was_taken_off_is_told_and_nothing_is_sent_for_it(self):
        one = changed(settled(), shown(claims=()))
        assert conditions(compose(one, None))["Drifted"]["reason"] == "MarkerMissing"
        assert conditions(compose(one, None))["Ready"]["status"] == "True"
        assert decide(one) == Rest()

    def test_what_was_adopted_with_differences_is_told_and_waits(self):
        one = changed(snapshot(status={**BOUND, "adoptedGeneration": 3}))
        found = conditions(compose(one, None))
        assert found["Drifted"]["reason"] == "AdoptedAsItWas"
        assert '/type is "public"' in found["Drifted"]["message"]
        assert found["Synced"]["status"] == "False"
        assert compose(one, None)["adoptedGeneration"] == 3

    def test_a_power_state_that_was_adopted_waits_too(self):
        one = snapshot(
            spec={"state": "running"},
            status={**BOUND, "adoptedGeneration": 3},
            knowledge=shown(state=State.PAUSED, ready_replica=0),
        )
        found = conditions(compose(one, None))
        assert "spec.state asks for" in found["Drifted"]["message"]
        assert found["Synced"]["status"] == "False"
        assert (found["Ready"]["status"], "Reconciling" in found) == ("False", False)
        assert record.settled(one).applied_power == one.subject.status.applied_power


class TestAContest:
    def test_a_field_is_put_right_three_times_an_hour(self):
        one = changed(settled())
        for times in range(drift.CORRECTIONS):
            assert isinstance(decide(fought(one, times)), Update)
        assert decide(fought(one, drift.CORRECTIONS)) == Rest()

    def test_then_both_values_are_shown(self):
        said = conditions(compose(fought(changed(settled()), drift.CORRECTIONS), None))
        assert said["Drifted"]["reason"] == said["Synced"]["reason"] == "DriftContested"
        assert '/type is "public", declared "private"' in said["Drifted"]["message"]

    def test_it_is_put_right_again_when_the_hour_is_over(self):
        one = fought(changed(settled()), drift.CORRECTIONS)
        left = drift.contested_until(one)
        assert left == timedelta(minutes=30).total_seconds()
        assert isinstance(decide(replace(one, now=one.now + timedelta(seconds=left))), Update)

    def test_other_fields_are_put_right_meanwhile(self):
        one = fought(changed(settled()), drift.CORRECTIONS)
        scaled = {**PUBLIC, "compute": {"scaling": {"minReplica": 1, "maxReplica": 2}}}
        step = decide(replace(one, knowledge=shown(document=scaled)))
        assert [each.pointer for each in step.fields] == ["/compute/scaling/minReplica"]

    def test_a_restart_does_not_begin_to_count_anew(self):
        one = fought(changed(settled()), drift.CORRECTIONS)
        assert decide(after(one, compose(one, None))) == Rest()

    def test_an_edit_does(self):
        one = fought(changed(settled()), drift.CORRECTIONS)
        edited = replace(one, subject=replace(one.subject, generation=4))
        assert isinstance(decide(edited), Update)
        assert "driftCorrections" not in compose(edited, None)

    def test_the_power_state_is_contested_likewise(self):
        paused = shown(state=State.PAUSED, ready_replica=0)
        asked = {"spec": {"state": "running"}, "status": {**BOUND, "appliedPower": {"state": "running"}}}
        one = changed(settled(**asked), paused)
        assert isinstance(decide(one), Switch)
        worn = fought(one, drift.CORRECTIONS)
        assert decide(worn) == Rest()
        assert conditions(compose(worn, None))["Drifted"]["reason"] == "DriftContested"

    def test_the_record_is_bounded_and_says_nothing_of_old_times(self):
        one = changed(settled())
        many = record.put_right(one, [f"/model/env{number}" for number in range(40)])
        assert len(many.drift_corrections) == 16
        late = replace(one, subject=replace(one.subject, status=many), now=NOW + timedelta(hours=2))
        assert [each.field for each in record.put_right(late, ["/type"]).drift_corrections] == ["/type"]


@pytest.mark.parametrize("at", ["", "yesterday"])
def test_a_record_that_was_written_by_hand_is_read_as_old(at):
    status = {**BOUND, "observedGeneration": 3, "driftCorrections": [{"field": "/type", "at": [at] * 3}]}
    assert drift.contested(snapshot(status=status)) == frozenset()
