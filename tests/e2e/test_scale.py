"""What many endpoints cost on a real API server: at rest, after many edits, and before the first call of a new one."""

import re
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from tests.e2e.conftest import NewTeam
from tests.support.operator import OperatorProcess
from tests.support.team import Team, ready

from inference_operator.simulator import Fault

pytestmark = [pytest.mark.proof, pytest.mark.timeout(600)]

SETTLED, PAGE, TICKS = 200, 20, 120
EDITED, EDITS = 100, 10
ONE_BY_ONE = 40
BESIDE = {"leases", "inferenceaccounts"}
_REQUESTS = re.compile(
    r'^rest_client_requests_total\{code="\w+",method="(\w+)",resource="([\w.]*)"\} ([\d.e+]+)$', re.MULTILINE
)


@pytest.fixture(scope="module")
def resting(new_team: NewTeam, operator: OperatorProcess) -> Iterator[Team]:
    """A team with 200 endpoints that are settled, in pages of 20."""
    with new_team() as team:
        began = datetime.now(UTC).isoformat()
        team.sim.knobs.page_size = team.sim.knobs.max_limit = PAGE
        names = [f"e-{number:03}" for number in range(SETTLED)]
        for start in range(0, SETTLED, PAGE):
            team.apply(*map(team.manifest, names[start : start + PAGE]))
            team.wait_all(names[start : start + PAGE], ready, timeout=120)
        operator.stop()
        _an_hour_passes(team)
        operator.start()
        team.until(lambda: all(one["status"]["updatedAt"] < began for one in team.endpoints()), "all is shown", 60)
        _await_first_pages(team, 5)
        yield team


def _an_hour_passes(team: Team) -> None:
    """For two minutes after changes others are looked for below them: that is no rest yet."""
    control = team.sim.control
    with control.lock:
        for one in control.records(team.namespace):
            control.store.settle(replace(one, updated_at=one.updated_at - 3600))


def _first_pages(team: Team) -> int:
    return sum("cursor" not in one.query for one in team.requests("list"))


def _await_first_pages(team: Team, count: int) -> None:
    wanted = _first_pages(team) + count
    team.until(lambda: _first_pages(team) >= wanted, f"{count} first pages", timeout=60 + 3 * count)


def _kubernetes(operator: OperatorProcess) -> Counter[tuple[str, str]]:
    """The requests to the API server so far, by method and resource."""
    found = Counter[tuple[str, str]]()
    for method, resource, count in _REQUESTS.findall(operator.metrics()):
        found[method, resource] += int(float(count))
    return found


def _objects(team: Team) -> dict[str, str]:
    kinds = ("endpoint", "account", "configmap", "secret", "event")
    return {
        f"{kind}/{obj['metadata']['name']}": obj["metadata"]["resourceVersion"]
        for kind in kinds
        for obj in team.api.items(team.path(kind))
    }


def test_200_at_rest_cost_a_page_for_each_tick_a_sweep_now_and_then_and_nothing_else(
    resting: Team, operator: OperatorProcess
) -> None:
    before, asked = _objects(resting), _kubernetes(operator)
    resting.forget_requests()
    began = time.monotonic()
    _await_first_pages(resting, TICKS)
    took = time.monotonic() - began

    requests, asked = resting.requests(), _kubernetes(operator) - asked
    first = sum("cursor" not in one.query for one in requests)
    assert TICKS <= first <= took + 3, "not more than one for each tick"
    assert {one.operation for one in requests} <= {"list", "catalogue"}
    sweeps = [one for one in requests if "cursor" in one.query]
    # Ten pages, not more than one for each second: every ten seconds.
    assert len(sweeps) <= (SETTLED // PAGE - 1) * (took / 10 + 1)
    assert _objects(resting) == before
    assert {resource for method, resource in asked if method != "GET"} <= {"leases"}


def test_one_that_is_new_costs_two_writes_to_kubernetes_before_it_is_made(
    resting: Team, operator: OperatorProcess
) -> None:
    resting.forget_requests()
    # While the provider thinks, it is seen what was asked of Kubernetes before it was called.
    resting.sim.faults.add(Fault(operation="create", action="delay", delay=0.5))
    took = []
    for number in range(ONE_BY_ONE):
        name, before = f"new-{number:02}", _kubernetes(operator)
        began = time.monotonic()
        resting.apply(resting.manifest(name))
        resting.until(lambda name=name: resting.posts(name), f"{name} is made")
        took.append(time.monotonic() - began)
        asked = _kubernetes(operator) - before
        resting.wait(name, ready)
        # What the account counts is written at its own beat.
        writes = {one: count for one, count in asked.items() if one[0] != "GET" and one[1] not in BESIDE}
        assert writes == {("PATCH", "inferenceendpoints"): 2}, f"{writes}: its finalizer, and where it will be"
        time.sleep(1)
    resting.sim.faults.clear()
    times = f"apply to POST, slowest of {ONE_BY_ONE}: {max(took):.3f} s, median {sorted(took)[ONE_BY_ONE // 2]:.3f} s"
    assert len(resting.posts()) == ONE_BY_ONE, times
    assert resting.puts() == [], times


def test_many_edits_in_a_row_are_few_updates_and_the_last_one_counts(resting: Team) -> None:
    names = [f"e-{number:03}" for number in range(EDITED)]
    resting.forget_requests()
    began = time.monotonic()
    with ThreadPoolExecutor(8) as pool:
        for number in range(EDITS):
            list(pool.map(lambda name, to=str(number): resting.edit(name, model={"env": {"A": to}}), names))
    took = time.monotonic() - began

    def all_arrived() -> bool:
        remotes = resting.remotes()
        return all(remotes[name]["model"].get("env") == {"A": str(EDITS - 1)} for name in names)

    resting.until(all_arrived, "the last edit of each arrives", timeout=60)
    resting.wait_all(names, ready, timeout=60)
    # One at once, and another every three seconds as long as the edits come, and after them.
    allowed = EDITED * (2 + took // 3)
    assert len(resting.puts()) <= allowed, f"{len(resting.puts())} PUTs for edits of {took:.1f} s"
