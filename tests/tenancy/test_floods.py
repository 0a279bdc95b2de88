"""Attacks by sheer amount, and by words: they cost the tenant, and change nothing of what others have and see."""

import pytest
from tests.support.team import says
from tests.tenancy.world import World, refusal

from inference_operator.api.names import RECONCILE_REQUESTED_AT

pytestmark = pytest.mark.proof


FLOOD = 60
_MIB = 2**20

HUGE = {
    "one-value": {"env": {"X": "x" * _MIB}},
    "many-values": {"env": {f"X{number}": "x" * 2000 for number in range(600)}},
    "arguments": {"args": ["x" * 1000] * 1000},
    "secrets": {"secrets": {f"X{n}": {"secretKeyRef": {"name": "own", "key": "token"}} for n in range(5000)}},
}


@pytest.mark.parametrize("model", HUGE.values(), ids=HUGE.keys())
def test_a_huge_object_is_refused(world: World, model: dict[str, object]) -> None:
    said = refusal(lambda: world.tenant.apply(world.tenant.manifest(world.fresh(), huggingFace={"model": model})))

    assert (
        "Too long" in said or "Too many" in said or "may not be more than" in said or "spec.huggingFace.model" in said
    )


@pytest.mark.parametrize("count", [65, 1000])
def test_more_tags_than_there_may_be_are_refused(world: World, count: int) -> None:
    tags = [f"tag-{number}" for number in range(count)]
    manifest = world.tenant.manifest(world.fresh(), huggingFace={"tags": tags})

    assert "spec.huggingFace.tags" in refusal(lambda: world.tenant.apply(manifest))


def test_a_flood_of_requests_to_reconcile_is_worth_one_read_each_at_most(world: World) -> None:
    world.account(account := world.fresh())
    world.tenant.apply(world.tenant.manifest(name := world.fresh(), accountRef={"name": account}))
    world.tenant.wait(name, says("Ready"))
    world.simulator.huggingface.bench.journal.clear()
    for number in range(FLOOD):
        asked = {RECONCILE_REQUESTED_AT: f"{number}" + "x" * 5000}
        world.tenant.patch(name, {"metadata": {"annotations": asked}})

    last = f"{FLOOD - 1}x"
    world.tenant.wait(name, lambda obj: (obj["status"].get("lastHandledReconcileAt") or "").startswith(last))
    assert len(world.tenant.requests("get", name=name)) <= FLOOD
    assert world.tenant.writes() == []


def test_a_flood_of_failures_becomes_few_events(world: World) -> None:
    world.account(account := world.fresh())
    world.tenant.apply(world.tenant.manifest(name := world.fresh(), accountRef={"name": "nobody"}))
    world.tenant.wait(name, says("Stalled", "True", "AccountNotFound"))
    for number in range(FLOOD):
        world.tenant.patch(name, {"spec": {"accountRef": {"name": "nobody" if number % 2 else "no-one"}}})
    world.tenant.patch(name, {"spec": {"accountRef": {"name": account}}})

    world.tenant.wait(name, says("Ready"))
    told = [event for event in world.tenant.events() if event["regarding"]["name"] == name]
    assert {event["reason"] for event in told} >= {"AccountNotFound"}
    # Each of the two texts is one Event, whose series counts; beside them the creation.
    assert len(told) <= 3
