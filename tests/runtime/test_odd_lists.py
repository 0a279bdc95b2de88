"""Lists that leave out what exists, and times that are wrong: nothing is missed, or read again at every beat."""

import json
from dataclasses import replace
from datetime import timedelta

import httpx
import pytest
from tests.runtime.at_scale import ORDERED
from tests.runtime.crowd import CATALOGUE, FIRST, LATER, SINGLE, Crowd
from tests.runtime.world import ORGANIZATION

pytestmark = pytest.mark.usefixtures("quiet")

SIZE, PAGE, MINUTES = 40, 20, 5
HOUR_BEHIND = timedelta(hours=1)


class Leaving(httpx.AsyncBaseTransport):
    """The provider, whose lists leave some out from now on: the rest of the pages, or one endpoint for ever."""

    def __init__(self, vendor, how):
        self._vendor, self._how = vendor, how

    async def handle_async_request(self, request):
        is_list = request.method == "GET" and request.url.path.rstrip("/") == f"/v2/endpoint/{ORGANIZATION}"
        if is_list and self._how == "going in circles":
            request = httpx.Request("GET", request.url.copy_remove_param("cursor"), headers=request.headers)
        response = await self._vendor.handle_async_request(request)
        if not is_list:
            return response
        page = json.loads(await response.aread())
        if self._how == "cut short":
            page.pop("nextCursor", None)
        if self._how == "without one of them":
            page["items"] = [one for one in page["items"] if one["name"] != "n3"]
            page["totalItems"] -= 1
        return httpx.Response(httpx.codes.OK, json=page, request=request)


@pytest.mark.parametrize("how", ["going in circles", "cut short", "without one of them"])
async def test_what_lists_leave_out_is_read_once_in_a_while_and_stays_ready(how):
    crowd = await Crowd.settled(SIZE, pages_of=PAGE, **ORDERED)
    crowd._meter._vendor = Leaving(crowd._meter._vendor, how)
    crowd._meter._at_rest = lambda: False
    await crowd.live(2 * crowd.poll_interval)
    crowd.forget_requests()
    await crowd.live(60 * MINUTES)
    assert crowd.written == []
    assert crowd.all_ready()
    assert crowd.calls[FIRST] <= 60 * MINUTES / crowd.poll_interval + 1
    assert crowd.calls[SINGLE] + crowd.calls[LATER] <= SIZE
    assert set(crowd.calls) <= {FIRST, LATER, SINGLE, CATALOGUE}


async def test_one_that_is_left_out_and_then_deleted_is_missed():
    crowd = await Crowd.settled(SIZE, pages_of=PAGE, **ORDERED)
    crowd._meter._vendor = Leaving(crowd._meter._vendor, "cut short")
    crowd._meter._at_rest = lambda: False
    await crowd.live(2 * crowd.poll_interval)
    known = crowd.observer.account.feed
    hidden = next(name for name in crowd.names if known._entries[name].hidden)
    made = crowd.remote(hidden)["status"]["createdAt"]
    crowd.remove_by_hand(hidden)
    await crowd.live(4 * crowd.poll_interval)
    assert crowd.remote(hidden)["status"]["createdAt"] != made, "it is made again"


async def test_a_burst_is_shown_within_two_beats_though_one_row_has_a_time_that_is_yet_to_come():
    crowd = await Crowd.settled(60, pages_of=PAGE, **ORDERED)
    store = crowd.huggingface.control.store
    ahead = replace(store.find(ORGANIZATION, "n0"), updated_at=crowd.monotonic() + 7200)
    store.put(ahead, crowd.monotonic())
    account = crowd.observer.account
    await crowd.live(400)
    listed = account.feed.listed_at
    while account.feed.listed_at == listed:
        await crowd.live(crowd.poll_interval)
    for name in crowd.names[1:51]:
        crowd.remotely(name, state="failed", errorMessage="node lost")
        crowd.clock.advance(0.01)
    await crowd.live(2 * crowd.poll_interval)
    assert sum(not crowd.is_ready(name) for name in crowd.names) == 50


async def test_a_clock_that_is_behind_the_providers_costs_no_page_at_rest():
    crowd = await Crowd.settled(60, pages_of=10, **ORDERED)
    now = crowd.now
    crowd.observer.account.now = lambda: now() - HOUR_BEHIND
    for name in crowd.names:
        crowd.remotely(name, model={"env": {"THEIRS": "1"}})
    await crowd.live(300)
    listed = crowd.observer.account.feed.listed_at
    while crowd.observer.account.feed.listed_at == listed:
        await crowd.live(crowd.poll_interval)
    crowd.forget_requests()
    await crowd.live(180)
    assert crowd.calls[LATER] == 0


async def test_edits_amid_readings_of_all_pages_cause_no_other_ones():
    crowd = await Crowd.settled(100, pages_of=10, **ORDERED)
    quiet = await later_pages_of_an_hour(crowd, edits=0)
    assert await later_pages_of_an_hour(crowd, edits=6) <= quiet + crowd.pages


async def later_pages_of_an_hour(crowd, *, edits):
    pages = 0

    async def edit_amid_a_reading():
        nonlocal pages, edits
        pages += 1
        if edits and crowd.calls[LATER] % (crowd.pages - 1) == 5:
            edits -= 1
            # It is the oldest, and moves to the top while the pages before it have been read.
            crowd.remotely(crowd.names[edits], model={"env": {"EDIT": str(pages)}})

    crowd.forget_requests()
    crowd.while_a_page_comes(edit_amid_a_reading)
    await crowd.live(3600)
    assert edits == 0
    return crowd.calls[LATER]
