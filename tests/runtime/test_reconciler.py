"""One look after another, on the real reconciler: what is sent in which order, and what each failure comes to."""

import pytest
from tests.api.manifests import hugging_face, scaling
from tests.runtime.vendors import VENDORS
from tests.runtime.world import NAMESPACE, NEVER_IDLE, ORGANIZATION, World

from inference_operator.api.names import FINALIZER, RECONCILE_REQUESTED_AT
from inference_operator.core.cadence import EDITS_APART, SECRETS_LOOK
from inference_operator.core.drift import CORRECTIONS
from inference_operator.core.steps import Create
from inference_operator.kube import paths
from inference_operator.runtime.perform import Performer
from inference_operator.simulator import Fault


@pytest.fixture(params=VENDORS)
def world(request):
    return World(vendor=request.param)


of_hugging_face = pytest.mark.parametrize("world", ["huggingFace"], indirect=True)
"""What depends on that vendor's answers, or on knobs of its own."""


async def running(world, change=None):
    key = world.apply(change)
    await world.settle(key)
    assert world.ready(key) == ("True", "Running")
    world.forget_requests()
    return key


class TestCreating:
    async def test_finalizer_then_binding_then_one_post(self, world):
        key = world.apply()
        await world.tick()
        await world.look(key)
        assert world.endpoint_writes() == ["sentiment", "sentiment/status", "sentiment/status"]
        hold, bind, _ = [body for _, path, body in world.kube.writes if "endpoints" in path]
        assert hold["metadata"]["finalizers"] == [FINALIZER]
        assert bind["status"]["remoteRef"]["name"] == "sentiment"
        assert bind["status"]["pendingOperation"]["type"] == "create"
        assert world.requests() == ["create"]
        status = world.status(key)
        assert "pendingOperation" not in status
        assert status["remoteRef"]["createdAt"] == status["createdAt"]
        assert world.ready(key) == ("False", "Provisioning")

    async def test_it_comes_to_run_without_another_write(self, world):
        key = world.apply()
        await world.settle(key)
        status = world.status(key)
        assert world.ready(key) == ("True", "Running")
        assert (status["state"], status["account"]) == ("running", "InferenceAccount/default")
        assert status["readyReplica"] == status["targetReplica"] >= 1
        assert status["url"].startswith("http")
        assert world.requests() == ["create"]

    async def test_something_is_said_before_the_account_was_read(self, world):
        key = world.apply()
        await world.look(key)
        assert world.ready(key)[0] == "False"
        assert world.condition(key, "Reconciling") is not None
        assert world.requests() == []
        assert "finalizers" not in world.object(key)["metadata"]

    async def test_at_rest_nothing_is_written_after_a_restart_either(self, world):
        key = await running(world)
        for _ in range(2):
            await world.settle(key)
            world.restart()
        assert world.requests() == []
        assert world.endpoint_writes() == []


class TestLostAnswers:
    @pytest.mark.parametrize("restart", [False, True])
    @pytest.mark.parametrize("when", ["before", "after"])
    async def test_a_create_whose_answer_is_lost_is_settled_by_reading(self, world, when, restart):
        world.huggingface.faults.add(Fault(operation="create", action="drop", when=when, times=1))
        key = world.apply()
        await world.tick()
        await world.look(key)
        assert world.status(key)["pendingOperation"]["type"] == "create"
        assert world.ready(key) == ("False", "ProviderUnavailable")
        if restart:
            world.restart()
        await world.settle(key)
        assert world.ready(key) == ("True", "Running")
        assert world.requests() == ["create"] * (1 if when == "after" else 2)
        assert "pendingOperation" not in world.status(key)

    @pytest.mark.parametrize("when", ["before", "after"])
    async def test_an_update_whose_answer_is_lost(self, world, when):
        key = await running(world)
        world.huggingface.faults.add(Fault(operation="update", action="drop", when=when, times=1))
        world.patch(key, scaling(maxReplica=4))
        await world.settle(key)
        assert world.remote()["compute"]["scaling"]["maxReplica"] == 4
        assert world.requests() == ["update"] * (1 if when == "after" else 2)
        assert world.ready(key) == ("True", "Running")

    @pytest.mark.parametrize("when", ["before", "after"])
    async def test_a_delete_whose_answer_is_lost(self, world, when):
        key = await running(world)
        world.huggingface.faults.add(Fault(operation="delete", action="drop", when=when, times=1))
        world.delete(key)
        await world.settle(key)
        assert world.object(key) is None
        assert world.remote() is None


