"""The ledger of orphans: one entry for each, whoever else writes to it and whatever somebody wrote by hand."""

import json
from dataclasses import replace
from typing import Any

import pytest

from inference_operator.core.orphans import LEDGER, MOST, Orphan
from inference_operator.kube import ledger, paths
from inference_operator.kube.errors import Conflict
from inference_operator.kube.session import Session

REFERENCE = {"provider": "huggingFace", "baseURL": "https://api.example", "namespace": "acme", "name": "chat"}
ONE = Orphan("team-a", "chat", "uid-1", REFERENCE, "CredentialsInvalid", "401", "2026-11-21T09:00:00Z")
OTHER = replace(ONE, uid="uid-2", since="2026-11-21T10:00:00Z")


class Meddler:
    """Somebody who writes to the ledger right before each of the first `times` writes of the session under test."""

    def __init__(self, admin: Session, namespace: str, times: int) -> None:
        self.left = times
        self._admin = admin
        self._namespace = namespace

    async def patch(self) -> None:
        if self.left > 0:
            self.left -= 1
            body = {"data": {f"theirs-{self.left}": "x"}}
            await self._admin.patch(paths.configmap(self._namespace, LEDGER), body)


@pytest.fixture
async def meddle(session: Session, admin: Session, namespace: str, monkeypatch: Any) -> Any:
    """Lets somebody write between the reads and the writes of the session."""
    real = session.patch

    def begin(times: int) -> Meddler:
        meddler = Meddler(admin, namespace, times)

        async def patch(*arguments: Any, **options: Any) -> Any:
            await meddler.patch()
            return await real(*arguments, **options)

        monkeypatch.setattr(session, "patch", patch)
        return meddler

    return begin


async def data(admin: Session, namespace: str) -> dict[str, str]:
    found = await admin.get(paths.configmap(namespace, LEDGER))
    return found.get("data") or {}


async def write(admin: Session, namespace: str, **entries: str) -> None:
    body = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": LEDGER}, "data": entries}
    await admin.create(paths.configmaps(namespace), body)


async def test_without_a_ledger_there_are_no_orphans_and_none_to_settle(session: Session, namespace: str) -> None:
    assert await ledger.read(session, namespace) == {}
    await ledger.settle(session, namespace, ONE.key)


async def test_entered_twice_it_is_one_entry_which_is_not_written_again(
    session: Session, admin: Session, namespace: str
) -> None:
    await ledger.enter(session, namespace, ONE)
    before = await admin.get(paths.configmap(namespace, LEDGER))
    await ledger.enter(session, namespace, replace(ONE, since="2026-11-22T09:00:00Z"))
    assert await admin.get(paths.configmap(namespace, LEDGER)) == before
    assert await ledger.read(session, namespace) == {ONE.key: ONE}


async def test_each_object_has_an_entry_of_its_own_and_is_settled_alone(session: Session, namespace: str) -> None:
    await ledger.enter(session, namespace, ONE)
    await ledger.enter(session, namespace, OTHER)
    assert await ledger.read(session, namespace) == {ONE.key: ONE, OTHER.key: OTHER}
    await ledger.settle(session, namespace, ONE.key)
    await ledger.settle(session, namespace, ONE.key)
    assert await ledger.read(session, namespace) == {OTHER.key: OTHER}


async def test_what_others_write_in_between_is_kept(
    session: Session, admin: Session, namespace: str, meddle: Any
) -> None:
    await ledger.enter(session, namespace, ONE)
    meddle(2)
    await ledger.enter(session, namespace, OTHER)
    meddle(2)
    await ledger.settle(session, namespace, ONE.key)
    assert (await data(admin, namespace)).keys() == {OTHER.key, "theirs-0", "theirs-1"}


async def test_where_others_write_without_end_it_is_said(session: Session, namespace: str, meddle: Any) -> None:
    await ledger.enter(session, namespace, ONE)
    meddle(100)
    with pytest.raises(Conflict):
        await ledger.enter(session, namespace, OTHER)
    with pytest.raises(Conflict):
        await ledger.settle(session, namespace, ONE.key)


async def test_two_who_make_the_ledger_at_once_lose_no_entry(
    session: Session, admin: Session, namespace: str, monkeypatch: Any
) -> None:
    real = session.create

    async def create(*arguments: Any) -> Any:
        monkeypatch.setattr(session, "create", real)
        await ledger.enter(admin, namespace, OTHER)
        return await real(*arguments)

    monkeypatch.setattr(session, "create", create)
    await ledger.enter(session, namespace, ONE)
    assert (await ledger.read(session, namespace)).keys() == {ONE.key, OTHER.key}


@pytest.mark.parametrize("rubbish", ["", "not JSON", "[]", "null", '{"remoteRef": "x"}', '{"name": "x"}'])
async def test_rubbish_is_no_orphan_and_stays(session: Session, admin: Session, namespace: str, rubbish: str) -> None:
    await write(admin, namespace, note=rubbish)
    assert await ledger.read(session, namespace) == {}
    await ledger.enter(session, namespace, ONE)
    assert await ledger.read(session, namespace) == {ONE.key: ONE}
    assert (await data(admin, namespace))["note"] == rubbish


async def test_a_full_ledger_drops_the_oldest(session: Session, admin: Session, namespace: str) -> None:
    many = [replace(ONE, uid=str(number), message="") for number in range(MOST)]
    oldest = replace(many[7], since="2026-01-01T00:00:00Z")
    many[7] = oldest
    await write(admin, namespace, **{one.key: json.dumps(one.to_json()) for one in many})
    await ledger.enter(session, namespace, OTHER)
    kept = await ledger.read(session, namespace)
    assert len(kept) == MOST
    assert oldest.key not in kept
    assert kept[OTHER.key] == OTHER


async def test_a_ledger_of_long_entries_drops_the_oldest_before_the_api_server_refuses(
    session: Session, admin: Session, namespace: str
) -> None:
    long = [
        replace(ONE, uid=str(number), message="é" * 20_000, since=f"2026-01-01T00:00:{number:02}Z")
        for number in reversed(range(22))
    ]
    entries = {one.key: json.dumps(one.to_json(), ensure_ascii=False) for one in long}
    await write(admin, namespace, **entries, note="x" * 130_000)
    new = replace(OTHER, message="é" * 20_000)
    await ledger.enter(session, namespace, new)
    assert await ledger.read(session, namespace) == {one.key: one for one in [*long[:-4], new]}
    assert "note" in await data(admin, namespace)


async def test_what_is_not_ascii_takes_the_bytes_that_it_has(session: Session, admin: Session, namespace: str) -> None:
    one = replace(ONE, message="é" * 256)
    await ledger.enter(session, namespace, one)
    assert "é" * 256 in (await data(admin, namespace))[one.key]
    assert await ledger.read(session, namespace) == {one.key: one}


async def test_half_a_character_keeps_no_orphan_off_the_ledger(
    session: Session, admin: Session, namespace: str
) -> None:
    await ledger.enter(session, namespace, ONE)
    await ledger.enter(session, namespace, replace(OTHER, message="half: \ud83d"))
    assert OTHER.key in await ledger.read(session, namespace)
