"""What is known of an account: news counts by when it was true, not by when it came; absence needs a proof."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inference_operator.core.observation import Absent, Observation, Present, State, Unlisted, Unread
from inference_operator.core.reading import Page, Row
from inference_operator.runtime.feed import Feed


def seen(name="a", state=State.RUNNING):
    return Observation(name, "2026-11-21T08:00:00Z", state, {})


NOW = datetime(2026, 11, 22, tzinfo=UTC)
RUNNING, PAUSED = seen(), seen(state=State.PAUSED)


def row(one):
    """A row that tells by its digest whether anything of it changed."""
    return Row(one.name, one.updated_at, lambda: one, repr(one).encode())


def listed(feed, *observations, as_of, in_use=("a", "b"), left_out=0):
    reading = feed.reading(whole=True, strict=True, awaited=set(), began=as_of, now=NOW)
    page = Page([*map(row, observations)], len(observations) + left_out, True)
    changed = feed.took(page, as_of=as_of)
    reading.add(page, changed)
    return changed | feed.ended(reading, as_of=as_of, in_use=set(in_use))


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
    feed.doubt("a", now=0.0)
    assert feed.knowledge("a") == Unread()
    assert listed(feed, as_of=6) == set()
    assert feed.knowledge("a") == Unread(), "a list that lacks it does not settle it"
    listed(feed, RUNNING, as_of=7)
    assert feed.knowledge("a") == Present(RUNNING)


def test_names_that_nobody_uses_are_forgotten_once_they_are_gone():
    feed = Feed()
    listed(feed, seen("a"), seen("b"), as_of=1, in_use=["a"])
    assert sorted(feed.names()) == ["a", "b"]
    assert listed(feed, as_of=2, in_use=["a"]) == {"a"}
    assert feed.knowledge("b") == Unlisted()
    assert [*feed.names()] == ["a"]


class TestWhatListsDoNotShow:
    """An endpoint that a read finds and complete lists lack is believed for a while, and costs no reading of all."""

    @pytest.fixture
    def feed(self):
        feed = Feed()
        listed(feed, RUNNING, seen("b"), as_of=1)
        assert listed(feed, RUNNING, as_of=2) == {"b"}
        feed.saw(seen("b"), as_of=3)
        return feed

    def test_it_is_no_news_again_before_a_while(self, feed):
        assert listed(feed, RUNNING, as_of=4, left_out=1) == set()
        assert feed.knowledge("b") == Present(seen("b"))
        assert listed(feed, RUNNING, as_of=700, left_out=1) == {"b"}, "it may be gone: it is read again"

    def test_where_the_totals_say_that_it_is_gone_it_is_read(self, feed):
        assert listed(feed, RUNNING, as_of=4, left_out=1) == set()
        assert listed(feed, RUNNING, as_of=5) == {"b"}

    def test_it_does_not_keep_the_numbers_from_adding_up(self, feed):
        rows = [*map(row, (RUNNING,))]
        for total in (1, 2):  # Whether the provider counts it or not.
            full = feed.reading(whole=True, strict=True, awaited=set(), began=5, now=NOW)
            full.add(Page(rows, total, True), feed.took(Page(rows, total, True), as_of=5))
            feed.ended(full, as_of=5, in_use={"a", "b"})
            later = feed.reading(whole=False, strict=True, awaited=set(), began=6, now=NOW)
            later.add(Page(rows, total, False), set())
            assert later._adds_up

    def test_one_that_moved_amid_a_reading_adds_up_when_it_is_shown_again(self, feed):
        some = Page([row(RUNNING)], 2, True)
        full = feed.reading(whole=True, strict=True, awaited=set(), began=5, now=NOW)
        full.add(some, feed.took(some, as_of=5))
        feed.ended(full, as_of=5, in_use={"a", "b"})
        both = Page([row(seen("b")), row(RUNNING)], 2, False)
        later = feed.reading(whole=False, strict=True, awaited=set(), began=6, now=NOW)
        later.add(both, feed.took(both, as_of=6))
        assert later._adds_up

    def test_shown_again_it_is_like_any_other(self, feed):
        listed(feed, RUNNING, seen("b"), as_of=5)
        assert listed(feed, RUNNING, as_of=6) == {"b"}


class TestListsThatLag:
    BEFORE = replace(RUNNING, updated_at="2026-11-22T08:00:00Z")
    AFTER = replace(RUNNING, state=State.UPDATING, updated_at="2026-11-22T08:00:05Z")

    def test_what_was_answered_about_the_endpoint_itself_is_not_taken_back_by_an_older_row(self):
        feed = Feed()
        listed(feed, self.BEFORE, as_of=1)
        feed.saw(self.AFTER, as_of=2)
        assert listed(feed, self.BEFORE, as_of=4) == set()
        assert feed.knowledge("a") == Present(self.AFTER)

    @pytest.mark.parametrize(
        ("as_of", "change"),
        [(40, {}), (4, {"created_at": "2026-11-22T07:00:00Z"}), (4, {"updated_at": "2026-11-22T08:00:05Z"})],
        ids=["for long", "another incarnation", "the same time"],
    )
    def test_not_for_ever_nor_of_another_one(self, as_of, change):
        feed, shown = Feed(), replace(self.BEFORE, **change)
        feed.saw(self.AFTER, as_of=2)
        assert listed(feed, shown, as_of=as_of) == {"a"}
        assert feed.knowledge("a") == Present(shown)


def test_that_what_changed_last_went_is_known_until_a_reading_ended_well():
    feed, server = Feed(), Server()
    read(feed, server, as_of=0)
    newest = max(server.rows.values(), key=lambda one: one.updated_at).name
    feed.missed(newest, as_of=1)
    for _ in range(2):  # The first one fails.
        assert feed.reading(whole=False, strict=True, awaited=set(), began=2, now=NOW).latest is None
    server.remove(newest)
    read(feed, server, as_of=3)
    assert feed.reading(whole=False, strict=True, awaited=set(), began=4, now=NOW).latest is not None


class TestRowsAsTheyWere:
    """What a row was read of before is known by its digest, and by nothing else."""

    @pytest.fixture
    def feed(self):
        feed = Feed()
        listed(feed, RUNNING, as_of=1)
        return feed

    @staticmethod
    def comes(feed, *, as_of, one=RUNNING, digest=None):
        """The row once more. Whether it was read, and what news there is."""
        was_read = []
        again = replace(row(one), observe=lambda: was_read.append(1) or one)
        again = again if digest is None else replace(again, digest=digest)
        return feed.took(Page([again], 1, True), as_of=as_of), bool(was_read)

    def test_it_is_not_read_again_and_is_known_as_of_now(self, feed):
        assert self.comes(feed, as_of=5) == (set(), False)
        feed.saw(PAUSED, as_of=4)
        assert feed.knowledge("a") == Present(RUNNING)

    def test_one_that_is_older_than_what_is_known_counts_for_nothing(self, feed):
        assert self.comes(feed, as_of=5) == (set(), False)
        assert self.comes(feed, as_of=2) == (set(), False)
        feed.saw(PAUSED, as_of=3)
        assert feed.knowledge("a") == Present(RUNNING)

    @pytest.mark.parametrize("digest", [b"", b"other"])
    def test_without_a_digest_or_with_another_it_is_read(self, feed, digest):
        assert self.comes(feed, as_of=5, digest=digest) == (set(), True)

    def test_after_an_answer_said_otherwise_it_is_read_and_is_news(self, feed):
        feed.saw(PAUSED, as_of=2)
        assert self.comes(feed, as_of=3) == ({"a"}, True)
        assert feed.knowledge("a") == Present(RUNNING)

    def test_after_a_doubt_an_absence_or_a_list_without_it_it_is_read_and_is_news(self, feed):
        feed.doubt("a", now=2.0)
        assert self.comes(feed, as_of=3) == ({"a"}, True)
        feed.missed("a", as_of=4)
        assert self.comes(feed, as_of=5) == ({"a"}, True)
        listed(feed, as_of=6)
        assert self.comes(feed, as_of=7) == ({"a"}, True)
        assert feed.knowledge("a") == Present(RUNNING)

    def test_one_in_transition_stays_awaited_since_it_was_first_seen_so(self, feed):
        pending = seen(state=State.PENDING)
        listed(feed, pending, as_of=2)
        assert self.comes(feed, as_of=9, one=pending) == (set(), False)
        assert feed.changing == {"a": 2}


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
    feed.doubt("a", now=0.0)
    assert not feed.read_since("a", 0)
    assert not feed.read_since("unknown", 0)


class Server:
    """Endpoints whose changes move their time, in pages of four, the latest change first."""

    SIZE = 4

    def __init__(self, rows=9):
        self.now = datetime(2026, 11, 21, tzinfo=UTC)
        self.rows = {f"n{number}": self._row(f"n{number}") for number in range(rows)}

    def _row(self, name, state=State.RUNNING):
        self.now += timedelta(minutes=1)
        return Observation(name, f"made {name}", state, {}, updated_at=self.now.isoformat())

    def change(self, name, state):
        self.rows[name] = replace(self.rows[name], state=state, updated_at=self._row(name).updated_at)

    def make(self, name):
        self.rows[name] = self._row(name)

    def remove(self, name):
        self.rows.pop(name, None)

    def pages(self):
        rows = sorted(self.rows.values(), key=lambda one: one.updated_at, reverse=True)
        for start in range(0, max(len(rows), 1), self.SIZE):
            found = rows[start : start + self.SIZE]
            yield Page([*map(row, found)], len(rows), start + self.SIZE >= len(rows))


def read(feed, server, *, as_of, in_use=(), whole=False, strict=True):
    """Read as far as it takes. Returns the names of which there is news, and how many pages that took."""
    reading, changed = feed.reading(whole=whole, strict=strict, awaited=set(), began=as_of, now=NOW), set()
    for page in server.pages():
        news = feed.took(page, as_of=as_of)
        changed |= news
        reading.add(page, news)
        if reading.enough:
            break
    return changed | feed.ended(reading, as_of=as_of, in_use=in_use), reading.pages


def test_at_rest_one_page_is_read_and_after_a_change_the_page_that_shows_it():
    feed, server = Feed(), Server()
    assert read(feed, server, as_of=1) == (set(server.rows), 3)
    assert read(feed, server, as_of=2) == (set(), 1)
    server.change("n0", State.FAILED)
    assert read(feed, server, as_of=3) == ({"n0"}, 1)
    server.make("new")
    assert read(feed, server, as_of=4) == ({"new"}, 1)


def test_a_removal_takes_all_pages_once():
    feed, server = Feed(), Server()
    read(feed, server, as_of=1)
    server.remove("n0")
    assert read(feed, server, as_of=2, in_use={"n0"}) == ({"n0"}, 2)
    assert feed.knowledge("n0") == Present(feed.knowledge("n0").observation, unlisted=True)
    assert read(feed, server, as_of=3, in_use={"n0"}) == (set(), 1)


def test_a_list_that_lags_behind_our_own_create_takes_all_pages_once():
    feed, server = Feed(), Server()
    read(feed, server, as_of=1)
    feed.saw(server._row("made by us"), as_of=2)
    assert [read(feed, server, as_of=at, in_use={"made by us"})[1] for at in (3, 4, 5)] == [3, 1, 1]
    server.make("made by us")
    assert read(feed, server, as_of=6, in_use={"made by us"}) == ({"made by us"}, 1)


def test_what_changes_by_itself_is_awaited_until_the_provider_is_known_to_order_it():
    feed = Feed()
    pending = Observation("a", "made", State.PENDING, {}, updated_at="2026-11-21T08:00:00Z")
    listed(feed, pending, as_of=1)
    assert feed.changing == {"a": 1}
    assert feed.reading(whole=False, strict=True, awaited={"a"}, began=1, now=NOW).awaited == {"a"}
    running = replace(pending, state=State.RUNNING, updated_at="2026-11-21T08:01:00Z", url="https://a")
    listed(feed, running, as_of=2)
    assert feed.moves is True
    assert feed.changing == {"a": 2}, "no replica serves yet"
    listed(feed, replace(running, ready_replica=1), as_of=3)
    assert feed.changing == {}
    assert feed.reading(whole=False, strict=True, awaited={"a"}, began=1, now=NOW).awaited == set()
    listed(feed, replace(pending, state=State.FAILED, updated_at="2026-11-21T08:01:00Z"), as_of=4)
    assert feed.moves is False, "one that did not move it is proof"
    assert feed.reading(whole=False, strict=True, awaited={"a"}, began=1, now=NOW).awaited == {"a"}


def test_what_changed_last_may_go_while_a_reading_is_under_way():
    feed, server = Feed(), Server()
    read(feed, server, as_of=0)
    reading = feed.reading(whole=False, strict=True, awaited=set(), began=1, now=NOW)
    assert reading.latest is not None
    newest = max(server.rows.values(), key=lambda one: one.updated_at).name
    feed.missed(newest, as_of=1)
    feed.ended(reading, as_of=1, in_use=set(server.rows))
    assert feed.reading(whole=False, strict=True, awaited=set(), began=1, now=NOW).latest is None


deeds = st.lists(
    st.tuples(
        st.sampled_from(["change", "make", "remove", "read", "read"]),
        st.integers(0, 14).map("n{}".format),
        st.sampled_from(list(State)),
    ),
    max_size=40,
)


@given(deeds)
def test_whatever_happens_a_strict_reading_knows_what_there_is_and_a_second_one_is_a_page(history):
    feed, server = Feed(), Server()
    read(feed, server, as_of=0)
    for at, (deed, name, state) in enumerate(history, 1):
        match deed:
            case "change" if name in server.rows:
                server.change(name, state)
            case "make" if name not in server.rows:
                server.make(name)
            case "remove":
                server.remove(name)
            case "read":
                read(feed, server, as_of=at)
    read(feed, server, as_of=100)
    read(feed, server, as_of=101, whole=True)
    assert {name: feed.knowledge(name) for name in feed.names()} == {
        name: Present(row) for name, row in server.rows.items()
    }
    assert read(feed, server, as_of=102) == (set(), 1)


def test_the_same_in_another_order_is_no_news_and_half_a_character_is_kept():
    feed, odd = Feed(), {"a": {"cut": "\ud83d"}, "b": [1, 2]}
    one = Observation("a", "made", State.RUNNING, odd)
    assert listed(feed, one, as_of=1) == {"a"}
    assert listed(feed, replace(one, document=dict(reversed(odd.items()))), as_of=2) == set()
    assert feed.knowledge("a") == Present(one)


def test_what_we_made_while_pages_were_read_hides_no_deletion():
    feed, server = Feed(), Server()
    reading = feed.reading(whole=True, strict=True, awaited=set(), began=1, now=NOW)
    for page in server.pages():
        reading.add(page, feed.took(page, as_of=1))
    server.make("new")
    feed.saw(server.rows["new"], as_of=2)
    feed.ended(reading, as_of=1, in_use={"n0", "new"})
    server.remove("n0")
    read(feed, server, as_of=3, in_use={"n0", "new"})
    assert feed.knowledge("n0").unlisted
