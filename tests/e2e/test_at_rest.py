"""At rest nothing is written, to Kubernetes or the provider: neither by an idle operator nor by one that starts."""

from collections.abc import Iterator
from typing import Any

import pytest
from tests.e2e.conftest import NewTeam, chosen
from tests.support.operator import OperatorProcess
from tests.support.team import Team, ready
from tests.support.vendors import at_each

COUNT = 50
_FROM_HUB = {"secretKeyRef": {"name": "hub", "key": "token"}}
KINDS: dict[str, tuple[dict[str, Any], ...]] = {
    "huggingFace": (
        {},
        {"state": "paused"},
        {"state": "scaledToZero", "huggingFace": {"compute": {"scaling": {"scaleToZeroTimeout": 15}}}},
        {"huggingFace": {"model": {"secrets": {"HF_TOKEN": _FROM_HUB}}}},
        {"huggingFace": {"type": "protected", "tags": ["b", "a", "a"], "model": {"revision": "main", "env": {}}}},
        {"replicas": 2, "huggingFace": {"experimentalFeatures": {"loadBalancer": "sticky"}}},
    ),
    "tir": (
        {},
        {"state": "paused"},
        {"tir": {"autoscaling": {"enabled": True, "minReplicas": 0, "maxReplicas": 3, "rules": [{"metric": "cpu"}]}}},
        {"tir": {"env": [{"name": "HF_TOKEN", "valueFrom": _FROM_HUB}, {"name": "A", "value": "1"}]}},
        {"tir": {"framework": "VLLM", "engineArgs": {"a": "1.50", "b": "true"}, "args": ["--a"], "env": []}},
        {"replicas": 2, "tir": {"clusterType": "other", "readinessProbe": {"enabled": True}, "ports": {}}},
    ),
}
"""Kinds of endpoints by provider: what is spelled otherwise there, and what is never shown, among them."""


def _spec(team: Team, number: int) -> dict[str, Any]:
    kinds = KINDS[team.vendor.key]
    spec = kinds[number % len(kinds)]
    return {**spec, "writeConnectionTo": {"configMapName": f"e-{number}"}} if number % 7 == 0 else spec


@pytest.fixture(scope="module")
def resting(request: pytest.FixtureRequest, new_team: NewTeam) -> Iterator[Team]:
    """A team with 50 endpoints of all sorts, settled: paused, at zero replicas, with secrets, with a connection."""
    with new_team(chosen(request)) as team:
        team.secret("hub", token="hub-token-value")
        manifests = [team.manifest(f"e-{number}", **_spec(team, number)) for number in range(COUNT)]
        team.apply(*manifests)
        team.wait_all((one["metadata"]["name"] for one in manifests), ready, timeout=60)
        team.await_polls(3)
        yield team


def _versions(team: Team) -> dict[str, str]:
    """Every object of the team's namespace that the operator may write, with its resourceVersion."""
    kinds = ("endpoint", "account", "configmap", "secret", "event")
    return {
        f"{kind}/{obj['metadata']['name']}": obj["metadata"]["resourceVersion"]
        for kind in kinds
        for obj in team.api.items(team.path(kind))
    }


def _at_rest(team: Team) -> dict[str, str]:
    """The versions once they stay: the account says who uses it when all resources were looked at."""
    seen: list[dict[str, str]] = []

    def stay() -> bool:
        team.await_polls(3)
        seen.append(_versions(team))
        return len(seen) > 1 and seen[-1] == seen[-2]

    team.until(stay, "all is at rest", timeout=60)
    return seen[-1]


@at_each("resting", proof=True)
def test_an_idle_operator_writes_nothing(resting: Team) -> None:
    before = _versions(resting)
    resting.forget_requests()

    resting.await_polls(4)
    assert _versions(resting) == before
    assert {one.operation for one in resting.requests()} == {"list"}


@at_each("resting", proof=True)
def test_an_operator_restarted_over_50_settled_resources_writes_nothing(
    resting: Team, operator: OperatorProcess
) -> None:
    # The quota in use is read every ten minutes: a restart may find more than was seen when the last were made.
    operator.restart()
    before = _at_rest(resting)
    assert sum(name.startswith("endpoint/") for name in before) == COUNT

    operator.stop()
    resting.forget_requests()
    operator.start()
    resting.await_polls(4)

    assert _versions(resting) == before
    assert resting.writes() == []
    # Four polls of one page each, and no look at single endpoints: reads grow with pages, not with resources.
    assert len(resting.requests("get")) == 0
    assert len(resting.requests()) <= 6


@at_each("resting", proof=True)
def test_a_restarted_operator_knows_what_it_did_and_goes_on(resting: Team, operator: OperatorProcess) -> None:
    operator.restart()
    resting.forget_requests()

    resting.edit("e-0", **resting.vendor.further.edit)
    resting.until(lambda: resting.puts("e-0"), "the edit arrives")
    resting.change_remotely("e-1", **resting.vendor.in_state("running"))
    resting.until(lambda: resting.actions("e-1") == ["pause"], "paused against running is corrected")
    assert len(resting.puts()) == 1
