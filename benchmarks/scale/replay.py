"""The limits: the operator's requests, sent by a client that does nothing else."""

import asyncio
import itertools
import json
import time
from typing import Any

import aiohttp

from benchmarks.scale import samples as s
from benchmarks.scale import wanted, workload
from benchmarks.scale.contenders import BARE_HTTP, BARE_KUBE
from benchmarks.scale.costs import Costs
from benchmarks.scale.kube import Kube, at_once, connected
from benchmarks.scale.plan import APPLIED_AT_ONCE, LATENCY, MAX_REQUESTS_PER_SECOND
from benchmarks.scale.recording import Recording, Write
from benchmarks.scale.samples import Samples
from benchmarks.scale.world import World, endpoints


def replay(world: World, recording: Recording, samples: Samples) -> None:
    """Measure both limits once."""
    world.provider.reset(latency=LATENCY)
    calls, costs = recording.calls, Costs.start(world.provider)
    samples.add(s.POSTED, BARE_HTTP, asyncio.run(_provider(world, recording)))
    costs.keep(samples, BARE_HTTP)
    writes = world.provider.writes()
    samples.add(s.CREATE_REMOTE, BARE_HTTP, writes / world.plan.size)
    samples.add(s.CREATE_READS, BARE_HTTP, (len(calls) - writes) / world.plan.size)
    namespace = world.namespace()
    costs = Costs.start(world.provider)
    samples.add(s.POSTED, BARE_KUBE, asyncio.run(_kubernetes(world, recording, namespace)))
    costs.keep(samples, BARE_KUBE)
    samples.add(s.CREATE_KUBE, BARE_KUBE, sum(map(len, recording.writes.values())) / world.plan.size)
    world.purge(endpoints(namespace))


async def _provider(world: World, recording: Recording) -> float:
    """Seconds for all of its requests to the provider, as many at once and as many a second as it may have."""
    connector = aiohttp.TCPConnector(limit=APPLIED_AT_ONCE)
    headers = {"Authorization": f"Bearer {wanted.TOKEN}"}
    numbers, began = itertools.count(), time.perf_counter()

    async with aiohttp.ClientSession(world.provider.url, connector=connector, headers=headers) as http:

        async def send(call: dict[str, Any]) -> None:
            turn = began + next(numbers) / MAX_REQUESTS_PER_SECOND
            await asyncio.sleep(turn - time.perf_counter())
            method, path = call["method"], call["path"]
            async with http.request(method, path, json=call["body"], params=call["query"]) as answer:
                await answer.read()

        await at_once(send(call) for call in recording.calls)
        return time.perf_counter() - began


async def _kubernetes(world: World, recording: Recording, namespace: str) -> float:
    """Seconds for the applies and all of its writes: of each object one after the other, many objects at once."""
    async with connected(world.cluster.kubeconfig) as kube:
        began = time.perf_counter()
        await at_once(
            _object(kube, recording, namespace, name, recording.writes.get(name, [])) for name in world.plan.names()
        )
        return time.perf_counter() - began


async def _object(kube: Kube, recording: Recording, namespace: str, name: str, writes: list[Write]) -> None:
    manifest = workload.resource(namespace, name)
    present = (await kube.apply(f"{endpoints(namespace)}/{name}", manifest))["metadata"]
    for write in writes:
        path = write.path.replace(recording.namespace, namespace)
        text = write.body.replace(recording.namespace, namespace).replace(recording.uids[name], present["uid"])
        body = json.loads(text)
        if "resourceVersion" in body.get("metadata", {}):
            body["metadata"]["resourceVersion"] = present["resourceVersion"]
        answer = await kube.send(write.method, path, body, write.media_type)
        if answer["metadata"]["name"] == name:
            present = answer["metadata"]
