"""A cluster account caps what the endpoints that use it may take over, whatever they ask for themselves."""

from collections.abc import Iterable
from itertools import product
from typing import Any

import pytest
from tests.e2e import claims
from tests.e2e.conftest import OPERATOR_NAMESPACE
from tests.support.team import Team, ready, says
from tests.support.vendors import Vendor, at_each

from inference_operator.api import names

pytestmark = pytest.mark.proof

CAPS = {
    # the account's maxAdoptionPolicy, what comes of an endpoint of nobody, and of one of another cluster
    "absent": (None, "AlreadyExists", "OwnershipConflict"),
    "unowned": ("IfUnowned", None, "OwnershipConflict"),
    "always": ("Always", None, None),
}


@at_each()
def test_a_cluster_account_caps_what_its_endpoints_may_take(team: Team) -> None:
    for cap, (mark, labels) in product(CAPS, (("nobodys", ()), ("theirs", (claims.elsewhere(),)))):
        team.vendor.create(f"{cap}-{mark}", "alice", **team.vendor.labelled(*labels))
    team.await_polls()
    made = {cap: _cluster_account(team, cap, most) for cap, (most, *_) in CAPS.items()}
    try:
        for cap, mark in product(CAPS, ("nobodys", "theirs")):
            reference = {"kind": names.CLUSTER_ACCOUNT_KIND, "name": made[cap]}
            team.apply(team.manifest(f"{cap}-{mark}", adoptionPolicy="Always", accountRef=reference))
        for cap, (_, of_nobody, of_another) in CAPS.items():
            for mark, refusal in (("nobodys", of_nobody), ("theirs", of_another)):
                team.wait(f"{cap}-{mark}", says("Ready", "False", refusal) if refusal else ready)
        team.await_polls(2)
        assert {team.vendor.about(one) for one in team.writes()} == _marked(team.vendor)
        team.api.delete(team.path())
        team.until(lambda: not team.endpoints(), "all are gone")
    finally:
        for name in made.values():
            team.api.delete(f"{_CLUSTER_ACCOUNTS}/{name}")
        team.until(lambda: not _remaining(team, made.values()), "the accounts are gone")
        team.api.delete(f"{_OPERATORS_SECRETS}/{team.namespace}")


def _marked(vendor: Vendor) -> set[str]:
    """Those that are taken, and marked at once."""
    return {"always-theirs"} | ({"unowned-nobodys", "always-nobodys"} if vendor.marks_alone else set())


def _remaining(team: Team, accounts: Iterable[str]) -> list[str]:
    return [name for name in accounts if team.api.get(f"{_CLUSTER_ACCOUNTS}/{name}")]


_CLUSTER_ACCOUNTS = f"/apis/{names.API_VERSION}/clusterinferenceaccounts"
_OPERATORS_SECRETS = f"/api/v1/namespaces/{OPERATOR_NAMESPACE}/secrets"


def _cluster_account(team: Team, cap: str, most: str | None) -> str:
    secret = {"apiVersion": "v1", "kind": "Secret", "stringData": team.vendor.credentials(team.vendor.token)}
    team.api.apply(f"{_OPERATORS_SECRETS}/{team.namespace}", {**secret, "metadata": {"name": team.namespace}})
    name = f"{team.namespace}-{cap}"
    spec: dict[str, Any] = {
        team.vendor.key: team.vendor.account(team.namespace),
        "pollInterval": "1s",
        "allowedNamespaces": {"names": [team.namespace]},
    }
    account = {
        "apiVersion": names.API_VERSION,
        "kind": names.CLUSTER_ACCOUNT_KIND,
        "metadata": {"name": name},
        "spec": spec | ({"maxAdoptionPolicy": most} if most else {}),
    }
    team.api.apply(f"{_CLUSTER_ACCOUNTS}/{name}", account)
    return name
