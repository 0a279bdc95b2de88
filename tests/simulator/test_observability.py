"""Logs of both generations, graphs and OpenMetrics."""

import pytest
from tests.simulator.bodies import endpoint

V2 = "/v2/endpoint/acme/sentiment/logs"
V3 = "/v3/endpoint/acme/sentiment/logs"
METRICS = "/v2/endpoint/acme/sentiment/metrics"
WINDOW = {"start": "2026-10-02T10:00:00Z", "stop": "2026-10-02T11:00:00.123456789+01:00"}


async def test_text_logs_can_be_cut(api):
    await api.running(endpoint())
    lines = (await api.send("GET", V2)).text.splitlines()
    assert lines[-1] == "Application startup complete."
    assert (await api.send("GET", V2, params={"tail": 1})).text.splitlines() == lines[-1:]
    assert (await api.send("GET", V2, params={"tail": 0})).text == ""
    assert (await api.send("GET", V2, params={"line_max_length": 4})).text.splitlines() == [x[:4] for x in lines]
    assert (await api.send("GET", V2, params={"replica": "none"})).text == ""
    assert (await api.refused("GET", V2, params={"follow": "maybe"}))[0] == 400


async def test_structured_logs_are_filtered_and_ascending(api):
    await api.create(endpoint(model__repository="acme/fails-to-start"))
    api.hf.clock.advance(1)
    entries = await api.ok("GET", V3)
    assert entries == sorted(entries, key=lambda entry: entry["timestamp"])
    errors = await api.ok("GET", V3, params={"level": "error"})
    assert {entry["level"] for entry in errors} == {"error"}
    assert len(await api.ok("GET", V3, params={"search": "RUNTIMEERROR"})) == 1
    middle = entries[2]["timestamp"]
    assert await api.ok("GET", V3, params={"since": middle}) == entries[2:]
    assert (await api.ok("GET", V3, params={"until": middle}))[:2] == entries[:2]
    assert await api.ok("GET", V3, params={"limit": 1}) == entries[-1:]
    assert await api.ok("GET", V3, params={"limit": 1, "order": "asc"}) == entries[:1]


async def test_structured_logs_page_by_links(api):
    await api.running(endpoint())
    everything = await api.ok("GET", V3)
    seen, target = [], f"{V3}?order=asc&limit=1"
    while target:
        response = await api.send("GET", target)
        seen += response.json()
        links = {part.split('rel="')[1][:-1]: part[1:].split(">")[0] for part in response.headers["link"].split(", ")}
        target = f"{links['next']}&limit=1" if "next" in links else None
    assert seen == everything
    assert len(seen) > 2


@pytest.mark.parametrize("query", [{"limit": "x"}, {"order": "up"}, {"since": "noon"}, {"after": "x"}])
async def test_log_query_that_means_nothing_is_refused(api, query):
    await api.running(endpoint())
    assert (await api.refused("GET", V3, params=query))[0] == 400


async def test_log_search_may_be_missing(api):
    await api.running(endpoint())
    api.hf.knobs.log_search = False
    assert (await api.refused("GET", V3))[0] == 501


async def test_metrics_answer_all_graphs_of_the_window(api):
    await api.running(endpoint())
    graphs = await api.ok("POST", METRICS, WINDOW)
    assert graphs == await api.ok("POST", METRICS, WINDOW), "the same question has the same answer"
    assert len(graphs["hardwareCpu"]["series"]) == len(graphs["replicaIds"]) == 1
    other = await api.ok("POST", METRICS, WINDOW | {"replicaId": "none"})
    assert other["hardwareCpu"]["series"] == []


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, 422),
        ({"start": "2026-10-02", "stop": "2026-10-02T11:00:00Z"}, 422),
        ({"start": "2026-13-02T11:00:00Z", "stop": "2026-10-02T11:00:00Z"}, 422),
        ({"start": "0001-01-01T00:00:00+14:00", "stop": "2026-10-02T11:00:00Z"}, 422),
        ({"start": "2026-10-03T11:00:00Z", "stop": "2026-10-02T11:00:00Z"}, 400),
    ],
)
async def test_window_that_is_none_is_refused(api, body, status):
    await api.running(endpoint())
    assert (await api.refused("POST", METRICS, body))[0] == status


async def test_metrics_are_post_only(api):
    assert (await api.http.get(METRICS)).status_code == 405


async def test_open_metrics_are_for_paying_callers(api):
    await api.running(endpoint())
    path = "/v2/endpoint/acme/sentiment/open-metrics"
    response = await api.send("GET", path)
    assert response.headers["content-type"].startswith("text/plain")
    assert response.text.endswith("# EOF\n")
    api.hf.tokens.add("hf_free", pro=False)
    assert (await api.refused("GET", path, headers={"Authorization": "Bearer hf_free"}))[0] == 403
