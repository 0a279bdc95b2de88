"""Attacks on texts: what a tenant writes, or has a provider say, stays a text wherever it is used."""

import json
import re
from uuid import uuid4

import pytest
from tests.support.team import condition, says
from tests.tenancy.world import THEIRS, World, refusal

from inference_operator.core.ownership import RELEASED, Claim
from inference_operator.simulator.faults import Fault

pytestmark = pytest.mark.proof


HOSTILE = {
    "line-break": "a\r\nX-Evil: 1",
    "encoded-line-break": "a%0d%0aX-Evil:%201",
    "parent": "..",
    "up": "../{victim}/sentiment",
    "encoded-up": "..%2f..%2fcompany",
    "twice-encoded-up": "..%252fcompany",
    "slash": "{victim}/sentiment",
    "backslash": "..\\company",
    "query": "a?limit=1",
    "fragment": "a#b",
    "semicolon": "a;b",
    "space": "a b",
    "nul": "a\x00b",
    "fullwidth": "\uff0e\uff0e",
    "bidi": "a\u202eb",
}


@pytest.mark.parametrize("name", HOSTILE.values(), ids=HOSTILE.keys())
def test_no_hostile_text_becomes_a_namespace_at_the_provider(world: World, name: str) -> None:
    hostile = name.format(victim=world.victim.namespace)

    said = refusal(lambda: world.account(world.fresh(), namespace=hostile))

    assert "spec.huggingFace.namespace" in said


@pytest.mark.parametrize("name", HOSTILE.values(), ids=HOSTILE.keys())
def test_no_hostile_text_becomes_a_remote_name(world: World, name: str) -> None:
    hostile = name.format(victim=world.victim.namespace)
    manifest = world.tenant.manifest(world.fresh(), huggingFace={"name": hostile})

    assert "spec.huggingFace.name" in refusal(lambda: world.tenant.apply(manifest))


def test_a_namespace_at_the_provider_is_open_to_who_has_a_token_for_it(world: World) -> None:
    world.account(name := world.fresh(), namespace="company")

    said = world.account_condition(name)
    assert said["reason"] == "CredentialsInvalid"
    # The provider turned it away; that it was asked in the tenant's own name is no harm.
    world.simulator.huggingface.bench.journal.clear()
    world.admin.delete(f"{world.tenant.path('account')}/{name}")
    world.tenant.until(lambda: world.admin.get(f"{world.tenant.path('account')}/{name}") is None, "the account is gone")
    world.simulator.huggingface.bench.journal.clear()


def _marker(world: World, name: str) -> str:
    """The very marker that the victim's endpoint carries."""
    tags = world.simulator.huggingface.endpoints(world.victim.namespace)[name]["tags"]
    return next(str(tag) for tag in tags if tag.startswith("iop1-"))


@pytest.mark.parametrize("spelled", [str.lower, str.upper, str.title], ids=["lower", "upper", "title"])
@pytest.mark.parametrize("forged", ["victims", "dead", "released", "beginning"])
def test_a_tag_that_looks_like_a_marker_is_refused(world: World, forged: str, spelled: type[str]) -> None:
    dead = Claim.of(cluster_id="x", namespace=world.victim.namespace, name="sentiment", uid=str(uuid4()))
    tags = {"victims": _marker(world, "sentiment"), "dead": str(dead), "released": RELEASED, "beginning": "iop1-"}
    tag = spelled(tags[forged])
    manifest = world.tenant.manifest(world.fresh(), huggingFace={"tags": [tag]})

    assert "tags must not begin with iop1-" in refusal(lambda: world.tenant.apply(manifest))


TEXTS = {
    "line-break": 'x\n{"level":"error","event":"forged"}',
    "carriage-return": "x\r{}",
    "ansi": "x\x1b[2J\x1b[31mred",
    "c1": "x\x9b31mred",
    "line-separator": "x\u2028forged\u2029forged",
    "bidi": "x\u202eforged\u202c",
    "isolate": "x\u2066forged\u2069",
    "zero-width": "x\u200bforged\ufeff",
    "tag-characters": "x\U000e0041\U000e007f",
}
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\u200e\u200f]")
"""What moves a cursor, breaks a line or turns the order of a text around."""


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS.keys())
def test_a_hostile_tag_is_a_text_in_conditions_events_and_the_log(world: World, text: str) -> None:
    logged = len(world.operator.log)
    world.account(account := world.fresh())
    refused = {"status": 400, "body": {"error": f"Bad Request: tag {text} is not allowed"}}
    world.simulator.huggingface.faults.add(Fault(operation="create", namespace=world.tenant.namespace, **refused))
    manifest = world.tenant.manifest(
        name := world.fresh(), accountRef={"name": account}, huggingFace={"tags": [text, "harmless"]}
    )
    world.tenant.api.create(world.tenant.path(), manifest)

    found = world.tenant.wait(name, says("Ready", "False", "Rejected"))
    ready = condition(found, "Ready")
    assert ready is not None
    assert _CONTROLS.findall(ready["message"]) == []
    lines = world.operator.log[logged:].split("\n")
    assert [line for line in lines if line and json.loads(line)["event"] == "forged"] == []
    assert [line for line in lines if _CONTROLS.search(line)] == []
    world.tenant.until(lambda: "Rejected" in {event["reason"] for event in world.tenant.events()}, "the event")
    notes = [event["note"] for event in world.tenant.events() if event["regarding"]["name"] == name]
    assert [note for note in notes if _CONTROLS.search(note)] == []


def test_a_hostile_text_in_drift_is_a_text(world: World) -> None:
    world.account(account := world.fresh())
    declared = world.tenant.manifest(
        name := world.fresh(), accountRef={"name": account}, huggingFace={"tags": list(TEXTS.values())}
    )
    world.tenant.api.create(world.tenant.path(), declared)
    world.tenant.wait(name, says("Synced"))
    world.tenant.change_remotely(
        name, tags=[*world.tenant.remote(name)["tags"], *(f"{one}!" for one in TEXTS.values())]
    )

    def told() -> list[str]:
        events = [one for one in world.tenant.events() if one["regarding"]["name"] == name]
        return [one["note"] for one in events if one["reason"] == "DriftDetected"]

    world.tenant.until(told, "drift is told")
    assert [note for note in told() if _CONTROLS.search(note)] == []


def test_secrets_of_others_that_a_provider_says_are_masked(world: World) -> None:
    world.account(account := world.fresh())
    manifest = world.tenant.manifest(
        name := world.fresh(), accountRef={"name": account}, ignoreDrift=["/model/repository", "/model/revision"]
    )
    world.tenant.apply(manifest)
    world.tenant.wait(name, says("Ready"))
    said = f"failed beside {' and '.join(THEIRS.values())}"
    # The simulated log says the repository.
    logged = {"repository": "/".join(THEIRS.values())}
    world.tenant.change_remotely(name, state="failed", message=said, errorMessage=said, model=logged)

    found = world.tenant.wait(name, lambda obj: says("Ready", "False")(obj) and obj["status"].get("lastLogLines"))
    masked = "failed beside *** and *** and ***"
    assert (found["status"]["message"], found["status"]["errorMessage"]) == (masked, masked)
    assert any("***/***/***" in line for line in found["status"]["lastLogLines"])
