"""Faults as data, over real sockets: what the client sees, and whether the call was carried out."""

import json
import threading

import httpx
import pytest
from tests.simulator.bodies import endpoint

from inference_operator.simulator import Fault

LIST = "/v2/endpoint/acme"


def fault(sim, **plan):
    return sim.huggingface.faults.add(Fault(**plan))


@pytest.mark.parametrize("status", [400, 401, 402, 403, 404, 409, 422, 429, 500, 502, 503])
def test_error_replaces_the_answer_before_the_commit(sim, http, status):
    fault(sim, operation="create", status=status, times=1)
    answer = http.post(LIST, json=endpoint())
    assert answer.status_code == status
    assert list(answer.json()) == ["error"]
    assert sim.huggingface.endpoints("acme") == {}
    assert http.post(LIST, json=endpoint()).status_code == 200


def test_rate_limit_says_when_to_come_back(sim, http):
    fault(sim, status=429, headers={"Retry-After": "7"})
    answer = http.get(LIST)
    assert (answer.headers["retry-after"], answer.headers["ratelimit"]) == ("7", '"api";r=0;t=1')


def test_error_body_and_headers_are_free(sim, http):
    fault(sim, status=409, body={"error": "Conflict: mine"}, headers={"X-Request-Id": "r1"})
    answer = http.get(LIST)
    assert (answer.json(), answer.headers["x-request-id"]) == ({"error": "Conflict: mine"}, "r1")


def test_body_that_is_no_json(sim, http):
    fault(sim, status=502, text="<html>Bad Gateway</html>")
    answer = http.get(LIST)
    assert (answer.status_code, answer.text) == (502, "<html>Bad Gateway</html>")
    with pytest.raises(json.JSONDecodeError):
        answer.json()


def test_error_after_the_commit_hides_a_success(sim, http):
    fault(sim, operation="create", when="after", status=500)
    assert http.post(LIST, json=endpoint()).status_code == 500
    assert list(sim.huggingface.endpoints("acme")) == ["sentiment"]


@pytest.mark.parametrize(("when", "made"), [("before", []), ("after", ["sentiment"])])
def test_connection_is_dropped_before_or_after_the_commit(sim, http, when, made):
    fault(sim, operation="create", action="drop", when=when, times=1)
    with pytest.raises(httpx.ReadError):
        http.post(LIST, json=endpoint())
    assert list(sim.huggingface.endpoints("acme")) == made
    assert sim.huggingface.journal[-1].status is None
    assert http.get(LIST).status_code == 200


def test_truncated_answer_ends_in_the_middle(sim, http):
    http.post(LIST, json=endpoint())
    fault(sim, operation="list", action="truncate", times=1)
    with pytest.raises(httpx.RemoteProtocolError, match="without sending complete"):
        http.get(LIST)
    assert http.get(LIST).status_code == 200


@pytest.mark.parametrize(("when", "made"), [("before", []), ("after", ["sentiment"])])
def test_hang_answers_nothing_until_the_client_leaves(sim, http, when, made):
    fault(sim, operation="create", action="hang", when=when, times=1)
    with pytest.raises(httpx.ReadTimeout):
        http.post(LIST, json=endpoint(), timeout=0.2)
    assert list(sim.huggingface.endpoints("acme")) == made


def test_latency_delays_only_what_it_matches(sim, http):
    fault(sim, operation="list", action="delay", delay=60, times=1)
    with pytest.raises(httpx.ReadTimeout):
        http.get(LIST, timeout=0.2)
    assert http.get(f"{LIST}/none").status_code == 404
    fault(sim, operation="list", action="delay", delay=0.01, times=1)
    assert http.get(LIST).status_code == 200
    assert sim.huggingface.journal[-1].fault == "delay"


async def test_fault_is_narrowed_by_operation_namespace_name_user_and_token(api):
    api.hf.tokens.add("hf_bob", user="bob")
    await api.create(endpoint("a"))
    await api.create(endpoint("b"))
    bob = {"headers": {"Authorization": "Bearer hf_bob"}}
    cases = [
        ({"operation": "get", "name": "a"}, "/v2/endpoint/acme/a", "/v2/endpoint/acme/b", {}),
        ({"namespace": "other"}, "/v2/endpoint/other", "/v2/endpoint/acme", {}),
        ({"operation": "search"}, "/v2/search/acme", "/v2/endpoint/acme", {}),
    ]
    for narrowing, struck, spared, options in cases:
        api.hf.faults.add(Fault(**narrowing, status=503))
        assert (await api.http.get(struck, **options)).status_code == 503
        assert (await api.http.get(spared, **options)).status_code == 200
        api.hf.faults.clear()
    for narrowing in ({"user": "bob"}, {"token": "hf_bob"}):
        api.hf.faults.add(Fault(**narrowing, status=503))
        assert (await api.http.get(LIST, **bob)).status_code == 503
        assert (await api.http.get(LIST)).status_code == 200
        api.hf.faults.clear()


async def test_fault_skips_and_counts(api):
    plan = api.hf.faults.add(Fault(operation="list", skip=1, times=2, status=500))
    seen = [(await api.http.get(LIST)).status_code for _ in range(5)]
    assert seen == [200, 500, 500, 200, 200]
    assert plan.times == 0


async def test_probability_is_reproducible_from_its_seed(api):
    async def pattern(seed):
        api.hf.faults.clear()
        api.hf.faults.add(Fault(operation="list", probability=0.5, seed=seed, status=500))
        return [(await api.http.get(LIST)).status_code for _ in range(40)]

    first = await pattern(1)
    assert set(first) == {200, 500}
    assert await pattern(1) == first
    assert await pattern(2) != first


async def test_drop_in_process_is_a_connection_error(api):
    api.hf.faults.add(Fault(operation="list", action="drop"))
    with pytest.raises(ConnectionResetError):
        await api.http.get(LIST)


async def test_cleared_faults_leave_a_healthy_server(api):
    api.hf.faults.add(Fault())
    assert (await api.http.get(LIST)).status_code == 500
    api.hf.faults.clear()
    assert (await api.http.get(LIST)).status_code == 200


def test_stopping_does_not_wait_for_what_hangs(sim, http, until):
    fault(sim, operation="list", action="hang")
    lost = threading.Event()

    def hangs():
        with pytest.raises(httpx.TransportError):
            http.get(LIST)
        lost.set()

    thread = threading.Thread(target=hangs)
    thread.start()
    until(lambda: bool(sim.huggingface.journal))
    sim.stop()
    thread.join(5)
    assert lost.is_set()
    with pytest.raises(httpx.ConnectError):
        httpx.get(sim.url)
