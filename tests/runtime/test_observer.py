"""The observer: one read for all endpoints of an account, and only those are woken whose world changed (I5)."""

import asyncio
import math
from dataclasses import replace
from decimal import Decimal
from http import HTTPStatus
from types import SimpleNamespace

import pytest
from tests.api.manifests import account, changed
from tests.runtime.crowd import SINGLE, Crowd
from tests.runtime.world import NAMESPACE, ORGANIZATION, WRITES, World
from tests.support.eventually import eventually

from inference_operator.core import cadence
from inference_operator.core.breaker import TRIPS_AT
from inference_operator.core.catalogue import Hardware, Offer
from inference_operator.core.errors import ErrorKind, Operation, ProviderError
from inference_operator.core.failures import Failure
from inference_operator.core.observation import Observation, State
from inference_operator.core.reading import Page
from inference_operator.kube import paths
from inference_operator.providers.base import Site
from inference_operator.runtime import account_read, observer
from inference_operator.runtime.account import Account
from inference_operator.runtime.index import Key
from inference_operator.runtime.observer import Observer
from inference_operator.simulator import Fault

ACCOUNT = Key("InferenceAccount", "team-a", "default")
ONE, TWO = Key("InferenceEndpoint", "team-a", "one"), Key("InferenceEndpoint", "team-a", "two")


class Remote:
    """The provider's side of a connection, as a list that a test sets."""

    def __init__(self):
        self.shown, self.error, self.closed, self.calls, self.last = [], None, False, [], True

    async def pages(self):
        self.calls.append("list")
        if self.error:
            raise self.error
        yield Page.of(list(self.shown), len(self.shown), self.last)

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

    async def observed(self, account):
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


def asked_to_wait(seconds):
    return ProviderError(ErrorKind.RATE_LIMITED, Operation.LIST, "HTTP 429", status=429, retry_after=seconds)


def seen(name, state=State.RUNNING, replicas=1):
    return Observation(name, "2026-11-21T08:00:00Z", state, {}, url="https://one", ready_replica=replicas)


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
    await eventually(lambda: bed.around.woken == [ONE, TWO])  # what is shown got old
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


async def test_the_circuit_closes_with_a_read_and_whoever_waited_is_woken_once(bed):
    await bed.tick()
    for _ in range(TRIPS_AT):
        bed.account.valve.breaker.heard(500)
    bed.account.held_back.add(ONE)
    assert await bed.tick() == [ONE], "the other one had no call to make"
    assert not bed.account.valve.breaker.open
    assert await bed.tick() == []
    await bed.observer.stop()
    assert bed.around.next.closed


async def test_who_is_asked_to_wait_waits_and_looks_for_other_credentials_meanwhile(bed):
    await bed.tick()
    bed.around.next.error = asked_to_wait(3600.0)
    await bed.tick()
    asked = len(bed.around.next.calls)
    assert bed.observer._beat() == 15
    await bed.tick()
    await bed.tick()
    assert bed.account.failure.reason == "RateLimited"
    assert len(bed.around.next.calls) == asked
    bed.around.secret, bed.around.next = {"token": "two"}, Remote()
    bed.around.next.shown = [seen("one")]
    await bed.tick()
    assert bed.account.failure is None
    bed.around.next.error = asked_to_wait(30.0)
    await bed.tick()
    bed.around.next.error = None
    await bed.tick()
    assert bed.account.failure is not None
    await bed.tick()
    assert bed.account.failure is None


async def test_what_is_said_while_it_waits_is_what_it_was_told_and_no_passing_trouble(bed):
    await bed.tick()
    bed.around.next.error = asked_to_wait(3600.0)
    await bed.tick()
    secret, bed.around.secret = bed.around.secret, Failure("CredentialsMissing", "It is gone.", terminal=True)
    await bed.tick()
    assert bed.account.failure.reason == "CredentialsMissing"
    bed.around.secret = secret
    await bed.tick()
    assert bed.account.failure.reason == "RateLimited"


async def test_what_was_not_even_sent_is_no_reason_to_wait(bed):
    await bed.tick()
    bed.around.next.error = replace(asked_to_wait(3600.0), sent=False)
    await bed.tick()
    bed.around.next.error = None
    await bed.tick()
    assert bed.account.failure is None


async def test_one_that_can_not_be_read_keeps_nobody_else_from_the_news(bed, monkeypatch):
    async def hang(name):
        await asyncio.sleep(1000)

    monkeypatch.setattr(account_read, "_PATIENCE", 0.01)
    bed.around.next.shown = [seen("one"), seen("two")]
    await bed.tick()
    bed.account.doubt("one")
    bed.account.feed.moves = True
    bed.around.next.get = hang
    bed.around.next.shown = [seen("two", State.PAUSED)]
    bed.around.next.last = False
    assert TWO in await bed.tick()
    assert bed.account.failure is None


