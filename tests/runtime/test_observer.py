"""The observer: one read for all endpoints of an account, and only those are woken whose world changed (I5)."""

import asyncio

import pytest
from tests.api.manifests import account
from tests.runtime.world import ORGANIZATION, WRITES, World

from inference_operator.core.breaker import TRIPS_AT
from inference_operator.core.errors import ErrorKind, Operation, ProviderError
from inference_operator.core.failures import Failure
from inference_operator.core.observation import Observation, State
from inference_operator.core.reading import Page
from inference_operator.providers.base import Site
from inference_operator.runtime import observer
from inference_operator.runtime.account import Account
from inference_operator.runtime.index import Key
from inference_operator.runtime.observer import Observer
from inference_operator.simulator import Fault

ACCOUNT = Key("InferenceAccount", "team-a", "default")
ONE, TWO = Key("InferenceEndpoint", "team-a", "one"), Key("InferenceEndpoint", "team-a", "two")


class Remote:
    """The provider's side of a connection, as a list that a test sets."""

    def __init__(self):
        self.shown, self.error, self.closed, self.calls = [], None, False, []

    async def pages(self):
        self.calls.append("list")
        if self.error:
            raise self.error
        yield Page(list(self.shown), len(self.shown), True)

    async def catalogue(self):
        return ()

    async def aclose(self):
        self.closed = True


class Surroundings:
    """What the observer is surrounded by, all of it recorded."""

    def __init__(self):
        self.secret = {"token": "one"}
        self.refusal = None
        self.remotes, self.woken, self.reports = [], [], 0
        self.next = Remote()

    async def credentials(self, account, site):
        return self.secret

    def connect(self, account, site, credentials):
        assert isinstance(site, Site)
        self.remotes.append(self.next)
        return self.next

    def admitted(self, site):
        return self.refusal

    async def report(self, account):
        self.reports += 1

    def wake(self, keys):
        self.woken += sorted(keys)

    def observed(self, account):
        pass


class Bed:
    """One observer with a clock that a test moves."""

    def __init__(self):
        self.now = 0.0
        self.around = Surroundings()
        obj = account({"metadata": {"name": "default", "namespace": "team-a", "uid": "u", "generation": 1}})
        self.account = Account(ACCOUNT, obj, clock=lambda: self.now)
        self.observer = Observer(self.account, self.around)
        self.account.use("one", ONE)
        self.account.use("two", TWO)

    async def tick(self):
        self.now += 15
        self.around.woken = []
        await self.observer.tick()
        return self.around.woken


@pytest.fixture
def bed():
    return Bed()


def seen(name, state=State.RUNNING):
    return Observation(name, "2026-11-21T08:00:00Z", state, {})


async def test_the_first_read_wakes_all_and_later_ones_only_whom_they_concern(bed):
    bed.around.next.shown = [seen("one"), seen("two"), seen("nobody's")]
    assert set(await bed.tick()) == {ONE, TWO}
    assert await bed.tick() == []
    bed.around.next.shown = [seen("one"), seen("two", State.PAUSED), seen("nobody's", State.FAILED)]
    assert await bed.tick() == [TWO]
    bed.around.next.shown = [seen("one")]
    assert await bed.tick() == [TWO]
    assert bed.account.unmanaged() == 0
    assert bed.around.remotes == [bed.around.next], "one connection serves all"


async def test_a_failure_wakes_all_once_and_its_end_once_more(bed):
    bed.around.next.shown = [seen("one"), seen("two")]
    await bed.tick()
    bed.around.next.error = ProviderError(ErrorKind.UNAVAILABLE, Operation.LIST, "HTTP 503", status=503)
    assert await bed.tick() == [ONE, TWO]
    assert bed.account.failure.reason == "ProviderUnavailable"
    assert await bed.tick() == []
    bed.around.next.error = None
    assert set(await bed.tick()) == {ONE, TWO}
    assert bed.account.failure is None


async def test_what_is_shown_goes_stale_after_three_intervals_without_a_read(bed):
    await bed.tick()
    bed.around.next.error = ProviderError(ErrorKind.UNAVAILABLE, Operation.LIST, "HTTP 503")
    stale = []
    for _ in range(5):
        await bed.tick()
        stale.append((bed.account.stale, bool(bed.around.woken)))
    assert stale == [(False, True), (False, False), (False, False), (True, True), (True, False)]


