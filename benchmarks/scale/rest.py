"""Cold starts over what is settled, and what the operator uses at rest: from none to twenty times the size.

The operator itself settles the resources, at full speed; then it is started anew for each measurement.
"""

import asyncio
import time

import httpx

from benchmarks.scale import samples as s
from benchmarks.scale import usage, wanted
from benchmarks.scale.contenders import BARE_HTTP
from benchmarks.scale.operator import Operator
from benchmarks.scale.plan import LATENCY, PAGE
from benchmarks.scale.progress import telling
from benchmarks.scale.samples import Samples
from benchmarks.scale.world import World

_UNHURRIED = 1000
_LOOK_AGAIN = 0.25


def measure_rest(world: World, samples: Samples) -> None:
    """All of it. What is made goes with the cluster."""
    world.provider.reset(latency=0)
    operator, made = Operator(world, max_requests_per_second=_UNHURRIED), 0
    with operator.started():
        for count in world.plan.settled:
            with telling(f"{count:,} settled"):
                world.provider.latency(0)
                _settle(operator, made, count)
                made = count
                samples.add(s.grown_rss(count), operator.name, usage.rss(operator.process.pid))
            world.provider.latency(LATENCY)
            for run in range(world.plan.runs):
                with telling(f"run {run + 1}, started over {count:,}"):
                    _start_over(operator, count, samples)
                    _rest(operator, count, samples)
            if seconds := world.plan.between_sweeps(count):
                with telling(f"from one reading of all {count:,} to the next"):
                    _sweep(operator, count, seconds, samples)


def _settle(operator: Operator, made: int, count: int) -> None:
    if count > made:
        asyncio.run(operator.make(operator.plan.names(count)[made:]))
        time.sleep(operator.plan.calm)


def _start_over(operator: Operator, count: int, samples: Samples) -> None:
    world, process = operator.world, operator.process
    process.stop()
    world.provider.forget()
    writes, began = world.kube_writes(), time.monotonic()
    process.launch()
    if not count:
        time.sleep(operator.plan.quiet)
        return
    samples.add(s.cold_seconds(count), operator.name, _in_sync(operator, count) - began)
    lists = world.provider.calls()["list"]
    samples.add(s.cold_calls(count), operator.name, world.provider.total())
    samples.add(s.cold_writes(count), operator.name, (world.kube_writes() - writes).total())
    samples.add(s.cold_seconds(count), BARE_HTTP, _bare_list(operator))
    samples.add(s.cold_pages(count), operator.name, lists)


def _in_sync(operator: Operator, count: int) -> float:
    """When the last resource was reconciled: all were, after the account was read, and nothing more followed."""
    deadline, seen, since = time.monotonic() + operator.plan.patience, -1.0, time.monotonic()
    while time.monotonic() < deadline:
        metrics = _metrics(operator.process.metrics())
        done = metrics.get("controller_runtime_reconcile_total", 0.0)
        read = "inference_operator_observation_age_seconds" in metrics
        if done != seen or not read or metrics.get("workqueue_depth", 0.0):
            seen, since = done, time.monotonic()
        elif done >= count and time.monotonic() - since > operator.plan.quiet:
            return since
        time.sleep(_LOOK_AGAIN)
    raise TimeoutError(f"not in sync over {count} after {operator.plan.patience:.0f} s: {seen:.0f} reconciles")


def _metrics(text: str) -> dict[str, float]:
    """Each metric's sum over its labels."""
    sums: dict[str, float] = {}
    for line in text.splitlines():
        if line and not line.startswith("#"):
            name, _, value = line.rpartition(" ")
            plain = name.partition("{")[0]
            sums[plain] = sums.get(plain, 0.0) + float(value)
    return sums


def _bare_list(operator: Operator) -> float:
    """Seconds to read all pages of the account's list, and throw them away."""
    headers = {"Authorization": f"Bearer {wanted.TOKEN}"}
    path = f"{operator.world.provider.url}/v2/endpoint/{operator.namespace}"
    query: dict[str, str | int] = {"limit": PAGE}
    began = time.monotonic()
    with httpx.Client(headers=headers, timeout=60, trust_env=False) as http:
        while cursor := http.get(path, params=query).raise_for_status().json().get("nextCursor"):
            query["cursor"] = cursor
    return time.monotonic() - began


def _rest(operator: Operator, count: int, samples: Samples) -> None:
    plan, pid = operator.plan, operator.process.pid
    time.sleep(plan.interval)
    operator.world.provider.forget()
    watch = usage.Stopwatch.start(pid)
    time.sleep(plan.rest)
    samples.add(s.rest_cpu(count), operator.name, watch.millicores)
    samples.add(s.rest_calls(count), operator.name, operator.world.provider.total() * 60 / plan.rest)
    samples.add(s.rest_rss(count), operator.name, usage.rss(pid))


def _sweep(operator: Operator, count: int, seconds: float, samples: Samples) -> None:
    operator.world.provider.forget()
    watch = usage.Stopwatch.start(operator.process.pid)
    time.sleep(seconds)
    samples.add(s.sweep_cpu(count), operator.name, watch.millicores)
    lists = operator.world.provider.calls()["list"]
    least = count // PAGE + seconds // operator.plan.interval - 2
    if lists < least:
        raise RuntimeError(f"no reading of all pages came within {seconds:.0f} s: {lists} of {least:.0f} pages")
