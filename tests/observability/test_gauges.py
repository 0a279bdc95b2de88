"""What is read off at a scrape: sums over endpoints that cost the same however many there are, accounts, workers."""

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.observability.exposition import samples, value, values

from inference_operator.core.failures import Failure
from inference_operator.runtime.account import Account
from inference_operator.runtime.figures import Figures, Tally
from inference_operator.runtime.flags import parse
from inference_operator.runtime.index import Index, Key
from inference_operator.runtime.operator import Operator
from inference_operator.runtime.queue import WorkQueue
from inference_operator.runtime.telemetry.gauges import AccountGauges, EachEndpoint, EndpointSums, WorkGauges
from inference_operator.runtime.telemetry.metrics import Metrics


def endpoint(name: str, status: Mapping[str, Any], *, version: int = 1) -> dict[str, Any]:
    metadata = {"namespace": "team-a", "name": name, "uid": name, "resourceVersion": str(version)}
    return {"kind": "InferenceEndpoint", "metadata": metadata, "spec": {}, "status": dict(status)}


def status(state: str = "running", *, ready: int = 1, cost: str | None = "0.80", stalled: str = "") -> dict[str, Any]:
    conditions = [{"type": "Ready", "status": "False" if stalled else "True", "reason": stalled or "Running"}]
    if stalled:
        conditions.append({"type": "Stalled", "status": "True", "reason": stalled})
    costs = {"cost": {"currency": "USD", "hourlyNow": cost, "hourlyMin": "0", "hourlyMax": "9"}} if cost else {}
    return {"state": state, "readyReplica": ready, "targetReplica": 2, "conditions": conditions, **costs}


def summed(index: Index, *, leads: bool = True) -> str:
    metrics = Metrics()
    metrics.beside(EndpointSums(index.tally.counts, leads=lambda: leads))
    return metrics.render().decode()


def each(index: Index) -> str:
    metrics = Metrics()
    figures = [(key, brief.figures) for key, brief in index.briefs("InferenceEndpoint").items()]
    metrics.beside(EachEndpoint(lambda: figures, leads=lambda: True))
    return metrics.render().decode()


def endpoint_series(text: str) -> int:
    ours = ("inference_operator_endpoint_", "inference_operator_ready_", "inference_operator_hourly_")
    return sum(one.name.startswith(ours) for one in samples(text))


@pytest.fixture
def index() -> Index:
    index = Index()
    index.put(endpoint("a", status()))
    index.put(endpoint("b", status(ready=2, cost="1.6")))
    index.put(endpoint("c", status("failed", ready=0, cost=None, stalled="ProvisioningFailed")))
    return index


def test_the_sums_are_those_of_all_endpoints(index: Index) -> None:
    text = summed(index)
    assert value(text, "inference_operator_endpoint_state", state="running") == 2
    assert value(text, "inference_operator_endpoint_state", state="failed") == 1
    assert value(text, "inference_operator_ready_replicas") == 3
    assert value(text, "inference_operator_target_replicas") == 6
    assert value(text, "inference_operator_hourly_cost", currency="USD") == pytest.approx(2.4)
    stalled = {"type": "Stalled", "status": "True", "reason": "ProvisioningFailed"}
    assert value(text, "inference_operator_endpoint_condition", **stalled) == 1


def test_a_state_that_none_is_in_has_a_series_too_so_that_alerts_end() -> None:
    assert value(summed(Index()), "inference_operator_endpoint_state", state="updateFailed") == 0


def test_a_change_and_an_end_are_in_the_sums_at_once(index: Index) -> None:
    index.put(endpoint("c", status(), version=2))
    index.drop(Key("InferenceEndpoint", "team-a", "b"))
    index.drop(Key("InferenceEndpoint", "team-a", "never-seen"))
    text = summed(index)
    assert value(text, "inference_operator_endpoint_state", state="running") == 2
    assert value(text, "inference_operator_endpoint_state", state="failed") == 0
    assert value(text, "inference_operator_hourly_cost", currency="USD") == pytest.approx(1.6)


def test_a_version_that_came_late_changes_nothing(index: Index) -> None:
    index.put(endpoint("a", status("paused"), version=0))
    assert value(summed(index), "inference_operator_endpoint_state", state="running") == 2


def test_the_number_of_series_does_not_grow_with_endpoints() -> None:
    few, many = Index(), Index()
    few.put(endpoint("a", status()))
    for number in range(500):
        many.put(endpoint(f"e-{number}", status()))
    assert endpoint_series(summed(few)) == endpoint_series(summed(many))
    assert len(many.tally.counts()) == 1, "the work of a scrape does not grow either"


def test_each_endpoint_by_itself_is_named_and_vanishes_with_it(index: Index) -> None:
    of = {"namespace": "team-a", "name": "a"}
    text = each(index)
    assert value(text, "inference_operator_endpoint_state", state="running", **of) == 1
    assert value(text, "inference_operator_ready_replicas", **of) == 1
    assert value(text, "inference_operator_hourly_cost", currency="USD", **of) == pytest.approx(0.8)
    index.drop(Key("InferenceEndpoint", "team-a", "a"))
    assert [one for one in samples(each(index)) if one.labels.get("name") == "a"] == []


