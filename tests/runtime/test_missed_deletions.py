"""What was deleted while nobody watched is found missing, and only that."""

from typing import Any, cast

import pytest

from inference_operator.api.names import ACCOUNT_KIND, CLUSTER_ACCOUNT_KIND, ENDPOINT_KIND
from inference_operator.kube import paths
from inference_operator.kube.session import Session
from inference_operator.runtime.accounts import Accounts
from inference_operator.runtime.handlers import Sight
from inference_operator.runtime.index import Index, Key
from inference_operator.runtime.missed_deletions import MissedDeletions
from inference_operator.runtime.queue import WorkQueue

ENDPOINTS = paths.endpoints()


class Api:
    """The collections of an API server, and how often each was listed in full."""

    def __init__(self) -> None:
        self.held: dict[str, list[dict[str, Any]]] = {}
        self.listed: list[str] = []

    async def get(self, path: str, *, limit: int) -> dict[str, Any]:
        items = self.held.get(path, [])
        return {"items": items[:limit], "metadata": {"remainingItemCount": len(items[limit:])}}

    async def list(self, path: str) -> list[dict[str, Any]]:
        self.listed.append(path)
        return self.held.get(path, [])


class NoAccounts:
    """Accounts that nobody observes: it only notes which of them are gone."""

    def __init__(self) -> None:
        self.left: list[Key] = []

    def changed(self, obj: dict[str, Any]) -> None:
        """An account was seen."""

    def release(self, by: Key) -> None:
        """An endpoint is gone."""

    async def gone(self, key: Key) -> None:
        """An account is gone."""
        self.left.append(key)


def made(kind: str, name: str, namespace: str = "team-a") -> dict[str, Any]:
    where = {} if kind == CLUSTER_ACCOUNT_KIND else {"namespace": namespace}
    return {"kind": kind, "metadata": {"name": name, "uid": name, **where}}


@pytest.fixture
def api() -> Api:
    return Api()


@pytest.fixture
def accounts() -> NoAccounts:
    return NoAccounts()


@pytest.fixture
def sight(accounts: NoAccounts) -> Sight:
    sight = Sight(Index(), cast("Accounts", accounts), WorkQueue())
    sight.begin()
    return sight


def missed(api: Api, sight: Sight, *namespaces: str) -> MissedDeletions:
    return MissedDeletions(cast("Session", api), sight, namespaces)


def names(sight: Sight) -> list[str]:
    return sorted(key.name for key in sight.known(ENDPOINT_KIND))


async def test_an_endpoint_that_does_not_exist_any_more_is_forgotten_and_looked_at(api: Api, sight: Sight) -> None:
    kept, gone = made(ENDPOINT_KIND, "kept"), made(ENDPOINT_KIND, "gone")
    for obj in (kept, gone):
        sight.endpoint(obj)
    api.held = {ENDPOINTS: [kept]}
    await missed(api, sight).look()
    assert names(sight) == ["kept"]
    assert sight.index.get(Key.of(gone)) is None


async def test_accounts_of_both_kinds_are_missed_too(api: Api, sight: Sight, accounts: NoAccounts) -> None:
    for kind in (ACCOUNT_KIND, CLUSTER_ACCOUNT_KIND):
        sight.account(made(kind, "hf"))
    await missed(api, sight).look()
    assert sorted(key.kind for key in accounts.left) == [CLUSTER_ACCOUNT_KIND, ACCOUNT_KIND]
    await missed(api, sight).look()
    assert len(accounts.left) == 2


async def test_where_nothing_is_missing_nothing_is_listed(api: Api, sight: Sight) -> None:
    objects = [made(ENDPOINT_KIND, f"e-{number}") for number in range(3)]
    for obj in objects:
        sight.endpoint(obj)
    api.held = {ENDPOINTS: [*objects, made(ENDPOINT_KIND, "not-seen-yet")]}
    await missed(api, sight).look()
    assert api.listed == []
    assert len(names(sight)) == 3


async def test_what_comes_while_the_list_is_read_is_not_missed(api: Api, sight: Sight) -> None:
    sight.endpoint(made(ENDPOINT_KIND, "gone"))
    read = api.list

    async def slow(path: str) -> list[dict[str, Any]]:
        found = await read(path)
        sight.endpoint(made(ENDPOINT_KIND, "new"))
        return found

    api.list = slow
    await missed(api, sight).look()
    assert names(sight) == ["new"]


async def test_restricted_to_namespaces_it_counts_in_those(api: Api, sight: Sight) -> None:
    for namespace in ("team-a", "team-b"):
        sight.endpoint(made(ENDPOINT_KIND, "chat", namespace))
    api.held = {paths.endpoints("team-a"): [made(ENDPOINT_KIND, "chat")]}
    await missed(api, sight, "team-a", "team-b").look()
    assert [str(key) for key in sight.known(ENDPOINT_KIND)] == ["InferenceEndpoint team-a/chat"]


async def test_that_one_is_gone_says_nothing_of_another_of_its_name(sight):
    one, other = made(ENDPOINT_KIND, "chat"), made(ENDPOINT_KIND, "chat")
    one["metadata"]["uid"], other["metadata"]["uid"] = "1", "2"
    key = Key.of(one)
    sight.endpoint(one)
    sight.endpoint(other)
    await sight.gone(key, "1")
    assert key in sight.known(ENDPOINT_KIND)
    await sight.gone(key, "2")
    assert key not in sight.known(ENDPOINT_KIND)
