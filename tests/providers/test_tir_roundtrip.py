"""Whatever is declared for TIR, once sent, is seen as declared, however the vendor spells what it shows."""

import asyncio

import pytest
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st
from tests.providers.test_mapping import SCHEMA
from tests.providers.tir_blocks import BLOCKS
from tests.providers.tir_remote import CLAIM, connect, declared, with_values

from inference_operator.core.diff import change_for, differences
from inference_operator.providers.base import Change
from inference_operator.providers.tir import PLUGIN
from inference_operator.providers.tir.spec import TirEndpoint
from inference_operator.simulator import Clock, Tir
from inference_operator.simulator.tir import Knobs

KNOBS = st.fixed_dictionaries(
    {
        "casing": st.sampled_from(["lower", "title"]),
        "put": st.sampled_from(["merge", "replace"]),
        "strict_actions": st.booleans(),
        "lists": st.sampled_from(["decoded", "base64"]),
        "engine_args": st.sampled_from(["typed", "text"]),
        "probes_when_disabled": st.booleans(),
        "extras_2026": st.booleans(),
    }
)
REPLICAS = st.none() | st.integers(1, 5)
SMALL = {"framework": "vllm", "sku": {"name": "C3.8", "type": "hourly"}}
LAW = {
    "deadline": None,
    "phases": (Phase.explicit, Phase.reuse, Phase.generate),
    "suppress_health_check": [HealthCheck.too_slow, HealthCheck.data_too_large],
}


class Remote:
    """The vendor in process, emptied and set to another reading of its rules for each example."""

    def __init__(self):
        self.runner = asyncio.Runner()
        self.tir = Tir(clock=Clock.frozen())
        self.api = connect(self.tir)
        self.observed = None

    def run(self, coroutine, knobs):
        self.tir.reset()
        self.tir.knobs = Knobs(**knobs)
        self.runner.run(coroutine)

    async def created_as_declared(self, block, replicas):
        one = declared(block, replicas=replicas)
        self.observed = await self.api.create("chat", with_values(one, one.creation()), claim=CLAIM)
        self.as_declared(block, replicas)
        self.observed = await self.api.get("chat")
        self.as_declared(block, replicas)

    async def changed_as_declared(self, first, second):
        """Created as the first says, then changed to what the second says: by one update."""
        await self.created_as_declared(first, None)
        self.tir.clock.advance(60)
        self.observed = await self.api.get("chat")
        one = declared(second)
        if found := differences(one.document, self.observed.document, PLUGIN.shape):
            change = Change(with_values(one, change_for(found)), CLAIM, self.observed)
            await self.api.update("chat", change)
        self.observed = await self.api.get("chat")
        self.as_declared(second, None)

    def as_declared(self, block, replicas):
        found = differences(declared(block, replicas=replicas).document, self.observed.document, PLUGIN.shape)
        assert found == ()
        assert self.observed.claims == (CLAIM,)
        assert "secret value" not in repr(self.observed)


@pytest.fixture(scope="module")
def remote():
    one = Remote()
    yield one
    one.runner.run(one.api.aclose())
    one.runner.close()


@given(BLOCKS)
def test_the_blocks_are_what_the_schema_admits(block):
    SCHEMA.validate({"tir": block})
    assert TirEndpoint.from_json(block).to_json() == block


@settings(max_examples=120, **LAW)
@given(BLOCKS, KNOBS, REPLICAS)
def test_what_was_created_is_as_declared(remote, block, knobs, replicas):
    remote.run(remote.created_as_declared(block, replicas), knobs)


@settings(max_examples=120, **LAW)
@given(BLOCKS, BLOCKS, KNOBS)
@example(SMALL | {"autoscaling": {"enabled": True, "minReplicas": 0, "maxReplicas": 1}}, SMALL | {"replicas": 5}, {})
def test_one_update_makes_it_as_newly_declared(remote, first, second, knobs):
    remote.run(remote.changed_as_declared(first, second), knobs)


@pytest.mark.proof
@pytest.mark.timeout(900)
@settings(max_examples=5000, **LAW)
@given(BLOCKS, KNOBS, REPLICAS)
def test_what_was_created_is_as_declared_at_full_count(remote, block, knobs, replicas):
    remote.run(remote.created_as_declared(block, replicas), knobs)


@pytest.mark.proof
@pytest.mark.timeout(900)
@settings(max_examples=5000, **LAW)
@given(BLOCKS, BLOCKS, KNOBS)
def test_one_update_makes_it_as_newly_declared_at_full_count(remote, first, second, knobs):
    remote.run(remote.changed_as_declared(first, second), knobs)
