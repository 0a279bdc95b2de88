"""Which account an endpoint names: none, one of another kind, one that it may not use."""

from collections.abc import Iterator

import pytest
from tests.e2e.conftest import OPERATOR_NAMESPACE
from tests.support.operator import OperatorProcess
from tests.support.team import TOKEN, Object, Team, condition, ready, says

from inference_operator.api import names

_CLUSTER_ACCOUNTS = f"/apis/{names.API_VERSION}/clusterinferenceaccounts"
_OPERATORS_SECRETS = f"/api/v1/namespaces/{OPERATOR_NAMESPACE}/secrets"


@pytest.fixture
def cluster_account(team: Team) -> Iterator[Object]:
    """A ClusterInferenceAccount with the name of the team's namespace, which allows no namespace."""
    name = team.namespace
    secret = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name}, "stringData": {"token": TOKEN}}
    account = {
        "apiVersion": names.API_VERSION,
        "kind": names.CLUSTER_ACCOUNT_KIND,
        "metadata": {"name": name},
        "spec": {
            "huggingFace": {
                "namespace": team.namespace,
                "baseURL": team.url,
                "tokenSecretRef": {"name": name, "key": "token"},
            },
            "pollInterval": "1s",
        },
    }
    team.api.apply(f"{_OPERATORS_SECRETS}/{name}", secret)
    yield team.api.apply(f"{_CLUSTER_ACCOUNTS}/{name}", account)
    team.api.delete(team.path())
    team.until(lambda: not team.endpoints(), "all are gone")
    team.api.delete(f"{_CLUSTER_ACCOUNTS}/{name}")
    team.api.delete(f"{_OPERATORS_SECRETS}/{name}")


def _message(obj: Object) -> str:
    found = condition(obj, "Ready")
    assert found is not None
    return str(found["message"])


def test_an_account_is_tried_before_anyone_uses_it(team: Team) -> None:
    def is_ready() -> bool:
        account = team.api.get(f"{team.path('account')}/hf")
        return account is not None and ready(account)

    team.until(is_ready, "the account is Ready")
    assert team.writes() == []


def test_an_account_that_does_not_exist_yet(team: Team) -> None:
    team.apply(team.manifest("sentiment", accountRef={"name": "later"}))
    waiting = team.wait("sentiment", says("Ready", "False", "AccountNotFound"))

    assert "There is no InferenceAccount 'later'. Create it, or name another in spec.accountRef." in _message(waiting)
    assert condition(waiting, "Stalled") is not None
    assert team.writes() == []

    team.account("later")
    team.wait("sentiment", ready)
    assert len(team.posts()) == 1


def test_no_account_named_and_no_default(team: Team) -> None:
    manifest = team.manifest("sentiment")
    del manifest["spec"]["accountRef"]
    team.apply(manifest)
    waiting = team.wait("sentiment", says("Ready", "False", "AccountNotFound"))

    assert "InferenceAccount 'default' or ClusterInferenceAccount 'default'" in _message(waiting)

    team.account("default")
    team.wait("sentiment", ready)


def test_an_account_of_the_same_name_and_another_kind_is_not_taken(team: Team) -> None:
    team.apply(team.manifest("sentiment", accountRef={"name": "hf", "kind": "ClusterInferenceAccount"}))
    waiting = team.wait("sentiment", says("Ready", "False", "AccountNotFound"))

    assert "There is no ClusterInferenceAccount 'hf'" in _message(waiting)
    team.await_polls(2)
    assert team.writes() == []

    team.patch("sentiment", {"spec": {"accountRef": {"kind": "InferenceAccount"}}})
    team.wait("sentiment", ready)


def test_a_cluster_account_that_does_not_allow_the_namespace(team: Team, cluster_account: Object) -> None:
    name = cluster_account["metadata"]["name"]
    team.apply(team.manifest("sentiment", accountRef={"name": name, "kind": names.CLUSTER_ACCOUNT_KIND}))
    refused = team.wait("sentiment", says("Ready", "False", "AccountNotAllowed"))

    assert f"does not allow namespace {team.namespace}" in _message(refused)
    assert "allowedNamespaces" in _message(refused)
    assert condition(refused, "Stalled") is not None
    team.await_polls(2)
    assert team.writes() == []

    team.api.patch(f"{_CLUSTER_ACCOUNTS}/{name}", {"spec": {"allowedNamespaces": {"names": [team.namespace]}}})
    team.wait("sentiment", ready)
    assert len(team.posts()) == 1


