"""An account costs by what happens there, not by its endpoints (I4, I5): samples of tests/proof/test_scale.py.

Everything is counted, in simulated time: the real client, observer and reconciler, against the simulated provider.
"""

import pytest
from tests.runtime.at_scale import (
    EVENT,
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

from inference_operator.simulator import Fault

pytestmark = pytest.mark.usefixtures("quiet")

FEW, PAGE = 60, 10
KINDS = pytest.mark.parametrize("kind", [ORDERED, UNORDERED], ids=["ordered", "unordered"])
ODD = pytest.mark.parametrize(
    "odd", [{"sort_ignored": True}, {"limit_ignored": True}, {"over_limit": "reject"}], ids=lambda odd: next(iter(odd))
)


@pytest.mark.parametrize(("kind", "many", "sweeps"), [(ORDERED, 300, 6), (UNORDERED, 160, 60)])
async def test_at_rest_many_are_watched_with_the_reads_of_one_and_a_sweep_now_and_then(kind, many, sweeps):
    one = await rest(await Crowd.settled(1, pages_of=20, **kind), hours=1)
    found = await rest(await Crowd.settled(many, pages_of=20, **kind), hours=1)
    assert one == {FIRST: 240, CATALOGUE: 6}
    assert abs(found[FIRST] - one[FIRST]) <= 0.01 * one[FIRST]
    assert found[LATER] == (many // 20 - 1) * sweeps


async def test_a_restarted_operator_reads_each_page_once_and_writes_nothing():
    crowd = await Crowd.settled(300, pages_of=20)
    calls = await start_over(crowd)
    assert calls.total() <= crowd.pages + 1 + 3
    assert calls == {FIRST: 1, LATER: crowd.pages - 1, CATALOGUE: 1}


async def test_what_changed_while_no_operator_ran_is_put_right_by_the_one_that_starts():
    crowd = await Crowd.settled(300, pages_of=20)
    changed = crowd.names[::30]
    for name in changed:
        crowd.remotely(name, compute={"scaling": {"maxReplica": 7}})
    crowd.remove_by_hand(gone := crowd.names[1])
    crowd.restart()
    crowd.forget_requests()
    await crowd.live(5 * crowd.poll_interval)
    assert {crowd.remote(name)["compute"]["scaling"]["maxReplica"] for name in (*changed, gone)} == {2}
    assert {what: count for what, count in crowd.calls.items() if what not in READS} == {"PUT": 10, "POST": 1}
    assert crowd.all_ready()


@KINDS
async def test_a_new_one_costs_one_call_and_six_writes_each_for_a_purpose(kind):
    crowd = await Crowd.settled(0, **SLOWLY, **kind)
    for number in range(60):
        crowd.declare(f"n{number}")
    await crowd.until(crowd.all_ready, within=60)
    assert {what: count for what, count in crowd.calls.items() if what not in READS} == {"POST": 60}
    assert crowd.calls[SINGLE] == 0
    assert set(map(tuple, purposes(crowd).values())) == {tuple(purpose for purpose, _ in PURPOSES)}
    assert len(purposes(crowd)) == len(crowd.events.told) == 60, EVENT
    assert len(PURPOSES) + 1 <= 6


@KINDS
async def test_ten_edits_within_five_seconds_are_three_updates_at_most_and_the_last_one_counts(kind):
    crowd = await Crowd.settled(FEW, pages_of=PAGE, **kind)
    await edit(crowd, 10, seconds=5)
    assert FEW < crowd.calls["PUT"] <= 3 * FEW
    assert set(crowd.calls) <= {"PUT", *READS}


async def test_what_somebody_or_the_provider_changes_is_shown_within_two_beats():
    crowd = await Crowd.settled(FEW, pages_of=PAGE, **ORDERED)
    kinds = ["setting", "drift", "failure", "removal", "replacement", "stranger"]
    changes = await suffer(crowd, kinds, count=24, seconds=HOUR / 3)
    assert percentile([one.took for one in changes], 0.99) <= 2 * crowd.poll_interval, slowest(changes)


async def test_edits_are_found_with_a_read_a_second_for_ten_accounts():
    crowd = await Crowd.settled(FEW, pages_of=PAGE, **ORDERED)
    changes = await suffer(crowd, ["setting"], count=20, seconds=HOUR)
    assert crowd.pages == FEW // PAGE
    assert percentile([one.took for one in changes], 0.99) <= 2 * crowd.poll_interval
    assert 10 * crowd.reads / HOUR <= 1


async def test_where_only_a_sweep_shows_a_failure_it_is_shown_in_the_next_one():
    crowd = await Crowd.settled(FEW, pages_of=PAGE, **UNORDERED)
    changes = await suffer(crowd, ["failure"], count=8, seconds=HOUR / 4)
    assert max(one.took for one in changes) <= sweep_period(crowd) == 60
    assert crowd.calls[SINGLE] == 0


@KINDS
async def test_who_waits_sees_within_five_seconds_that_it_runs(kind):
    crowd = await Crowd.settled(FEW, pages_of=PAGE, **kind)
    assert percentile(await start_more(crowd, 20), 0.95) <= 5


@ODD
async def test_a_server_without_order_or_limit_shows_changes_within_a_beat_at_all_pages_for_each_at_most(odd):
    crowd = await Crowd.settled(FEW, pages_of=PAGE, **ORDERED, **odd)
    where = behind_the_first_page(crowd)
    crowd.remotely(where.pop(), model={"env": {"A": "1"}})
    await crowd.live(sweep_period(crowd))  # From that one change on the order tells what it is worth.
    changes = await suffer(crowd, ["setting", "failure"], count=12, seconds=HOUR / 4, among=where)
    assert max(one.took for one in changes) <= crowd.poll_interval, slowest(changes)
    crowd.forget_requests()
    await crowd.live(HOUR / 4)
    assert crowd.written == []
    assert crowd.calls[FIRST] == HOUR / 4 / crowd.poll_interval
    assert crowd.calls[LATER] <= (crowd.pages - 1) * crowd.calls[FIRST]
    assert crowd.calls[SINGLE] == 0


@ODD
async def test_who_waits_sees_it_as_soon_at_a_server_without_order_or_limit(odd):
    crowd = await Crowd.settled(FEW, pages_of=PAGE, **ORDERED, **odd)
    assert percentile(await start_more(crowd, 20), 0.95) <= 5


@KINDS
async def test_the_kind_of_a_server_is_learnt_from_the_first_one_that_starts(kind):
    crowd = await Crowd.settled(1, **kind)
    assert crowd.observer.account.feed.moves is kind["state_change_moves_updated_at"]


class TestPagesThatComeSlowly:
    """One reading of all pages takes longer than what is shown is vouched for without another."""

    SECONDS = 2.0

    @pytest.fixture
    async def crowd(self):
        crowd = await Crowd.settled(FEW, pages_of=2, **ORDERED)
        assert crowd.pages * self.SECONDS > 45 > 2 * self.SECONDS

        async def come_slowly():
            crowd.clock.advance(self.SECONDS)
            await crowd.look(crowd.key(crowd.names[-1]))

        crowd.while_a_page_comes(come_slowly)
        return crowd

    async def test_nobody_is_told_that_the_account_can_not_be_read(self, crowd):
        for operator_that in ("starts", "goes on"):
            if operator_that == "starts":
                crowd.restart()
            crowd.forget_requests()
            await crowd.live(HOUR / 2)
            assert crowd.calls[LATER] >= 2 * (crowd.pages - 1)
            assert crowd.written == []

    async def test_when_they_stop_coming_it_is_said_and_only_a_reading_that_ends_well_takes_it_back(self, crowd):
        fault = Fault(operation="list", status=503, skip=15, times=10_000)
        crowd.restart()
        crowd.huggingface.faults.add(fault)
        await crowd.live(HOUR / 2)
        assert {crowd.ready(crowd.key(name)) for name in crowd.names} == {("Unknown", "ObservationStale")}
        said = [body for _, path, body in crowd.kube.writes if path.endswith("n0/status")]
        assert len(said) == 1
        crowd.huggingface.faults.clear()
        await crowd.live(HOUR / 12)
        assert crowd.all_ready()


async def test_one_change_that_kept_its_time_is_enough_and_no_other_makes_up_for_it():
    crowd = await Crowd.settled(2, **ORDERED)
    for moves in (False, True):
        crowd.huggingface.knobs.state_change_moves_updated_at = moves
        crowd.remotely("n0", state="failed")
        await crowd.live(crowd.poll_interval)
        crowd.declare(f"more-{int(moves)}")
        await crowd.live(HOUR)
        assert crowd.observer.account.feed.moves is False
