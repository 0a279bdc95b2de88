"""The gauge of orphans follows the ledger: at once, after each entry, and when somebody edited it."""

import asyncio
from collections.abc import Callable
from typing import Any, cast

import pytest
from tests.runtime.kube_api import KubeApi

from inference_operator.api.names import ENDPOINT_KIND, FINALIZER
from inference_operator.core.orphans import LEDGER, Orphan
from inference_operator.kube import ledger, paths
from inference_operator.kube.errors import Unavailable
from inference_operator.kube.session import Session
from inference_operator.runtime import orphan_ledger
from inference_operator.runtime.index import Index
from inference_operator.runtime.orphan_ledger import LedgerKeeper

HERE = "operator"


def orphan(name: str) -> Orphan:
    reference = {"provider": "p", "baseURL": "https://api.example", "namespace": "acme", "name": name}
    return Orphan("team-a", name, "uid", reference, "CredentialsInvalid", "", "2026-11-21T09:00:00Z")


def resource(name: str, **metadata: Any) -> dict[str, Any]:
    return {
        "kind": ENDPOINT_KIND,
        "metadata": {"namespace": "team-a", "name": name, "uid": name, "finalizers": [FINALIZER]} | metadata,
        "status": {"remoteRef": {**orphan(name).remote, "createdAt": "2026-11-20T09:00:00Z"}},
    }


def counting(
    session: Session, index: Index, told: Callable[[int], None], complete: Callable[[], bool] = lambda: True
) -> LedgerKeeper:
    return LedgerKeeper(session, HERE, index, complete, told)


class Told:
    """What the gauge was set to."""

    def __init__(self) -> None:
        self.counts: list[int] = []
        self._changed = asyncio.Event()

    def __call__(self, count: int) -> None:
        self.counts.append(count)
        self._changed.set()

    async def another(self) -> int:
        await self._changed.wait()
        self._changed.clear()
        return self.counts[-1]


@pytest.fixture
def api() -> KubeApi:
    return KubeApi()


@pytest.fixture
def session(api: KubeApi) -> Session:
    return cast("Session", api)


async def test_it_counts_when_the_operator_begins_and_after_each_entry(session: Session) -> None:
    told = Told()
    count = counting(session, Index(), told)
    async with count.running():
        assert await told.another() == 0
        await ledger.enter(session, HERE, orphan("a"))
        count.look_again()
        assert await told.another() == 1
        await ledger.enter(session, HERE, orphan("b"))
        count.look_again()
        assert await told.another() == 2


async def test_what_people_settle_is_seen_after_a_while(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(orphan_ledger, "PERIOD", 0.001)
    await ledger.enter(session, HERE, orphan("a"))
    told = Told()
    async with counting(session, Index(), told).running():
        assert await told.another() == 1
        await ledger.settle(session, HERE, orphan("a").key)
        async with asyncio.timeout(10):
            while await told.another() != 0:
                pass


async def test_what_a_resource_took_back_is_taken_off_the_ledger(session: Session) -> None:
    for name in ("kept", "back", "leaving"):
        await ledger.enter(session, HERE, orphan(name))
    index, told = Index(), Told()
    index.put(resource("back"))
    index.put(resource("leaving", deletionTimestamp="2026-11-21T09:00:00Z"))
    await counting(session, index, told).prune_and_count()
    assert told.counts == [2]
    assert {one.name for one in (await ledger.read(session, HERE)).values()} == {"kept", "leaving"}


async def test_at_rest_nothing_is_written(api: KubeApi, session: Session) -> None:
    await ledger.enter(session, HERE, orphan("a"))
    api.writes.clear()
    await counting(session, Index(), Told()).prune_and_count()
    assert api.writes == []


async def test_a_ledger_that_can_not_be_read_ends_nothing(
    api: KubeApi, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, told = api.get, Told()
    failed = asyncio.Event()

    async def get(path: str, **_: Any) -> Any:
        assert path == paths.configmap(HERE, LEDGER)
        failed.set()
        raise Unavailable(503, "Unavailable", "not now")

    monkeypatch.setattr(api, "get", get)
    count = counting(session, Index(), told)
    async with count.running():
        await failed.wait()
        monkeypatch.setattr(api, "get", real)
        count.look_again()
        assert await told.another() == 0
    assert told.counts == [0]


async def test_what_a_resource_took_back_that_was_not_seen_at_first_is_off_soon(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(orphan_ledger, "SOON", 0.001)
    await ledger.enter(session, HERE, orphan("a"))
    index, told = Index(), Told()
    async with counting(session, index, told, lambda: len(index) > 0).running():
        assert await told.another() == 1
        index.put(resource("a"))
        while told.counts[-1]:
            await told.another()
    assert await ledger.read(session, HERE) == {}
