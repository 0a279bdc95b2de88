"""deletionTimeout: what can't be deleted is let go of, and entered in the ledger first."""

from dataclasses import replace
from datetime import timedelta

import pytest
from tests.core.builders import BOUND, NOW, PASSING, TERMINAL, shown, snapshot
from tests.core.test_decide import INTENDED, reason
from tests.core.test_ownership import PREDECESSOR

from inference_operator.api.names import FINALIZER
from inference_operator.core.decide import decide
from inference_operator.core.deletion import overdue, overdue_in
from inference_operator.core.orphans import MOST, MOST_BYTES, Orphan, orphan, surplus
from inference_operator.core.steps import Abandon, LetGo, Remove, Rest

STUCK = {"deleting": True, "blocked": TERMINAL}


def deleted(ago: timedelta, **facts):
    """A resource that was deleted some time ago, with the default timeout of a day."""
    one = snapshot(**{"deleting": True, **facts})
    return replace(one, subject=replace(one.subject, deleted_at=NOW - ago))


def test_until_the_timeout_it_waits_and_says_why():
    one = deleted(timedelta(hours=23), **STUCK)
    assert decide(one) == Rest(TERMINAL)
    assert overdue_in(one) == 3600


@pytest.mark.parametrize("failure", [TERMINAL, PASSING])
def test_after_it_the_orphan_is_recorded_and_then_let_go_of(failure):
    one = deleted(timedelta(hours=25), blocked=failure)
    assert decide(one) == Abandon(failure)
    assert decide(replace(one, abandoned=True)) == LetGo()


def test_one_that_can_be_deleted_is_deleted_however_late():
    assert decide(deleted(timedelta(days=30))) == Remove()


def test_protection_ends_with_the_timeout():
    step = decide(deleted(timedelta(hours=25), policy={"deletion_protection": True}))
    assert isinstance(step, Abandon)
    assert step.failure.reason == "DeletionProtected"


def test_another_finalizer_is_waited_for_without_end():
    step = decide(deleted(timedelta(days=30), finalizers=("other/one", FINALIZER)))
    assert reason(step) == "DeletionBlocked"


def test_the_timeout_of_the_spec_counts():
    one = deleted(timedelta(minutes=2), **STUCK, policy={"deletion_timeout": timedelta(minutes=1)})
    assert overdue(one)


def test_one_that_is_not_being_deleted_is_never_overdue():
    assert overdue_in(snapshot()) is None


def test_what_may_be_of_a_create_whose_answer_was_lost_is_left_and_recorded():
    appeared = shown(claims=(), created_at="2026-11-21T09:00:03.000Z")
    step = decide(snapshot(deleting=True, status=INTENDED, knowledge=appeared))
    assert isinstance(step, Abandon)
    assert step.failure.reason == "CreateUnconfirmed"


def test_what_was_there_before_the_create_is_only_left():
    before = shown(claims=(), created_at="2026-11-21T08:00:03.000Z")
    assert decide(snapshot(deleting=True, status=INTENDED, knowledge=before)) == LetGo()


def test_what_an_earlier_object_of_the_name_had_goes_with_its_successor():
    taken = shown(claims=(str(PREDECESSOR),), created_at="2026-11-21T08:30:00.000Z")
    assert decide(snapshot(deleting=True, knowledge=taken)) == Remove()


def test_one_that_can_not_be_read_is_not_let_go_of_as_if_nothing_were_bound():
    one = deleted(timedelta(hours=1), blocked=TERMINAL)
    unreadable = replace(one, subject=replace(one.subject, unreadable=True))
    assert decide(unreadable) == Rest(TERMINAL)
    nothing_known = replace(unreadable, subject=replace(unreadable.subject, status=snapshot(status={}).subject.status))
    assert decide(nothing_known) == Rest(TERMINAL)
    late = replace(unreadable, now=NOW + timedelta(hours=30))
    assert decide(late) == Abandon(TERMINAL)


class TestTheLedger:
    def test_an_entry_comes_back_as_it_was(self):
        one = orphan(snapshot(status=BOUND), TERMINAL)
        assert Orphan.from_json(one.to_json()) == one

    def test_the_same_orphan_has_the_same_key(self):
        one = orphan(snapshot(), TERMINAL)
        assert replace(one, reason="Other", since="later").key == one.key
        assert replace(one, uid="another").key != one.key

    @pytest.mark.parametrize("entry", [None, "x", [], {}, {"remoteRef": "x"}])
    def test_what_somebody_wrote_by_hand_is_no_orphan(self, entry):
        assert Orphan.from_json(entry) is None

    def test_what_is_bound_to_nothing_leaves_none(self):
        with pytest.raises(ValueError, match="bound to nothing"):
            orphan(snapshot(status={}), TERMINAL)

    def test_the_message_is_no_longer_than_the_ledger_can_hold_many_of(self):
        failure = replace(TERMINAL, message="é" * 1024)
        assert orphan(snapshot(status=BOUND), failure).message == "é" * 255 + "…"
        short = replace(TERMINAL, message="é" * 256)
        assert orphan(snapshot(status=BOUND), short).message == short.message

    def test_the_oldest_make_room(self):
        assert surplus(self.entries(MOST), self.sizes(MOST, 800)) == ["0"]
        assert surplus(self.entries(MOST - 1), self.sizes(MOST - 1, 800)) == []

    def test_they_make_room_by_their_bytes_too(self):
        assert surplus(self.entries(8), self.sizes(8, MOST_BYTES // 8) | {"new": 0}) == []
        assert surplus(self.entries(8), self.sizes(8, MOST_BYTES // 8)) == ["0"]
        assert surplus(self.entries(8), self.sizes(8, MOST_BYTES // 8) | {"a note": MOST_BYTES // 8}) == ["0", "1"]

    @staticmethod
    def entries(count):
        """Orphans by key, the youngest first."""
        return {
            str(n): Orphan("n", str(n), str(n), {}, "", "", f"2026-01-01T00:{n // 60:02}:{n % 60:02}Z")
            for n in reversed(range(count))
        }

    @staticmethod
    def sizes(count, each):
        """What these orphans and a new one take."""
        return {str(n): each for n in range(count)} | {"new": each}