class TestConflicts:
    """409 is "the name exists" and "over quota" in words that no source confirms: a read tells them apart."""

    async def test_a_name_that_exists_is_refused_nothing_is_touched_and_the_name_can_still_be_changed(self, world):
        world.huggingface.knobs.list_lag = 60
        await world.make_by_hand("sentiment")
        before = world.remote()
        key = world.apply()
        world.huggingface.clock.advance(1)
        await world.tick()
        await world.look(key)
        refused = [status for operation, status in world.huggingface.statuses if operation == "create"]
        assert refused[-1] in (400, 409), "the list did not show it yet"
        if world.vendor.binds_by_id:
            assert world.ready(key)[0] == "False"
        else:
            assert world.ready(key) == ("False", "AlreadyExists")
            assert world.condition(key, "Stalled") is not None
        if not world.vendor.binds_by_id:
            assert "remoteRef" not in world.status(key), "or no other name could be chosen"
            assert "pendingOperation" not in world.status(key)
        assert tags(world.remote()) == tags(before)
        await world.settle(key)
        assert world.ready(key) == ("False", "AlreadyExists")
        assert world.requests().count("create") <= 2, "the other's, and the one that was refused"

    @of_hugging_face
    async def test_over_quota_is_said_and_heals_when_there_is_room(self, world):
        world.huggingface.faults.add(Fault(operation="create", status=409, body={"error": "no room"}, times=1))
        key = world.apply()
        await world.settle(key, rounds=1)
        assert world.ready(key) == ("False", "QuotaExceeded")
        assert world.condition(key, "Stalled") is not None
        assert "remoteRef" not in world.status(key)
        await world.settle(key)
        assert world.ready(key) == ("True", "Running")

    @of_hugging_face
    async def test_an_existing_name_is_taken_over_where_the_policy_says_so(self, world):
        await world.make_by_hand("sentiment")
        key = world.apply({"spec": {"adoptionPolicy": "IfUnowned"}})
        await world.settle(key)
        assert world.ready(key)[0] == "True"
        assert world.requests()[0] == "create", "the other's"
        assert world.requests().count("create") == 1
        assert any(tag.startswith("iop1-") for tag in tags(world.remote()))


class TestRefusals:
    REFUSALS = {
        400: "Rejected",
        401: "CredentialsInvalid",
        402: "PaymentRequired",
        403: "PermissionDenied",
        422: "Rejected",
    }

    @pytest.mark.parametrize(("status", "reason"), REFUSALS.items())
    async def test_a_create_that_is_refused_unbinds_and_says_the_same_each_time(self, world, status, reason):
        fault = Fault(operation="create", status=status, body={"error": "no, request id: r-1"})
        world.huggingface.faults.add(fault)
        key = world.apply()
        await world.settle(key, rounds=1, seconds=700)
        assert world.ready(key) == ("False", reason)
        assert "remoteRef" not in world.status(key)
        first = world.status(key)["conditions"]
        for number in range(2, 6):
            fault.body = {"error": f"no, request id: r-{number}"}
            await world.settle(key, rounds=1, seconds=700)
            assert world.status(key)["conditions"] == first, "neither text nor time moves"
            assert "remoteRef" not in world.status(key)
        assert world.requests() == ["create"] * 5
        assert [told for told in world.events.told if told[0] == reason] == [
            (reason, world.condition(key, "Ready")["message"])
        ]

    async def test_a_refused_write_is_not_repeated_before_its_time_however_often_it_is_looked_at(self, world):
        world.huggingface.faults.add(Fault(operation="create", status=422))
        key = world.apply()
        await world.settle(key, rounds=1, seconds=0)
        world.forget_requests()
        for _ in range(5):
            outcome = await world.look(key)
            assert 0 < outcome.after <= 40
            world.clock.advance(2)
        assert world.requests() == []
        assert world.endpoint_writes() == [], "nothing new is to be said, and nothing is bound meanwhile"
        world.clock.advance(40)
        await world.look(key)
        assert world.requests() == ["create"]

    async def test_a_corrected_spec_is_tried_at_once(self, world):
        fault = world.huggingface.faults.add(Fault(operation="create", status=422))
        key = world.apply()
        await world.settle(key, rounds=1, seconds=0)
        fault.times = 0
        world.patch(key, scaling(maxReplica=3))
        await world.look(key)
        assert world.requests() == ["create", "create"]
        assert world.remote()["compute"]["scaling"]["maxReplica"] == 3

    async def test_a_refused_update_leaves_what_is_seen_in_sight(self, world):
        key = await running(world)
        seen = world.status(key)
        fault = world.huggingface.faults.add(Fault(operation="update", status=422, body={"error": "bad"}))
        world.patch(key, scaling(maxReplica=4))
        await world.look(key)
        for _ in range(3):
            status = world.status(key)
            assert world.ready(key) == ("False", "Rejected")
            assert world.condition(key, "Available")["status"] == "True", "it serves on"
            assert (status["url"], status["state"], status["ready"]) == (seen["url"], "running", seen["ready"])
            await world.settle(key, rounds=1, seconds=1)
        assert world.requests() == ["update"]
        fault.times = 0
        await world.settle(key)
        assert world.ready(key) == ("True", "Running")

    async def test_too_many_requests_waits_as_long_as_is_asked(self, world):
        fault = Fault(operation="create", status=429, headers={"Retry-After": "120"}, times=1)
        world.huggingface.faults.add(fault)
        key = world.apply()
        await world.tick()
        assert (await world.look(key)).after >= 120
        assert world.ready(key) == ("False", "RateLimited")
        world.clock.advance(100)
        await world.tick()
        await world.look(key)
        assert world.requests() == ["create"]
        await world.settle(key)
        assert world.ready(key) == ("True", "Running")


