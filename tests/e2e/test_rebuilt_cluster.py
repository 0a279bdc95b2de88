"""A cluster that was lost and rebuilt takes its endpoints back: nothing is sent but the markers, nothing restarts.

I1 and I2, where Kubernetes forgot everything and the provider nothing.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.support.kube_api import Object
from tests.support.site import Site, backup, new_site
from tests.support.team import Team, ready, says

from inference_operator.simulator import Simulator

SAME = "--cluster-id=production"
TESTS = 3
NAMES = ("paused", "running", "zero")
_REST = {"compute": {"scaling": {"minReplica": 0, "scaleToZeroTimeout": 15}}}


@pytest.fixture(scope="module")
def rebuilt(simulator: Simulator, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The new cluster, empty but for what is installed everywhere; the tests use a namespace of it each."""
    with new_site(simulator, tmp_path_factory.mktemp("rebuilt")) as site:
        site.operator(SAME).launch()
        yield site


@pytest.fixture(scope="module")
def old(simulator: Simulator, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Iterator[Team]]:
    """Teams with endpoints in a cluster that nobody will come back to. Its operator has died with it."""
    simulator.huggingface.reset()
    with new_site(simulator, tmp_path_factory.mktemp("old")) as site:
        operator = site.operator(SAME).launch()
        teams = [site.team() for _ in range(TESTS)]
        for team in teams:
            team.apply(*_manifests(team))
        for team in teams:
            team.wait_all(NAMES, ready)
        operator.kill_holding()
        yield iter(teams)


@pytest.fixture
def lost(old: Iterator[Team]) -> Team:
    """The team of one test."""
    team = next(old)
    team.forget_requests()
    return team


def _manifests(team: Team) -> list[Object]:
    """What is in Git."""
    return [
        team.manifest("running", state="running"),
        team.manifest("paused", state="paused"),
        team.manifest("zero", state="scaledToZero", huggingFace=_REST),
    ]


def _life(remote: Object) -> tuple[object, ...]:
    return (remote["status"]["state"], remote["status"]["createdAt"], remote["compute"], remote["model"])


def _taken_back(new: Team, before: dict[str, Object]) -> None:
    """All are Ready in the new cluster, with the new markers, and nothing else was done to them."""
    new.wait_all(NAMES, ready)
    new.until(lambda: len(new.puts()) == len(NAMES), "each gets its new marker")
    new.await_polls(3)
    now = new.remotes()
    assert {name: _life(one) for name, one in now.items()} == {name: _life(one) for name, one in before.items()}
    assert [name for name in NAMES if now[name]["tags"] == before[name]["tags"]] == []
    assert [request.operation for request in new.writes()] == ["update"] * len(NAMES)
    assert all(set(put.body) == {"tags"} for put in new.puts())
    assert all("createdAt" in obj["status"]["remoteRef"] for obj in new.endpoints())


@pytest.mark.proof
def test_from_git_alone(lost: Team, rebuilt: Site) -> None:
    before, new = lost.remotes(), rebuilt.team(lost.namespace)
    new.apply(*_manifests(new))
    _taken_back(new, before)

    new.edit("running", compute={"scaling": {"maxReplica": 3}})
    new.until(lambda: new.remote("running")["compute"]["scaling"]["maxReplica"] == 3, "the next edit arrives")
    for name in NAMES:
        new.delete(name)
    for name in NAMES:
        new.wait_gone(name)
    assert new.remotes() == {}


@pytest.mark.proof
def test_from_a_backup_with_status_and_finalizers(lost: Team, rebuilt: Site) -> None:
    before, saved = lost.remotes(), backup(lost.endpoints())
    new = rebuilt.team(lost.namespace)
    for obj in saved:
        status = obj.pop("status")
        new.api.create(new.path(), obj)
        new.patch(obj["metadata"]["name"], {"status": status}, subresource="status")
    _taken_back(new, before)
    assert {obj["metadata"]["uid"] for obj in new.endpoints()}.isdisjoint(_uids(lost))


@pytest.mark.proof
def test_with_another_cluster_id_nothing_is_taken_and_the_holder_is_named(
    lost: Team, simulator: Simulator, tmp_path: Path
) -> None:
    with new_site(simulator, tmp_path / "other") as site:
        site.operator("--cluster-id=another").launch()
        new = site.team(lost.namespace)
        new.apply(*_manifests(new))
        new.wait_all(NAMES, says("Ready", "False", "OwnershipConflict"))
        said = new.condition("running", "Ready")
        assert said is not None
        assert "belongs to another cluster" in said["message"]
        assert new.writes() == []


def _uids(team: Team) -> set[str]:
    return {obj["metadata"]["uid"] for obj in team.endpoints()}