async def test_who_was_told_that_it_is_stale_while_a_read_hung_is_told_when_the_read_came_after_all(bed, monkeypatch):
    monkeypatch.setattr(observer, "_PAST", 0.01)
    bed.around.next.shown = [seen("one"), seen("two")]
    await bed.tick()
    bed.now += 1000
    bed.observer._vouch()
    bed.around.woken = []
    await asyncio.sleep(0.05)
    assert bed.around.woken == [ONE, TWO], "what is shown got old"
    assert set(await bed.tick()) == {ONE, TWO}
    assert not bed.account.stale
    assert await bed.tick() == []


async def test_other_credentials_make_another_connection_and_the_old_one_is_closed(bed):
    await bed.tick()
    first, bed.around.next = bed.around.next, Remote()
    await bed.tick()
    assert bed.around.remotes == [first]
    bed.around.secret = {"token": "two"}
    await bed.tick()
    assert bed.around.remotes == [first, bed.around.next]
    await asyncio.sleep(0)
    assert first.closed


class TestRotation:
    """Other credentials are proven by a read before they replace those that work."""

    @pytest.fixture
    async def rotated(self, bed):
        """The account after a first read; its Secret has another token now, for which the next connection stands."""
        await bed.tick()
        bed.first, bed.around.next = bed.around.next, Remote()
        bed.around.secret = {"token": "two"}
        return bed

    async def test_credentials_that_are_refused_replace_nothing_and_are_said(self, rotated):
        rotated.around.next.error = ProviderError(ErrorKind.UNAUTHORIZED, Operation.LIST, "no", status=401)
        await rotated.tick()
        account = rotated.account
        assert account.connection is rotated.first
        assert (account.failure, account.warning.reason) == (None, "CredentialsInvalid")
        assert "go on being used" in account.warning.message
        assert rotated.around.next.closed
        assert not rotated.first.closed

    async def test_they_are_tried_again_at_each_beat_until_they_are_proven(self, rotated):
        rotated.around.next.error = ProviderError(ErrorKind.UNAVAILABLE, Operation.LIST, "no", status=503)
        await rotated.tick()
        rotated.around.next.error = None
        await rotated.tick()
        assert rotated.account.connection is rotated.around.next
        assert rotated.account.warning is None

    async def test_the_warning_goes_when_the_former_credentials_come_back(self, rotated):
        rotated.around.next.error = ProviderError(ErrorKind.UNAUTHORIZED, Operation.LIST, "no", status=401)
        await rotated.tick()
        rotated.around.secret = {"token": "one"}
        await rotated.tick()
        assert rotated.account.warning is None
        assert rotated.account.connection is rotated.first

    async def test_with_proven_ones_everything_is_tried_again_at_once(self, rotated):
        rotated.account.valve.pace.heard(429, 600.0, rotated.account.valve.clock())
        before = rotated.account.credentials_of
        await rotated.tick()
        assert rotated.account.credentials_of == before + 1
        assert rotated.account.valve.pace.asked_to_wait(rotated.account.valve.clock()) == 0


async def test_the_circuit_closes_with_a_read_and_whoever_waited_is_woken(bed):
    await bed.tick()
    for _ in range(TRIPS_AT):
        bed.account.valve.breaker.heard(500)
    bed.around.woken.clear()
    await bed.tick()
    assert not bed.account.valve.breaker.open
    assert bed.around.woken
    await bed.observer.stop()
    assert bed.around.next.closed


@pytest.mark.parametrize("why", ["credentials", "address"])
async def test_what_forbids_a_call_is_the_accounts_failure_and_nothing_is_called(bed, why):
    failure = Failure("CredentialsMissing", "Make the Secret.", terminal=True)
    if why == "credentials":
        bed.around.secret = failure
    else:
        bed.around.refusal = failure
    await bed.tick()
    assert bed.account.failure == failure
    assert bed.around.remotes == []
    assert bed.around.reports == 1


