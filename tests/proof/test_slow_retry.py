"""What waits for a person heals without one, too, once its cause is gone: more slowly, but by itself (I3)."""

import pytest
from tests.support.team import Team, ready, says

from inference_operator.simulator.faults import Fault

_SLOW_RETRY = 30
"""Seconds to the first retry of what waits for a person."""


@pytest.mark.proof
def test_refusals_heal_by_themselves(team: Team) -> None:
    team.create("edited")
    for operation in ("create", "update"):
        team.sim.faults.add(Fault(operation=operation, namespace=team.namespace, status=403))
    team.apply(team.manifest("refused"))
    team.edit("edited", model={"env": {"A": "1"}})
    team.wait_all(["refused", "edited"], says("Stalled", "True", "PermissionDenied"))
    team.await_polls(4)
    assert [len(team.posts("refused")), len(team.puts("edited"))] == [1, 1], "what waits for a person is left alone"
    team.sim.faults.clear()

    team.wait_all(["refused", "edited"], ready, timeout=_SLOW_RETRY * 2)
    assert [post.status for post in team.posts("refused")] == [403, 200]
    assert [put.status for put in team.puts("edited")] == [403, 200]
    first, second = team.posts("refused")
    assert second.time - first.time >= _SLOW_RETRY
