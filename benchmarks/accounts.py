"""What four accounts in trouble cost six others: the time from an edit to its arrival at the provider.

One operator, an API server and a simulated provider on this machine. The accounts in trouble answer 401, 429, 500, or
not at all; their endpoints are edited as often as the others'.
"""

import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

from tests.support.site import new_site
from tests.support.team import Team, ready

from benchmarks.options import Options
from inference_operator.simulator import Fault, Simulator

TROUBLES: tuple[dict[str, Any], ...] = (
    {"status": 401},
    {"status": 429, "headers": {"Retry-After": "5"}},
    {"action": "hang"},
    {"status": 500},
)
ACCOUNTS = [f"account-{number}" for number in range(10)]
TROUBLED, HEALTHY = ACCOUNTS[: len(TROUBLES)], ACCOUNTS[len(TROUBLES) :]
EDITS = 5
"""Of each endpoint and run, one a second."""


def main(options: Options) -> None:
    stages: dict[str, Any] = {"pending_seconds": 0.1, "initializing_seconds": 0.1, "updating_seconds": 0.1}
    with (
        Simulator.start(**stages) as simulator,
        tempfile.TemporaryDirectory() as directory,
        new_site(simulator, Path(directory)) as site,
    ):
        operator = site.operator("--provider-timeout=5").start()
        team = site.team()
        settle_in(team)
        alone, beside = [], []
        for _ in range(options.runs):
            alone.append(latency(team))
            for name, trouble in zip(TROUBLED, TROUBLES, strict=True):
                team.sim.faults.add(Fault(token=token(name), **trouble))
            time.sleep(3)
            beside.append(latency(team))
            team.sim.faults.clear()
            team.wait_all(ACCOUNTS, ready, timeout=120)
        report(alone, beside)
        team.move_out()
        operator.stop()


def settle_in(team: Team) -> None:
    for name in ACCOUNTS:
        team.secret(name, token=token(name))
        team.account(name, huggingFace={"tokenSecretRef": {"name": name}})
    team.apply(*(team.manifest(name, accountRef={"name": name}) for name in ACCOUNTS))
    team.wait_all(ACCOUNTS, ready)


def latency(team: Team) -> float:
    """Median seconds from an edit of a healthy account's endpoint to its arrival."""
    taken = []
    for number in range(EDITS):
        wanted = 2 + number if team.remote(HEALTHY[0])["compute"]["scaling"]["maxReplica"] != 2 + number else 9
        for name in TROUBLED:
            edit(team, name, wanted)
        for name in HEALTHY:
            started = time.perf_counter()
            edit(team, name, wanted)
            while team.remote(name)["compute"]["scaling"]["maxReplica"] != wanted:
                time.sleep(0.002)
            taken.append(time.perf_counter() - started)
        time.sleep(1)
    return statistics.median(taken)


def edit(team: Team, name: str, max_replica: int) -> None:
    team.edit(name, compute={"scaling": {"maxReplica": max_replica}})


def token(account: str) -> str:
    return f"hf_bench{account.replace('-', '')}"


def report(alone: list[float], beside: list[float]) -> None:
    rows: dict[str, Any] = {"all ten well": alone, "four in trouble": beside}
    base = statistics.median(alone)
    for name, seconds in rows.items():
        median = statistics.median(seconds)
        spread = f"({min(seconds) * 1000:.0f}-{max(seconds) * 1000:.0f})"
        print(f"  {name:>16}  {median * 1000:6.0f} ms {spread}  x{median / base:.2f}")
