"""When to look again: soon while something moves, slower the longer it fails, never before the provider allows."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inference_operator.core.cadence import FAST_LOOK, poll_after, retry_after
from inference_operator.core.failures import Failure

failures = st.builds(
    Failure, st.just("Reason"), st.just("message"), st.booleans(), st.none() | st.floats(0, 10_000, allow_nan=False)
)


@given(st.timedeltas(timedelta(seconds=1), timedelta(hours=1)), st.floats(-10, 4000))
def test_an_account_is_read_at_its_interval_and_faster_while_something_moves(interval, strict_in):
    fast, seconds = min(interval, FAST_LOOK).total_seconds(), interval.total_seconds()
    assert poll_after(interval, in_transition=True, strict_in=strict_in) == fast
    assert poll_after(interval, in_transition=False, strict_in=seconds) == seconds
    assert fast <= poll_after(interval, in_transition=False, strict_in=strict_in) <= seconds
    assert poll_after(interval, in_transition=False, strict_in=fast) == fast, "a look between puts no beat off"


@pytest.mark.parametrize(
    ("terminal", "expected"),
    [(True, [30, 60, 120, 240, 480, 600, 600]), (False, [1, 2, 4, 8, 16, 32, 60, 60])],
)
def test_it_backs_off_to_a_bound(terminal, expected):
    assert [retry_after(Failure("R", "m", terminal), repeats) for repeats in range(len(expected))] == expected


@given(failures, st.integers(0, 10_000))
def test_it_waits_at_least_as_long_as_the_provider_asks_and_always_comes_back(failure, repeats):
    after = retry_after(failure, repeats)
    assert after >= (failure.retry_after or 0)
    assert 1 <= after <= max(600, failure.retry_after or 0)
    assert after <= retry_after(failure, repeats + 1)
