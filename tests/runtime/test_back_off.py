"""What failed is tried again more and more seldom, not all at once, and anew when anything of it changes."""

import contextlib
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import pytest
from tests.runtime.at_scale import HOUR, ORDERED
from tests.runtime.crowd import Crowd
from tests.runtime.world import NAMESPACE, World

from inference_operator.api.names import RECONCILE_REQUESTED_AT
from inference_operator.core.cadence import ANOTHER_STATE, EDITS_APART
from inference_operator.core.errors import ErrorKind, Operation, ProviderError
from inference_operator.core.observation import Observation
from inference_operator.kube import paths
from inference_operator.runtime.index import Key
from inference_operator.simulator import Fault


@pytest.fixture
async def crowd():
    return await Crowd.settled(3, **ORDERED)


def tried(crowd: Crowd, operation: str) -> list[float]:
    return [one.time for one in crowd.huggingface.journal if one.operation == operation]


async def refuse(crowd: Crowd, operation: str, **change) -> None:
    """It is refused for five minutes, so that the next try is far."""
    crowd.huggingface.faults.add(Fault(operation=operation, status=400))
    crowd.patch(crowd.key("n1"), {"spec": change})
    await crowd.live(300)
    assert 2 <= len(tried(crowd, operation)) <= 5
    crowd.huggingface.faults.clear()
    crowd.forget_requests()


async def test_a_change_of_state_is_worth_another_try(crowd: Crowd) -> None:
    crowd.huggingface.knobs.updating_seconds = 1e9
    crowd.remotely("n1", state="updating")
    await crowd.live(4)
    await refuse(crowd, "pause", state="paused")
    crowd.remotely("n1", state="running")
    await crowd.until(lambda: crowd.remote("n1")["status"]["state"] == "paused", within=2 * crowd.poll_interval)


async def test_one_that_changes_its_state_all_the_time_is_not_asked_all_the_time(crowd: Crowd) -> None:
    crowd.huggingface.faults.add(Fault(operation="update", status=400))
    crowd.patch(crowd.key("n1"), {"spec": {"huggingFace": {"model": {"env": {"A": "1"}}}}})
    for number in range(180):
        crowd.remotely("n1", state=("running", "failed")[number % 2])
        await crowd.live(10)
    assert len(tried(crowd, "update")) <= 180 * 10 / ANOTHER_STATE + 2


@pytest.mark.parametrize("what", ["spec", "credentials"])
async def test_so_is_another_spec_and_another_token_and_the_waits_begin_anew(crowd: Crowd, what: str) -> None:
    await refuse(crowd, "update", huggingFace={"model": {"env": {"A": "1"}}})
    crowd.huggingface.faults.add(Fault(operation="update", status=400))
    if what == "spec":
        crowd.patch(crowd.key("n1"), {"spec": {"huggingFace": {"model": {"env": {"A": "2"}}}}})
    else:
        crowd.put_secret("hf", token="hf_anotherTokenOfTheSameAccount")
    await crowd.live(2 * crowd.poll_interval + 100)
    first, second, *_ = tried(crowd, "update")
    assert second - first <= 60, "thirty seconds, as after a first failure"


@pytest.mark.parametrize("what", ["credentials", "request"])
async def test_so_they_do_where_nothing_was_sent_at_all(what: str) -> None:
    world = World(few_offers=True)
    key = world.apply({"spec": {"huggingFace": {"compute": {"instanceType": "nvidia-h900"}}}})

    async def waits() -> list[float]:
        found = []
        for _ in range(5):
            await world.tick()
            outcome = await world.look(key)
            assert outcome.failure is not None
            assert outcome.failure.reason == "HardwareUnknown"
            found.append(outcome.after or 0.0)
            world.clock.advance(found[-1])
        return found

    assert (await waits())[-1] > 300
    if what == "credentials":
        world.put_secret("hf", token="hf_anotherTokenOfTheSameAccount")
        await world.tick()
    else:
        world.patch(key, {"metadata": {"annotations": {RECONCILE_REQUESTED_AT: "now"}}})
    assert (await waits())[0] <= 40


async def test_those_that_were_refused_together_are_not_tried_together(crowd: Crowd) -> None:
    crowd.huggingface.faults.add(Fault(operation="create", status=409, body={"error": "Conflict: Quota exceeded"}))
    for number in range(40):
        crowd.declare(f"over-{number}")
    await crowd.live(10)
    crowd.forget_requests()
    await crowd.live(45)
    times = tried(crowd, "create")
    assert len(times) == 40
    assert max(times) - min(times) > 4


