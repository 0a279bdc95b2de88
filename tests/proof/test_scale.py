"""An account costs by what happens there, at full count (I4, I5, I10); samples are in tests/runtime/test_scale.py."""

import pytest
from tests.runtime.at_scale import (
    HOUR,
    ORDERED,
    PURPOSES,
    SLOWLY,
    UNORDERED,
    behind_the_first_page,
    edit,
    percentile,
    purposes,
    rest,
    slowest,
    start_more,
    start_over,
    suffer,
    sweep_period,
)
from tests.runtime.crowd import CATALOGUE, FIRST, LATER, READS, SINGLE, Crowd

pytestmark = [pytest.mark.usefixtures("quiet"), pytest.mark.proof, pytest.mark.timeout(900)]

KINDS = pytest.mark.parametrize("kind", [ORDERED, UNORDERED], ids=["ordered", "unordered"])
ODD = pytest.mark.parametrize(
    "odd",
    [{}, {"sort_ignored": True}, {"limit_ignored": True}, {"over_limit": "reject"}],
    ids=lambda odd: next(iter(odd), "documented"),
)


@KINDS
async def test_5000_are_watched_with_the_reads_of_one_and_a_restart_over_them_reads_each_page_once(kind):
    one = await rest(await Crowd.settled(1, **kind), hours=1)
    crowd = await Crowd.settled(5_000, **kind)
    many = await rest(crowd, hours=1)
    assert abs(many[FIRST] - one[FIRST]) <= 0.01 * one[FIRST]
    assert many[LATER] == 49 * (6 if kind is ORDERED else 60)
    assert many[CATALOGUE] == one[CATALOGUE] == 6

    calls = await start_over(crowd)
    assert calls == {FIRST: 1, LATER: 49, CATALOGUE: 1}
    assert calls.total() <= 50 + 1 + 3


async def test_a_restart_over_10000_reads_each_page_once_and_writes_nothing():
    calls = await start_over(await Crowd.settled(10_000, **ORDERED))
    assert calls == {FIRST: 1, LATER: 99, CATALOGUE: 1}
    assert calls.total() <= 100 + 1 + 3


async def test_a_day_of_rest_over_5000():
    reads = await rest(await Crowd.settled(5_000, **ORDERED), hours=24)
    assert reads == {FIRST: 24 * 240, LATER: 24 * 6 * 49, CATALOGUE: 24 * 6}


@KINDS
async def test_1000_new_ones_cost_1000_calls_and_six_writes_each_for_a_purpose(kind):
    crowd = await Crowd.settled(0, **SLOWLY, **kind)
    for number in range(1_000):
        crowd.declare(f"n{number}")
    await crowd.until(crowd.all_ready, within=60)
    assert {what: count for what, count in crowd.calls.items() if what not in READS} == {"POST": 1_000}
    assert crowd.calls[SINGLE] == 0
    found = purposes(crowd)
    assert len(found) == len(crowd.events.told) == 1_000
    assert {tuple(one) for one in found.values()} == {tuple(purpose for purpose, _ in PURPOSES)}


@KINDS
async def test_ten_edits_to_each_of_1000_within_five_seconds_are_3000_updates_at_most(kind):
    crowd = await Crowd.settled(1_000, **kind)
    await edit(crowd, 10, seconds=5)
    assert 1_000 < crowd.calls["PUT"] <= 3_000
    assert set(crowd.calls) <= {"PUT", *READS}


async def test_what_changes_among_1000_is_shown_within_two_beats():
    crowd = await Crowd.settled(1_000, **ORDERED)
    kinds = ["setting", "drift", "failure", "removal", "replacement", "stranger"]
    changes = await suffer(crowd, kinds, count=60, seconds=HOUR)
    assert percentile([one.took for one in changes], 0.99) <= 2 * crowd.poll_interval, slowest(changes)


async def test_changes_among_10000_in_ten_accounts_are_found_with_a_read_a_second_in_all():
    took, reads = [], 0
    for seed in range(10):
        crowd = await Crowd.settled(1_000, **ORDERED)
        kinds = ["setting", "failure", "stranger", "removal"]
        changes = await suffer(crowd, kinds, count=24, seconds=HOUR, seed=seed)
        took += [one.took for one in changes]
        reads += crowd.reads
    assert percentile(took, 0.99) <= 2 * crowd.poll_interval
    assert reads / HOUR <= 1


async def test_where_only_a_sweep_shows_a_failure_among_1000_it_is_shown_in_the_next_one():
    crowd = await Crowd.settled(1_000, **UNORDERED)
    changes = await suffer(crowd, ["failure"], count=50, seconds=HOUR)
    assert max(one.took for one in changes) <= sweep_period(crowd) == 60
    assert crowd.calls[SINGLE] == 0


@KINDS
@ODD
async def test_20_that_start_among_300_are_ready_within_five_seconds(kind, odd):
    crowd = await Crowd.settled(300, pages_of=20, **kind, **odd)
    for seed in range(5):
        assert percentile(await start_more(crowd, 20, seed=seed), 0.95) <= 5


@ODD
async def test_whatever_the_server_ignores_changes_among_300_are_shown_within_a_beat_at_all_pages_at_most(odd):
    crowd = await Crowd.settled(300, pages_of=20, **ORDERED, **odd)
    where = behind_the_first_page(crowd)
    crowd.remotely(where.pop(), model={"env": {"A": "1"}})
    await crowd.live(sweep_period(crowd))
    changes = await suffer(crowd, ["setting", "failure"], count=50, seconds=HOUR, among=where)
    assert max(one.took for one in changes) <= crowd.poll_interval, slowest(changes)
    assert crowd.calls[LATER] <= (crowd.pages - 1) * crowd.calls[FIRST]
    crowd.forget_requests()
    await crowd.live(HOUR)
    assert crowd.written == []
    assert crowd.calls[FIRST] == HOUR / crowd.poll_interval
    assert crowd.calls[LATER] <= (crowd.pages - 1) * crowd.calls[FIRST]
    assert crowd.calls[SINGLE] == 0
