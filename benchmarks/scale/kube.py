"""The user's side of the API server: many writes at once, and one watch that says when each object is ready."""

import asyncio
import base64
import contextlib
import json
import ssl
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from contextlib import AbstractAsyncContextManager
from http import HTTPStatus
from pathlib import Path
from typing import Any

import aiohttp
import yaml

from benchmarks.scale.plan import APPLIED_AT_ONCE

Object = dict[str, Any]
APPLY = "application/apply-patch+yaml"
MERGE = "application/merge-patch+json"
_LINE = 1 << 20
_AGAIN = 0.2


class Kube:
    """The API server as administrator, over at most `APPLIED_AT_ONCE` connections, and one for the watch."""

    def __init__(self, http: aiohttp.ClientSession) -> None:
        self._http = http

    async def send(self, method: str, path: str, body: Any = None, media_type: str = "application/json") -> Object:
        """One request; RuntimeError when it is refused."""
        data = None if body is None else json.dumps(body)
        async with self._http.request(method, path, data=data, headers={"Content-Type": media_type}) as answer:
            if answer.status >= 400:
                raise RuntimeError(f"{method} {path}: {answer.status} {(await answer.text())[:500]}")
            document: Object = await answer.json()
            return document

    async def apply(self, path: str, manifest: Mapping[str, Any]) -> Object:
        """Server-side apply, as kubectl and GitOps tools do it."""
        return await self.send("PATCH", f"{path}?fieldManager=user&force=true", manifest, APPLY)

    async def merge(self, path: str, patch: Mapping[str, Any]) -> Object:
        """Merge patch."""
        return await self.send("PATCH", f"{path}?fieldManager=user", patch, MERGE)

    @contextlib.asynccontextmanager
    async def watching(self, path: str, holds: Callable[[Object], bool]) -> AsyncIterator["Watch"]:
        """Watch a collection from now on."""
        watch = Watch(holds, (await self.send("GET", f"{path}?limit=1"))["metadata"]["resourceVersion"])
        task = asyncio.create_task(watch.follow(lambda version: self._from(path, version)))
        try:
            yield watch
        finally:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task

    @contextlib.asynccontextmanager
    async def _from(self, path: str, version: str) -> AsyncIterator[aiohttp.StreamReader | None]:
        query = f"{path}?watch=1&resourceVersion={version}"
        async with self._http.get(query, timeout=aiohttp.ClientTimeout(total=None)) as answer:
            yield None if answer.status == HTTPStatus.TOO_MANY_REQUESTS else answer.content


class Watch:
    """The objects seen by a watch: when each first fulfilled the predicate, in seconds since 1970."""

    def __init__(self, holds: Callable[[Object], bool], version: str) -> None:
        self.since: dict[str, float] = {}
        self._holds = holds
        self._version = version
        self._news = asyncio.Event()

    async def follow(self, begin: Callable[[str], AbstractAsyncContextManager[aiohttp.StreamReader | None]]) -> None:
        """Read on from the version seen last, also where the API server ends a watch, or has none to offer yet.

        It does so to all of a kind when it makes the storage of a new CRD anew, some seconds after it was applied.
        """
        while True:
            async with begin(self._version) as stream:
                if stream is not None:
                    async for line in stream:
                        self._saw(json.loads(line))
            await asyncio.sleep(_AGAIN)

    def _saw(self, event: Object) -> None:
        if event["type"] == "ERROR":
            raise RuntimeError(f"the watch ended: {event['object']}")
        metadata = event["object"]["metadata"]
        self._version = metadata["resourceVersion"]
        name = metadata["name"]
        if event["type"] != "DELETED" and name not in self.since and self._holds(event["object"]):
            self.since[name] = time.time()
            self._news.set()

    async def until(self, count: int, *, seconds: float) -> float:
        """Wait for so many objects; return when the last of them was seen."""
        try:
            async with asyncio.timeout(seconds):
                while len(self.since) < count:
                    self._news.clear()
                    await self._news.wait()
        except TimeoutError:
            raise TimeoutError(f"{len(self.since)} of {count} ready in {seconds:.0f} s") from None
        return max(self.since.values(), default=time.time())


@contextlib.asynccontextmanager
async def connected(kubeconfig: Path) -> AsyncIterator[Kube]:
    """A client for the API server of a kubeconfig with a token."""
    server, trust, token = login(kubeconfig)
    connector = aiohttp.TCPConnector(ssl=trust, limit=APPLIED_AT_ONCE + 1)
    headers = {"Authorization": f"Bearer {token}"}
    async with aiohttp.ClientSession(server, connector=connector, headers=headers, read_bufsize=_LINE) as http:
        yield Kube(http)


def login(kubeconfig: Path) -> tuple[str, ssl.SSLContext, str]:
    """Address, trust and token of a kubeconfig that has them inline."""
    config = yaml.safe_load(kubeconfig.read_text())
    cluster, user = config["clusters"][0]["cluster"], config["users"][0]["user"]
    authority = base64.b64decode(cluster["certificate-authority-data"]).decode()
    return cluster["server"], ssl.create_default_context(cadata=authority), user["token"]


async def at_once(works: Iterable[Awaitable[Any]], width: int = APPLIED_AT_ONCE) -> None:
    """Do them in order, so many at a time."""
    left = iter(works)

    async def worker() -> None:
        for work in left:
            await work

    await asyncio.gather(*(worker() for _ in range(width)))


def write_counts(metrics: str) -> Counter[str]:
    """Writes by resource from the API server's metrics; not the user's applies, and no Lease."""
    counts: Counter[str] = Counter()
    for line in metrics.splitlines():
        if line.startswith("apiserver_request_total{"):
            labels, _, value = line.partition("{")[2].rpartition("} ")
            label = dict(pair.split("=", 1) for pair in labels.replace('"', "").split(","))
            if label["verb"] in {"POST", "PUT", "PATCH", "DELETE"} and label["resource"] != "leases":
                counts[f"{label['resource']}/{label['subresource']}".rstrip("/")] += int(float(value))
    return counts