def test_a_namespace_that_gets_the_label_which_a_cluster_account_asks_for(team: Team, cluster_account: Object) -> None:
    name = cluster_account["metadata"]["name"]
    team.api.patch(
        f"{_CLUSTER_ACCOUNTS}/{name}",
        {"spec": {"allowedNamespaces": {"selector": {"matchLabels": {"inference": "allowed"}}}}},
    )
    team.apply(team.manifest("sentiment", accountRef={"name": name, "kind": names.CLUSTER_ACCOUNT_KIND}))
    team.wait("sentiment", says("Ready", "False", "AccountNotAllowed"))

    team.api.patch(f"/api/v1/namespaces/{team.namespace}", {"metadata": {"labels": {"inference": "allowed"}}})
    team.wait("sentiment", ready, timeout=15)


def test_a_missing_account_is_said_also_after_another_one_went(team: Team, operator: OperatorProcess) -> None:
    team.account("second")
    operator.restart()
    team.until(lambda: ready(team.api.get(f"{team.path('account')}/second") or {}), "the second account is Ready")
    team.api.delete(f"{team.path('account')}/second")

    team.apply(team.manifest("sentiment", accountRef={"name": "nope"}))

    team.wait("sentiment", says("Ready", "False", "AccountNotFound"))


def test_an_account_in_use_stays_until_its_last_endpoint_is_gone_and_takes_in_no_other(team: Team) -> None:
    team.create("sentiment")
    path = f"{team.path('account')}/hf"
    team.api.delete(path)
    team.until(lambda: "InUse" in str(team.api.get(path)), "the account says why it stays")
    assert says("Ready")(team.get("sentiment"))
    team.apply(team.manifest("late"))
    late = team.wait("late", says("Ready", "False", "AccountNotReady"))
    assert "being deleted" in str(late["status"]["conditions"])

    team.delete("late")
    team.delete("sentiment")
    team.until(lambda: team.api.get(path) is None, "the account is gone")
    assert team.remotes() == {}


def test_an_account_that_was_removed_by_force_and_is_made_again(team: Team) -> None:
    team.create("sentiment")
    account = team.api.get(f"{team.path('account')}/hf")
    team.api.delete(f"{team.path('account')}/hf")
    team.api.patch(f"{team.path('account')}/hf", {"metadata": {"finalizers": None}})
    team.until(lambda: team.api.get(f"{team.path('account')}/hf") is None, "the account is gone")
    gone = team.wait("sentiment", says("Ready", "False", "AccountNotFound"))

    assert account is not None
    assert gone["status"]["remoteRef"]["name"] == "sentiment"
    assert gone["status"]["state"] == "running"

    team.account()
    team.wait("sentiment", ready)
    assert len(team.writes()) == 1


@pytest.mark.parametrize(
    ("wrong", "reason", "says_what"),
    [
        ({"baseURL": "https://elsewhere.example.com"}, "BaseURLNotAllowed", "--allow-base-url"),
        ({"namespace": "somebody-elses"}, "CredentialsInvalid", "401"),
    ],
    ids=["address", "namespace"],
)
def test_an_account_that_was_never_right_can_be_corrected(
    team: Team, wrong: dict[str, str], reason: str, says_what: str
) -> None:
    team.sim.tokens.add("hf_corrected0123", namespaces=[team.namespace])
    team.secret("wrong", token="hf_corrected0123")
    team.account("wrong", huggingFace={"tokenSecretRef": {"name": "wrong"}, **wrong})
    team.apply(team.manifest("sentiment", accountRef={"name": "wrong"}))
    blocked = team.wait("sentiment", lambda obj: "status" in obj and reason in str(condition(obj, "Ready")))
    assert says_what in _message(blocked)
    team.await_polls(3)

    team.account("wrong", huggingFace={"tokenSecretRef": {"name": "wrong"}})
    team.wait("sentiment", ready)
    assert len(team.posts()) == 1
