"""Programs of the GitOps tools, built with Go from pinned modules, once, into the project's cache."""

import hashlib
import json
import os
import subprocess
import tempfile
from pathlib import Path

from tests.support.go_tools import GoTool

from inference_operator.localcluster.cache import Cache, cache_root
from inference_operator.localcluster.gotoolchain import go_command
from inference_operator.localcluster.progress import to_stderr

HERE = Path(__file__).parent
FLUX = HERE / "flux"

KUSTOMIZE_CONTROLLER = GoTool(
    name="kustomize-controller", version="1.7.3", module=FLUX, package="github.com/fluxcd/kustomize-controller"
)
CONTROLLER_GEN = GoTool(
    name="controller-gen", version="0.19.0", module=FLUX, package="sigs.k8s.io/controller-tools/cmd/controller-gen"
)
_FLUX_KINDS = (
    "github.com/fluxcd/helm-controller/api/v2",
    "github.com/fluxcd/kustomize-controller/api/v1",
    "github.com/fluxcd/source-controller/api/v1",
)
_ARGO_CD = "github.com/argoproj/argo-cd/v3@v3.2.1"
_ARGO_CD_SUM = "h1:rvrkW/JdH4V+xJgNDZI9wa/Ygd+fWoGbd1rAhvno22c="


def kstatus() -> Path:
    """The program of kstatus/; another source is another program."""
    module = HERE / "kstatus"
    digest = hashlib.sha256(b"".join(path.read_bytes() for path in sorted(module.iterdir()))).hexdigest()
    return GoTool(name="kstatus", version=digest[:12], module=module, package=".").path()


def render_flux_crds(folder: Path) -> None:
    """Write the CRDs of Flux's kinds, as they come of the pinned modules of their types."""
    paths = [f"paths={package}" for package in _FLUX_KINDS]
    settings = {"PATH": f"{Path(_go()).parent}{os.pathsep}{os.environ['PATH']}", "GOFLAGS": "-mod=readonly"}
    subprocess.run(
        [CONTROLLER_GEN.path(), "crd", *paths, f"output:crd:dir={folder}"],
        cwd=FLUX,
        env={**os.environ, **settings, "GOWORK": "off"},
        check=True,
    )


def application_crd() -> Path:
    """The CRD of Argo CD's Application, from the module of this sum."""
    with tempfile.TemporaryDirectory() as empty:
        Path(empty, "go.mod").write_text("module empty\n")
        command = [_go(), "mod", "download", "-json", _ARGO_CD]
        done = subprocess.run(command, cwd=empty, capture_output=True, text=True, check=True)
    found = json.loads(done.stdout)
    assert found["Sum"] == _ARGO_CD_SUM
    return Path(found["Dir"]) / "manifests" / "crds" / "application-crd.yaml"


def _go() -> str:
    return go_command(cache=Cache(cache_root()), progress=to_stderr)
