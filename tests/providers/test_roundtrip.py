"""GitOps rests on it: whatever is declared, once sent, is seen as declared, by the vendor's rules in any reading."""

import asyncio

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from tests.contract.contract import check
from tests.providers.blocks import BLOCKS, MUTABLE
from tests.providers.remote import ALWAYS_THERE, CLAIM, connect_in_process, desired, version, with_values
from tests.providers.test_mapping import SCHEMA

from inference_operator.core.diff import change_for, differences
from inference_operator.providers.base import Change
from inference_operator.providers.huggingface import PLUGIN
from inference_operator.simulator import Clock, HuggingFace, Knobs

KNOBS = st.fixed_dictionaries(
    {
        "nested_put": st.sampled_from(["merge", "replace"]),
        "paused_put": st.sampled_from(["keep", "resume"]),
        "unset_measure": st.sampled_from(["null", "hardwareUsageNull"]),
        "secrets_redaction": st.sampled_from(["null", "mask"]),
        "resolve_revision": st.booleans(),
        "tags_order": st.sampled_from(["keep", "sorted", "reversed"]),
        "url_while_pending": st.sampled_from(["keep", "empty", "omit"]),
    }
)
REPLICAS = st.none() | st.integers(1, 5)
# What is found is not made smaller: that takes minutes, and the blocks are small as they are.
LAW = {
    "deadline": None,
    "phases": (Phase.explicit, Phase.reuse, Phase.generate),
    "suppress_health_check": [HealthCheck.too_slow, HealthCheck.data_too_large],
}


def left(one, observed):
    return differences(one.document, observed.document, PLUGIN.shape)


class Remote:
    """The vendor in process, emptied and set to another reading of its rules for each example."""

    def __init__(self):
        self.runner = asyncio.Runner()
        self.huggingface = HuggingFace(clock=Clock.frozen())
        self.api = connect_in_process(self.huggingface)
        self.observed = None

    def run(self, coroutine, knobs):
        self.huggingface.reset()
        self.huggingface.knobs = Knobs(check_hardware=False, check_parallelism=False, **knobs)
        self.runner.run(coroutine)

    async def create(self, one):
        self.observed = await self.api.create(one.name, with_values(one, one.creation()), claim=CLAIM)
        check(self.huggingface.journal[-1].body, "Endpoint")

    async def update(self, one, found):
        change = Change(with_values(one, change_for(found)), CLAIM, self.observed)
        self.observed = await self.api.update(one.name, change)
        check(self.huggingface.journal[-1].body, "EndpointUpdate")

    async def read(self):
        self.observed = await self.api.get("n")

    async def created_as_declared(self, block, replicas):
        await self.create(desired(block, replicas=replicas))
        await self.read()
        again = desired(block, replicas=replicas, observed=self.observed, revision_from=version(block))
        assert left(again, self.observed) == ()
        assert self.observed.claims == (CLAIM,)

    async def changed_as_declared(self, first, second):
        """Created as the first says, then changed to what the second says: in one PUT."""
        await self.create(desired(first))
        after = desired(second, observed=self.observed, revision_from=version(first))
        found = left(after, self.observed)
        if found:
            await self.update(after, found)
        await self.read()
        again = desired(second, observed=self.observed, revision_from=version(second))
        assert left(again, self.observed) == ()
        assert self.observed.claims == (CLAIM,)


@pytest.fixture(scope="module")
def remote():
    one = Remote()
    yield one
    one.runner.run(one.api.aclose())
    one.runner.close()


@given(BLOCKS)
def test_the_blocks_are_what_the_schema_admits(block):
    SCHEMA.validate({"huggingFace": block})


FEATURES = {"loadBalancer": "sticky", "cacheHttpResponses": False}


@pytest.mark.parametrize("nested_put", ["merge", "replace"])
@pytest.mark.parametrize(
    ("field", "before", "after"),
    [
        ("experimentalFeatures", FEATURES, {**FEATURES, "cacheHttpResponses": True}),
        ("network", {"cidrBlock": True, "cidrList": []}, {"cidrBlock": False, "cidrList": []}),
    ],
)
def test_a_change_inside_an_object_loses_nothing_beside_it_in_either_reading_of_a_put(
    remote, nested_put, field, before, after
):
    first, second = ({**ALWAYS_THERE, field: value} for value in (before, after))
    remote.run(remote.changed_as_declared(first, second), {"nested_put": nested_put})


@settings(max_examples=80, **LAW)
@given(BLOCKS, KNOBS, REPLICAS)
def test_what_was_created_is_as_declared(remote, block, knobs, replicas):
    remote.run(remote.created_as_declared(block, replicas), knobs)


@settings(max_examples=80, **LAW)
@given(MUTABLE, MUTABLE, KNOBS)
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
@given(MUTABLE, MUTABLE, KNOBS)
def test_one_update_makes_it_as_newly_declared_at_full_count(remote, first, second, knobs):
    remote.run(remote.changed_as_declared(first, second), knobs)
