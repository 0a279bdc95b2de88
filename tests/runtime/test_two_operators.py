"""Several who want one remote endpoint: exactly one has it, the others say who, and nobody fights (I1, I2)."""

import asyncio
import random

import pytest
from tests.api.manifests import hugging_face
from tests.runtime.laws import claim_of
from tests.runtime.scenarios import SECRET, policy, power
from tests.runtime.world import NEVER_IDLE, World

POLL = 15.0
HOUR = 3600.0


@pytest.fixture(params=[range(6), pytest.param(range(6, 120), marks=pytest.mark.proof)], ids=["sample", "full count"])
def seeds(request):
    """Each is another order in which the requests of the two get in between each other."""
    return request.param


def one_cluster(**options):
    """A cluster, and a provider at which nothing idles to zero by itself."""
    return World(few_offers=True, **NEVER_IDLE, **options)


def two_clusters(**knobs):
    """Two clusters with an operator each, and one account at one provider."""
    here = one_cluster(cluster_id="here", **knobs)
    there = World(cluster_id="there", beside=here, era=1)
    return here, there


async def live(*worlds, seconds=HOUR, beat=POLL):
    """Time passes for all: each account is read on its beat, and all resources are looked at, at the same time."""
    for _ in range(int(seconds / beat)):
        await asyncio.gather(*(world.settle(*world.keys(), rounds=1, seconds=0.0) for world in worlds))
        worlds[0].clock.advance(beat)


def deeds(world):
    """What it changed at the provider."""
    return [deed for deed in world.witness.deeds if deed.made or deed.struck]


def holds(world, key):
    """Whether the endpoint carries this resource's marker and no other."""
    (marker,) = [tag for tag in world.remote(key.name)["tags"] if tag.startswith("iop1-")]
    return marker == claim_of(world, world.object(key))


def hesitating(seed, *worlds):
    """Requests take their time, each another."""
    dice = random.Random(seed)
    for world in worlds:
        world.border.hesitate = lambda: dice.randint(0, 6)


@pytest.mark.usefixtures("quiet")
class TestTwoClusters:
    async def test_one_name_for_an_hour_exactly_one_writes_and_the_other_says_who_holds_it(self):
        here, there = two_clusters()
        key = here.apply()
        there.apply()
        await live(here, there)
        winner, loser = (here, there) if deeds(here) else (there, here)
        assert winner.ready(key) == ("True", "Running")
        assert holds(winner, key)
        assert [deed.action for deed in deeds(winner)] == ["POST"]
        assert deeds(loser) == []
        assert loser.ready(key) == ("False", "OwnershipConflict")
        assert "another cluster" in loser.condition(key, "Ready")["message"]
        assert "remoteRef" not in loser.status(key), "or no other name could be chosen"

    async def test_a_race_for_a_new_name_has_one_winner(self, seeds):
        assert any([await self.race_for_a_new_name(seed) for seed in seeds]), "both sent a create in none of them"

    async def race_for_a_new_name(self, seed):
        here, there = two_clusters(list_lag=float(seed % 3 * 20))
        hesitating(seed, here, there)
        key = here.apply()
        there.apply()
        await live(here, there, seconds=180)
        assert sorted(len(deeds(world)) for world in (here, there)) == [0, 1]
        assert {world.ready(key) for world in (here, there)} == {("True", "Running"), ("False", "OwnershipConflict")}
        return bool(here.witness.deeds and there.witness.deeds)

    @pytest.mark.parametrize("adoption", ["IfUnowned", "Always"])
    async def test_a_race_for_what_is_nobodys_has_one_winner(self, seeds, adoption):
        assert any([await self.race_for_what_is_nobodys(seed, adoption) for seed in seeds]), "both took it in none"

    async def race_for_what_is_nobodys(self, seed, adoption):
        here, there = two_clusters(list_lag=float(seed % 3 * 20))
        hesitating(seed, here, there)
        await here.make_by_hand("sentiment")
        here.clock.advance(120)
        key = here.apply(policy(adoptionPolicy=adoption))
        there.apply(policy(adoptionPolicy=adoption))
        await live(here, there, seconds=180)
        winner, loser = (here, there) if holds(here, key) else (there, here)
        assert holds(winner, key)
        assert winner.ready(key) == ("True", "Running")
        assert loser.ready(key) == ("False", "OwnershipConflict")
        before = len(deeds(here)) + len(deeds(there))
        await live(here, there, beat=120)
        assert len(deeds(here)) + len(deeds(there)) == before, "they fight"
        return bool(deeds(loser))

    async def test_the_winner_deletes_and_the_other_has_the_name_then(self):
        here, there = two_clusters(delete_linger=5.0, name_free_delay=30.0)
        key = here.apply()
        await live(here, seconds=60)
        there.apply()
        await live(here, there, seconds=120)
        here.delete(key)
        await live(here, there, seconds=1200)
        assert here.object(key) is None
        assert there.ready(key) == ("True", "Running")
        assert holds(there, key)


@pytest.mark.usefixtures("quiet")
class TestTwoResources:
    async def test_one_name_in_one_cluster_the_first_has_it_and_the_other_names_it(self, seeds):
        for seed in seeds:
            await self.race(seed)

    async def race(self, seed):
        world = one_cluster()
        keys = [world.apply(hugging_face(name="shared"), name=name) for name in ("one", "two")]
        hesitating(seed, world)
        for beat in (*[POLL] * 10, *[300.0] * 11):
            await world.tick()
            await asyncio.gather(*(world.look(key) for key in keys))
            world.clock.advance(beat)
        assert [deed.action for deed in deeds(world)] == ["POST"]
        winner, loser = sorted(keys, key=world.ready, reverse=True)
        assert world.ready(winner) == ("True", "Running")
        assert world.ready(loser) == ("False", "OwnershipConflict")
        assert f"InferenceEndpoint team-a/{winner.name}" in world.condition(loser, "Ready")["message"]
        world.delete(winner)
        await world.settle(*keys, rounds=3, seconds=700)
        assert world.ready(loser) == ("True", "Running")


@pytest.mark.usefixtures("quiet")
class TestAClusterBuiltAnew:
    """The cluster is lost with its etcd; the manifests come back from Git, with new UIDs and no status."""

    MANIFESTS = {"plain": {}, "paused": power("paused"), "secret": SECRET, "tagged": hugging_face(tags=["a"])}

    @pytest.mark.parametrize("tags_put", ["keep", "rollout"])
    async def test_it_takes_its_endpoints_back_with_nothing_but_markers_written(self, tags_put):
        lost = self.with_all(one_cluster(tags_put=tags_put))
        await live(lost, seconds=120)
        before = {name: lost.remote(name) for name in self.MANIFESTS}
        anew = self.with_all(World(beside=lost, era=1))
        await live(anew, seconds=120)
        assert [deed.action for deed in deeds(anew)] == ["PUT"] * len(self.MANIFESTS)
        assert all(set(deed.body) == {"tags"} for deed in deeds(anew))
        for key in sorted(anew.keys()):
            assert holds(anew, key)
            assert anew.condition(key, "Synced")["status"] == "True"
            assert anew.ready(key) == lost.ready(key)
            assert anew.remote(key.name)["status"]["createdAt"] == before[key.name]["status"]["createdAt"]
        anew.forget_requests()
        await live(anew, seconds=120)
        assert (anew.requests(), anew.endpoint_writes()) == ([], [])

    def with_all(self, world):
        world.put_secret("hub", token="value-0")
        for name, change in self.MANIFESTS.items():
            world.apply(change, name=name)
        return world