class TestUpdating:
    async def test_edits_in_a_burst_are_few_puts_and_the_last_one_arrives(self, world):
        key = await running(world)
        for most in range(2, 12):
            world.patch(key, scaling(maxReplica=most))
            await world.look(key)
            world.clock.advance(0.5)
        await world.settle(key, rounds=2, seconds=3)
        assert world.requests().count("update") <= 3
        assert world.remote("sentiment")["compute"]["scaling"]["maxReplica"] == 11

    async def test_the_first_edit_and_a_deletion_do_not_wait(self, world):
        key = await running(world)
        world.patch(key, scaling(maxReplica=4))
        await world.look(key)
        assert world.requests() == ["update"]
        world.patch(key, scaling(maxReplica=5))
        assert 0 < (await world.look(key)).after <= EDITS_APART
        world.delete(key)
        await world.look(key)
        assert world.requests() == ["update", "delete"]

    async def test_a_change_is_one_put_that_carries_only_what_changed(self, world):
        key = await running(world)
        world.patch(key, scaling(maxReplica=4))
        await world.look(key)
        assert world.requests() == ["update"]
        (update,) = [one for one in world.huggingface.journal if one.operation == "update"]
        assert update.body in (
            {"compute": {"scaling": {"maxReplica": 4}}},
            {"action": "disable_auto_scale", "replicas": 4},
        )
        await world.settle(key)
        assert world.requests() == ["update"]
        assert world.ready(key) == ("True", "Running")
        assert world.condition(key, "Synced")["status"] == "True"

    async def test_a_change_at_the_console_is_put_right(self, world):
        key = await running(world)
        world.vendor.edit("sentiment", {"compute": {"scaling": {"maxReplica": 9}}})
        await world.settle(key)
        assert world.remote()["compute"]["scaling"]["maxReplica"] == 2
        assert world.requests() == ["update"]

    @of_hugging_face
    async def test_a_value_that_never_comes_back_is_sent_twice_and_then_said(self, world):
        world.huggingface.knobs.tags_drop = "^lost$"
        key = await running(world)
        world.patch(key, hugging_face(tags=["lost"]))
        await world.settle(key)
        assert world.requests() == ["update", "update"]
        assert world.condition(key, "IneffectiveFields")["status"] == "True"
        assert "/tags" in world.condition(key, "IneffectiveFields")["message"]
        assert world.ready(key) == ("True", "Running")
        world.forget_requests()
        await world.settle(key)
        assert (world.requests(), world.endpoint_writes()) == ([], [])
        world.restart()
        await world.tick()
        await world.settle(key)
        assert (world.requests(), world.endpoint_writes()) == ([], []), "a restart sends it no more often"
        world.patch(key, hugging_face(tags=["kept"]))
        await world.settle(key)
        assert world.condition(key, "IneffectiveFields") is None

    async def test_a_change_on_the_remote_side_alone_is_shown(self, world):
        key = await running(world)
        world.vendor.edit("sentiment", {"readyReplica": 0, "state": "failed", "errorMessage": "x"})
        await world.tick()
        assert key in world.woken
        await world.look(key)
        assert world.ready(key) == ("False", "ProvisioningFailed")
        assert world.endpoint_writes() == ["sentiment/status"]


