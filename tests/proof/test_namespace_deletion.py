"""Deleting whole namespaces, time after time, and while the operator's rights in others are gone already (I7, I9)."""

from collections.abc import Iterator

import pytest
from tests.e2e.test_namespace_deletion import (
    admit,
    binding,
    delete_namespace,
    fill,
    restrict,
    restricted_operator,
)
from tests.support.site import Site, new_site
from tests.support.team import ready

from inference_operator.api.names import FINALIZER
from inference_operator.simulator import Simulator

RUNS = 5

pytestmark = pytest.mark.proof


@pytest.fixture
def site(simulator: Simulator, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A cluster of one test."""
    simulator.huggingface.reset()
    with new_site(simulator, tmp_path_factory.mktemp("site")) as site:
        yield site


@pytest.mark.timeout(400)
def test_each_time_with_rights_in_the_whole_cluster(site: Site) -> None:
    operator = site.operator().start()
    for _ in range(RUNS):
        team = site.team()
        fill(team)
        delete_namespace(team)
    operator.stop()


@pytest.mark.timeout(600)
def test_each_time_with_rights_that_go_with_the_namespace(site: Site) -> None:
    """The first namespace is gone when the operator is started again: the others are served all the same."""
    restrict(site)
    teams = [site.team() for _ in range(RUNS)]
    for team in teams:
        admit(site, team)
    operator = restricted_operator(site, *teams).start()
    for number, team in enumerate(teams):
        fill(team)
        delete_namespace(team)
        if number == 0:
            operator.restart()
    assert operator.running
    operator.stop()


def test_the_binding_that_is_deleted_by_itself_waits_for_the_last_endpoint(site: Site) -> None:
    restrict(site)
    team = site.team()
    admit(site, team)
    operator = restricted_operator(site, team).start()
    team.create("chat")
    team.kubectl("delete", "rolebinding", "inference-operator", "--wait=false")
    operator.restart()
    team.edit("chat", compute={"scaling": {"maxReplica": 4}})
    team.wait("chat", ready)
    assert FINALIZER in team.get("chat")["metadata"]["finalizers"]

    team.delete("chat")
    team.wait_gone("chat")
    team.until(lambda: binding(team) is None, "the RoleBinding is gone", timeout=30)
    assert team.remotes() == {}
    operator.stop()
