"""The API server over one HTTP connection, for what a kubectl process each would be too slow."""

import asyncio
import json
import ssl
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx

from inference_operator.kube.session import Login, login

Object = dict[str, Any]

USER = "user"
"""Field manager of what a person writes."""


class KubeApi:
    """The API server over one HTTP connection, as administrator. Every method raises AssertionError when refused."""

    def __init__(self, kubeconfig: Path) -> None:
        found = _login(kubeconfig)
        self._http = httpx.Client(
            base_url=found.server,
            verify=_trust(found),
            headers={"Authorization": f"Bearer {found.token}"} if found.token else {},
            timeout=30,
            trust_env=False,
        )

    def close(self) -> None:
        """Close the connection."""
        self._http.close()

    def get(self, path: str) -> Object | None:
        """One object, or one list; None where there is none."""
        response = self._http.get(path)
        return None if response.status_code == httpx.codes.NOT_FOUND else _accepted(response)

    def items(self, path: str) -> list[Object]:
        """The objects of a collection."""
        found = self.get(path)
        assert found is not None, path
        return list(found["items"])

    def create(self, path: str, body: Mapping[str, Any]) -> Object:
        """POST to a collection."""
        return _accepted(self._http.post(path, json=body, params={"fieldManager": USER, "fieldValidation": "Strict"}))

    def apply(self, path: str, body: Mapping[str, Any], *, manager: str = USER, force: bool = True) -> Object:
        """Server-side apply of one object. Without `force`, what another manager set otherwise is a conflict."""
        return self._patch(path, body, "application/apply-patch+yaml", fieldManager=manager, force=str(force).lower())

    def patch(self, path: str, body: Mapping[str, Any]) -> Object:
        """Merge patch: null removes."""
        return self._patch(path, body, "application/merge-patch+json", fieldManager=USER)

    def delete(self, path: str) -> None:
        """DELETE of an object or a collection, without waiting; nothing where there is none."""
        response = self._http.delete(path)
        if response.status_code != httpx.codes.NOT_FOUND:
            _accepted(response)

    def _patch(self, path: str, body: Mapping[str, Any], media_type: str, **params: str) -> Object:
        return _accepted(
            self._http.patch(
                path,
                content=json.dumps(body),
                headers={"Content-Type": media_type},
                params={**params, "fieldValidation": "Strict"},
            )
        )


def _login(kubeconfig: Path) -> Login:
    # In a thread: where a test runs in an event loop, no second one may be started beside it.
    found: list[Login] = []
    thread = threading.Thread(target=lambda: found.append(asyncio.run(login(str(kubeconfig)))))
    thread.start()
    thread.join()
    return found[0]


def _trust(found: Login) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=found.ca_path)
    if found.certificate_path:
        context.load_cert_chain(found.certificate_path, found.private_key_path)
    return context


def _accepted(response: httpx.Response) -> Object:
    if response.is_error:
        raise AssertionError(f"{response.request.method} {response.request.url.path}: {response.json()['message']}")
    document: Object = response.json()
    return document
