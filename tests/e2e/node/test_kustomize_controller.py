"""The real kustomize-controller takes the sample through create, edit and delete, by the Kustomization that we ship."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from tests.api.manifests import changed
from tests.gitops.kustomize_controller import NAMESPACE, Artifacts, Flux, applied, controller, failed
from tests.gitops.programs import render_flux_crds
from tests.support.cluster import Cluster, Kubectl
from tests.support.kube_api import KubeApi, Object
from tests.support.team import Predicate, Team, condition, ready, says

from inference_operator.api.names import FIELD_MANAGER

SAMPLE = Path(__file__).parents[3] / "deploy" / "samples" / "endpoint.yaml"
NAME = "sentiment"
OTHER: Object = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "other"}}

pytestmark = pytest.mark.timeout(1200)


@pytest.fixture(scope="module")
def artifacts(installed: Cluster, kubectl: Kubectl, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Artifacts]:
    """Flux's kinds and the controller, with artifacts to apply."""
    directory = tmp_path_factory.mktemp("flux")
    crds = directory / "crds"
    crds.mkdir()
    render_flux_crds(crds)
    kubectl.install(crds)
    kubectl.run("create", "namespace", NAMESPACE)
    with Artifacts().served() as served, controller(installed.kubeconfig, directory / "log"):
        yield served


@pytest.fixture
def flux(artifacts: Artifacts, kube_api: KubeApi, team: Team) -> Iterator[Flux]:
    flux = Flux(kube_api, artifacts, team.namespace)
    yield flux
    flux.tear_down()


@pytest.fixture
def sample() -> Object:
    found: Object = yaml.safe_load(SAMPLE.read_text())
    return found


def _files(*endpoints: Object) -> dict[str, str]:
    """A folder in Git, with something in it that stays."""
    files = {f"{one['metadata']['name']}.yaml": yaml.safe_dump(one) for one in (OTHER, *endpoints)}
    return {**files, "kustomization.yaml": yaml.safe_dump({"resources": sorted(files)})}


def _wait(team: Team, flux: Flux, predicate: Predicate) -> None:
    team.until(
        lambda: predicate(flux.kustomization()),
        lambda: json.dumps(flux.kustomization().get("status"), indent=1),
        timeout=60,
    )


def test_the_sample_is_created_edited_and_pruned(team: Team, flux: Flux, sample: Object) -> None:
    _wait(team, flux, applied(flux.set_up(_files(sample))))
    created = team.get(NAME)
    assert ready(created), "the Kustomization is done when the endpoint is"
    managers = {one["manager"] for one in created["metadata"]["managedFields"]}
    assert managers == {"kustomize-controller", FIELD_MANAGER}

    team.await_polls()
    before = team.get(NAME)["metadata"]["resourceVersion"]
    flux.ask("again")
    _wait(team, flux, lambda obj: obj["status"].get("lastHandledReconcileAt") == "again")
    assert team.get(NAME)["metadata"]["resourceVersion"] == before

    edited = changed(sample, {"spec": {"huggingFace": {"compute": {"scaling": {"maxReplica": 3}}}}})
    _wait(team, flux, applied(flux.commit(_files(edited))))
    assert team.remote(NAME)["compute"]["scaling"]["maxReplica"] == 3

    _wait(team, flux, applied(flux.commit(_files())))
    team.wait_gone(NAME)
    assert team.remotes() == {}
    assert [one.operation for one in team.writes()] == ["create", "update", "delete"]


def test_what_needs_a_person_fails_the_kustomization_and_its_correction_mends_it(
    team: Team, flux: Flux, sample: Object
) -> None:
    wrong = changed(sample, {"spec": {"huggingFace": {"compute": {"instanceType": "abacus"}}}})
    _wait(team, flux, failed(flux.set_up(_files(wrong))))
    assert says("Stalled", "True", "HardwareUnknown")(team.get(NAME))

    _wait(team, flux, applied(flux.commit(_files(sample))))
    assert ready(team.get(NAME))
    assert condition(team.get(NAME), "Stalled") is None
