"""An outage costs each resource one write and its end one more, and when it is over nobody waits for the next beat."""

from collections import Counter
from typing import Any

import pytest
from tests.api.manifests import changed
from tests.runtime.at_scale import ORDERED
from tests.runtime.crowd import Crowd
from tests.runtime.world import ACCOUNT, NAMESPACE, ORGANIZATION

from inference_operator.kube import paths
from inference_operator.simulator import Fault

SIZE = 6
SOON = 30.0
"""Seconds within which everything goes on after an outage of seconds, whatever the poll interval."""

ANSWERS: dict[str, list[dict[str, Any]]] = {
    "one": [{"status": 503}],
    "errors": [{"status": 502}, {"status": 503}, {"status": 504}],
    "dropped": [{"status": 503}, {"action": "drop"}],
    "paced": [{"status": 503}, {"status": 429, "headers": {"Retry-After": "0"}}],
}


def _read_every(crowd: Crowd, poll_interval: str) -> None:
    path = paths.account(ACCOUNT.kind, NAMESPACE, ACCOUNT.name)
    known = crowd.kube.objects[path]
    known = changed(known, {"metadata": {"generation": known["metadata"].get("generation", 0) + 1}})
    crowd.kube.put(path, {**known, "spec": {**known["spec"], "pollInterval": poll_interval}})


def _answer(crowd: Crowd, status: int, **answer: Any) -> None:
    """From now on every list is answered so, and whatever else went wrong does no more."""
    crowd.huggingface.faults.clear()
    crowd.huggingface.faults.add(Fault(operation="list", status=status, **answer))


def _answer_now_so_now_so(crowd: Crowd, answers: list[dict[str, Any]]) -> None:
    """From now on each list is answered in one of these ways, each as often as the others."""
    for number, answer in enumerate(answers):
        share = 1 / (len(answers) - number)
        crowd.huggingface.faults.add(Fault(operation="list", seed=number + 1, probability=share, **answer))


async def _declared_amid(status: int, **answer: Any) -> Crowd:
    """An account that was never read, a minute after its one resource, `new`, was declared."""
    crowd = Crowd(0, **ORDERED)
    _answer(crowd, status, **answer)
    crowd.declare("new")
    await crowd.live(60)
    return crowd


def _said(crowd: Crowd) -> str:
    """What `new` says of its readiness."""
    return crowd.condition(crowd.key("new"), "Ready")["message"]


def _status_writes(crowd: Crowd) -> Counter[str]:
    return Counter(path for _, path, _ in crowd.kube.writes if "/inferenceendpoints/" in path)


@pytest.mark.parametrize("answers", ANSWERS.values(), ids=ANSWERS)
async def test_however_differently_it_answers_an_outage_is_one_write_and_its_end_one_more(
    answers: list[dict[str, Any]],
) -> None:
    crowd = await Crowd.settled(SIZE, **ORDERED)
    _answer_now_so_now_so(crowd, answers)
    await crowd.live(1_800)
    assert {crowd.ready(crowd.key(name)) for name in crowd.names} == {("Unknown", "ObservationStale")}
    assert sorted(_status_writes(crowd).values()) == [1] * SIZE
    crowd.huggingface.faults.clear()
    await crowd.live(60)
    assert crowd.all_ready()
    assert sorted(_status_writes(crowd).values()) == [2] * SIZE


@pytest.mark.parametrize("statuses", [(503, 401), (503, 403), (404, 503), (401, 403)], ids=str)
async def test_one_that_is_answered_with_a_refusal_now_and_then_is_two_writes_at_most(
    statuses: tuple[int, int],
) -> None:
    crowd = await Crowd.settled(SIZE, **ORDERED)
    _answer_now_so_now_so(crowd, [{"status": status} for status in statuses])
    await crowd.live(3_600)
    assert not {crowd.ready(crowd.key(name)) for name in crowd.names} & {("True", "Running")}
    assert max(_status_writes(crowd).values()) <= 2
    before = _status_writes(crowd)
    crowd.huggingface.faults.clear()
    await crowd.live(300)
    assert crowd.all_ready()
    assert _status_writes(crowd) - before == Counter(dict.fromkeys(before, 1))