@pytest.mark.parametrize(
    ("flags", "labels"), [((), {}), (("--per-endpoint-metrics",), {"namespace": "team-a", "name": "a"})]
)
async def test_endpoints_are_named_only_where_that_was_asked_for(
    flags: tuple[str, ...], labels: dict[str, str]
) -> None:
    operator = Operator(parse(flags))
    operator._index.put(endpoint("a", status()))
    text = operator.metrics.render().decode()
    assert value(text, "inference_operator_endpoint_state", state="running", **labels) == 1


def test_the_sums_over_each_are_the_sums(index: Index) -> None:
    one_by_one = [one for one in samples(each(index)) if one.name == "inference_operator_hourly_cost"]
    together = value(summed(index), "inference_operator_hourly_cost", currency="USD")
    assert sum(one.value for one in one_by_one) == pytest.approx(together)


def test_a_standby_counts_no_endpoints(index: Index) -> None:
    assert endpoint_series(summed(index, leads=False)) == 0


@given(st.lists(st.tuples(st.integers(0, 4), st.sampled_from(["running", "paused", "failed", ""])), max_size=30))
def test_the_tally_is_the_count_of_what_is_there(changes: list[tuple[int, str]]) -> None:
    tally, there = Tally(), dict[int, Figures]()
    for number, state in changes:
        now = Figures.of({"state": state}) if state else None
        tally.exchange(there.pop(number, None), now)
        if now:
            there[number] = now
    assert sum(tally.counts().values()) == len(there)
    assert all(tally.counts()[one] == [*there.values()].count(one) for one in there.values())


def account(name: str, *, clock: float = 100.0) -> Account:
    metadata = {"namespace": "team-a", "name": name, "uid": name}
    spec = {"huggingFace": {"namespace": "my-org", "tokenSecretRef": {"name": "hf", "key": "token"}}}
    obj = {"kind": "InferenceAccount", "metadata": metadata, "spec": spec}
    return Account(Key("InferenceAccount", "team-a", name), obj, clock=lambda: clock)


def accounts_text(*accounts: Account) -> str:
    metrics = Metrics()
    metrics.beside(AccountGauges(lambda: accounts))
    return metrics.render().decode()


LABELS = {"provider": "huggingFace", "account": "InferenceAccount team-a/hf"}


def test_an_account_says_whether_it_is_ready_and_why_not() -> None:
    one = account("hf")
    one.failure = None
    assert value(accounts_text(one), "inference_operator_account_ready", reason="Ready", **LABELS) == 1
    one.failure = Failure("CredentialsInvalid", "words", terminal=True)
    assert value(accounts_text(one), "inference_operator_account_ready", reason="CredentialsInvalid", **LABELS) == 0


def test_the_age_of_what_is_known_grows_from_the_first_reading() -> None:
    one = account("hf", clock=130.0)
    assert "inference_operator_observation_age_seconds{" not in accounts_text(one)
    one.read_at = 100.0
    assert value(accounts_text(one), "inference_operator_observation_age_seconds", **LABELS) == 30
    assert "InferenceAccount" not in accounts_text(), "its series end with it"


def test_what_holds_an_account_back_is_shown() -> None:
    one = account("hf")
    one.valve.clock = lambda: 10.0
    one.valve.heard(429, {"retry-after": "30"})
    for _ in range(5):
        one.valve.breaker.heard(503)
    text = accounts_text(one)
    assert value(text, "inference_operator_account_circuit_open", **LABELS) == 1
    assert value(text, "inference_operator_account_wait_seconds", **LABELS) == 30


def test_an_account_that_can_not_be_read_hides_no_other() -> None:
    broken = account("broken")
    broken.obj["spec"] = {"huggingFace": 7}
    assert value(accounts_text(broken, account("hf")), "inference_operator_account_circuit_open", **LABELS) == 0


async def test_what_is_in_work_is_told_while_it_is() -> None:
    now = 0.0
    queue = WorkQueue[str](clock=lambda: now)
    metrics = Metrics()
    metrics.beside(WorkGauges("inferenceendpoint", workers=3, ages=queue.ages))
    for key, moment in (("a", 0.0), ("b", 4.0)):
        now = moment
        queue.add(key)
        await queue.get()
    now = 10.0
    text = metrics.render().decode()
    assert value(text, "workqueue_longest_running_processor_seconds", name="inferenceendpoint") == 10
    assert value(text, "workqueue_unfinished_work_seconds", name="inferenceendpoint") == 16
    assert value(text, "controller_runtime_active_workers", controller="inferenceendpoint") == 2
    assert value(text, "controller_runtime_max_concurrent_reconciles", controller="inferenceendpoint") == 3
    queue.done("a")
    queue.done("b")
    assert (
        value(metrics.render().decode(), "workqueue_longest_running_processor_seconds", name="inferenceendpoint") == 0
    )


def test_no_two_series_are_the_same() -> None:
    index = Index()
    for number in range(3):
        index.put(endpoint(f"e-{number}", status()))
    text = each(index)
    assert len(values(text)) == len([*samples(text)])