async def test_what_was_refused_is_not_said_on_for_hours_in_which_nobody_vouches_for_it(crowd: Crowd) -> None:
    crowd.huggingface.faults.add(Fault(operation="create", status=402))
    key = crowd.declare("over")
    await crowd.live(HOUR)
    assert crowd.ready(key) == ("False", "PaymentRequired")
    crowd.huggingface.faults.clear()
    crowd.huggingface.faults.add(Fault(operation="list", status=503))
    await crowd.live(HOUR)
    assert crowd.ready(key) == ("False", "AccountNotReady")
    crowd.huggingface.faults.clear()
    await crowd.until(lambda: crowd.ready(key) == ("True", "Running"), within=HOUR)


@pytest.mark.parametrize("secret", [False, True], ids=["plain", "secret"])
@pytest.mark.parametrize("share", [0.7, 0.9])
async def test_an_account_that_can_not_be_read_now_and_then_does_not_end_patience_with_what_was_refused(
    crowd: Crowd, share: float, secret: bool
) -> None:
    crowd.put_secret("values", token="hf_aToken")
    crowd.huggingface.faults.add(Fault(operation="create", status=409, body={"error": "Conflict: Quota exceeded"}))
    key = crowd.declare("over")
    if secret:
        named = {"HF_TOKEN": {"secretKeyRef": {"name": "values", "key": "token"}}}
        crowd.patch(key, {"spec": {"huggingFace": {"model": {"secrets": named}}}})
    await crowd.live(2 * HOUR)
    assert crowd.ready(key) == ("False", "QuotaExceeded")
    crowd.huggingface.faults.add(Fault(operation="list", status=503, probability=share, seed=3))
    crowd.forget_requests()
    failed = set()
    await crowd.live(HOUR, watching=lambda: failed.add(crowd.observer.account.failure is None))
    assert failed == {True, False}, "now and then"
    assert 1 <= len(tried(crowd, "create")) <= 8
    assert crowd.ready(key) in {("False", "QuotaExceeded"), ("Unknown", "ObservationStale")}
    writes = [path for _, path, _ in crowd.kube.writes if path.endswith("/over/status")]
    assert len(writes) <= 3 * len(tried(crowd, "create"))


async def test_what_went_wrong_when_it_was_tried_is_said_on_while_nothing_is_sent(crowd: Crowd) -> None:
    crowd.huggingface.faults.add(Fault(operation="update", action="drop"))
    crowd.patch(crowd.key("n1"), {"spec": {"huggingFace": {"model": {"env": {"A": "1"}}}}})
    await crowd.until(lambda: crowd.ready(crowd.key("n1"))[1] == "ProviderUnavailable", within=10)
    said = crowd.condition(crowd.key("n1"), "Ready")
    refused = unsent_reads(crowd)
    await crowd.live(60, watching=lambda: crowd.condition(crowd.key("n1"), "Ready") == said or pytest.fail("another"))
    assert refused


async def test_only_what_had_no_try_yet_waits_for_the_way_to_be_free(crowd: Crowd) -> None:
    crowd.huggingface.faults.add(Fault(operation="update", action="drop"))
    crowd.patch(crowd.key("n1"), {"spec": {"huggingFace": {"model": {"env": {"A": "1"}}}}})
    await crowd.until(lambda: crowd.ready(crowd.key("n1"))[1] == "ProviderUnavailable", within=10)
    unsent_reads(crowd)
    crowd.patch(crowd.key("n2"), {"metadata": {"annotations": {RECONCILE_REQUESTED_AT: "now"}}})
    held_back = set[Key]()
    await crowd.live(60, watching=lambda: held_back.update(crowd.observer.account.held_back))
    assert held_back == {crowd.key("n2")}


async def test_of_reads_that_are_refused_and_reads_that_are_not_sent_one_thing_is_said(crowd: Crowd) -> None:
    crowd.huggingface.faults.add(Fault(operation="get", status=429))
    crowd.patch(crowd.key("n1"), {"spec": {"huggingFace": {"model": {"env": {"A": "1"}}}}})
    crowd.huggingface.faults.add(Fault(operation="update", action="drop", times=1))
    await crowd.until(lambda: crowd.ready(crowd.key("n1"))[1] == "RateLimited", within=10)
    said = crowd.condition(crowd.key("n1"), "Ready")
    refused = unsent_reads(crowd)
    await crowd.live(60, watching=lambda: crowd.condition(crowd.key("n1"), "Ready") == said or pytest.fail("another"))
    assert refused


async def test_a_create_that_fails_and_a_list_that_proves_nothing_are_one_failure() -> None:
    world = World(vendor="tir")
    key = world.apply()
    world.huggingface.faults.add(Fault(operation="create", status=503))
    said = set()
    for _ in range(30):
        await world.settle(key, rounds=1, seconds=20)
        said.add(world.ready(key))
    assert said == {("False", "ProviderUnavailable")}
    assert len(world.requests(["list"])) <= 3 * 30
    world.huggingface.faults.clear()
    await world.settle(key, rounds=20, seconds=20)
    assert world.ready(key) == ("True", "Running")
    assert len(world.requests(["create"])) <= 12


