"""What an account says of its use: counts, endpoints that nobody manages, quota; and written only when it changes."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from tests.api.manifests import changed
from tests.runtime.world import ACCOUNT, NAMESPACE, NEVER_IDLE, World

from inference_operator.core.reading import Page
from inference_operator.kube import paths

HF = paths.account(ACCOUNT.kind, NAMESPACE, ACCOUNT.name)


class Told(World):
    """A world with two endpoints that run, and one that somebody else made. `writes`: of the account's status."""

    async def begin(self) -> None:
        await self.make_by_hand("theirs")
        self.pair = [self.apply(name="one"), self.apply({"spec": {"state": "running"}}, name="two")]
        await self.live()

    async def live(self, rounds: int = 8) -> None:
        """Time passes, all is looked at, and the writes begin anew."""
        await self.settle(*self.pair, rounds=rounds)
        await self.tick()
        self.kube.writes.clear()

    def said(self) -> dict[str, Any]:
        found: dict[str, Any] = self.kube.objects[HF]["status"]
        return found

    def writes(self) -> list[dict[str, Any]]:
        return [body["status"] for _, path, body in self.kube.writes if path == f"{HF}/status"]

    async def polls(self, count: int) -> None:
        """The account is read so often, at its interval, and everything is looked at."""
        for _ in range(count):
            self.clock.advance(15)
            await self.tick()
            for key in self.pair:
                await self.look(key)


@pytest.fixture
async def told() -> Told:
    world = Told(**NEVER_IDLE)
    await world.begin()
    return world


async def test_it_counts_by_state_and_tells_what_nobody_manages(told: Told) -> None:
    assert told.said()["endpoints"] == {"total": 2, "bound": 2, "byState": {"running": 2}}
    assert told.said()["unmanaged"] == 1


async def test_it_tells_the_quota_of_the_hardware_in_use_with_its_use(told: Told) -> None:
    told.clock.advance(700)
    await told.tick()
    # Three endpoints of up to two replicas each, as the provider counts; hardware that nobody uses is left out.
    assert {"name": "aws intel-spr", "limit": 1_000_000, "used": 6} in told.said()["quota"]
    assert {one["used"] for one in told.said()["quota"]} == {6}


async def test_poll_after_poll_nothing_is_written_where_nothing_changes(told: Told) -> None:
    told.clock.advance(700)
    await told.polls(1)
    told.kube.writes.clear()
    await told.polls(100)
    assert told.kube.writes == []


async def test_a_change_is_written_once_for_each_count_that_it_makes(told: Told) -> None:
    told.patch(told.pair[1], {"spec": {"state": "paused"}})
    await told.polls(10)
    assert [one["endpoints"]["byState"] for one in told.writes()] == [{"paused": 1, "running": 1}]


async def test_what_goes_at_the_provider_is_one_write(told: Told) -> None:
    told.remove_by_hand("theirs")
    await told.polls(10)
    assert [one["unmanaged"] for one in told.writes()] == [0]


async def test_an_outage_is_one_write_and_its_end_another(told: Told) -> None:
    told.huggingface.tokens.revoke("hf_test_token")
    await told.polls(5)
    told.huggingface.tokens.clear()
    await told.polls(5)
    said = [one["conditions"][0] for one in told.writes() if "conditions" in one]
    assert [one["reason"] for one in said] == ["CredentialsInvalid", "Ready"]
    assert len(told.writes()) <= 4, "counts of states that became unknown and known again"


async def test_an_edit_while_it_is_read_is_not_said_to_be_well_by_what_was_read_before(told: Told) -> None:
    observer = told.accounts._observers[ACCOUNT]
    connection, go_on = observer.account.connection, asyncio.Event()
    assert connection is not None
    pages = connection.pages

    async def slowly() -> AsyncIterator[Page]:
        await go_on.wait()
        async for page in pages():
            yield page

    connection.pages = slowly
    reading = asyncio.create_task(observer.tick())
    await asyncio.sleep(0)
    before, known = told.said()["observedGeneration"], told.kube.objects[HF]
    spec = changed(known, {"spec": {"huggingFace": {"tokenSecretRef": {"name": "nowhere"}}}})["spec"]
    edited = {"apiVersion": known["apiVersion"], "kind": known["kind"], "metadata": {"name": ACCOUNT.name}}
    told.kube.put(HF, edited | {"spec": spec})
    told.watch()
    go_on.set()
    await reading
    assert told.said()["observedGeneration"] == before
    await told.tick()
    assert told.said()["observedGeneration"] == before + 1
