"""What is said of a resource while its account's first reading is under way: nothing that has to be taken back."""

import pytest
from tests.runtime.crowd import Crowd
from tests.runtime.kube_api import copied
from tests.runtime.world import ACCOUNT, NAMESPACE, World

from inference_operator.api.names import RECONCILE_REQUESTED_AT
from inference_operator.kube import paths

NAMES = ("a", "b", "c")


@pytest.fixture
async def crowd():
    """Running endpoints of nobody's, each on a page of its own, and a new account that is read page by page."""
    crowd = Crowd(0, pages_of=1)
    for name in NAMES:
        await crowd.make_by_hand(name)
    crowd.clock.advance(600)
    for name in NAMES:
        crowd.declare(name)
    return crowd


@pytest.mark.parametrize("pages", range(len(NAMES)))
async def test_what_is_not_ours_is_never_ready_amid_the_first_reading(crowd, pages):
    asked = 0

    async def look_once_these_pages_came():
        nonlocal asked
        if asked == pages:
            for name in NAMES:
                await crowd.look(crowd.key(name))
        asked += 1

    crowd.while_a_page_comes(look_once_these_pages_came)
    await crowd.tick()
    assert asked == len(NAMES)
    assert {crowd.ready(crowd.key(name))[0] for name in NAMES} == {"False"}
    await crowd.live(60)
    assert {crowd.ready(crowd.key(name)) for name in NAMES} == {("False", "AlreadyExists")}


async def test_the_end_of_the_first_reading_wakes_each_resource_once(crowd):
    for name in NAMES:
        await crowd.look(crowd.key(name))
    crowd.woken.clear()
    woken = []
    wake = crowd.accounts.wake
    crowd.accounts.wake = lambda keys: (woken.extend(keys), wake(keys))
    await crowd.tick()
    assert sorted(key.name for key in woken) == sorted(NAMES)


async def test_a_request_to_reconcile_is_not_answered_by_what_was_said_before_the_account_was_read(crowd):
    key = crowd.apply({"metadata": {"annotations": {RECONCILE_REQUESTED_AT: "now"}}}, name="d")
    await crowd.look(key)
    assert "lastHandledReconcileAt" not in crowd.status(key)
    crowd.names.append("d")
    await crowd.live(60)
    assert crowd.status(key)["lastHandledReconcileAt"] == "now"


class TestAStartThatTakesLong:
    @pytest.fixture
    async def crowd(self):
        crowd = await Crowd.settled(4, pages_of=1)
        crowd.restart()
        return crowd

    async def test_what_is_deleted_is_read_by_name_and_goes_before_all_pages_came(self, crowd):
        key = crowd.key("n1")

        async def look():
            if crowd.object(key):
                if "deletionTimestamp" not in crowd.object(key)["metadata"]:
                    crowd.delete(key)
                await crowd.look(key)

        crowd.while_a_page_comes(look)
        await crowd.tick()
        assert (crowd.object(key), crowd.remote("n1")) == (None, None)

    async def test_what_was_said_is_not_vouched_for_when_no_answer_comes(self, crowd):
        key = crowd.key("n1")
        await crowd.look(key)
        assert crowd.ready(key) == ("True", "Running")
        crowd.clock.advance(60)
        await crowd.look(key)
        assert crowd.ready(key) == ("Unknown", "ObservationStale")
        await crowd.tick()
        assert key in crowd.woken
        await crowd.look(key)
        assert crowd.ready(key) == ("True", "Running")

    async def test_a_deletion_without_a_way_to_the_provider_says_so(self, crowd):
        key = crowd.key("n1")
        crowd.delete(key)
        outcome = await crowd.look(key)
        assert outcome.after <= 30
        crowd.clock.advance(outcome.after + 1)
        await crowd.look(key)
        assert crowd.ready(key) == ("False", "AccountNotReady")
        await crowd.live(120)
        assert crowd.object(key) is None


async def test_an_account_that_goes_before_its_first_answer_leaves_no_deletion_hanging():
    world = World()
    key = world.apply({"spec": {"deletionTimeout": "1m"}})
    await world.settle(key)
    world.restart()
    await world.look(key)
    world.delete(key)
    world.kube.vanish(paths.account("InferenceAccount", NAMESPACE, "default"))
    world.woken.clear()
    await world.accounts.gone(ACCOUNT)
    assert world.woken == {key}
    await world.look(key)
    assert world.ready(key) == ("False", "CredentialsLost")
    world.clock.advance(61)
    await world.look(key)
    assert world.object(key) is None, "it is let go of"


async def test_a_look_whose_account_is_replaced_meanwhile_is_one_with_the_new_account():
    world = World()
    key = world.apply()
    world.watch()
    secrets, path = world.reconciler._gatherer._secrets, paths.account("InferenceAccount", NAMESPACE, "default")
    read_key = secrets.fingerprint_key

    async def replaced_meanwhile(namespace):
        secrets.fingerprint_key = read_key
        account = world.kube.objects[path]
        world.kube.vanish(path)
        await world.accounts.gone(ACCOUNT)
        metadata = {"name": "default", "namespace": NAMESPACE}
        world.kube.put(path, {**{part: account[part] for part in ("apiVersion", "kind", "spec")}, "metadata": metadata})
        world.accounts.changed(copied(world.kube.objects[path]))
        return await read_key(namespace)

    secrets.fingerprint_key = replaced_meanwhile
    await world.reconciler.reconcile(key)
    await world.accounts.tick()
    assert key in world.woken
