"""Secret values in the operator's own time: a change reaches the provider once within 5 minutes, and nothing else."""

import asyncio
import base64
import json

import pytest
from tests.api.manifests import hugging_face, model
from tests.runtime.world import NAMESPACE, OPERATOR_NAMESPACE, World

from inference_operator.core import cadence
from inference_operator.kube import paths
from inference_operator.kube.secrets import FINGERPRINT_SECRET, SecretReader
from inference_operator.simulator.huggingface.record import MASK

WITHIN = 300.0
_STEP = 5.0
_POLL = 15.0
FROM_HUB = model(secrets={"HF_TOKEN": {"secretKeyRef": {"name": "hub", "key": "token"}}})
CUSTOM = {"url": "registry.example.com/scorer:1", "port": 9000}
PULLED = model(image={"custom": {**CUSTOM, "credentialsSecretRef": {"name": "registry"}}})


class Days:
    """An operator that is left to itself: each resource is looked at when its last look said, and no sooner."""

    def __init__(self, world):
        self.world, self.due = world, {}
        self.reads = []
        self.restart()

    def restart(self):
        self.world.restart()
        reader = SecretReader(self, ttl=cadence.SECRETS_AGE, clock=self.world.monotonic)
        self.world.reconciler._gatherer._secrets = reader
        self.due = dict.fromkeys(self.world.keys(), self.world.monotonic())

    async def get(self, path, **query):
        self.reads.append(path)
        return await self.world.door.get(path, **query)

    async def create(self, path, body):
        return await self.world.door.create(path, body)

    async def begin(self, *keys):
        self.due |= {key: self.world.monotonic() for key in keys}
        await self.live(60.0)
        assert {self.world.ready(key) for key in keys} == {("True", "Running")}
        self.world.forget_requests()
        self.reads.clear()

    async def live(self, seconds):
        until, polled = self.world.monotonic() + seconds, 0.0
        while self.world.monotonic() < until:
            now = self.world.monotonic()
            if now - polled >= _POLL:
                polled = now
                await self.world.tick()
            woken = {*self.world.woken} & {*self.due}
            self.world.woken.clear()
            for key in [key for key in self.due if key in woken or self.due[key] <= now]:
                after = (await self.world.look(key)).after
                self.due[key] = float("inf") if after is None else now + after
            self.world.clock.advance(_STEP)


@pytest.fixture
def world():
    return World(few_offers=True)


@pytest.fixture
def days(world):
    return Days(world)


def puts(world):
    return [(one.name, one.body["model"]) for one in world.huggingface.journal if one.operation == "update"]


def tokens(world):
    return [(name, document["secrets"]["HF_TOKEN"]) for name, document in puts(world)]


def docker(**login):
    return {".dockerconfigjson": json.dumps({"auths": {"registry.example.com": login}})}


class TestAChangedValue:
    @pytest.mark.parametrize("since_the_look", [0.0, 45.0, 55.0, 120.0, 235.0])
    async def test_is_sent_once_within_5_minutes_whenever_it_changes(self, world, days, since_the_look):
        world.put_secret("hub", token="value-one")
        one = world.apply(FROM_HUB, name="one")
        await days.begin(one)
        await days.live(since_the_look)
        # A second resource, looked at just now, has the Secret in memory from before the change.
        two = world.apply(FROM_HUB, name="two")
        await days.begin(one, two)
        world.put_secret("hub", token="value-two")
        await days.live(WITHIN)
        assert sorted(tokens(world)) == [("one", "value-two"), ("two", "value-two")]
        await days.live(3 * WITHIN)
        assert len(puts(world)) == 2

    async def test_goes_along_with_the_next_change_of_the_spec_and_is_not_sent_again(self, world, days):
        world.put_secret("hub", token="value-one")
        key = world.apply(FROM_HUB)
        await days.begin(key)
        days.due[key] = world.monotonic()
        # The Secret was read just now, and another resource that names it would still go by that.
        await days.live(10.0)
        world.put_secret("hub", token="value-two")
        world.patch(key, model(env={"A": "1"}))
        days.due[key] = world.monotonic()
        await days.live(_STEP)
        assert tokens(world) == [("sentiment", "value-two")]
        await days.live(3 * WITHIN)
        assert len(puts(world)) == 1

    async def test_carries_nothing_but_the_fields_that_hold_values(self, world, days):
        world.put_secret("hub", token="value-one")
        await days.begin(world.apply(FROM_HUB))
        world.put_secret("hub", token="value-two")
        await days.live(WITHIN)
        (put,) = [one.body for one in world.huggingface.journal if one.operation == "update"]
        assert put == {"model": {"secrets": {"HF_TOKEN": "value-two"}}}

    @pytest.mark.parametrize(
        "other",
        [
            {"username": "robot", "password": "password-two"},
            docker(username="robot", password="password-two"),
            docker(auth=base64.b64encode(b"robot:password-two").decode()),
        ],
    )
    async def test_of_a_registry_login_is_sent_with_its_image(self, world, days, other):
        world.put_secret("registry", username="robot", password="password-one")
        await days.begin(world.apply(PULLED))
        world.put_secret("registry", **other)
        await days.live(WITHIN)
        (put,) = puts(world)
        assert put[1] == {
            "image": {"custom": {**CUSTOM, "credentials": {"username": "robot", "password": "password-two"}}}
        }
        await days.live(WITHIN)
        assert len(puts(world)) == 1

    async def test_that_is_the_same_login_in_another_form_is_no_change(self, world, days):
        world.put_secret("registry", username="robot", password="password-one")
        await days.begin(world.apply(PULLED))
        world.put_secret("registry", **docker(username="robot", password="password-one"))
        await days.live(2 * WITHIN)
        assert puts(world) == []


