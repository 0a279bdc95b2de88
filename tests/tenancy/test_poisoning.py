"""Attacks on the masking of secrets: a word of everybody's, made a secret by one, must not vanish for the others.

What the operator masks, it masks for good; so a neighbour of this test's own is the victim, and the operator is started
anew afterwards.
"""

from collections.abc import Iterator

import pytest
from tests.support.team import Team, condition, ready
from tests.tenancy.world import World, secret

from inference_operator.api.names import RECONCILE_REQUESTED_AT

pytestmark = pytest.mark.proof


TOKEN = "hf_neighbourToken8sLd2Zq7W0v"


@pytest.fixture
def neighbour(world: World) -> Iterator[Team]:
    """A team with an endpoint that is ready."""
    team = Team(api=world.admin, kubectl=world.kubectl, simulator=world.simulator, log=world.operator.tail)
    world.neighbours.append(team.namespace)
    world.simulator.huggingface.tokens.add(TOKEN, user="neighbour", namespaces=[team.namespace])
    world.admin.create("/api/v1/namespaces", {"metadata": {"name": team.namespace}})
    secret(world.admin, team.namespace, "hf", token=TOKEN)
    team.account()
    team.apply(team.manifest("sentiment", huggingFace={"model": {"revision": "main"}}))
    team.wait("sentiment", ready)
    yield team
    world.operator.restart()
    assert team.move_out() == []


WORDS = {
    "own-words": "The endpoint serves requests.",
    "word": "requests",
    "url": "{url}",
    "host": "127.0.0.1",
    "commit": "{revision}",
    "task": "{task}",
}


def test_a_secret_that_is_an_everyday_word_masks_nothing_of_others(world: World, neighbour: Team) -> None:
    before = neighbour.get("sentiment")
    shown = {**before["status"]["effective"], "url": before["status"]["url"]}
    values = {key: word.format(**shown) for key, word in WORDS.items()}
    secret(world.tenant.api, world.tenant.namespace, name := world.fresh("words"), **values)
    world.account(account := world.fresh())
    used = {f"W{n}": {"secretKeyRef": {"name": name, "key": key}} for n, key in enumerate(values)}
    manifest = world.tenant.manifest(name, accountRef={"name": account}, huggingFace={"model": {"secrets": used}})
    world.tenant.apply(manifest)
    world.tenant.wait(name, ready)
    neighbour.forget_requests()
    for asked in ("first", "second"):
        neighbour.patch("sentiment", {"metadata": {"annotations": {RECONCILE_REQUESTED_AT: asked}}})
        neighbour.wait("sentiment", lambda obj, asked=asked: obj["status"].get("lastHandledReconcileAt") == asked)

    after = neighbour.get("sentiment")
    assert neighbour.writes() == []
    assert after["status"]["effective"] == before["status"]["effective"]
    assert after["status"]["url"] == shown["url"]
    assert condition(after, "Ready") == condition(before, "Ready")
