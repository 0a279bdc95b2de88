"""The contender `kopf timers`: an operator in kopf's per-object way, as small as its documentation shows it.

In its favour: handlers are asynchronous, share one connection pool, and keep to no limit. Run by `kopf run`.
"""

import os
from collections.abc import Mapping
from typing import Any

import aiohttp
import kopf

PLURAL = os.environ["BENCH_PLURAL"]
URL = os.environ["BENCH_URL"]
INTERVAL = float(os.environ["BENCH_INTERVAL"])
HEADERS = {"Authorization": f"Bearer {os.environ['BENCH_TOKEN']}"}


@kopf.on.startup()
async def connect(memo: kopf.Memo, **_: Any) -> None:
    memo.http = aiohttp.ClientSession(headers=HEADERS, raise_for_status=True)


@kopf.on.cleanup()
async def disconnect(memo: kopf.Memo, **_: Any) -> None:
    await memo.http.close()


@kopf.on.create(PLURAL)
async def create(name: str, namespace: str | None, spec: kopf.Spec, memo: kopf.Memo, **_: Any) -> None:
    await memo.http.post(f"{URL}/v2/endpoint/{namespace}", json={"name": name, **spec})


@kopf.on.update(PLURAL)
async def update(name: str, namespace: str | None, spec: kopf.Spec, memo: kopf.Memo, **_: Any) -> None:
    await memo.http.put(f"{URL}/v2/endpoint/{namespace}/{name}", json={"compute": spec["compute"]})


@kopf.on.delete(PLURAL)
async def delete(name: str, namespace: str | None, memo: kopf.Memo, **_: Any) -> None:
    await memo.http.delete(f"{URL}/v2/endpoint/{namespace}/{name}")


@kopf.timer(PLURAL, interval=INTERVAL)
async def look(
    *,
    name: str,
    namespace: str | None,
    spec: kopf.Spec,
    status: kopf.Status,
    patch: kopf.Patch,
    memo: kopf.Memo,
    **_: Any,
) -> None:
    async with memo.http.get(f"{URL}/v2/endpoint/{namespace}/{name}", raise_for_status=False) as answer:
        if answer.status == 404:
            return
        remote = await answer.json()
    if _scaling(remote) != _scaling(spec):
        await memo.http.put(f"{URL}/v2/endpoint/{namespace}/{name}", json={"compute": spec["compute"]})
    if remote["status"]["state"] != status.get("state"):
        patch.status["state"] = remote["status"]["state"]


def _scaling(document: Mapping[str, Any]) -> Any:
    return document["compute"]["scaling"]["maxReplica"]
