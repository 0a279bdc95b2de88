"""Nothing that the operator holds grows with time: a month of simulated time, and as long as one likes in real time."""

import itertools
import os
import random
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.e2e.conftest import NewTeam
from tests.runtime.long_run import LongRun, Weight, entries, longer_than
from tests.support.operator import OperatorProcess
from tests.support.team import Team, ready

from inference_operator.kube import events
from inference_operator.simulator import Fault

pytestmark = pytest.mark.proof

SIZE, DAYS, WARM = 20, 30, 3
PER_NAME = (DAYS - WARM) * SIZE // 2
"""Entries by which no container may grow: each day all names are others."""

BLOCKS = 3_000
"""Blocks of memory that caches with a bound may still take. One for each read of the account would be 7,776."""


@pytest.mark.timeout(900)
@pytest.mark.usefixtures("quiet")
def test_a_month_of_edits_faults_and_rotations_leaves_nothing_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    # What is remembered of Events has a bound, which is to be reached while it gets warm.
    monkeypatch.setattr(events, "_REMEMBERED", 64)
    world = LongRun(SIZE, seed=7)
    world.slow_down()

    async def days(count: int) -> None:
        for _ in range(count):
            await world.day()

    async def month() -> tuple[Weight, Weight, list[str]]:
        await days(WARM)
        known = entries()
        warm = Weight.now()
        await days(DAYS - WARM)
        return warm, Weight.now(), longer_than(known, by=PER_NAME)

    warm, after, longer = world.run(month())
    assert not longer, "something is kept of each name there ever was"
    grown = after.beyond(warm).most_common(10)
    assert after.blocks - warm.blocks < BLOCKS, grown
    assert sum(after.objects.values()) - sum(warm.objects.values()) < BLOCKS / 4, grown
    assert (after.tasks, after.files) == (warm.tasks, warm.files)
    assert len(world.deeds) == 13, world.deeds
    assert min(world.deeds.values()) > DAYS / 2


# With --soak-seconds: a real process.

ENDPOINTS, WARM_SHARE, SAMPLES = 50, 0.25, 20
KIB = 8 * 1024
"""What the resident memory may still grow by when it is warm: a heap's fragments. In KiB."""


@dataclass(frozen=True)
class Vitals:
    """What the system says of a process: resident memory in KiB, threads, and open files."""

    rss: int
    threads: int
    files: int

    @classmethod
    def of(cls, pid: int) -> "Vitals":
        text = Path(f"/proc/{pid}/status").read_text()
        fields = dict(line.split(":", 1) for line in text.splitlines())
        return cls(int(fields["VmRSS"].split()[0]), int(fields["Threads"]), len(os.listdir(f"/proc/{pid}/fd")))


@pytest.fixture
def busy_team(new_team: NewTeam) -> Iterator[Team]:
    with new_team() as team:
        names = [f"e-{number}" for number in range(ENDPOINTS)]
        team.apply(*map(team.manifest, names))
        team.wait_all(names, ready, timeout=120)
        yield team


@pytest.mark.timeout(0)
def test_a_process_stays_as_it_is_for_as_long_as_one_likes(
    request: pytest.FixtureRequest, operator: OperatorProcess
) -> None:
    seconds = request.config.getoption("--soak-seconds")
    if not seconds:
        pytest.skip("--soak-seconds says for how long; 3600 is an hour")
    team, rng = request.getfixturevalue("busy_team"), random.Random(7)
    vitals, numbers = list[Vitals](), itertools.count(ENDPOINTS)
    names = [f"e-{number}" for number in range(ENDPOINTS)]
    for _ in range(SAMPLES):
        until = time.monotonic() + seconds / SAMPLES
        while time.monotonic() < until:
            _something_happens(team, rng, names, numbers)
            time.sleep(1)
        vitals.append(_at_rest(team, operator, names))
    warm, after = vitals[int(SAMPLES * WARM_SHARE) :], vitals[-1]
    assert after.rss <= warm[0].rss + KIB, vitals
    assert after.threads <= max(one.threads for one in warm[:-1]), vitals
    assert after.files <= max(one.files for one in warm[:-1]) + 2, vitals


def _something_happens(team: Team, rng: random.Random, names: list[str], numbers: Iterator[int]) -> None:
    place = rng.randrange(ENDPOINTS)
    name = names[place]
    match rng.randrange(5):
        case 0 | 1:
            team.apply(team.manifest(name, huggingFace={"model": {"env": {"A": str(rng.random())}}}))
        case 2:
            # Another comes in its place, for what is kept of a name to be seen.
            names[place] = f"e-{next(numbers)}"
            team.delete(name)
            team.apply(team.manifest(names[place]))
        case 3:
            team.sim.faults.add(Fault(namespace=team.namespace, status=rng.choice([429, 500, 503]), times=5))
        case _:
            team.sim.faults.add(Fault(namespace=team.namespace, action="drop", when="after", times=3))


def _at_rest(team: Team, operator: OperatorProcess, names: list[str]) -> Vitals:
    team.sim.faults.clear()
    team.until(lambda: all("deletionTimestamp" not in one["metadata"] for one in team.endpoints()), "none goes", 120)
    team.apply(*map(team.manifest, names))
    team.wait_all(names, ready, timeout=120)
    team.await_polls(3)
    team.forget_requests()
    return Vitals.of(operator.pid)