class TestAnEditMeanwhile:
    @of_hugging_face
    async def test_what_was_done_is_on_record_and_the_edit_follows(self, world, monkeypatch):
        """Else the commit that a branch came to is forgotten, and the branch sent once more: a roll-out for nothing."""
        perform = Performer.perform

        async def and_somebody_edits(performer, step, scene):
            after = await perform(performer, step, scene)
            if isinstance(step, Create):
                world.patch(key, hugging_face(tags=["edited"]))
            return after

        monkeypatch.setattr(Performer, "perform", and_somebody_edits)
        key = world.apply(hugging_face(model={"repository": "org/model", "revision": "main"}))
        await world.tick()
        await world.settle(key)
        assert world.requests() == ["create", "update"]
        (put,) = [one.body for one in world.huggingface.journal if one.operation == "update"]
        assert set(put) == {"tags"}
        assert world.ready(key) == ("True", "Running")
        assert world.status(key)["effective"]["revisionFrom"] == "org/model@main"


class TestPower:
    async def test_each_switch_is_sent_once(self, world):
        key = await running(world)
        for state, sent, shown in world.vendor.powers:
            world.forget_requests()
            world.patch(key, {"spec": {"state": state}})
            await world.settle(key)
            assert world.requests() == [sent]
            assert world.ready(key) == ("True", shown)
            assert world.status(key)["appliedPower"] == {"state": state}

    async def test_an_endpoint_that_idles_satisfies_running(self, world):
        key = await running(world, {"spec": {"state": "running"}})
        world.vendor.edit("sentiment", {"state": "scaledToZero"})
        await world.settle(key, rounds=2)
        assert world.ready(key) == ("True", "ScaledToZero")
        assert world.requests() == []


async def test_what_is_taken_over_at_once_is_ready_no_earlier_than_it_is_as_declared():
    world = World(few_offers=True, **NEVER_IDLE)
    await world.make_by_hand("sentiment")
    world.clock.advance(600)
    world.forget_requests()
    key = world.apply(hugging_face(compute={"scaling": {"maxReplica": 5}}))
    world.patch(key, {"spec": {"adoptionPolicy": "Always"}})
    await world.tick()
    await world.look(key)
    assert world.requests() == ["update", "update"], "the claim, and what differs"
    assert world.remote()["compute"]["scaling"]["maxReplica"] == 5
    assert world.condition(key, "Synced")["status"] == "True" or world.ready(key)[0] == "False"