async def test_a_deletion_that_is_refused_is_let_go_of_at_its_time_and_no_later(crowd: Crowd) -> None:
    crowd.patch(crowd.key("n1"), {"spec": {"deletionTimeout": "10s"}})
    await crowd.live(crowd.poll_interval)
    crowd.huggingface.faults.add(Fault(operation="delete", status=403))
    crowd.delete(crowd.key("n1"))
    await crowd.live(9)
    assert len(tried(crowd, "delete")) == 1
    assert crowd.object(crowd.key("n1")) is not None
    await crowd.live(3)
    assert crowd.object(crowd.key("n1")) is None
    assert len(tried(crowd, "delete")) == 2, "it had a last try"
    assert crowd.remote("n1") is not None


async def test_a_wait_is_not_waited_for_twice(crowd: Crowd) -> None:
    asked = {"Retry-After": "300"}
    crowd.huggingface.faults.add(Fault(operation="update", status=503, headers=asked, times=1))
    crowd.patch(crowd.key("n1"), {"spec": {"huggingFace": {"model": {"env": {"A": "1"}}}}})
    await crowd.live(295)
    refused = unsent_reads(crowd)
    await crowd.live(10)
    assert refused, "when the wait was over, nothing could be sent"
    del crowd.observer.account.connection.get
    await crowd.until(lambda: crowd.remote("n1")["model"].get("env") == {"A": "1"}, within=30)


async def test_the_proof_that_a_name_is_free_takes_its_time_and_costs_no_patience() -> None:
    world = World(vendor="tir")
    key = world.apply()
    world.huggingface.faults.add(Fault(operation="create", status=503))
    due = beat = began = world.monotonic()
    while (now := world.monotonic()) < began + HOUR:
        if now >= beat:
            await world.tick()
            beat += 15.0
        if now >= due:
            due = now + ((await world.look(key)).after or HOUR)
        world.clock.advance(min(due, beat) - now)
    assert HOUR / (75 + 30) <= len(world.requests(["create"])) <= HOUR / (60 + 30) + 8


async def test_a_create_that_tir_refuses_for_the_quota_says_so_and_waits_for_somebody() -> None:
    world = World(vendor="tir")
    key = world.apply()
    world.huggingface.faults.add(Fault(operation="create", status=409, body={"message": "Quota exceeded"}))
    await world.settle(key, rounds=180, seconds=20)
    assert world.ready(key) == ("False", "QuotaExceeded")
    assert len(world.requests(["create"])) <= 12


@pytest.mark.parametrize("when", ["before", "after"])
async def test_what_went_wrong_once_is_not_said_again_after_it_went_well(crowd: Crowd, when: str) -> None:
    crowd.huggingface.faults.add(Fault(operation="update", status=503, when=when, times=1))
    named = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "taken", "namespace": NAMESPACE}}
    crowd.kube.put(paths.configmap(NAMESPACE, "taken"), named)
    env = {"huggingFace": {"model": {"env": {"A": "1"}}}}
    crowd.patch(crowd.key("n1"), {"spec": {"writeConnectionTo": {"configMapName": "taken"}, **env}})
    await crowd.until(lambda: crowd.ready(crowd.key("n1"))[1] == "ConnectionTargetExists", within=60)
    unsent_reads(crowd)
    crowd.remotely("n1", model={**crowd.remote("n1")["model"], "env": {"A": "2"}})
    crowd.huggingface.faults.add(Fault(operation="update", action="drop", times=1))
    await crowd.live(2 * crowd.poll_interval)
    assert "503" not in crowd.condition(crowd.key("n1"), "Ready")["message"]


def unsent_reads(crowd: Crowd) -> list[str]:
    """From now on no read of one endpoint is sent, as where too many calls failed; the names that were to be read."""
    account, names = crowd.observer.account, list[str]()
    assert account.connection is not None

    async def get(name: str, *, remote_id: str | None = None) -> Observation | None:
        del remote_id
        names.append(name)
        raise ProviderError(ErrorKind.UNAVAILABLE, Operation.GET, "nothing was sent", sent=False)

    account.connection.get = get
    return names


@pytest.mark.parametrize(
    "fault",
    [Fault(operation="update", status=503), Fault(operation="update", action="drop", when="after")],
    ids=["refused", "lost"],
)
async def test_updates_that_fail_are_as_far_apart_as_those_that_do_not(crowd: Crowd, fault: Fault) -> None:
    crowd.huggingface.faults.add(fault)
    crowd.forget_requests()
    for number in range(60):
        crowd.patch(crowd.key("n1"), {"spec": {"huggingFace": {"model": {"env": {"A": str(number)}}}}})
        await crowd.live(1)
    assert 2 <= len(tried(crowd, "update")) <= 60 / EDITS_APART + 2