async def test_of_a_token_that_is_refused_amid_an_outage_it_is_told_after_three_looks() -> None:
    crowd = await _declared_amid(503)
    _answer(crowd, 401)
    await crowd.live(20)
    assert "401" in crowd.observer.account.failure.message
    assert "503" in _said(crowd)
    await crowd.live(40)
    assert "401" in _said(crowd)


async def test_one_refusal_amid_an_outage_is_told_nobody() -> None:
    crowd = Crowd(0, **ORDERED)
    crowd.declare("new")
    for status in (503, 429, 429, 401, 429, 403, 401, 503):
        _answer(crowd, status, headers={"Retry-After": "0"})
        await crowd.live(16)
        assert "503" in _said(crowd)
        assert crowd.observer.account.failure.message.count(str(status))


@pytest.mark.parametrize("hidden", [403, 404])
@pytest.mark.parametrize("before", [(), (503,)], ids=["at-once", "amid-an-outage"])
@pytest.mark.parametrize("after", [(), (503,), (429, 503)], ids=["then", "and-since", "and-long-since"])
async def test_not_found_is_no_proof_from_when_everything_is_hidden_until_it_is_shown_again(
    before: tuple[int, ...], hidden: int, after: tuple[int, ...]
) -> None:
    crowd = await Crowd.settled(SIZE, **ORDERED)
    for status in (*before, hidden, *after):
        crowd.huggingface.faults.clear()
        crowd.huggingface.faults.add(Fault(operation="get", status=404))
        crowd.huggingface.faults.add(Fault(operation="list", status=status))
        await crowd.live(16)
    for name in [*crowd.names]:
        crowd.delete(crowd.key(name))
    await crowd.live(40)
    assert len(crowd.huggingface.control.records(ORGANIZATION)) == SIZE
    assert all(crowd.object(crowd.key(f"n{number}")) for number in range(SIZE)), "none is let go of"
    crowd.huggingface.faults.clear()
    await crowd.until(lambda: not crowd.huggingface.control.records(ORGANIZATION), within=300)


async def test_nor_is_it_where_the_token_is_gone_since_and_the_one_before_serves_deletions() -> None:
    crowd = await Crowd.settled(SIZE, **ORDERED)
    crowd.huggingface.faults.add(Fault(operation="*", status=404))
    await crowd.live(16)
    del crowd.kube.objects[paths.secret(NAMESPACE, "hf")]
    await crowd.live(16)
    assert crowd.observer.account.failure.reason == "CredentialsMissing"
    for name in [*crowd.names]:
        crowd.delete(crowd.key(name))
    await crowd.live(60)
    assert crowd.ready(crowd.key("n0")) == ("False", "CredentialsLost")
    assert len(crowd.huggingface.control.records(ORGANIZATION)) == SIZE
    crowd.huggingface.faults.clear()
    crowd.put_secret("hf", token="hf_test_token")
    await crowd.until(lambda: not crowd.huggingface.control.records(ORGANIZATION), within=600)


async def test_the_account_says_of_an_outage_what_the_latest_answer_of_another_kind_was() -> None:
    crowd = await Crowd.settled(1, **ORDERED)
    crowd.huggingface.faults.add(Fault(operation="list", status=429, headers={"Retry-After": "0"}))
    await crowd.live(100)
    assert crowd.observer.account.failure.reason == "RateLimited"
    _answer(crowd, 503)
    await crowd.live(100)
    assert crowd.observer.account.failure.reason == "ProviderUnavailable"


async def test_what_it_came_to_be_for_good_is_told_once_more() -> None:
    crowd = await _declared_amid(429, headers={"Retry-After": "0"})
    _answer(crowd, 503)
    await crowd.live(240)
    assert "429" in _said(crowd)
    await crowd.live(120)
    assert "503" in _said(crowd)