async def test_a_price_list_that_takes_long_counts_once_it_is_there(bed, monkeypatch):
    there = asyncio.Event()

    async def take_long():
        await there.wait()
        return (Offer(Hardware("aws", "us-east-1", "nvidia-a10g", "x1"), "gpu", "available", Decimal(1)),)

    monkeypatch.setattr(observer.cadence, "PRICES_WITHIN", 0.01)
    monkeypatch.setattr(bed.around.next, "catalogue", take_long)
    bed.around.next.shown = [seen("one"), seen("two")]
    await bed.tick()
    await bed.tick()
    assert not bed.account.prices.fresh
    bed.around.woken = []
    there.set()
    await eventually(lambda: set(bed.around.woken) == {ONE, TWO})
    assert bed.account.prices.fresh


class TestAnew:
    """What an edit of the account, or another token, ends."""

    @staticmethod
    def edit(bed, generation=2, **spec):
        before = bed.account.obj
        return bed.account.became(changed(before, {"metadata": {"generation": generation}, "spec": spec}))

    async def in_long_trouble(self, bed):
        self.edit(bed, pollInterval="1h")
        bed.around.secret = Failure("CredentialsMissing", "It is gone.", terminal=True)
        for _ in range(20):
            await bed.tick()
        assert bed.observer._beat() == cadence.TROUBLE_SLOWEST

    async def test_one_that_is_edited_is_looked_at_as_soon_as_one_that_is_in_trouble_for_the_first_time(self, bed):
        await self.in_long_trouble(bed)
        self.edit(bed, 3, pollInterval="2h")
        bed.observer.poke()
        await bed.tick()
        assert bed.observer._beat() == cadence.TROUBLE_LOOK

    async def test_so_is_one_whose_token_is_another(self, bed):
        await self.in_long_trouble(bed)
        bed.around.secret = {"token": "two"}
        bed.around.next.error = ProviderError(ErrorKind.UNAUTHORIZED, Operation.LIST, "HTTP 401", status=401)
        await bed.tick()
        assert bed.observer._beat() == cadence.TROUBLE_LOOK

    async def test_what_is_wrong_with_another_token_is_told_at_once(self, bed):
        bed.around.next.error = ProviderError(ErrorKind.UNAVAILABLE, Operation.LIST, "HTTP 503", status=503)
        await bed.tick()
        bed.around.secret, bed.around.next = {"token": "two"}, Remote()
        bed.account.connection = None
        bed.around.next.error = ProviderError(ErrorKind.UNAUTHORIZED, Operation.LIST, "HTTP 401", status=401)
        assert set(await bed.tick()) == {ONE, TWO}
        assert bed.account.trouble.reason == "CredentialsInvalid"

    async def test_an_edit_while_a_look_is_under_way_is_of_the_next_one(self, bed):
        bed.around.next.error = ProviderError(ErrorKind.UNAVAILABLE, Operation.LIST, "HTTP 503", status=503)
        await bed.tick()
        self.edit(bed)
        hang, asked = asyncio.Event(), asyncio.Event()

        async def pages():
            asked.set()
            await hang.wait()
            raise bed.around.next.error
            yield

        bed.account.connection.pages = pages
        look = asyncio.create_task(bed.tick())
        await asked.wait()
        self.edit(bed, 3)
        hang.set()
        await look
        bed.around.secret = Failure("SecretUnreadable", "It can't be read.", terminal=False)
        assert await bed.tick() == [ONE, TWO]
        assert bed.account.trouble.reason == "SecretUnreadable"
        bed.around.secret = {"token": "one"}
        assert await bed.tick() == [], "the edit has been told of"


class TestVouching:
    """For how long what was read last is vouched for."""

    @staticmethod
    def reading(**said):
        return SimpleNamespace(**{"last": False, "explains": False, **said})

    def test_pages_of_a_reading_that_fails_count_until_they_are_old(self, bed):
        bed.account.failure = None
        bed.account.ended(0.0, self.reading(explains=True))
        for bed.now in range(30, 240, 30):
            bed.account.goes_on(bed.now)
        bed.now += 44
        assert not bed.account.stale
        bed.now += 2
        assert bed.account.stale

    def test_pages_that_follow_on_a_failure_do_not(self, bed):
        bed.account.ended(0.0, self.reading(explains=True))
        bed.account.failure = asked_to_wait(1.0)
        for bed.now in range(15, 60, 15):
            bed.account.goes_on(bed.now)
        assert bed.now == 45
        bed.now = 46
        assert bed.account.stale

    def test_a_slow_reading_is_given_time_but_not_for_hours(self, bed):
        bed.now = 60.0
        bed.account.ended(0.0, self.reading(last=True, explains=True))
        assert bed.account.stale_in == 3 * 60 - 60
        bed.now = 2400.0
        bed.account.ended(0.0, self.reading(last=True, explains=True))
        bed.account.ended(2400.0, self.reading(explains=True))
        assert bed.account.stale_in == 600


