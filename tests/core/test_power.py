"""Power: an action happens once for each change of what is asked; at rest only paused against running is mended."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inference_operator.core.errors import Operation
from inference_operator.core.observation import State
from inference_operator.core.power import Power, action

RUNNING, PAUSED, ZERO = Power("running"), Power("paused"), Power("scaledToZero")
PAUSE, RESUME, TO_ZERO = Operation.PAUSE, Operation.RESUME, Operation.SCALE_TO_ZERO

powers = st.sampled_from(
    [Power(), RUNNING, PAUSED, ZERO, Power(None, 0), Power(None, 2), Power("running", 2), Power("paused", 2)]
)
states = st.sampled_from(list(State))
REACHED = {PAUSE: State.PAUSED, TO_ZERO: State.SCALED_TO_ZERO, RESUME: State.PENDING}


@pytest.mark.parametrize(
    ("power", "wanted"),
    [
        (Power(), None),
        (RUNNING, State.RUNNING),
        (PAUSED, State.PAUSED),
        (ZERO, State.SCALED_TO_ZERO),
        (Power(None, 0), State.SCALED_TO_ZERO),
        (Power(None, 1), State.RUNNING),
        (Power("running", 3), State.RUNNING),
        (Power("scaledToZero", 0), State.SCALED_TO_ZERO),
    ],
)
def test_what_state_is_wanted(power, wanted):
    assert power.wanted is wanted


@pytest.mark.parametrize(
    ("asked", "remote", "due"),
    [
        (RUNNING, State.PAUSED, RESUME),
        (RUNNING, State.SCALED_TO_ZERO, RESUME),
        (RUNNING, State.PENDING, None),
        (RUNNING, State.INITIALIZING, None),
        (RUNNING, State.FAILED, None),
        (PAUSED, State.RUNNING, PAUSE),
        (PAUSED, State.SCALED_TO_ZERO, PAUSE),
        (PAUSED, State.FAILED, PAUSE),
        (PAUSED, State.PENDING, PAUSE),
        (ZERO, State.RUNNING, TO_ZERO),
        (ZERO, State.PAUSED, TO_ZERO),
        (Power(None, 0), State.RUNNING, TO_ZERO),
        (Power(None, 2), State.SCALED_TO_ZERO, RESUME),
        (Power(None, 2), State.PAUSED, RESUME),
    ],
)
@pytest.mark.parametrize("applied", [None, Power(), Power("paused", 7)])
def test_what_a_change_of_the_spec_brings_about(asked, applied, remote, due):
    assert action(asked, applied, remote) is due


@pytest.mark.parametrize(
    ("asked", "remote", "due"),
    [
        (RUNNING, State.PAUSED, RESUME),
        (Power("running", 2), State.PAUSED, RESUME),
        (RUNNING, State.SCALED_TO_ZERO, None),
        (PAUSED, State.RUNNING, PAUSE),
        (PAUSED, State.INITIALIZING, PAUSE),
        (ZERO, State.RUNNING, None),
        (ZERO, State.INITIALIZING, None),
        (Power(None, 0), State.RUNNING, None),
        (Power(None, 2), State.SCALED_TO_ZERO, None),
    ],
)
def test_what_is_mended_at_rest(asked, remote, due):
    assert action(asked, asked, remote) is due


@given(powers, powers, states, st.booleans())
def test_no_power_is_touched_that_is_not_managed(asked, applied, remote, again):
    assert action(Power(), applied, remote, again=again) is None


@given(powers, st.none() | powers, states, st.booleans())
def test_what_is_so_already_is_left_alone(asked, applied, remote, again):
    if asked.wanted is remote:
        assert action(asked, applied, remote, again=again) is None


@given(powers, st.none() | powers, states, st.booleans())
def test_an_action_happens_once(asked, applied, remote, again):
    due = action(asked, applied, remote, again=again)
    if due is not None:
        assert action(asked, asked, REACHED[due]) is None, "done and recorded"
        assert action(asked, applied, REACHED[due], again=again) is None, "done, and not yet recorded"


@given(powers, states)
def test_a_request_to_reconcile_does_it_again(asked, remote):
    assert action(asked, asked, remote, again=True) is action(asked, Power("other"), remote)


@given(st.sampled_from([RUNNING, ZERO, Power(None, 0), Power(None, 2)]))
def test_neither_idling_to_zero_nor_waking_from_it_is_drift(asked):
    for remote in (State.SCALED_TO_ZERO, State.PENDING, State.INITIALIZING, State.RUNNING):
        assert action(asked, asked, remote) is None
