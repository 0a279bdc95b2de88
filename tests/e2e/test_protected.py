"""spec.deletionProtection, with the operator at work: whatever is deleted in Kubernetes, the remote endpoint stays."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.support.site import ROOT, Site, new_site
from tests.support.supervisor import Supervisor
from tests.support.team import Team, ready, says

from inference_operator.api.names import FINALIZER
from inference_operator.simulator import Simulator

CRD = "inferenceendpoints.inference-operator.dev"
SHORT = "--lease-duration=3"
_IN_FORCE_WITHIN = 30
PROTECTED: dict[str, Any] = {"deletionProtection": True}


@pytest.fixture
def guarded(team: Team) -> Iterator[Team]:
    """A team with a protected endpoint, once the policies know of it. At last nothing is protected, to move out."""
    team.create("guarded", **PROTECTED)
    team.until(lambda: _refused(team, "ie", "guarded", "--dry-run=server"), "the policy is in force", _IN_FORCE_WITHIN)
    team.until(lambda: _refused(team, "ns", team.namespace, "--dry-run=server"), "the other is too", _IN_FORCE_WITHIN)
    team.forget_requests()
    yield team
    for obj in team.endpoints():
        team.patch(obj["metadata"]["name"], {"spec": {"deletionProtection": False}})
    team.until(lambda: not _refused(team, "ns", team.namespace, "--dry-run=server"), "nothing is protected any more")


def _refused(team: Team, *what: str) -> bool:
    done = team.kubectl("delete", *what, "--wait=false", check=False)
    return done.returncode != 0 and "spec.deletionProtection is true" in done.stderr


def _alive(team: Team, name: str) -> bool:
    return ready(team.get(name)) and "deletionTimestamp" not in team.get(name)["metadata"] and name in team.remotes()


def test_kubectl_delete_of_the_endpoint_loses_nothing(guarded: Team) -> None:
    before = guarded.remotes()
    assert _refused(guarded, "ie", "guarded")
    assert _refused(guarded, "ie", "--all")
    guarded.await_polls()
    assert _alive(guarded, "guarded")
    assert (guarded.remotes(), guarded.writes()) == (before, [])


def test_kubectl_delete_of_the_namespace_loses_nothing(guarded: Team) -> None:
    guarded.create("open")
    guarded.forget_requests()
    before = guarded.remotes()
    assert _refused(guarded, "ns", guarded.namespace)
    guarded.await_polls()
    assert _alive(guarded, "guarded")
    assert _alive(guarded, "open")
    assert (guarded.remotes(), guarded.writes()) == (before, [])
    secret = guarded.api.get(f"/api/v1/namespaces/{guarded.namespace}/secrets/hf")
    assert secret is not None, "the token is still there"
    assert "deletionTimestamp" not in secret["metadata"]

    # It goes on living, not only existing.
    guarded.edit("guarded", tags=["edited"])
    guarded.until(lambda: "edited" in guarded.remote("guarded")["tags"], "the edit arrives")


def test_with_protection_off_it_is_deleted_with_its_remote(guarded: Team) -> None:
    guarded.patch("guarded", {"spec": {"deletionProtection": False}})
    guarded.until(lambda: not _refused(guarded, "ie", "guarded"), "the policy lets it go")
    guarded.wait_gone("guarded")
    assert guarded.remotes() == {}


@pytest.fixture
def site(simulator: Simulator, tmp_path: Path) -> Iterator[Site]:
    """A cluster whose CRDs may be removed."""
    simulator.huggingface.reset()
    with new_site(simulator, tmp_path / "site") as site:
        yield site


@pytest.mark.proof
def test_removal_of_the_crd_leaves_the_remote_untouched_until_protection_is_off(site: Site) -> None:
    site.operator().launch()
    team = site.team()
    team.create("guarded", **PROTECTED)
    team.create("open")
    team.forget_requests()
    before = team.remotes()

    site.kubectl.run("delete", "crd", CRD, "--wait=false")
    team.wait("guarded", lambda obj: "deletionTimestamp" in obj["metadata"])
    team.wait("guarded", says("Stalled", "True", "DeletionProtected"))
    team.wait_gone("open")
    team.await_polls(3)
    assert team.remotes() == {"guarded": before["guarded"]}
    assert [request.name for request in team.writes()] == ["open"]
    assert FINALIZER in team.get("guarded")["metadata"]["finalizers"]

    # Whoever wants it back applies the manifest to the CRD anew, once the old objects are let go without their remotes.
    team.patch("guarded", {"spec": {"deletionPolicy": "Orphan", "deletionProtection": False}})
    site.kubectl.run("wait", f"crd/{CRD}", "--for=delete", "--timeout=60s", timeout=90)
    assert list(team.remotes()) == ["guarded"]
    assert team.requests("delete", name="guarded") == []
    assert _now(team.remotes()["guarded"]) == _now(before["guarded"])


@pytest.mark.proof
def test_the_crd_comes_back_and_so_does_the_endpoint(site: Site) -> None:
    """Without its kind there is nothing to watch: the operator ends, and starts again until there is."""
    with Supervisor(site.operator(SHORT)) as supervisor:
        team = site.team()
        manifest = team.manifest("guarded", deletionPolicy="Orphan", adoptionPolicy="IfUnowned")
        team.apply(manifest)
        team.wait("guarded", ready)
        before = _now(team.remote("guarded"))
        site.kubectl.run("delete", "crd", CRD, timeout=90)
        team.until(lambda: supervisor.restarts, "the operator ends", timeout=60)

        site.kubectl.install(ROOT / "crds")
        team.apply(manifest)
        team.wait("guarded", ready, timeout=90)
        assert _now(team.remote("guarded")) == before
        assert len(team.posts()) == 1


def _now(remote: dict[str, Any]) -> tuple[Any, ...]:
    return (remote["status"]["state"], remote["status"]["createdAt"], remote["compute"], remote["model"])
