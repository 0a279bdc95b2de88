"""The API server over HTTP: one connection for hundreds of requests, where kubectl starts a process each."""

import base64
import ssl
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx
import yaml

from inference_operator.api import names

PLURALS = {
    names.ENDPOINT_KIND: names.ENDPOINT_PLURAL,
    names.ACCOUNT_KIND: names.ACCOUNT_PLURAL,
    names.CLUSTER_ACCOUNT_KIND: names.CLUSTER_ACCOUNT_PLURAL,
}
Object = Mapping[str, Any]


class ApiServer:
    """Administrator's access by a kubeconfig; an object's apiVersion, kind and metadata say where it is."""

    def __init__(self, kubeconfig: Path, namespace: str) -> None:
        config = yaml.safe_load(kubeconfig.read_text())
        cluster, user = config["clusters"][0]["cluster"], config["users"][0]["user"]
        token = user.get("token")
        self._namespace = namespace
        self._http = httpx.Client(
            base_url=cluster["server"],
            verify=_context(cluster, user, kubeconfig.parent),
            headers={"Authorization": f"Bearer {token}"} if token else {},
            timeout=30,
        )

    def close(self) -> None:
        self._http.close()

    def create(self, manifest: Object, *, dry_run: bool = True) -> httpx.Response:
        """POST with strict field validation."""
        return self._http.post(self._path(manifest), json=dict(manifest), params=_params(dry_run))

    def delete(self, manifest: Object) -> httpx.Response:
        """DELETE."""
        return self._http.delete(f"{self._path(manifest)}/{manifest['metadata']['name']}")

    def patch(self, manifest: Object, patch: Object, *, dry_run: bool = True, subresource: str = "") -> httpx.Response:
        """A merge patch: null removes."""
        path = f"{self._path(manifest)}/{manifest['metadata']['name']}{subresource and '/' + subresource}"
        headers = {"Content-Type": "application/merge-patch+json"}
        return self._http.patch(path, json=dict(patch), headers=headers, params=_params(dry_run))

    def apply(self, manifest: Object, manager: str, *, dry_run: bool = False) -> httpx.Response:
        """A server-side apply."""
        path = f"{self._path(manifest)}/{manifest['metadata']['name']}"
        headers = {"Content-Type": "application/apply-patch+yaml"}
        params = _params(dry_run) | {"fieldManager": manager, "force": "true"}
        return self._http.patch(path, content=yaml.safe_dump(dict(manifest)), headers=headers, params=params)

    def _path(self, manifest: Object) -> str:
        scope = "" if manifest["kind"] == names.CLUSTER_ACCOUNT_KIND else f"/namespaces/{self._namespace}"
        return f"/apis/{manifest['apiVersion']}{scope}/{PLURALS[manifest['kind']]}"


def _params(dry_run: bool) -> dict[str, str]:
    return {"fieldValidation": "Strict"} | ({"dryRun": "All"} if dry_run else {})


def _context(cluster: Object, user: Object, directory: Path) -> ssl.SSLContext:
    context = ssl.create_default_context(
        cafile=_file(cluster, "certificate-authority", directory),
        cadata=_data(cluster, "certificate-authority"),
    )
    certificate = _data(user, "client-certificate")
    if certificate:
        with tempfile.NamedTemporaryFile("w", suffix=".pem") as pem:
            pem.write(certificate + (_data(user, "client-key") or ""))
            pem.flush()
            context.load_cert_chain(pem.name)
    elif path := _file(user, "client-certificate", directory):
        context.load_cert_chain(path, _file(user, "client-key", directory))
    return context


def _file(section: Object, key: str, directory: Path) -> str | None:
    return str(directory / section[key]) if key in section else None


def _data(section: Object, key: str) -> str | None:
    encoded = section.get(f"{key}-data")
    return base64.b64decode(encoded).decode() if encoded else None