async def test_a_price_list_that_hangs_keeps_nobody_from_the_news_nor_from_the_next(bed, monkeypatch):
    async def hang():
        await asyncio.sleep(1000)

    monkeypatch.setattr(observer.cadence, "PRICES_WITHIN", 0.01)
    monkeypatch.setattr(bed.around.next, "catalogue", hang)
    bed.around.next.shown = [seen("one")]
    assert set(await bed.tick()) == {ONE, TWO}
    bed.around.next.shown = [seen("one", State.PAUSED)]
    assert ONE in await bed.tick()
    assert bed.account.failure is None


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


async def test_it_is_while_one_that_runs_serves_nothing_yet(bed):
    bed.around.next.shown = [seen("one", replicas=0), seen("two")]
    await bed.tick()
    assert bed.account.awaited == {"one"}
    bed.around.next.shown = [seen("one"), seen("two")]
    await bed.tick()
    assert not bed.account.in_transition


class BreakingOff(Remote):
    """Shows one endpoint on each of two pages; while `broken` the second does not come."""

    broken = False

    async def pages(self):
        yield Page.of(self.shown[:1], 2, False)
        if self.broken:
            raise ProviderError(ErrorKind.UNAVAILABLE, Operation.LIST, "answered 502", status=502)
        yield Page.of(self.shown[1:], 2, True)


async def test_news_of_a_page_is_told_also_where_the_one_after_it_does_not_come(bed):
    bed.around.next = remote = BreakingOff()
    remote.shown = [seen("one"), seen("two")]
    await bed.tick()
    bed.account.feed.ordered, remote.broken = False, True
    await bed.tick()
    remote.shown = [seen("one", State.FAILED), seen("two")]
    assert await bed.tick() == [ONE]


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

    async def test_who_was_told_of_a_doubt_before_everybody_is_woken_when_it_is_over(self):
        world = World()
        key = world.apply()
        await world.settle(key)
        await world.tick()
        world.clock.advance(world.observer.account.stale_in + 0.01)
        await world.look(key)
        assert world.ready(key) == ("Unknown", "ObservationStale")
        world.woken.clear()
        await world.tick()
        assert key in world.woken
        await world.look(key)
        assert world.ready(key) == ("True", "Running")
        world.woken.clear()
        await world.tick()
        assert world.woken == set()

    async def test_an_account_that_leads_elsewhere_and_back_is_read_in_one_list(self):
        crowd = await Crowd.settled(12, pages_of=4)
        path = paths.account("InferenceAccount", NAMESPACE, "default")

        def lead(namespace):
            account = crowd.kube.objects[path]
            known = {part: account[part] for part in ("apiVersion", "kind", "spec")}
            metadata = {part: account["metadata"][part] for part in ("name", "namespace", "finalizers")}
            change = {"spec": {"huggingFace": {"namespace": namespace}}}
            crowd.kube.put(path, changed({**known, "metadata": metadata}, change))
            crowd.kube.changed.add(path)

        async def look():
            for key in sorted(crowd.woken):
                await crowd.look(key)
            crowd.woken.clear()

        lead("other-org")
        await crowd.live(60)
        lead(ORGANIZATION)
        crowd.forget_requests()
        crowd.while_a_page_comes(look)
        await crowd.live(60)
        assert crowd.all_ready()
        assert crowd.calls[SINGLE] == 0

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
        yield Page.of([], 0, True)

    bed.around.next.pages = slow
    bed.observer.start()
    await asked.acquire()
    bed.observer.poke()
    went_on.set()
    await asyncio.wait_for(asked.acquire(), timeout=10)
    await bed.observer.stop()


async def test_calls_that_fail_have_the_account_read_soon_unless_it_is_known_to_be_in_trouble(bed):
    await bed.tick()
    bed.observer._due = math.inf
    bed.account.valve.heard(HTTPStatus.UNAUTHORIZED, {})
    assert bed.observer._due == bed.now + cadence.TROUBLE_LOOK
    bed.around.next.error = ProviderError(ErrorKind.UNAUTHORIZED, Operation.LIST, "no")
    await bed.tick()
    bed.observer._due = math.inf
    bed.account.valve.heard(HTTPStatus.UNAUTHORIZED, {})
    assert bed.observer._due == math.inf
