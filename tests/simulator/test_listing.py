"""The list: pages, filters, order, lag; and the search."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.simulator.bodies import endpoint

from inference_operator.simulator import Knobs
from inference_operator.simulator.huggingface.lifecycle import Lifecycle
from inference_operator.simulator.huggingface.listing import order, page
from inference_operator.simulator.huggingface.record import Record

LIST = "/v2/endpoint/acme"


async def make(api, count):
    for number in range(count):
        await api.create(endpoint(f"e{number:02}"))
        api.hf.clock.advance(1)


async def names(api, **query):
    return [item["name"] for item in (await api.ok("GET", LIST, params=query))["items"]]


async def test_list_is_newest_first_in_pages_of_twenty(api):
    await make(api, 45)
    seen, cursor, pages = [], None, 0
    while True:
        answer = await api.ok("GET", LIST, params={"cursor": cursor} if cursor else {})
        assert answer["totalItems"] == 45
        seen += [item["name"] for item in answer["items"]]
        pages += 1
        cursor = answer["nextCursor"]
        if cursor is None:
            break
    assert pages == 3
    assert seen == [f"e{number:02}" for number in reversed(range(45))]


async def test_previous_cursor_leads_back(api):
    await make(api, 5)
    first = await api.ok("GET", LIST, params={"limit": 2})
    second = await api.ok("GET", LIST, params={"limit": 2, "cursor": first["nextCursor"]})
    back = await api.ok("GET", LIST, params={"limit": 2, "cursor": second["prevCursor"]})
    assert first["prevCursor"] is None
    assert back["items"] == first["items"]


async def test_sort_and_direction(api):
    await make(api, 3)
    assert await names(api, direction="asc") == ["e00", "e01", "e02"]
    assert await names(api, sortBy="name") == ["e02", "e01", "e00"]
    await api.put({"tags": ["x"]}, "e00")
    assert (await names(api, sortBy="updatedAt"))[0] == "e00"


async def test_filters(api):
    await api.create(endpoint("a-one", tags=["x", "y"], type="public"))
    await api.create(endpoint("b-two", tags=["x"], model__task="text-generation"))
    await api.act("pause", "b-two")
    assert await names(api, tags="x,y") == ["a-one"]
    assert await names(api, search="-tw") == ["b-two"]
    assert await names(api, type="public,private") == ["a-one"]
    assert await names(api, task="text-generation") == ["b-two"]
    assert await names(api, state="paused,failed") == ["b-two"]
    assert (await api.ok("GET", LIST, params={"type": "public"}))["totalItems"] == 1


@pytest.mark.parametrize(
    "query",
    [
        {"limit": "x"},
        {"limit": "-1"},
        {"limit": "1.0"},
        {"limit": str(2**31)},
        {"cursor": "3"},
        {"cursor": "b1"},
        {"cursor": "\u00e9"},
        {"sortBy": "age"},
        {"direction": "up"},
        {"state": "dead"},
        {"type": "protected"},
    ],
)
async def test_query_that_means_nothing_is_refused(api, query):
    status, text = await api.refused("GET", LIST, params=query)
    assert status == 400
    assert next(iter(query)) in text


async def test_limit_beyond_the_maximum_is_clamped_or_refused(api):
    api.hf.knobs.max_limit = 3
    await make(api, 5)
    assert len(await names(api, limit=50)) == 3
    api.hf.knobs.over_limit = "reject"
    assert (await api.refused("GET", LIST, params={"limit": 50}))[0] == 400


async def test_page_size_is_a_knob(api):
    api.hf.knobs.page_size = 2
    await make(api, 3)
    assert len(await names(api)) == 2


async def test_limit_zero_is_an_empty_page(api):
    await make(api, 1)
    answer = await api.ok("GET", LIST, params={"limit": 0})
    assert (answer["items"], answer["totalItems"], answer["nextCursor"]) == ([], 1, None)


async def test_namespaces_are_apart(api):
    await api.create(endpoint(), namespace="acme")
    await api.create(endpoint(), namespace="other")
    await api.ok("DELETE", "/v2/endpoint/other/sentiment")
    assert await names(api) == ["sentiment"]


async def test_lagging_list_shows_the_past(api):
    api.hf.knobs.list_lag = 5
    await api.create(endpoint())
    assert await names(api) == []
    assert (await api.get())["name"] == "sentiment"
    api.hf.clock.advance(5.1)
    (item,) = (await api.ok("GET", LIST))["items"]
    assert item["status"]["state"] == "pending", "as it was five seconds ago"
    await api.ok("DELETE", f"{LIST}/sentiment")
    assert await names(api) == ["sentiment"]
    api.hf.clock.advance(5.1)
    assert await names(api) == []


async def test_search_answers_names_only(api):
    await make(api, 3)
    await api.put({"tags": ["x"]}, "e01")
    assert await api.ok("GET", "/v2/search/acme", params={"tags": "x"}) == {"items": [{"name": "e01"}]}
    found = await api.ok("GET", "/v2/search/acme", params={"search": "e0", "limit": 2})
    assert len(found["items"]) == 2


def record(name: str, created: float) -> Record:
    return Record("ns", name, name, {}, Lifecycle("running", 0), created, "a", created, "a")


@given(
    created=st.lists(st.integers(0, 3), max_size=60),
    limit=st.integers(1, 25),
    sort_by=st.sampled_from(["createdAt", "updatedAt", "name"]),
    direction=st.sampled_from(["asc", "desc"]),
)
def test_the_union_of_the_pages_is_everything_once(created, limit, sort_by, direction):
    everything = order((record(f"e{n}", at) for n, at in enumerate(created)), sort_by, direction)
    seen, cursor = [], None
    for _ in range(len(created) + 2):
        one = page(everything, cursor=cursor, limit=limit, knobs=Knobs())
        assert one.total == len(created)
        assert len(one.records) <= limit
        seen += one.records
        cursor = one.following
        if cursor is None:
            break
    assert seen == everything
