"""The real kustomize-controller as a process, and a source for it that serves artifacts over HTTP."""

import contextlib
import gzip
import hashlib
import io
import os
import subprocess
import tarfile
import threading
from collections.abc import Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import yaml
from tests.gitops.programs import KUSTOMIZE_CONTROLLER
from tests.support.kube_api import KubeApi, Object
from tests.support.team import Predicate

from inference_operator.localcluster.ports import free_port

NAMESPACE = "flux-system"
_SHIPPED = Path(__file__).parents[2] / "deploy" / "flux" / "endpoints.yaml"
_TIME = "2026-11-21T09:00:00Z"


class Artifacts:
    """Archives by name, served on loopback."""

    def __init__(self) -> None:
        self._archives: dict[str, bytes] = {}
        archives = self._archives

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                found = archives.get(self.path.strip("/"))
                self.send_response(200 if found else 404)
                self.end_headers()
                self.wfile.write(found or b"")

            def log_message(self, *_: Any) -> None: ...

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever)

    @contextlib.contextmanager
    def served(self) -> Iterator["Artifacts"]:
        self._thread.start()
        try:
            yield self
        finally:
            self._server.shutdown()
            self._thread.join()
            self._server.server_close()

    def add(self, files: Mapping[str, str]) -> Object:
        """Serve an archive of these files, and return it as `status.artifact` has it."""
        archive = _archive(files)
        digest = hashlib.sha256(archive).hexdigest()
        name = f"{digest}.tar.gz"
        self._archives[name] = archive
        return {
            "path": name,
            "url": f"http://127.0.0.1:{self._server.server_port}/{name}",
            "revision": f"main@sha1:{digest[:40]}",
            "digest": f"sha256:{digest}",
            "lastUpdateTime": _TIME,
            "size": len(archive),
        }


class Flux:
    """A Kustomization as deploy/flux ships it, its source, and the controller that applies it."""

    def __init__(self, api: KubeApi, artifacts: Artifacts, namespace: str) -> None:
        self._api, self._artifacts = api, artifacts
        self._sources = f"/apis/source.toolkit.fluxcd.io/v1/namespaces/{NAMESPACE}/gitrepositories"
        self._path = f"/apis/kustomize.toolkit.fluxcd.io/v1/namespaces/{NAMESPACE}/kustomizations/{namespace}"
        self._namespace = namespace

    def set_up(self, files: Mapping[str, str]) -> str:
        """The source and the Kustomization come into being."""
        source, kustomization = yaml.safe_load_all(_SHIPPED.read_text())
        source["metadata"]["name"] = self._namespace
        self._api.apply(f"{self._sources}/{self._namespace}", source)
        revision = self.commit(files)
        kustomization["metadata"]["name"] = self._namespace
        kustomization["spec"] |= {"path": "./", "targetNamespace": self._namespace, "retryInterval": "1s"}
        kustomization["spec"]["sourceRef"]["name"] = self._namespace
        self._api.apply(self._path, kustomization)
        return revision

    def commit(self, files: Mapping[str, str]) -> str:
        """These files are what is in Git now. Returns the revision."""
        artifact = self._artifacts.add(files)
        ready: Object = {"type": "Ready", "status": "True", "reason": "Succeeded", "message": "stored"}
        ready |= {"lastTransitionTime": _TIME, "observedGeneration": 1}
        status = {"artifact": artifact, "conditions": [ready], "observedGeneration": 1}
        self._api.patch(f"{self._sources}/{self._namespace}/status", {"status": status})
        return str(artifact["revision"])

    def ask(self, request: str) -> None:
        """Ask for a reconciliation now, as `flux reconcile` does."""
        self._api.patch(self._path, {"metadata": {"annotations": {"reconcile.fluxcd.io/requestedAt": request}}})

    def kustomization(self) -> Object:
        """The Kustomization as it is."""
        found = self._api.get(self._path)
        assert found is not None
        return found

    def tear_down(self) -> None:
        """The Kustomization is deleted, and what it applied with it."""
        self._api.delete(self._path)
        self._api.delete(f"{self._sources}/{self._namespace}")


def applied(revision: str) -> Predicate:
    """A predicate of a Kustomization: this revision is applied, and all of it is Ready."""

    def holds(obj: Object) -> bool:
        status = obj.get("status") or {}
        return status.get("lastAppliedRevision") == revision and _ready(obj, "True")

    return holds


def failed(revision: str) -> Predicate:
    """A predicate of a Kustomization: this revision was tried, and its health checks failed."""

    def holds(obj: Object) -> bool:
        status = obj.get("status") or {}
        return status.get("lastAttemptedRevision") == revision and _ready(obj, "False", "HealthCheckFailed")

    return holds


@contextlib.contextmanager
def controller(kubeconfig: Path, log: Path) -> Iterator[None]:
    """The controller at work."""
    flags = [f"--metrics-addr=127.0.0.1:{free_port()}", f"--health-addr=127.0.0.1:{free_port()}"]
    settings = {"KUBECONFIG": str(kubeconfig), "RUNTIME_NAMESPACE": NAMESPACE, "TMPDIR": str(log.parent)}
    with log.open("wb") as output:
        process = subprocess.Popen(
            [KUSTOMIZE_CONTROLLER.path(), *flags], env={**os.environ, **settings}, stdout=output, stderr=output
        )
    try:
        yield
    finally:
        process.terminate()
        process.wait(30)


def _ready(obj: Object, status: str, reason: str | None = None) -> bool:
    found = [one for one in obj["status"].get("conditions", ()) if one["type"] == "Ready"]
    return any(one["status"] == status and reason in (None, one["reason"]) for one in found)


def _archive(files: Mapping[str, str]) -> bytes:
    tar = io.BytesIO()
    with tarfile.open(fileobj=tar, mode="w") as archive:
        for name, text in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(text.encode())
            archive.addfile(entry, io.BytesIO(text.encode()))
    return gzip.compress(tar.getvalue(), mtime=0)
