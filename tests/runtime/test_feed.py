"""What is known of an account: news counts by when it was true, not by when it came; absence needs a proof."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inference_operator.core.observation import Absent, Observation, Present, State, Unlisted, Unread
from inference_operator.runtime.feed import Feed


def seen(name="a", state=State.RUNNING):
    return Observation(name, "2026-11-21T08:00:00Z", state, {})


RUNNING, PAUSED = seen(), seen(state=State.PAUSED)


def listed(feed, *observations, as_of, in_use=("a", "b")):
    return feed.listed(observations, as_of=as_of, in_use=set(in_use))


def test_before_the_first_list_nothing_is_known():
    feed = Feed()
    assert feed.knowledge("a") == Unread()
    assert feed.listed_at is None


def test_what_a_list_shows_is_known_and_what_it_lacks_is_not_absent():
    feed = Feed()
    assert listed(feed, RUNNING, as_of=1) == {"a"}
    assert feed.knowledge("a") == Present(RUNNING)
    assert feed.knowledge("b") == Unlisted()
    assert feed.listed_at == 1


def test_only_a_read_proves_absence():
    feed = Feed()
    listed(feed, RUNNING, as_of=1)
    assert listed(feed, as_of=2) == {"a"}
    assert feed.knowledge("a") == Present(RUNNING, unlisted=True), "it must be read"
    feed.missed("a", as_of=3)
    assert feed.knowledge("a") == Absent()


def test_an_unlisted_one_that_is_listed_again_is_present_again():
    feed = Feed()
    listed(feed, RUNNING, as_of=1)
    listed(feed, as_of=2)
    assert listed(feed, RUNNING, as_of=3) == {"a"}
    assert feed.knowledge("a") == Present(RUNNING)


def test_only_news_is_told():
    feed = Feed()
    listed(feed, RUNNING, as_of=1)
    assert listed(feed, RUNNING, as_of=2) == set()
    assert listed(feed, PAUSED, as_of=3) == {"a"}
    assert listed(feed, as_of=4) == {"a"}
    assert listed(feed, as_of=5) == set(), "it was told that it is not listed"


@pytest.mark.parametrize("later", [1, 1.5])
def test_a_list_that_was_under_way_does_not_undo_what_was_answered_meanwhile(later):
    feed = Feed()
    listed(feed, RUNNING, as_of=0)
    feed.saw(PAUSED, as_of=later)
    assert listed(feed, RUNNING, as_of=0.5) == set()
    assert feed.knowledge("a") == Present(PAUSED)
    assert listed(feed, as_of=0.5) == set(), "nor is one absent that was made meanwhile"
    assert feed.knowledge("a") == Present(PAUSED)


def test_a_removal_is_not_undone_by_an_older_list():
    feed = Feed()
    feed.missed("a", as_of=2)
    assert listed(feed, RUNNING, as_of=1) == set()
    assert feed.knowledge("a") == Absent()
    assert listed(feed, RUNNING, as_of=3) == {"a"}, "somebody made it anew"


def test_what_is_doubted_must_be_read_or_listed():
    feed = Feed()
    feed.saw(RUNNING, as_of=5)
    feed.doubt("a")
    assert feed.knowledge("a") == Unread()
    assert listed(feed, as_of=6) == set()
    assert feed.knowledge("a") == Unread(), "a list that lacks it does not settle it"
    listed(feed, RUNNING, as_of=7)
    assert feed.knowledge("a") == Present(RUNNING)


def test_names_that_nobody_uses_are_forgotten_once_they_are_gone():
    feed = Feed()
    listed(feed, seen("a"), seen("b"), as_of=1, in_use=["a"])
    assert sorted(one.name for one in feed.observations()) == ["a", "b"]
    assert listed(feed, as_of=2, in_use=["a"]) == {"a"}
    assert feed.knowledge("b") == Unlisted()
    assert [one.name for one in feed.observations()] == ["a"]


news = st.tuples(st.sampled_from(["saw", "missed", "listed"]), st.sampled_from(list(State)), st.integers(0, 50))


@given(st.lists(news, min_size=1, max_size=8, unique_by=lambda one: one[2]), st.randoms())
def test_whatever_order_reads_and_shown_lists_come_in_the_latest_counts(history, random):
    def told(feed, one):
        how, state, as_of = one
        match how:
            case "saw":
                feed.saw(seen(state=state), as_of=as_of)
            case "missed":
                feed.missed("a", as_of=as_of)
            case _:
                listed(feed, seen(state=state), as_of=as_of)

    shuffled = list(history)
    random.shuffle(shuffled)
    feeds = Feed(), Feed()
    for feed, order in zip(feeds, (sorted(history, key=lambda one: one[2]), shuffled), strict=True):
        for one in order:
            told(feed, one)
    assert feeds[0].knowledge("a") == feeds[1].knowledge("a")


def test_a_list_is_no_read_however_new_it_is():
    feed = Feed()
    listed(feed, RUNNING, as_of=5)
    assert not feed.read_since("a", 5), "it may lag behind the truth"
    feed.saw(RUNNING, as_of=6)
    assert feed.read_since("a", 6)
    assert not feed.read_since("a", 7)
    feed.missed("a", as_of=8)
    assert feed.read_since("a", 8)
    feed.doubt("a")
    assert not feed.read_since("a", 0)
    assert not feed.read_since("unknown", 0)
