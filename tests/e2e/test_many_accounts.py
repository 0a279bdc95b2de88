"""Ten accounts at one provider, four of them in trouble: six go on, and trouble is no reason to call more (I9)."""

import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from tests.support.cluster import Kubectl
from tests.support.kube_api import KubeApi
from tests.support.operator import OperatorProcess
from tests.support.team import Object, Team, condition, ready

from inference_operator.simulator import Fault, Simulator

pytestmark = pytest.mark.proof


ACCOUNTS = 10
ENDPOINTS = 2
"""For each account."""
SECONDS = 3.0
"""How long all are watched while nothing is edited."""

ROUNDS = 2
"""How often everything is edited."""

BROKEN: Mapping[str, Mapping[str, Any]] = {
    "account-0": {"status": 401},
    "account-1": {"status": 429, "headers": {"Retry-After": "2"}},
    "account-2": {"action": "hang"},
    "account-3": {"status": 500},
}
HEALTHY = [f"account-{number}" for number in range(len(BROKEN), ACCOUNTS)]


@pytest.fixture(scope="module")
def operator(
    operator_kubeconfig: Path, simulator: Simulator, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[OperatorProcess]:
    """An operator that does not wait long for an answer."""
    flags = (f"--allow-base-url={simulator.url}", "--provider-timeout=1")
    with OperatorProcess(operator_kubeconfig, tmp_path_factory.mktemp("operator"), flags=flags).at_work() as process:
        yield process


@pytest.fixture(scope="module")
def team(operator: OperatorProcess, simulator: Simulator, kube_api: KubeApi, kubectl: Kubectl) -> Iterator[Team]:
    """A team of this operator."""
    simulator.huggingface.reset()
    team = Team(api=kube_api, kubectl=kubectl, simulator=simulator, log=operator.tail)
    team.settle_in()
    yield team
    simulator.huggingface.faults.clear()
    assert team.move_out() == []
    assert "Traceback" not in operator.log


@dataclass(frozen=True)
class Story:
    """`at_rest`, `edited`: calls by account, while nothing was edited and while everything was.

    `endpoints`, `accounts`: those in trouble, at the end.
    """

    at_rest: Counter[str]
    edited: Counter[str]
    endpoints: Mapping[str, Object]
    accounts: Mapping[str, Object]


@pytest.fixture(scope="module")
def story(team: Team) -> Story:
    """All settle in, four break, and then everything is edited, those of the broken ones too."""
    _settle_in(team)
    for name, fault in BROKEN.items():
        team.sim.faults.add(Fault(token=_token(name), **fault))
    team.until(lambda: all(_account(team, name)["status"] == "False" for name in BROKEN), "four say what is wrong")
    at_rest = _calls_during(team, lambda: time.sleep(SECONDS))
    edited = _calls_during(team, lambda: _edit_all(team))
    seen = {name: team.get(_endpoint(name, 0)) for name in BROKEN}
    accounts = {name: _account(team, name) for name in BROKEN}
    return Story(at_rest, edited, seen, accounts)


def _account(team: Team, name: str) -> Object:
    found = condition(team.api.get(f"{team.path('account')}/{name}") or {}, "Ready")
    assert found is not None
    return found


def _settle_in(team: Team) -> None:
    for number in range(ACCOUNTS):
        name = f"account-{number}"
        team.sim.tokens.add(_token(name), user=name)
        team.secret(name, token=_token(name))
        team.account(name, huggingFace={"tokenSecretRef": {"name": name}})
    names = [(f"account-{number}", each) for number in range(ACCOUNTS) for each in range(ENDPOINTS)]
    team.apply(*(team.manifest(_endpoint(*one), accountRef={"name": one[0]}) for one in names))
    team.wait_all([_endpoint(*one) for one in names], ready)


def _calls_during(team: Team, do: Callable[[], Any]) -> Counter[str]:
    team.forget_requests()
    do()
    return Counter(one.user or "" for one in team.requests())


def _edit_all(team: Team) -> None:
    """Edit everything, and again once those of the healthy accounts have it."""
    healthy = {_endpoint(name, number) for name in HEALTHY for number in range(ENDPOINTS)}
    for wanted in range(3, 3 + ROUNDS):
        for name in (*HEALTHY, *BROKEN):
            for number in range(ENDPOINTS):
                team.edit(_endpoint(name, number), compute={"scaling": {"maxReplica": wanted}})
        team.wait_all(healthy, partial(_runs_with, team, wanted))


def _runs_with(team: Team, max_replica: int, obj: Object) -> bool:
    return ready(obj) and _max_replica(team, obj) == max_replica


def _max_replica(team: Team, obj: Object) -> int:
    found: int = team.remote(obj["metadata"]["name"])["compute"]["scaling"]["maxReplica"]
    return found


def _token(account: str) -> str:
    return f"hf_many{account.replace('-', '')}"


def _endpoint(account: str, number: int) -> str:
    return f"{account}-chat-{number}"


@pytest.mark.parametrize("name", HEALTHY)
def test_edits_of_a_healthy_one_arrive_all_the_while(story: Story, name: str) -> None:
    assert story.edited[name] > ROUNDS * ENDPOINTS


@pytest.mark.parametrize("name", BROKEN)
def test_one_in_trouble_makes_no_more_calls_than_a_healthy_one(story: Story, name: str) -> None:
    beats = max(story.at_rest[one] for one in HEALTHY)
    # Two that are read at the same beat differ by one where the window ends between them.
    assert 0 < story.at_rest[name] <= beats + 1, story.at_rest
    assert story.edited[name] <= min(story.edited[one] for one in HEALTHY), story.edited


@pytest.mark.parametrize(
    ("name", "reason"),
    [*zip(BROKEN, ("CredentialsInvalid", "RateLimited", "ProviderUnavailable", "ProviderUnavailable"), strict=True)],
)
def test_its_endpoints_say_whose_trouble_it_is(story: Story, name: str, reason: str) -> None:
    of_account, said = story.accounts[name], condition(story.endpoints[name], "Ready")
    assert said is not None
    assert of_account["reason"] == reason
    assert said["reason"] in {"AccountNotReady", "ObservationStale"}
    assert f"{name} is not ready ({reason})" in said["message"]