class TestWhatIsNotShownYet:
    """The provider accepts what is sent, and its answer is of the moment before."""

    @pytest.fixture
    def late(self, monkeypatch):
        def have_late(world, method):
            kind = type(world.observer.account.connection)
            original = getattr(kind, method)

            async def answer_as_before(self, name, *args, **kwargs):
                before = await self.get(name)
                await original(self, name, *args, **kwargs)
                return before

            monkeypatch.setattr(kind, method, answer_as_before)

        return have_late

    @pytest.mark.parametrize(
        ("method", "change"),
        [
            ("switch", {"spec": {"state": "paused"}}),
            ("switch", {"spec": {"state": "scaledToZero"}}),
            ("update", hugging_face(model={"env": {"A": "1"}})),
        ],
    )
    async def test_it_is_under_way_and_no_request_is_answered_before_it_is_shown(self, late, method, change):
        world = World(few_offers=True, **NEVER_IDLE)
        key = await running(world, hugging_face(compute={"scaling": {"minReplica": 0, "maxReplica": 2}}))
        late(world, method)
        world.patch(key, change | {"metadata": {"annotations": {RECONCILE_REQUESTED_AT: "now"}}})
        world.events.told.clear()
        outcome = await world.look(key)
        assert world.ready(key) == ("False", "Updating")
        assert world.condition(key, "Synced")["status"] == "False"
        assert world.condition(key, "Reconciling") is not None
        assert "lastHandledReconcileAt" not in world.status(key)
        assert 5 <= outcome.after <= 10
        assert "Updating" not in {reason for reason, _ in world.events.told}, "it is no failure"
        await world.settle(key)
        assert world.ready(key)[0] == "True"
        assert world.status(key)["lastHandledReconcileAt"] == "now"

    async def test_one_that_is_never_shown_is_asked_for_ever_more_seldom(self, monkeypatch):
        world = World(few_offers=True, **NEVER_IDLE)
        key = await running(world)
        kind = type(world.observer.account.connection)
        monkeypatch.setattr(kind, "switch", lambda self, name, *_, **__: self.get(name))
        world.patch(key, {"spec": {"state": "paused"}})
        waits = []
        for _ in range(6):
            outcome = await world.look(key)
            waits.append(outcome.after)
            world.clock.advance(outcome.after)
            await world.tick()
        assert sorted(waits) == waits
        assert waits[-1] > 20


async def test_what_is_asked_of_power_while_only_observing_is_done_when_it_is_managed_again():
    world = World(few_offers=True, **NEVER_IDLE)
    key = await running(world, hugging_face(compute={"scaling": {"minReplica": 0, "maxReplica": 2}}))
    world.patch(key, {"spec": {"mode": "Observe", "state": "scaledToZero"}})
    await world.settle(key)
    assert world.requests() == []
    world.patch(key, {"spec": {"mode": "Manage"}})
    await world.settle(key)
    assert world.requests() == ["scaleToZero"]
    assert world.ready(key) == ("True", "ScaledToZero")


async def test_a_secret_is_looked_at_in_time_whatever_else_is_looked_at_later():
    world = World(few_offers=True, **NEVER_IDLE)
    world.put_secret("s", k="some-secret-value")
    secrets = {"T": {"secretKeyRef": {"name": "s", "key": "k"}}}
    key = await running(world, hugging_face(model={"env": {"A": "1"}, "secrets": secrets}))
    for _ in range(CORRECTIONS + 1):
        world.clock.advance(30)
        world.huggingface.edit(ORGANIZATION, "sentiment", {"model": {"env": {"A": "theirs"}}})
        await world.tick()
        outcome = await world.look(key)
    assert world.condition(key, "Drifted")["reason"] == "DriftContested"
    assert outcome.after == SECRETS_LOOK


class TestDeleting:
    async def test_the_remote_goes_first_and_the_object_after_it(self, world):
        key = await running(world)
        world.delete(key)
        await world.look(key)
        assert world.remote() is None
        assert world.object(key) is None
        assert world.requests() == ["delete"]

    async def test_an_endpoint_that_lingers_holds_the_object(self, world):
        world.huggingface.knobs.delete_linger = 30
        key = await running(world)
        world.delete(key)
        await world.look(key)
        assert world.object(key) is not None
        assert world.ready(key) == ("False", "Deleting")
        await world.settle(key)
        assert world.object(key) is None

    async def test_what_was_never_made_goes_at_once(self, world):
        world.huggingface.faults.add(Fault(operation="create", status=422))
        key = world.apply()
        await world.settle(key, rounds=1)
        world.delete(key)
        await world.look(key)
        assert world.object(key) is None
        assert "delete" not in world.requests()

    async def test_a_successor_of_the_name_is_not_deleted(self, world):
        key = await running(world)
        await world.replace_by_hand("sentiment")
        theirs = world.remote()
        world.delete(key)
        await world.settle(key)
        assert world.remote()["status"]["createdAt"] == theirs["status"]["createdAt"]
        assert "delete" not in world.requests()
        assert world.object(key) is None

    async def test_a_successor_of_the_name_is_not_changed(self, world):
        key = await running(world)
        await world.replace_by_hand("sentiment")
        before = world.remote()
        world.patch(key, scaling(maxReplica=4) | {"spec": {**scaling(maxReplica=4)["spec"], "state": "paused"}})
        await world.settle(key)
        assert world.requests() == []
        assert world.remote()["version"] == before["version"]
        assert world.ready(key) == ("False", "AlreadyExists")


