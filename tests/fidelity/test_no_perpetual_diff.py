"""Whatever a manifest declares is seen as declared, over HTTP, however the vendor words its answers.

In process, `tests/providers/test_roundtrip.py` says the same of 5,000 specs. Here everything is real: the socket, the
JSON, and what the operator records of the revision between two looks.
"""

import asyncio
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from tests.core.builders import snapshot
from tests.providers.blocks import MUTABLE
from tests.providers.remote import CLAIM, connect, every, with_values

from inference_operator.api.endpoint import EndpointSpec
from inference_operator.api.status import EndpointStatus
from inference_operator.core import record
from inference_operator.core.desired import Desired
from inference_operator.core.diff import Difference, change_for, differences
from inference_operator.core.errors import Operation
from inference_operator.core.observation import Observation, Present
from inference_operator.providers.base import Change
from inference_operator.providers.huggingface import PLUGIN
from inference_operator.simulator import Clock, Knobs, Simulator

NAME = "n"
ANSWERS: dict[str, tuple[Any, ...]] = {
    "page_size": (1,),
    "max_limit": (1,),
    "sort_ignored": (True,),
    "limit_ignored": (True,),
    "url_while_pending": ("empty", "omit"),
    "url_while_paused": ("empty", "omit"),
    "paused_put": ("resume",),
    "paused_target": ("zero",),
    "tags_put": ("rollout",),
    "nested_put": ("replace",),
    "state_change_moves_updated_at": (True,),
    "unset_measure": ("hardwareUsageNull",),
    "secrets_redaction": ("mask",),
    "resolve_revision": (False,),
    "tags_order": ("sorted", "reversed"),
    "fail_deploys": ("runtime", "configuration"),
}
"""The knobs that change what an answer shows, with the values that are not the default."""
REFUSES = {
    "over_limit",
    "legacy_protected",
    "unknown_namespace_status",
    "check_hardware",
    "check_parallelism",
    "default_quota",
    "quotas",
    "tag_max_length",
    "tag_max_count",
    "tags_reject",
    "name_free_delay",
}
"""The knobs that decide only whether a request is taken."""
CHANGES_WHAT_WAS_SENT = {"tags_lowercase", "tags_drop"}
"""The knobs that lose a value: that difference is real, and told by the condition IneffectiveFields."""
TIMES = {
    "pending_seconds",
    "initializing_seconds",
    "updating_seconds",
    "idle_minute_seconds",
    "delete_linger",
    "list_lag",
}
ELSEWHERE = {"log_search", "scale_up_hold"}
"""The knobs of logs and of the data plane."""
CASES = [("none", None), *((knob, value) for knob, values in ANSWERS.items() for value in values)]


class Remote:
    """The simulated vendor behind a socket, and one connection to it."""

    def __init__(self, simulator: Simulator) -> None:
        self.simulator = simulator
        self.api = connect(simulator.url)
        self.status = EndpointStatus()

    async def live(self, first: Mapping[str, Any], second: Mapping[str, Any]) -> None:
        """Create, read, pause, read, change, read: after each, nothing may differ."""
        self.status = EndpointStatus()
        one = self.desired(first)
        observed = await self.api.create(NAME, with_values(one, one.creation()), claim=CLAIM)
        self.remember(first, one.creation(), observed)
        await self.nothing_differs(first)
        await self.api.switch(NAME, Operation.PAUSE)
        observed = await self.nothing_differs(first)
        change = change_for(self.left(second, observed))
        if change:
            filled = with_values(self.desired(second), change)
            observed = await self.api.update(NAME, Change(filled, CLAIM, observed))
            self.remember(second, change, observed)
        await self.nothing_differs(second)

    async def nothing_differs(self, block: Mapping[str, Any]) -> Observation:
        """Assert it of a read and of the list, and return the read."""
        read = await self.api.get(NAME)
        assert read is not None
        for observed in (read, *(await every(self.api))):
            assert self.left(block, observed) == ()
            assert observed.claims == (CLAIM,)
        return read

    def desired(self, block: Mapping[str, Any]) -> Desired:
        spec = EndpointSpec.from_json({"huggingFace": block})
        return PLUGIN.desired(spec, name=NAME, effective=self.status.effective)

    def left(self, block: Mapping[str, Any], observed: Observation) -> tuple[Difference, ...]:
        return differences(self.desired(block).document, observed.document, PLUGIN.shape)

    def remember(self, block: Mapping[str, Any], sent: Mapping[str, Any], observed: Observation) -> None:
        """Record what was sent, as the operator does once the provider answered."""
        usual = snapshot(desired=self.desired(block), knowledge=Present(observed), shape=PLUGIN.shape)
        scene = replace(usual, subject=replace(usual.subject, status=self.status))
        self.status = record.sent(scene, sent, at=scene.now)


@pytest.fixture(scope="module")
def remote() -> Iterator[tuple[asyncio.Runner, Remote]]:
    with Simulator.start(clock=Clock.frozen()) as simulator, asyncio.Runner() as runner:
        one = runner.run(_connected(simulator))
        yield runner, one
        runner.run(one.api.aclose())


async def _connected(simulator: Simulator) -> Remote:
    return Remote(simulator)


def live(remote: tuple[asyncio.Runner, Remote], knob: str, value: Any, count: int) -> None:
    """Let `count` generated endpoints live under one setting of the simulated vendor."""
    runner, one = remote
    knobs = {} if knob == "none" else {knob: value}

    # Without shrinking, which over HTTP takes minutes; the twin in process finds the least example.
    @settings(max_examples=count, deadline=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
    @given(MUTABLE, MUTABLE)
    def law(first: Mapping[str, Any], second: Mapping[str, Any]) -> None:
        one.simulator.huggingface.reset()
        one.simulator.huggingface.knobs = Knobs(check_hardware=False, check_parallelism=False, **knobs)
        runner.run(one.live(first, second))

    law()


def test_every_knob_of_the_simulator_is_placed():
    assert {*ANSWERS, *REFUSES, *CHANGES_WHAT_WAS_SENT, *TIMES, *ELSEWHERE} == set(Knobs.model_fields)


@pytest.mark.parametrize(("knob", "value"), CASES)
def test_nothing_differs_from_what_was_declared_however_the_vendor_answers(remote, knob, value):
    live(remote, knob, value, count=10)


@pytest.mark.proof
@pytest.mark.timeout(900)
@pytest.mark.parametrize(("knob", "value"), CASES)
def test_nothing_differs_of_500_specs_however_the_vendor_answers(remote, knob, value):
    live(remote, knob, value, count=500)
