"""The deletion matrix: what may go wrong while a resource is deleted, and what becomes of it each time (I2, I7).

All is broken and deleted while no operator runs, so that the one that comes has nothing in memory that would help it.
Each case ends deleted or says within 30 s exactly why not, heals when the cause is gone, and `deletionTimeout` ends it
when nobody comes, with a record of what it left behind.
"""

import json
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import pytest
from tests.e2e.conftest import (
    OPERATOR_NAMESPACE,
    NewTeam,
    allowed,
    chosen,
    kube_api,
    new_team,
    operator_kubeconfig,
    simulator,
    team,
)
from tests.e2e.deletion_cases import (
    CASES,
    Case,
    account_path,
    make_account,
    namespace_path,
    put_the_secret_back,
    remove_the_account,
    remove_the_secret,
    secret_path,
    token_of,
)
from tests.e2e_errors.failures import ask_again
from tests.support.cluster import Cluster, Kubectl
from tests.support.kube_api import Object
from tests.support.operator import OperatorProcess
from tests.support.team import Team, condition, ready
from tests.support.vendors import at_each, vendors

from inference_operator.api.names import FINALIZER
from inference_operator.localcluster import LocalCluster
from inference_operator.simulator import Simulator

pytestmark = pytest.mark.proof


__all__ = ["kube_api", "new_team", "operator_kubeconfig", "simulator", "team"]

LEDGER = f"/api/v1/namespaces/{OPERATOR_NAMESPACE}/configmaps/inference-operator-orphans"
RELEASED = "iop1-released"
TIMED = "-timed"
"""Ends the name of the resource that is broken in the same way and has a deletionTimeout of a second."""

Chosen = Callable[[Case], bool]


