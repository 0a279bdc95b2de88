"""How far an account is read: one page where that explains everything, and no page too few."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from inference_operator.core.observation import Observation, State
from inference_operator.core.reading import SLACK, Page, Reading, changed_at, moved, since

START = datetime(2026, 11, 21, 8, tzinfo=UTC)
LONG_AGO, LATER = START - timedelta(hours=1), START + SLACK


def row(name: str, changed: datetime, state: State = State.RUNNING) -> Observation:
    return Observation(name, "2026-01-01T00:00:00Z", state, {}, updated_at=changed.isoformat())


def page(*times: datetime, total: int | None = 100, last: bool = False, start: int = 0) -> Page:
    return Page.of([row(f"n{start + number}", time) for number, time in enumerate(times)], total, last)


def reading(**changes) -> Reading:
    usual = {
        "whole": False,
        "strict": True,
        "since": START,
        "latest": START,
        "ordered": True,
        "expected": lambda: 100,
        "awaited": frozenset(),
    }
    return Reading(**usual | changes)


def after(pages, news=frozenset(), **changes) -> Reading:
    found = reading(**changes)
    for one in pages:
        assert not found.enough
        found.add(one, news)
    return found


def test_at_rest_one_page_is_enough():
    found = after([page(START, LONG_AGO)])
    assert found.enough
    assert found.explains
    assert found.newest == START


@pytest.mark.parametrize(
    ("shown", "why"),
    [
        (page(LATER, START + SLACK / 2), "it does not reach back to what was known"),
        (page(START, LONG_AGO, total=99), "one went that no page shows"),
        (page(START, LONG_AGO, total=101), "one came that no page shows"),
        (page(START, LONG_AGO, total=None), "nothing says how many there are"),
        (page(LONG_AGO, START), "the order is another one"),
        (Page.of([replace(row("n", START), updated_at="yesterday")], 100, False), "there is no order"),
        (page(), "there is nothing on it"),
        (page(LONG_AGO, LONG_AGO), "what changed last is not on top, so this is no order of changes"),
    ],
)
def test_what_one_page_does_not_explain_takes_another(shown, why):
    found = after([shown])
    assert not found.enough, why
    assert not found.explains


def test_the_pages_after_it_are_read_until_all_is_explained():
    found = after([page(LATER, LATER), page(START, LONG_AGO, start=2)])
    assert found.enough
    assert found.explains
    assert found.newest == LATER


def test_the_last_page_is_the_end_whatever_it_shows():
    found = after([page(LONG_AGO, START, total=7, last=True)])
    assert found.enough
    assert found.explains


def test_the_first_reading_and_the_one_now_and_then_take_all_pages():
    for changes in ({"since": None}, {"whole": True}):
        assert not after([page(START, LONG_AGO)], **changes).enough


def test_a_total_that_was_off_when_all_was_read_may_stay_off():
    assert after([page(START, LONG_AGO, total=103)], expected=lambda: 103).explains
    assert not after([page(START, LONG_AGO, total=100)], expected=lambda: 103).explains


@pytest.mark.parametrize("shown", [page(START, LONG_AGO, total=99), page(LONG_AGO, START)])
def test_between_two_beats_what_does_not_add_up_is_put_up_with_and_vouches_for_nothing(shown):
    found = after([shown], strict=False)
    assert found.enough
    assert not found.explains


def test_changes_that_fill_a_page_are_never_put_up_with():
    assert not after([page(LATER, LATER)], strict=False).enough


def test_a_page_that_ends_in_news_reaches_back_to_nothing_whatever_its_times():
    burst = [page(START, LONG_AGO), page(LONG_AGO, LONG_AGO, start=2)]
    assert not after(burst[:1], news={"n1"}).explains, "START may be a time that is yet to come"
    assert after(burst[:1], news={"n0"}).enough
    assert after(burst, news={"n1", "n2"}).enough


@pytest.mark.parametrize(("ago", "slack"), [(timedelta(0), SLACK), (timedelta(hours=1), timedelta(0))])
def test_while_changes_are_new_others_may_come_late_below_them(ago, slack):
    assert since(START, known_for=0, now=START + ago) == START - slack
    assert since(None, known_for=0, now=START) is None


def test_a_clock_that_is_behind_for_ever_does_not_make_a_change_new_for_ever():
    behind = START - timedelta(hours=1)
    assert since(START, known_for=60, now=behind) == START - SLACK
    assert since(START, known_for=180, now=behind) == START


def test_that_pages_have_no_order_is_believed_until_all_of_them_had_it():
    assert not after([page(LONG_AGO, LONG_AGO)], strict=False).ordered
    assert not after([page(START, LONG_AGO)], strict=False, ordered=False).ordered
    disorder = after([page(START, LONG_AGO), page(START, LONG_AGO, start=2, last=True)], whole=True)
    assert not disorder.ordered, "one page after the other has none"
    order = after([page(START, LONG_AGO), page(LONG_AGO, LONG_AGO, start=2, last=True)], whole=True, ordered=False)
    assert order.ordered


def test_without_a_total_a_look_between_two_beats_is_one_page():
    assert after([page(START, LONG_AGO, total=None)], strict=False).enough


def test_what_changed_last_may_have_gone():
    assert after([page(LONG_AGO, LONG_AGO, total=99)]).ordered


def test_few_that_are_awaited_are_read_by_themselves_and_many_by_the_pages():
    few, many = frozenset({"x1", "x2"}), frozenset(f"x{number}" for number in range(60))
    found = after([page(START, LONG_AGO)], awaited=few | {"n0"})
    assert found.enough
    assert found.unseen == few, "n0 was shown"
    assert not after([page(START, LONG_AGO)], awaited=many).enough, "60 reads, or 49 pages of two"
    assert after([page(START, LONG_AGO, last=True)], awaited=many).unseen == frozenset(), "all there is was shown"


SEEN = row("n", START, State.PENDING)


@pytest.mark.parametrize(
    ("now", "told"),
    [
        (replace(SEEN, state=State.RUNNING), False),
        (replace(SEEN, state=State.RUNNING, updated_at="2026-11-21T09:00:00Z"), True),
        (replace(SEEN, state=State.RUNNING, updated_at="2026-11-21T07:00:00Z"), None),
        (replace(SEEN, state=State.RUNNING, updated_at="2026-11-21T09:00:00Z", document={"a": 1}), None),
        (replace(SEEN, state=State.PAUSED, updated_at="2026-11-21T09:00:00Z"), None),
        (replace(SEEN, state=State.RUNNING, created_at="2026-11-21T07:30:00Z"), None),
        (SEEN, None),
        (replace(SEEN, updated_at="2026-11-21T09:00:00Z"), None),
    ],
)
def test_what_two_observations_tell_of_the_provider(now, told):
    assert moved(SEEN, now) is told


@pytest.mark.parametrize("text", ["", "yesterday", "2026-11-21T08:00:00"])
def test_a_time_that_tells_no_moment_is_none(text):
    assert changed_at(replace(SEEN, updated_at=text)) is None


def test_a_time_to_the_nanosecond_is_read():
    assert changed_at(replace(SEEN, updated_at="2026-11-21T08:00:00.220869001Z")) == START + timedelta(
        microseconds=220869
    )
