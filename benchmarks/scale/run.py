"""A whole run: who takes part, in which order, and what becomes of the numbers."""

from datetime import UTC, datetime
from pathlib import Path

from benchmarks.options import Options
from benchmarks.scale import docs, report
from benchmarks.scale.contenders import THREADS
from benchmarks.scale.hub import Hub
from benchmarks.scale.kopf_timers import KopfTimers
from benchmarks.scale.machine import machine
from benchmarks.scale.operator import Operator
from benchmarks.scale.phases import measure
from benchmarks.scale.plan import Plan
from benchmarks.scale.plot import PLOTS
from benchmarks.scale.progress import telling
from benchmarks.scale.raw import write_raw
from benchmarks.scale.recording import record
from benchmarks.scale.remarks import remarks
from benchmarks.scale.replay import replay
from benchmarks.scale.rest import measure_rest
from benchmarks.scale.samples import Samples
from benchmarks.scale.world import World, new_world

_RESULTS = Path(__file__).parents[1] / "results"


def main(options: Options) -> None:
    """Measure, print the tables, write raw data and pictures to benchmarks/results, and with `docs` the page."""
    plan, samples, host = Plan(options.size, options.runs, options.settled), Samples(), machine()
    parts = options.parts or tuple(report.PARTS)
    try:
        with new_world(plan) as world:
            if "work" in parts:
                _work(world, samples)
            if "rest" in parts:
                measure_rest(world, samples)
    finally:
        # An hour's figures are not lost for what went wrong after them.
        _publish(samples, plan, host)
    if options.docs:
        for part in parts:
            docs.write_page(part, samples, plan, host)


def _work(world: World, samples: Samples) -> None:
    with telling("the operator's requests are recorded"):
        recording = record(world)
    for run in range(world.plan.runs):
        contenders = (Operator(world), Hub(world, threads=1), Hub(world, threads=THREADS), KopfTimers(world))
        for contender in contenders:
            with telling(f"run {run + 1}, {contender.name}"):
                measure(contender, samples)
        with telling(f"run {run + 1}, bare clients"):
            replay(world, recording, samples)


def _publish(samples: Samples, plan: Plan, host: dict[str, str]) -> None:
    stem = _RESULTS / f"scale-{plan.size}-{datetime.now(UTC):%Y%m%d-%H%M%S}"
    write_raw(stem.with_suffix(".json"), samples, plan, host)
    for part, of in report.PARTS.items():
        metrics = of(plan)
        if samples.contenders(metrics):
            print(f"\n{report.text(report.table(samples, metrics))}\n")
            for line in remarks(samples, plan, metrics):
                print(f"  {line}")
            PLOTS[part](stem.with_name(f"{stem.name}-{part}.png"), samples, plan, host)
    print(f"\n  raw data and pictures: {stem.relative_to(Path.cwd()) if stem.is_relative_to(Path.cwd()) else stem}*")