async def test_one_broken_endpoint_does_not_hold_up_another(world):
    world.huggingface.faults.add(Fault(operation="create", name=None, status=422, times=1))
    broken, fine = world.apply(name="broken"), world.apply(name="fine")
    await world.settle(broken, fine, rounds=1)
    await world.settle(fine)
    assert world.ready(fine) == ("True", "Running")


def tags(document):
    return sorted(document["tags"])


async def test_a_list_that_lags_behind_a_hand_at_the_console_deletes_nothing_of_theirs(world):
    world.huggingface.knobs.list_lag = 30
    key = await running(world)
    await world.replace_by_hand("sentiment")
    theirs = world.remote()
    world.delete(key)
    await world.tick()
    await world.look(key)
    assert world.remote()["status"]["createdAt"] == theirs["status"]["createdAt"]
    assert "delete" not in world.requests()


@pytest.mark.parametrize(
    "spec",
    [
        {"state": "scaledToZero"},
        {"replicas": 0, "huggingFace": {"compute": {"scaling": {"minReplica": 0, "maxReplica": 1}}}},
    ],
    ids=["state", "replicas"],
)
async def test_one_that_is_made_again_is_put_to_sleep_again(spec):
    world = World(few_offers=True, **NEVER_IDLE)
    key = world.apply({"spec": spec})
    await world.settle(key, rounds=6)
    assert world.requests() == ["create", "scaleToZero"]
    world.forget_requests()
    world.remove_by_hand("sentiment")
    await world.settle(key, rounds=8)

    assert world.requests() == ["create", "scaleToZero"]
    assert world.status(key)["cost"]["hourlyNow"] == "0"


class TestASecretThatIsMissing:
    """A pause needs no secret value, and ends the bill."""

    async def without_its_secret(self, **spec):
        world = World(few_offers=True, **NEVER_IDLE)
        world.put_secret("hub", key="s3cretvalue1")
        used = {"HF_TOKEN": {"secretKeyRef": {"name": "hub", "key": "key"}}}
        key = world.apply({"spec": {**spec, "huggingFace": {"model": {"secrets": used}}}})
        await world.settle(key, rounds=5)
        world.forget_requests()
        world.kube.objects.pop(paths.secret(NAMESPACE, "hub"))
        return world, key

    async def test_a_pause_is_carried_out_and_nothing_that_lacks_its_values(self):
        world, key = await self.without_its_secret(state="running")
        world.patch(key, {"spec": {"state": "paused", "huggingFace": {"model": {"env": {"A": "1"}}}}})
        await world.settle(key, rounds=5)

        assert world.requests() == ["pause"]
        assert world.ready(key) == ("False", "SecretNotFound")
        assert world.status(key)["state"] == "paused"

    async def test_also_where_a_reconcile_was_asked_for(self):
        world, key = await self.without_its_secret(state="running")
        asked = {"annotations": {RECONCILE_REQUESTED_AT: "1"}}
        world.patch(key, {"metadata": asked, "spec": {"state": "paused"}})
        await world.settle(key, rounds=5)
        assert world.requests() == ["pause"]

    async def test_it_is_on_record_so_that_what_is_asked_for_next_is_done(self):
        world, key = await self.without_its_secret(replicas=2)
        world.patch(key, {"spec": {"state": "paused"}})
        await world.settle(key, rounds=5)
        world.patch(key, {"spec": {"state": None}})
        world.put_secret("hub", key="s3cretvalue1")
        await world.settle(key, rounds=5)

        assert world.requests() == ["pause", "resume"]
        assert world.ready(key) == ("True", "Running")


async def test_one_made_anew_under_its_name_is_not_held_back_by_what_the_one_before_was_refused():
    world = World(few_offers=True, **NEVER_IDLE)
    world.huggingface.faults.add(Fault(operation="create", status=422, times=1))
    key = world.apply()
    await world.tick()
    await world.look(key)
    await world.look(key)
    assert world.requests() == ["create"], "which is not repeated so soon"
    world.kube.vanish(paths.endpoint(NAMESPACE, key.name))
    world.apply()
    await world.look(key)
    assert world.requests() == ["create", "create"]
