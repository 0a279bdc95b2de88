"""The work, measured alike for each contender: create, rest, drift, edits."""

import random
import time

from benchmarks.scale import samples as s
from benchmarks.scale import usage, wanted
from benchmarks.scale.contender import ByResources, Contender
from benchmarks.scale.costs import Costs
from benchmarks.scale.operator import Operator
from benchmarks.scale.plan import LATENCY
from benchmarks.scale.samples import Samples


def measure(contender: Contender, samples: Samples) -> None:
    """One run of one contender, from nothing to nothing."""
    contender.world.provider.reset(latency=LATENCY)
    with contender.at_work():
        _create(contender, samples)
        with contender.guard():
            _steady(contender, samples)
            if isinstance(contender, Operator):
                _singles(contender, samples)
            _drift(contender, samples)
        _edit(contender, samples)


def _create(contender: Contender, samples: Samples) -> None:
    world, size, name = contender.world, contender.plan.size, contender.name
    by_resources = isinstance(contender, ByResources)
    world.provider.forget()
    writes = world.kube_writes() if by_resources else None
    costs = Costs.start(world.provider)
    own = usage.Stopwatch.start(contender.pid) if by_resources else None
    began, ready = contender.create()
    costs.keep(samples, name)
    posts = world.provider.journal("create")
    samples.add(s.POSTED, name, posts[-1]["time"] - began)
    samples.add(s.READY, name, ready - began)
    samples.add(s.CREATE_REMOTE, name, world.provider.writes() / size)
    samples.add(s.CREATE_READS, name, (world.provider.total() - world.provider.writes()) / size)
    if own is not None and writes is not None:
        samples.add(s.CREATE_CPU, name, own.seconds)
        samples.add(s.CREATE_KUBE, name, (world.kube_writes() - writes).total() / size)


def _steady(contender: Contender, samples: Samples) -> None:
    world, name = contender.world, contender.name
    time.sleep(contender.plan.interval + contender.plan.quiet)
    world.provider.forget()
    writes = world.kube_writes() if isinstance(contender, ByResources) else None
    own = usage.Stopwatch.start(contender.pid)
    time.sleep(contender.plan.window)
    samples.add(s.STEADY_CPU, name, own.millicores)
    minutes = contender.plan.window / 60
    samples.add(s.STEADY_CALLS, name, world.provider.total() / minutes)
    samples.add(s.STEADY_RSS, name, usage.rss(contender.pid))
    if writes is not None:
        samples.add(s.STEADY_KUBE, name, (world.kube_writes() - writes).total() / minutes)


def _singles(operator: Operator, samples: Samples) -> None:
    operator.world.provider.forget()
    to_post, to_ready = operator.singles(operator.plan.singles)
    samples.add(s.SINGLE_POST, operator.name, *(1000 * seconds for seconds in to_post))
    samples.add(s.SINGLE_READY, operator.name, *to_ready)


def _drift(contender: Contender, samples: Samples) -> None:
    provider = contender.world.provider
    # At any moment between two looks: right after one, each would take a whole interval.
    time.sleep(contender.plan.quiet + random.uniform(0, contender.plan.interval))
    provider.forget()
    changed = time.time()
    provider.drift(contender.namespace, random.choice(contender.plan.names()))
    provider.await_calls("update", 1, timeout=contender.plan.patience)
    samples.add(s.DRIFT, contender.name, provider.last("update") - changed)


def _edit(contender: Contender, samples: Samples) -> None:
    provider, name, size = contender.world.provider, contender.name, contender.plan.size
    time.sleep(contender.plan.quiet)
    provider.forget()
    began, sent = contender.edit()
    _await_outcome(contender)
    share = contender.rounds / contender.plan.edits
    samples.add(s.EDIT_SECONDS, name, (provider.last("update") - began) / share)
    samples.add(s.EDIT_SENT, name, (sent - began) / share)
    samples.add(s.EDIT_PUTS, name, provider.calls()["update"] / size / share)


def _await_outcome(contender: Contender) -> None:
    """Return when every endpoint is as edited last, and nobody edits any more."""
    plan, provider = contender.plan, contender.world.provider
    last, deadline, right = wanted.REPLICAS + contender.rounds, time.monotonic() + plan.patience, 0
    while right < plan.size:
        if time.monotonic() > deadline:
            raise TimeoutError(f"{contender.name}: {right} of {plan.size} endpoints are as edited last")
        provider.await_quiet("update", quiet=plan.quiet, timeout=plan.patience)
        right = provider.max_replicas(contender.namespace).count(last)