@pytest.fixture(scope="session")
def operator(
    operator_kubeconfig: Path, simulator: Simulator, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[OperatorProcess]:
    """An operator that does not wait long for an answer."""
    flags = (*allowed(simulator), "--provider-timeout=1")
    with OperatorProcess(operator_kubeconfig, tmp_path_factory.mktemp("operator"), flags=flags).at_work() as process:
        yield process


@dataclass(frozen=True)
class Story:
    """What was seen. `waiting`: the resources with their reasons. `held`: remote endpoints and DELETEs until then.

    `at_end`: the remote endpoints when all resources were gone. `ledger`: the orphans of the team, by resource.
    """

    team: Team
    waiting: Mapping[str, Object]
    held: Mapping[str, Object]
    at_end: Mapping[str, Object]
    ledger: Mapping[str, Object]


@pytest.fixture(scope="module")
def story(request: pytest.FixtureRequest, new_team: NewTeam, operator: OperatorProcess) -> Iterator[Story]:
    """Each case with a resource and an account of its own; each that waits once more, with a deletionTimeout."""
    with new_team(chosen(request)) as team:
        _begin(team)
        operator.stop()
        for name, case in _names(team):
            case.ruin(team, name)
            team.delete(name)
            case.afterwards(team, name)
        operator.start()
        try:
            waiting = _await_reasons(team)
            held = team.remotes()
        finally:
            for case in _cases(team, _waits):
                case.mend(team, case.id)
        for case in _cases(team, _waits):
            if case.asks:
                _ask_again(team, case.id)
        team.until(lambda: not team.endpoints(), lambda: f"{_left(team)} are gone", timeout=30)
        team.until(lambda: len(_told(team)) == len(_cases(team, _is_timed)), "all that is let go of is told")
        yield Story(team, waiting, held, team.remotes(), orphans(team))
        forget(team)


def _ask_again(team: Team, name: str) -> None:
    """What a person does who does not care to wait; it may go by itself at that very moment."""
    try:
        ask_again(team, name, "now")
    except AssertionError:
        assert team.find(name) is None


def _told(team: Team) -> list[Object]:
    return [one for one in team.events() if one["reason"] == "Orphaned"]


def _any(case: Case) -> bool:
    return True


def _waits(case: Case) -> bool:
    return case.waits


def _is_timed(case: Case) -> bool:
    return case.waits and case.timeout_applies


def _cases(team: Team, chosen: Chosen = _any) -> list[Case]:
    return [case for case in CASES if chosen(case) and team.vendor.key not in case.unless]


def _names(team: Team) -> list[tuple[str, Case]]:
    timed = [(case.id + TIMED, case) for case in _cases(team, _is_timed)]
    return [(case.id, case) for case in _cases(team)] + timed


def _begin(team: Team) -> None:
    for name, case in _names(team):
        put_the_secret_back(team, name)
        spec = dict(case.spec) | team.block(case.block(team))
        if case.own_account:
            make_account(team, name)
            spec["accountRef"] = {"name": name}
        if name.endswith(TIMED):
            spec["deletionTimeout"] = "1s"
        team.apply(team.manifest(name, **spec))
    team.wait_all([name for name, _ in _names(team)], ready)


def _await_reasons(team: Team) -> Mapping[str, Object]:
    stays, began = {case.id: case for case in _cases(team, _waits)}, time.monotonic()

    def in_place(obj: Object) -> bool:
        said, case = condition(obj, "Ready"), stays[obj["metadata"]["name"]]
        if said is None or said["reason"] != case.reason:
            return False
        # A machine under load may have it say at first that no answer came in time. What stays so is its test's matter.
        return _says_all(team, case, said["message"]) or time.monotonic() - began > 20

    waiting = team.wait_all(stays, in_place, timeout=30)

    def going() -> list[str]:
        return sorted(_left(team) - stays.keys())

    team.until(lambda: not going(), lambda: f"{going()} are gone", timeout=30)
    return waiting


def _says_all(team: Team, case: Case, message: str) -> bool:
    return all(part in message for part in case.said_to(team))


def _left(team: Team) -> set[str]:
    return {obj["metadata"]["name"] for obj in team.endpoints()}


def _is_empty(team: Team) -> bool:
    """Whether nothing of ours keeps the namespace; Kubernetes takes its time for the rest."""
    return not team.endpoints() and team.api.get(account_path(team, team.vendor.account_name)) is None


def orphans(team: Team) -> dict[str, Object]:
    """What the ledger says of a team's resources, by their names."""
    entries = [json.loads(text) for text in ((team.api.get(LEDGER) or {}).get("data") or {}).values()]
    return {entry["name"]: entry for entry in entries if entry["namespace"] == team.namespace}


def forget(team: Team) -> None:
    """Take a team's orphans out of the ledger, which all tests of a cluster share."""
    data = (team.api.get(LEDGER) or {}).get("data") or {}
    mine = {key: None for key, text in data.items() if json.loads(text)["namespace"] == team.namespace}
    if mine:
        team.api.patch(LEDGER, {"data": mine})


def _deleted(team: Team, name: str) -> int:
    return len([one for one in team.requests("delete", name=name) if one.status == 200])


def _of(chosen: Chosen) -> pytest.MarkDecorator:
    """Each case at each provider where it can exist."""
    return pytest.mark.parametrize(
        ("story", "case"),
        # Copies: pytest would bring together what is of the same case, and tell each story again and again.
        [
            pytest.param(key, replace(case), id=f"{case.id}-{key}")
            for case in filter(chosen, CASES)
            for key in vendors(case.unless)
        ],
        indirect=["story"],
        scope="module",
    )


@_of(_waits)
def test_it_says_exactly_why_it_waits_and_what_to_do(story: Story, case: Case) -> None:
    obj = story.waiting[case.id]
    said, progress = condition(obj, "Ready"), condition(obj, "Stalled") or condition(obj, "Reconciling")

    assert said is not None
    assert progress is not None
    assert (said["status"], said["reason"]) == ("False", case.reason)
    assert [part for part in case.said_to(story.team) if part not in said["message"]] == [], said["message"]
    assert (progress["reason"], progress["message"]) == (said["reason"], said["message"])
    assert FINALIZER in obj["metadata"]["finalizers"]
    assert case.id in story.held, "the remote endpoint is there while the resource is"


@_of(_any)
def test_it_ends_once_nothing_stands_in_the_way(story: Story, case: Case) -> None:
    assert story.team.find(case.id) is None
    assert (case.id in story.at_end) == case.stays
    assert _deleted(story.team, case.id) == case.deletes
    assert case.id not in story.ledger


@_of(_is_timed)
def test_after_its_timeout_it_is_let_go_of_and_on_record(story: Story, case: Case) -> None:
    name = case.id + TIMED
    (event,) = [one for one in _told(story.team) if one["regarding"]["name"] == name]
    entry = story.ledger[name]

    assert story.team.find(name) is None
    assert entry["reason"] == case.reason
    assert entry["remoteRef"]["name"] == name
    assert event["type"] == "Warning"
    assert entry["message"].rstrip("…") in event["note"]
    assert "may be billed on" in event["note"]
    assert (story.team.vendor.labels(story.at_end[name]) == [RELEASED]) == case.frees
    assert _deleted(story.team, name) == 0


@at_each("story")
def test_what_is_not_ours_is_as_it_was(story: Story) -> None:
    for name in ("another-incarnation", "anothers-marker", "observed"):
        assert [one.operation for one in story.team.writes(name) if one.operation != "create"] == [], name
    assert story.team.vendor.labels(story.at_end["another-incarnation"]) == ["theirs"]


@at_each("story")
def test_no_token_is_in_the_ledger(story: Story) -> None:
    assert token_of(story.team, "") not in json.dumps(dict(story.ledger))


@at_each(unless={"huggingFace": "a read by name tells all: the matrix has it"})
def test_where_only_a_list_tells_that_nothing_is_left_it_is_waited_for(team: Team) -> None:
    team.create("chat")
    team.fail("list", token=team.vendor.token, status=503)
    team.delete("chat")
    team.until(lambda: not team.remotes(), "it is deleted")
    waits = team.wait("chat", lambda obj: (condition(obj, "Ready") or {}).get("reason") == "ProviderUnavailable")
    assert "503" in str(condition(waits, "Ready"))

    team.sim.faults.clear()
    ask_again(team, "chat", "now")
    team.wait_gone("chat")


@at_each()
def test_an_operator_that_was_there_needs_neither_secret_nor_account_any_more(team: Team) -> None:
    for name in ("no-secret", "no-account"):
        put_the_secret_back(team, name)
        make_account(team, name)
        team.apply(team.manifest(name, accountRef={"name": name}))
    team.wait_all(["no-secret", "no-account"], ready)
    remove_the_secret(team, "no-secret")
    remove_the_account(team, "no-account")
    team.until(lambda: team.api.get(account_path(team, "no-account")) is None, "the account is gone")
    team.await_polls(2)

    team.delete("no-secret")
    team.delete("no-account")
    team.until(lambda: not team.endpoints(), "both are gone")
    assert team.remotes() == {}


@at_each()
def test_what_never_created_anything_needs_no_credentials(team: Team, operator: OperatorProcess) -> None:
    team.sim.tokens.revoke(token_of(team, "never"))
    put_the_secret_back(team, "never")
    make_account(team, "never")
    team.apply(team.manifest("never", accountRef={"name": "never"}))
    team.wait("never", lambda obj: (condition(obj, "Ready") or {}).get("reason") == "AccountNotReady")
    team.forget_requests()

    team.delete("never")
    assert team.find("never") is None
    assert team.writes() == []


@at_each()
def test_a_namespace_goes_with_all_that_is_in_it_or_says_why_until_the_timeout(
    team: Team, operator: OperatorProcess, kubectl: Kubectl, simulator: Simulator
) -> None:
    other = Team(api=team.api, kubectl=kubectl, simulator=simulator, log=operator.tail, provider=team.vendor.key)
    other.settle_in()
    for one in (team, other):
        one.create("chat")
    team.api.delete(namespace_path(team))
    team.until(lambda: not team.remotes(), "the remote endpoint went with its namespace")

    operator.stop()
    team.api.delete(namespace_path(other))
    other.until(lambda: other.api.get(secret_path(other, other.vendor.account_name)) is None, "the Secret is gone")
    operator.start()
    other.wait("chat", lambda obj: (condition(obj, "Ready") or {}).get("reason") == "CredentialsLost", timeout=30)
    other.patch("chat", {"spec": {"deletionTimeout": "1s"}})
    for one in (team, other):
        one.until(partial(_is_empty, one), "endpoint and account are gone")
    assert orphans(other)["chat"]["reason"] == "CredentialsLost"
    assert "chat" in other.remotes()
    forget(other)


@at_each()
def test_a_deletion_goes_on_when_the_api_server_was_away(
    team: Team, cluster: Cluster, operator: OperatorProcess
) -> None:
    if not isinstance(cluster, LocalCluster):
        pytest.skip("restarts the API server, which only a cluster of its own allows")
    team.create("chat")
    team.sim.knobs.delete_linger = 1.0
    team.delete("chat")
    team.until(lambda: team.requests("delete"), "DELETE was sent")

    cluster.restart_apiserver()
    team.wait_gone("chat", timeout=30)
    assert team.remotes() == {}
    assert _deleted(team, "chat") <= 2
    # kopf logs each attempt that failed with its traceback, which the team's end would take for a stumble of ours.
    assert "unexpected error" not in operator.log
    operator.log_path.write_text("")