async def test_a_power_state_that_changes_nothing_there_counts_as_asked_for() -> None:
    world = World(vendor="tir")
    key = world.apply({"spec": {"state": "paused"}})
    await world.settle(key)
    # What idles is not stopped: TIR starts it when it is called, and by nothing that can be sent.
    world.vendor.edit(key.name, {"state": "scaledToZero"})
    world.apply({"spec": {"state": "running"}})
    await world.tick()
    await world.look(key)
    assert world.ready(key) == ("False", "Updating"), "it is not shown"
    assert world.status(key)["appliedPower"] == {"state": "running"}
    await world.settle(key, rounds=2)
    assert world.ready(key) == ("True", "ScaledToZero")
    world.patch(key, {"metadata": {"annotations": {RECONCILE_REQUESTED_AT: "now"}}})
    await world.settle(key, rounds=3)
    assert world.status(key)["lastHandledReconcileAt"] == "now"
    assert world.ready(key) == ("True", "ScaledToZero")


@contextlib.contextmanager
def deaf(crowd: Crowd, action: str) -> Iterator[None]:
    """The provider accepts it, and does nothing."""
    control = crowd.huggingface.control
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(control, action, lambda namespace, name, _: control.get(namespace, name))
        yield


@pytest.mark.parametrize("asked", [{"state": "scaledToZero"}, {"replicas": 0}, {"state": "paused"}], ids=str)
async def test_a_power_state_that_was_accepted_and_not_carried_out_is_asked_for_again(
    crowd: Crowd, asked: dict[str, Any]
) -> None:
    with deaf(crowd, "pause" if asked == {"state": "paused"} else "scale_to_zero"):
        crowd.patch(crowd.key("n1"), {"spec": asked})
        await crowd.live(8)
        assert crowd.ready(crowd.key("n1")) == ("False", "Updating")
        assert not crowd.status(crowd.key("n1")).get("appliedPower")
    await crowd.live(60)
    assert crowd.remote("n1")["status"]["state"] == asked.get("state", "scaledToZero")
    assert crowd.ready(crowd.key("n1"))[1] in ("Paused", "ScaledToZero")
    before = len(crowd.huggingface.journal)
    await crowd.live(HOUR)
    assert {one.operation for one in [*crowd.huggingface.journal][before:]} <= {"list", "catalogue"}


async def test_a_pause_that_is_never_carried_out_is_said_asked_for_seldom_and_waited_for(crowd: Crowd) -> None:
    with deaf(crowd, "pause"):
        crowd.patch(crowd.key("n1"), {"spec": {"state": "paused"}})
        await crowd.live(60)
        assert crowd.ready(crowd.key("n1")) == ("False", "Updating")
        await crowd.live(HOUR - 60)
        assert crowd.ready(crowd.key("n1")) == ("False", "NotCarriedOut")
        assert 8 < len(tried(crowd, "pause")) <= 65
    crowd.patch(crowd.key("n1"), {"metadata": {"annotations": {RECONCILE_REQUESTED_AT: "now"}}})
    await crowd.live(10)
    assert crowd.ready(crowd.key("n1")) == ("True", "Paused")
    assert crowd.status(crowd.key("n1"))["lastHandledReconcileAt"] == "now"


@pytest.mark.parametrize("again", [False, True])
async def test_what_requests_wake_at_once_is_not_sent_to_sleep_again_and_again(crowd: Crowd, again: bool) -> None:
    key = crowd.key("n1")
    with deaf(crowd, "scale_to_zero"):  # Somebody wakes it before it is looked at.
        crowd.patch(key, {"spec": {"state": "scaledToZero"}})
        for second in range(60):
            crowd.remotely("n1", state=("updating", "running")[second % 2])
            await crowd.live(1)
        await crowd.live(10)
        assert len(tried(crowd, "scaleToZero")) == 3
        assert min(after - before for before, after in pairwise(tried(crowd, "scaleToZero"))) >= 5
        assert crowd.ready(key) == ("True", "Running")
        assert crowd.status(key)["appliedPower"] == {"state": "scaledToZero"}
        if again:
            crowd.patch(key, {"metadata": {"annotations": {RECONCILE_REQUESTED_AT: "now"}}})
            await crowd.live(60)
            assert crowd.status(key)["lastHandledReconcileAt"] == "now"
        before = len(tried(crowd, "scaleToZero"))
        await crowd.live(HOUR)
        assert len(tried(crowd, "scaleToZero")) == before == (6 if again else 3)