class TestNothingIsSent:
    async def test_for_labels_and_annotations_of_the_secret(self, world, days):
        world.put_secret("hub", token="value-one")
        await days.begin(world.apply(FROM_HUB))
        path = paths.secret(NAMESPACE, "hub")
        metadata = {"name": "hub", "labels": {"a": "b"}, "annotations": {"rotated-by": "nobody"}}
        world.kube.put(path, {**world.kube.objects[path], "metadata": metadata})
        await days.live(2 * WITHIN)
        assert world.requests() == []
        assert world.endpoint_writes() == []

    async def test_for_a_key_of_the_secret_that_nothing_names(self, world, days):
        world.put_secret("hub", token="value-one")
        await days.begin(world.apply(FROM_HUB))
        world.put_secret("hub", token="value-one", other="x")
        await days.live(2 * WITHIN)
        assert world.requests() == []

    async def test_for_a_lost_key_and_the_next_change_is_seen_again(self, world, days):
        world.put_secret("hub", token="value-one")
        key = world.apply(FROM_HUB)
        await days.begin(key)
        world.kube.vanish(paths.secret(OPERATOR_NAMESPACE, FINGERPRINT_SECRET))
        days.restart()
        await days.live(2 * WITHIN)
        assert world.requests() == []
        world.put_secret("hub", token="value-two")
        await days.live(WITHIN)
        assert tokens(world) == [("sentiment", "value-two")]

    async def test_for_what_changed_while_the_key_was_lost_until_the_spec_changes(self, world, days):
        world.put_secret("hub", token="value-one")
        key = world.apply(FROM_HUB)
        await days.begin(key)
        world.kube.vanish(paths.secret(OPERATOR_NAMESPACE, FINGERPRINT_SECRET))
        world.put_secret("hub", token="value-two")
        days.restart()
        await days.live(2 * WITHIN)
        assert world.requests() == []
        world.patch(key, model(secrets={**FROM_HUB["spec"]["huggingFace"]["model"]["secrets"], "MORE": _more()}))
        days.due[key] = world.monotonic()
        await days.live(_STEP)
        assert tokens(world) == [("sentiment", "value-two")]


def _more():
    return {"secretKeyRef": {"name": "hub", "key": "token"}}


@pytest.mark.parametrize("redaction", ["null", "mask"])
@pytest.mark.parametrize(
    "edit",
    [
        model(env={"A": "1"}),
        model(revision="v2"),
        model(image={"custom": {**CUSTOM, "port": 9001, "credentialsSecretRef": {"name": "registry"}}}),
        hugging_face(tags=["a"]),
        hugging_face(compute={"scaling": {"maxReplica": 3}}),
    ],
    ids=["env", "revision", "image", "tags", "scaling"],
)
async def test_a_redacted_answer_is_never_sent_back(redaction, edit):
    world = World(few_offers=True, secrets_redaction=redaction)
    days = Days(world)
    world.put_secret("hub", token="value-one")
    world.put_secret("registry", username="robot", password="password-one")
    both = {**PULLED["spec"]["huggingFace"]["model"], **FROM_HUB["spec"]["huggingFace"]["model"]}
    key = world.apply(model(**both))
    await days.begin(key)
    world.patch(key, edit)
    days.due[key] = world.monotonic()
    await days.live(2 * WITHIN)
    (put,) = [one.body for one in world.huggingface.journal if one.operation == "update"]
    sent = json.dumps(put)
    assert MASK not in sent
    assert "null" not in sent
    held = world.remote()["model"]
    assert held["secrets"] == {"HF_TOKEN": "value-one"}
    assert held["image"]["custom"]["credentials"] == {"username": "robot", "password": "password-one"}


async def test_a_secret_is_read_once_however_many_name_it(world, days):
    world.put_secret("hub", token="value-one")
    keys = [world.apply(FROM_HUB, name=f"e-{number}") for number in range(50)]
    await days.begin(*keys)
    await asyncio.gather(*(world.look(key) for key in keys))
    for key in keys:
        await world.look(key)
    assert days.reads == [paths.secret(NAMESPACE, "hub")]
    assert world.requests() == []