async def test_a_resource_is_about_one_name_at_a_time(bed):
    bed.account.use("other", ONE)
    assert dict(bed.account.users) == {"two": {TWO}, "other": {ONE}}
    assert bed.account.release(ONE)
    assert bed.account.everyone() == {TWO}


@pytest.mark.parametrize(
    ("state", "moving"),
    [(one, one in {State.PENDING, State.INITIALIZING, State.UPDATING, State.UNKNOWN}) for one in State],
)
async def test_an_account_is_in_transition_while_one_of_its_endpoints_is(bed, state, moving):
    bed.around.next.shown = [seen("one", state), seen("two"), seen("nobody's", State.PENDING)]
    await bed.tick()
    assert bed.account.in_transition is moving


class TestWithTheRealParts:
    async def test_the_accounts_status_is_written_when_it_changes_and_only_then(self):
        world = World()
        key = world.apply()
        await world.settle(key)
        (account,) = [obj for path, obj in world.kube.objects.items() if path.endswith("/inferenceaccounts/default")]
        assert account["status"]["conditions"][0]["status"] == "True"
        assert account["status"]["endpoints"]["total"] == 1
        await world.settle(key, rounds=1)
        world.forget_requests()
        await world.settle(key)
        assert world.kube.writes == []
        assert world.requests(WRITES) == []

    async def test_reads_do_not_grow_with_endpoints(self):
        world = World()
        keys = [world.apply(name=f"e{number}") for number in range(6)]
        await world.settle(*keys)
        world.forget_requests()
        await world.settle(*keys, rounds=5)
        assert world.requests(["list"]) == ["list"] * 5
        assert world.requests(["get"]) == []

    async def test_an_outage_is_one_write_and_its_end_one_more(self):
        world = World()
        key = world.apply()
        await world.settle(key)
        seen = world.status(key)
        fault = world.huggingface.faults.add(Fault(operation="*", status=503))
        world.forget_requests()
        await world.settle(key, rounds=8, seconds=16)
        assert world.ready(key) == ("Unknown", "ObservationStale")
        assert world.status(key)["url"] == seen["url"]
        assert world.endpoint_writes() == ["sentiment/status"]
        fault.times = 0
        world.forget_requests()
        await world.settle(key, rounds=4, seconds=16)
        assert world.ready(key) == ("True", "Running")
        assert world.endpoint_writes() == ["sentiment/status"]

    async def test_bad_credentials_are_said_and_heal(self):
        world = World()
        key = world.apply()
        await world.settle(key)
        world.huggingface.tokens.revoke("hf_test_token")
        await world.settle(key, rounds=2)
        assert world.ready(key) == ("False", "AccountNotReady")
        assert "CredentialsInvalid" in world.condition(key, "Ready")["message"]
        assert "hf_test_token" not in str(world.kube.writes)
        assert world.remote() is not None
        world.huggingface.tokens.clear()
        await world.settle(key)
        assert world.ready(key) == ("True", "Running")

    async def test_more_endpoints_than_a_page_are_all_known(self):
        world = World(max_limit=20)
        for number in range(45):
            await world.make_by_hand(f"n{number}")
        await world.tick()
        (account,) = [obj for path, obj in world.kube.objects.items() if path.endswith("/inferenceaccounts/default")]
        assert account["status"]["unmanaged"] == 45
        assert len(world.huggingface.endpoints(ORGANIZATION)) == 45


async def test_what_is_not_foreseen_is_said_of_the_account(bed):
    await bed.tick()
    bed.around.next.error = ZeroDivisionError("a defect")
    assert await bed.tick() == [ONE, TWO]
    assert bed.account.failure.reason == "InternalError"
    assert bed.around.reports == 2


async def test_who_asks_for_a_read_while_one_is_under_way_gets_another(bed):
    asked, went_on = asyncio.Semaphore(0), asyncio.Event()

    async def slow():
        asked.release()
        await went_on.wait()
        yield Page([], 0, True)

    bed.around.next.pages = slow
    bed.observer.start()
    await asked.acquire()
    bed.observer.poke()
    went_on.set()
    await asyncio.wait_for(asked.acquire(), timeout=10)
    await bed.observer.stop()