async def test_after_an_edit_of_the_account_what_is_wrong_now_is_told() -> None:
    crowd = await _declared_amid(502)
    _answer(crowd, 503)
    _read_every(crowd, "14s")
    await crowd.live(30)
    assert "503" in _said(crowd)


@pytest.mark.parametrize("poll_interval", ["15s", "1h"])
@pytest.mark.parametrize("state", ["paused", "gone"])
@pytest.mark.parametrize("seconds", [5, 60])
async def test_what_was_held_back_goes_on_soon_after_an_outage(poll_interval: str, state: str, seconds: int) -> None:
    crowd = await Crowd.settled(2 * SIZE, **ORDERED)
    _read_every(crowd, poll_interval)
    await crowd.live(4_000)
    crowd.huggingface.faults.add(Fault(operation="*", status=503))
    asked = crowd.names[:SIZE]
    for name in asked:
        if state == "gone":
            crowd.delete(crowd.key(name))
        else:
            crowd.patch(crowd.key(name), {"spec": {"state": state}})
    await crowd.live(seconds)
    crowd.huggingface.faults.clear()

    def states() -> set[str]:
        there = {one.name: one.lifecycle.state for one in crowd.huggingface.control.records(ORGANIZATION)}
        return {there.get(name, "gone") for name in asked}

    await crowd.until(lambda: states() == {state}, within=max(SOON, seconds))


async def test_it_is_looked_at_less_and_less_often_while_it_lasts_and_never_oftener_than_at_rest() -> None:
    crowd = await Crowd.settled(1, **ORDERED)
    _read_every(crowd, "5s")
    await crowd.live(10)
    crowd.huggingface.faults.add(Fault(operation="list", status=503))
    crowd.forget_requests()
    await crowd.live(60)
    assert crowd.reads <= 60 / 5 + 3, "one that fails for the first time is tried thrice"
    _read_every(crowd, "1h")
    await crowd.live(3_600)
    crowd.forget_requests()
    await crowd.live(3_600)
    assert crowd.reads == 15, "one every four minutes"


class TestWhereItIsReadOnceAnHour:
    """One failed read is not an hour lost."""

    async def test_while_the_first_one_is_awaited(self) -> None:
        crowd = Crowd(0, **ORDERED)
        _read_every(crowd, "1h")
        crowd.huggingface.faults.add(Fault(operation="list", status=503, times=3))
        crowd.declare("new")
        await crowd.until(crowd.all_ready, within=SOON)

    async def test_while_something_starts(self) -> None:
        crowd = await Crowd.settled(1, **ORDERED)
        _read_every(crowd, "1h")
        await crowd.live(4_000)
        crowd.huggingface.knobs.initializing_seconds = 20
        crowd.declare("new")
        await crowd.live(8)
        crowd.huggingface.faults.add(Fault(operation="list", status=503, times=3))
        await crowd.until(crowd.all_ready, within=2 * SOON)

    async def test_while_its_secret_is_missing(self) -> None:
        crowd = Crowd(0, **ORDERED)
        _read_every(crowd, "1h")
        del crowd.kube.objects[paths.secret(NAMESPACE, "hf")]
        crowd.declare("new")
        await crowd.live(20)
        crowd.put_secret("hf", token="hf_test_token")
        await crowd.until(crowd.all_ready, within=2 * SOON)

    async def test_while_its_token_is_replaced_and_the_one_before_revoked(self) -> None:
        crowd = await Crowd.settled(1, **ORDERED)
        _read_every(crowd, "1h")
        await crowd.live(4_000)
        crowd.huggingface.tokens.revoke("hf_test_token")
        crowd.put_secret("hf", token="hf_other_token")
        crowd.patch(crowd.key("n0"), {"spec": {"state": "paused"}})
        await crowd.until(lambda: crowd.remote("n0")["status"]["state"] == "paused", within=3 * SOON)
