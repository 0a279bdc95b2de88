"""How fast an account is called: a rate, what the provider asks for, and the circuit breaker."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inference_operator.core.breaker import TRIPS_AT, Breaker
from inference_operator.core.pacing import Pace


def sent(pace, seconds, step=0.001):
    """When calls go out that come as fast as they may, within so many seconds."""
    times, now = [], 0.0
    while now < seconds:
        now += pace.reserve(now)
        times.append(now)
        now += step
    return [one for one in times if one < seconds]


@given(st.integers(1, 200), st.integers(1, 10))
def test_no_second_has_more_than_twice_the_rate_and_in_the_long_run_it_is_the_rate(rate, seconds):
    times = sent(Pace(float(rate)), seconds)
    assert len(times) <= rate * (seconds + 1) + 1
    for start in times:
        assert sum(start <= one < start + 1.0 for one in times) <= 2 * rate + 1


def test_the_whole_rate_is_used():
    assert len(sent(Pace(50.0), 10)) >= 500


def test_a_second_s_worth_may_come_at_once():
    pace = Pace(10.0)
    assert [pace.reserve(0.0) for _ in range(10)] == [0.0] * 10
    assert pace.reserve(0.0) == pytest.approx(0.1)


def test_a_refusal_halves_the_rate_and_time_gives_it_back():
    pace = Pace(10.0)
    pace.heard(429, None, 100.0)
    assert pace.rate(100.0) == 5.0
    assert pace.rate(102.0) == 6.0
    pace.heard(429, None, 102.0)
    assert pace.rate(102.0) == 3.0
    assert pace.rate(106.0) == 5.0
    assert pace.rate(1000.0) == 10.0


def test_refusals_of_calls_that_were_under_way_together_halve_it_once():
    pace = Pace(10.0)
    for number in range(10):
        pace.heard(429, None, 100.0 + number / 100)
    assert pace.rate(100.1) == pytest.approx(5.05)


def test_it_never_stops_altogether():
    pace = Pace(1.0)
    for second in range(50):
        pace.heard(429, None, float(second))
    assert pace.rate(49.0) == pytest.approx(0.1)


def test_nothing_goes_out_before_the_wait_that_an_answer_asked_for():
    pace = Pace(10.0)
    pace.heard(429, 30.0, 1000.0)
    assert pace.asked_to_wait(1000.0) == 30.0
    assert pace.reserve(1000.0) == 30.0
    assert pace.asked_to_wait(1031.0) == 0.0


def test_a_shorter_wait_does_not_end_a_longer_one():
    pace = Pace(10.0)
    pace.heard(429, 30.0, 0.0)
    pace.heard(429, 1.0, 0.0)
    assert pace.asked_to_wait(0.0) == 30.0


def test_after_the_wait_calls_do_not_come_all_at_once():
    pace = Pace(10.0)
    pace.heard(503, 30.0, 0.0)
    assert [pace.reserve(0.0) for _ in range(3)] == pytest.approx([30.0, 30.1, 30.2])


def test_other_credentials_owe_nothing():
    pace = Pace(10.0)
    pace.heard(429, 30.0, 0.0)
    pace.forgive()
    assert (pace.asked_to_wait(0.0), pace.rate(0.0)) == (0.0, 10.0)


def test_another_rate_counts_at_once_and_the_same_one_changes_nothing():
    pace = Pace(10.0)
    pace.heard(429, None, 0.0)
    pace.allow(10.0)
    assert pace.rate(0.0) == 5.0
    pace.allow(100.0)
    assert pace.rate(0.0) == 100.0


class TestTheBreaker:
    @pytest.mark.parametrize("status", [0, 429, 500, 502, 503])
    def test_it_opens_after_failures_in_a_row(self, status):
        breaker = Breaker()
        for _ in range(TRIPS_AT - 1):
            breaker.heard(status)
        assert not breaker.open
        breaker.heard(status)
        assert breaker.open

    @pytest.mark.parametrize("status", [200, 201, 400, 401, 404, 409, 422, 501])
    def test_an_answer_that_says_something_starts_the_count_anew(self, status):
        breaker = Breaker(failed=TRIPS_AT - 1)
        breaker.heard(status)
        breaker.heard(500)
        assert not breaker.open

    def test_a_read_of_the_account_closes_it(self):
        breaker = Breaker(failed=100)
        breaker.close()
        assert not breaker.open
