"""A namespace is deleted with endpoints, account and Secret in it: it ends, and nothing is left at the provider (I7).

In both modes: with rights in the whole cluster, and with `run --namespace` and rights by RoleBindings alone, which go
with the namespace. The cluster has Kubernetes' own namespace controller, which deletes in an order of its own.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.support.operator import OperatorProcess
from tests.support.site import ROOT, Site, new_site
from tests.support.team import Team, ready

from inference_operator.api.names import IN_USE_FINALIZER
from inference_operator.simulator import Simulator

pytestmark = pytest.mark.proof


ENDPOINTS = 20
SECONDS = 60
"""Within which a namespace that is deleted has to end."""

NAMESPACED = ROOT / "deploy" / "namespaced"
_RBAC = "/apis/rbac.authorization.k8s.io/v1"


@pytest.fixture(scope="module")
def site(simulator: Simulator, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A cluster whose operator has no rights but by RoleBindings."""
    with new_site(simulator, tmp_path_factory.mktemp("site")) as site:
        restrict(site)
        yield site


def restrict(site: Site) -> None:
    """Take the operator's rights in the whole cluster, and give it those of deploy/namespaced."""
    site.kubectl.run("delete", "clusterrolebinding", "inference-operator")
    site.kubectl.run("apply", f"--filename={NAMESPACED / 'operator'}")


def admit(site: Site, team: Team) -> None:
    """Give the operator its rights in a team's namespace."""
    site.kubectl.run("apply", f"--namespace={team.namespace}", f"--filename={NAMESPACED / 'tenant'}")


def restricted_operator(site: Site, *teams: Team) -> OperatorProcess:
    """An operator for these teams alone."""
    return site.operator(*(f"--namespace={team.namespace}" for team in teams), "--cluster-id=tenants")


def fill(team: Team, count: int = ENDPOINTS) -> None:
    """Create endpoints, and return once all are ready."""
    created = [f"chat-{number}" for number in range(count)]
    team.apply(*(team.manifest(name) for name in created))
    team.wait_all(created, ready)
    assert len(team.remotes()) == count


def delete_namespace(team: Team) -> None:
    """Delete it, and see that it ends with all that was made from it."""
    made = len(team.remotes())
    team.forget_requests()
    namespace = f"/api/v1/namespaces/{team.namespace}"
    team.api.delete(namespace)
    team.until(lambda: team.api.get(namespace) is None, lambda: _what_keeps(team), timeout=SECONDS)
    assert team.remotes() == {}
    assert len([one for one in team.requests("delete") if one.status == 200]) == made


def binding(team: Team) -> dict[str, Any] | None:
    """The RoleBinding of the operator, None where it is gone."""
    return team.api.get(f"{_RBAC}/namespaces/{team.namespace}/rolebindings/inference-operator")


def held(team: Team) -> bool:
    """Whether the operator holds its RoleBinding."""
    return IN_USE_FINALIZER in ((binding(team) or {"metadata": {}})["metadata"].get("finalizers") or ())


def _what_keeps(team: Team) -> str:
    found = team.api.get(f"/api/v1/namespaces/{team.namespace}") or {}
    said = [one["message"] for one in (found.get("status") or {}).get("conditions", ()) if one["status"] == "True"]
    return f"the namespace ends: {said}"


def test_it_ends_where_the_operator_has_rights_in_the_whole_cluster(team: Team) -> None:
    fill(team)
    delete_namespace(team)


def test_it_ends_where_the_operators_rights_go_with_it(site: Site) -> None:
    team, other = site.team(), site.team()
    for one in (team, other):
        admit(site, one)
    operator = restricted_operator(site, team, other).start()
    assert not held(team)
    fill(team)
    other.create("stays")
    assert held(team)

    delete_namespace(team)

    other.edit("stays", compute={"scaling": {"maxReplica": 3}})
    other.wait("stays", lambda obj: ready(obj) and other.remote("stays")["compute"]["scaling"]["maxReplica"] == 3)
    other.delete("stays")
    other.wait_gone("stays")
    other.until(lambda: not held(other), "the RoleBinding is let go where nothing is held")
    operator.stop()


def test_the_rights_in_a_namespace_are_those_of_the_whole_cluster_as_far_as_they_reach() -> None:
    everywhere = _rules(ROOT / "deploy" / "rbac" / "clusterrole.yaml")
    here = _rules(NAMESPACED / "operator" / "clusterrole.yaml")
    of_the_cluster = {"clusterinferenceaccounts", "clusterinferenceaccounts/status", "namespaces"}
    of_the_cluster |= {"customresourcedefinitions"}

    assert here - everywhere == {
        ("get", "rolebindings", "inference-operator"),
        ("patch", "rolebindings", "inference-operator"),
    }
    assert {resource for _, resource, _ in everywhere - here} == of_the_cluster


def _rules(path: Path) -> set[tuple[str, str, str]]:
    rules = yaml.safe_load(path.read_text())["rules"]
    return {
        (verb, resource, name)
        for rule in rules
        for verb in rule["verbs"]
        for resource in rule["resources"]
        for name in rule.get("resourceNames", [""])
    }


def test_nothing_beside_the_rights_in_its_namespaces_is_given(site: Site) -> None:
    team, stranger = site.team(), site.team()
    admit(site, team)

    def may(verb: str, resource: str, namespace: str) -> bool:
        who = "--as=system:serviceaccount:inference-operator-system:inference-operator"
        asked = site.kubectl.run("auth", "can-i", verb, resource, who, f"--namespace={namespace}", check=False)
        return asked.stdout.strip() == "yes"

    assert may("patch", "rolebindings/inference-operator", team.namespace)
    for verb, resource in (("patch", "rolebindings/theirs"), ("list", "rolebindings"), ("list", "secrets")):
        assert not may(verb, resource, team.namespace)
    for verb, resource in (("get", "secrets/hf"), ("list", "inferenceendpoints"), ("create", "events.events.k8s.io")):
        assert may(verb, resource, team.namespace)
        assert not may(verb, resource, stranger.namespace)
    assert not may("get", "secrets/hf", "inference-operator-system")


def test_without_the_right_to_read_kube_system_the_cluster_id_is_asked_for(site: Site) -> None:
    team = site.team()
    admit(site, team)
    operator = site.operator(f"--namespace={team.namespace}")
    with pytest.raises(AssertionError, match="give --cluster-id"):
        operator.start()
    assert operator.wait() == 1
    assert "Traceback" not in operator.log
