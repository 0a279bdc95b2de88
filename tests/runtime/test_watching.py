"""What is watched with which rights, and how long until everything that there was has been seen."""

import asyncio
import itertools
from typing import Any, cast

import pytest
from tests.runtime.test_missed_deletions import Api, NoAccounts, made
from tests.support.eventually import eventually

from inference_operator.api.names import CLUSTER_ACCOUNT_KIND, ENDPOINT_KIND
from inference_operator.kube import paths
from inference_operator.kube.errors import Forbidden
from inference_operator.kube.session import Session
from inference_operator.runtime import watching
from inference_operator.runtime.accounts import Accounts
from inference_operator.runtime.census import Census
from inference_operator.runtime.handlers import Sight
from inference_operator.runtime.index import Index
from inference_operator.runtime.queue import WorkQueue
from inference_operator.runtime.settings import Settings
from inference_operator.runtime.watching import Watch

ENDPOINTS = paths.endpoints("team-a")


class Restricted(Api):
    """An API server that shows nothing of the cluster's own scope."""

    async def get(self, path: str, *, limit: int) -> dict[str, Any]:
        if path == paths.accounts(CLUSTER_ACCOUNT_KIND):
            raise Forbidden(403, "Forbidden", path)
        return await super().get(path, limit=limit)


@pytest.fixture
def watched(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What kopf was started with, instead of kopf."""
    started: list[dict[str, Any]] = []

    async def operator(**options: Any) -> None:
        started.append(options)

    monkeypatch.setattr(watching.kopf, "operator", operator)
    return started


async def _start(api: Api, *namespaces: str) -> None:
    sight = Sight(Index(), cast(Accounts, NoAccounts()), WorkQueue())
    watch = Watch(cast(Session, api), Settings(namespaces=namespaces), sight, on_ready=lambda: None)
    async with watch.running() as task:
        await task


def _kinds(options: dict[str, Any]) -> set[str]:
    found = options["registry"]._watching.get_all_selectors()
    return {str(selector.any_name or selector.plural) for selector in found}


async def test_what_may_not_be_read_is_not_watched(watched: list[dict[str, Any]]) -> None:
    await _start(Restricted(), "team-a")
    await _start(Api(), "team-a")
    assert _kinds(watched[0]) == {"inferenceendpoints", "inferenceaccounts"}
    assert _kinds(watched[1]) == {"inferenceendpoints", "inferenceaccounts", "clusterinferenceaccounts"}


async def test_a_namespace_that_may_not_be_read_is_asked_for_without_end(watched: list[dict[str, Any]]) -> None:
    await _start(Restricted(), "team-a")
    backoffs = watched[0]["settings"].networking.error_backoffs
    assert max(itertools.islice(backoffs, 1000)) == 60
    assert len(list(itertools.islice(backoffs, 1000))) == 1000, "for each request anew"


async def test_the_census_is_complete_when_all_that_is_left_was_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("inference_operator.runtime.census.RECOUNT", 0.0)
    api, index = Api(), Index()
    one, two = made(ENDPOINT_KIND, "one"), made(ENDPOINT_KIND, "two")
    api.held[ENDPOINTS] = [one, two]
    census = Census(cast(Session, api), index, Settings(namespaces=("team-a",)), idle=lambda: True)
    await census.take()
    index.put(one)
    async with census.running():
        await asyncio.sleep(0.05)
        assert not census.complete, "one is still on its way"
        api.held[ENDPOINTS] = [one]  # the other one was deleted before it was seen
        await eventually(lambda: census.complete)
