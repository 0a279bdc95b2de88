"""Kill anywhere, in histories made from seeds: a sample; tests/proof has the full count. And: these tests can fail."""

from dataclasses import replace

import pytest
from tests.runtime import seeds
from tests.runtime.histories import BrokenLawError, Slip, Tale
from tests.runtime.scenarios import scenarios
from tests.runtime.seeds import all_hold

from inference_operator.api.names import MARKER_PREFIX
from inference_operator.core import decide as decisions
from inference_operator.core.steps import Bind, Create
from inference_operator.providers.huggingface.client import HuggingFaceConnection
from inference_operator.providers.tir import register

SAMPLE = 50
FOUND_WITHIN = 200
"""Seeds within which an operator that lacks a safeguard is found out."""

MAKERS = pytest.mark.parametrize(
    "make",
    [seeds.life, seeds.ownership, seeds.at_tir(seeds.life), seeds.at_tir(seeds.ownership)],
    ids=["life", "ownership", "life at tir", "ownership at tir"],
)


@MAKERS
async def test_no_duplicate_no_leak_no_foreign_change_and_all_converge(make, quiet):
    await all_hold(make, range(SAMPLE), again="tests/runtime/test_kill_anywhere.py")


@MAKERS
def test_a_seed_plays_the_same_history_each_time(make):
    assert [str(seeds.play(make, seed)) for seed in range(20)] == [str(seeds.play(make, seed)) for seed in range(20)]


async def test_a_history_goes_the_same_way_each_time(quiet):
    for seed in range(10):
        first, second = [await seeds.play(seeds.life, seed).play() for _ in range(2)]
        assert first.told == second.told
        assert first.crossings == second.crossings


class TestItCanFail:
    """An operator that lacks a safeguard is found out within a few seeds."""

    async def test_without_the_intent(self, monkeypatch, quiet):
        """A create that nothing on the resource tells of: the process dies, and what it made is left behind."""
        create = decisions._create

        def unannounced(snapshot):
            step = create(snapshot)
            return Create(snapshot.desired.creation()) if step == Bind(creating=True) else step

        monkeypatch.setattr(decisions, "_create", unannounced)
        await found_out(seeds.life, "its endpoint one is not")

    async def test_without_the_marker(self, monkeypatch, quiet):
        create = HuggingFaceConnection.create

        async def unmarked(self, name, document, *, claim):
            return await create(self, name, document, claim="mine")

        monkeypatch.setattr(HuggingFaceConnection, "create", unmarked)
        await found_out(seeds.life, "exactly one marker")

    async def test_with_a_marker_that_vanishes(self, monkeypatch, quiet):
        """The provider keeps no marker: after a kill nothing tells whose the endpoint is."""
        begin = Tale.begin

        async def forgetful(knobs):
            return await begin({**knobs, "tags_drop": f"^{MARKER_PREFIX}"})

        monkeypatch.setattr(Tale, "begin", forgetful)
        await found_out(seeds.life)

    async def test_without_waiting_for_proof_where_names_need_not_be_unique(self, monkeypatch, quiet):
        """The list lags, the answer to the create is lost, and the name is not shown."""
        monkeypatch.setattr(register, "PROOF", 0.0)
        scenario = scenarios("tir")["create where names need not be unique and lists lag"]
        crossings = (await scenario.play()).crossings
        (create,) = [number for number, words in enumerate(crossings, 1) if words.startswith("provider POST")]
        with pytest.raises(BrokenLawError, match="I1: one was created 2 times"):
            await replace(scenario, slips=(Slip(create, "lose the answer"),)).play()

    async def test_without_reading_what_is_about_to_be_changed(self, monkeypatch, quiet):
        """A list may be old, and the name another's by now."""
        monkeypatch.setattr(decisions, "WRITES_TO_EXISTING", ())
        await found_out(seeds.ownership, "I2")


async def found_out(make, law=""):
    """What is told of the first history that breaks the law, within so many seeds."""
    for seed in range(FOUND_WITHIN):
        try:
            await seeds.play(make, seed).play()
        except BrokenLawError as broken:
            if law in str(broken):
                return str(broken)
    pytest.fail(f"no such law was broken in {FOUND_WITHIN} histories")
