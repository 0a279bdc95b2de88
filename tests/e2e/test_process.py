"""The process as the kubelet and Prometheus see it, and what a stop in the middle of work leaves behind."""

import httpx
from tests.support.operator import OperatorProcess
from tests.support.team import TOKEN, Team, ready

from inference_operator.simulator import Fault

COUNT = 12


def _names() -> list[str]:
    return [f"e-{number}" for number in range(COUNT)]


def _begin_creates(team: Team, fault: Fault) -> None:
    """Have many creates under way that the provider has not answered."""
    team.sim.faults.add(fault)
    team.apply(*(team.manifest(name) for name in _names()))
    team.until(lambda: len(team.posts()) >= COUNT // 2, "creates are under way")
    assert any(post.status is None for post in team.posts())


def test_health_and_metrics_answer(team: Team, operator: OperatorProcess) -> None:
    team.create("chat")

    for path in ("healthz", "readyz"):
        answer = httpx.get(f"{operator.health_url}/{path}")
        assert (answer.status_code, answer.text.splitlines()[-1]) == (200, "check passed")
    counted = 'inference_operator_endpoint_state{state="running"} 1.0'
    team.until(lambda: counted in operator.metrics(), counted)
    metrics = operator.metrics()
    assert 'operation="create"' in metrics
    assert TOKEN not in metrics


def test_sigterm_ends_with_exit_code_0_and_loses_nothing_in_flight(team: Team, operator: OperatorProcess) -> None:
    # Longer than kopf lets tasks of others live once it stops.
    _begin_creates(team, Fault(operation="create", action="delay", delay=6.0))
    operator.stop()
    assert all(post.status == 200 for post in team.posts()), "what was under way was brought to its end"

    team.sim.faults.clear()
    operator.start()
    team.wait_all(_names(), ready)
    assert sorted(team.remotes()) == sorted(_names())
    assert len(team.posts()) == COUNT


def test_a_killed_operator_makes_no_second_endpoint(team: Team, operator: OperatorProcess) -> None:
    _begin_creates(team, Fault(operation="create", action="hang", when="after"))
    operator.kill()

    team.sim.faults.clear()
    operator.start()
    team.wait_all(_names(), ready)
    assert sorted(team.remotes()) == sorted(_names())
    assert len(team.posts()) == COUNT


def test_a_deletion_that_was_interrupted_is_finished_by_the_next_operator(
    team: Team, operator: OperatorProcess
) -> None:
    team.create("chat")
    operator.stop()
    team.delete("chat")
    assert team.find("chat") is not None

    operator.start()
    team.wait_gone("chat")
    assert team.remotes() == {}
