"""What deploy/argocd and deploy/flux have is accepted by an API server with the CRDs of Argo CD and Flux themselves."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from tests.gitops.programs import application_crd, render_flux_crds
from tests.support.cluster import Kubectl

from inference_operator.localcluster import LocalCluster

DEPLOY = Path(__file__).parents[2] / "deploy"
MANIFESTS = sorted(path for tool in ("argocd", "flux") for path in (DEPLOY / tool).glob("*.yaml"))
NAMESPACES = ("argocd", "flux-system")

pytestmark = [pytest.mark.proof, pytest.mark.timeout(900)]


@pytest.fixture(scope="module")
def kubectl(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kubectl]:
    """An API server that knows the kinds of both tools."""
    crds = tmp_path_factory.mktemp("crds")
    render_flux_crds(crds)
    with LocalCluster.start() as cluster:
        kubectl = Kubectl(cluster.kubeconfig)
        for source in (crds, application_crd()):
            kubectl.install(source)
        for name in NAMESPACES:
            kubectl.run("create", "namespace", name)
        yield kubectl


@pytest.mark.parametrize("path", MANIFESTS, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_a_manifest_is_accepted_as_it_is(kubectl: Kubectl, path: Path) -> None:
    done = kubectl.run("apply", "--server-side", "--validate=strict", f"--filename={path}", check=False)
    assert done.returncode == 0, done.stderr


def test_a_field_that_the_tools_do_not_know_is_refused(kubectl: Kubectl) -> None:
    for kind, field in (("Application", "sources2"), ("HelmRelease", "chartReference"), ("Kustomization", "prunes")):
        manifest = next(
            one for path in MANIFESTS for one in yaml.safe_load_all(path.read_text()) if one["kind"] == kind
        )
        manifest["spec"][field] = {}
        refused = kubectl.apply(manifest, "--server-side", "--validate=strict", check=False)
        assert refused.returncode != 0
        assert field in refused.stderr
