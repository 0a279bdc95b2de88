"""The one connection to the API server, in plain JSON; no other module imports the Kubernetes client.

The client library contributes what is laborious: kubeconfig and in-cluster configuration, token refresh,
exec plug-ins, TLS and the pool. Its typed API classes are not used, because importing them costs tens of
MiB and they only wrap paths. Reads are retried here and nowhere else; a write is sent once, since only its
caller knows whether repeating it is safe, and not begun while `may_write` says no.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from enum import StrEnum
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final, Self

import aiohttp
import stamina
from kubernetes.aio import config
from kubernetes.aio.client.api_client import ApiClient
from kubernetes.aio.client.configuration import Configuration
from kubernetes.aio.config import incluster_config

from inference_operator import fence
from inference_operator.api.names import FIELD_MANAGER
from inference_operator.kube import errors, paths

REQUEST_TIMEOUT: Final = 30.0
"""Seconds that one request may take, connecting included."""

_PAGE_SIZE: Final = 500

_UNFENCED: Final = frozenset({"leases", "tokenreviews", "subjectaccessreviews", "selfsubjectaccessreviews"})
# The Lease is how one comes to write at all; reviews are questions that are asked by POST.

Objects = list[dict[str, Any]]

OnRequest = Callable[[str, str, int, float], None]
"""Called after each request with method, resource plural, HTTP status (0: no answer) and seconds."""


class PatchKind(StrEnum):
    """How a PATCH body is read; the values are the media types."""

    MERGE = "application/merge-patch+json"
    JSON = "application/json-patch+json"
    APPLY = "application/apply-patch+yaml"


class Session:
    """An API server, spoken to as whoever the configuration says. One per process is enough.

    `may_write` is asked right before the first byte of each write that changes something; where it says no, nothing is
    sent and `NotLeading` raised.
    """

    def __init__(
        self,
        client: ApiClient,
        *,
        on_request: OnRequest | None = None,
        timeout: float = REQUEST_TIMEOUT,
        attempts: int = 4,
        page_size: int = _PAGE_SIZE,
        field_manager: str = FIELD_MANAGER,
    ) -> None:
        self._client = client
        client.configuration.trace_configs = [fence.trace(self._asked, is_write=_is_fenced)]
        self.may_write: fence.MayWrite = fence.allowed
        self.on_request = on_request
        self._timeout = aiohttp.ClientTimeout(total=timeout)
        self._page_size = page_size
        self._writer = {"fieldManager": field_manager}
        self._reads = stamina.AsyncRetryingCaller(
            attempts=attempts, timeout=2 * timeout, wait_initial=0.2, wait_max=3.0, wait_jitter=0.5
        ).on(errors.Unavailable)

    @classmethod
    async def connect(
        cls, kubeconfig: str | None = None, *, on_request: OnRequest | None = None, **options: Any
    ) -> Self:
        """Open a session by `kubeconfig` (a path).

        Without one: in the cluster, else by the KUBECONFIG variable or ~/.kube/config.

        Nothing is sent yet. Raises `kubernetes.aio.config.ConfigException` when there is nothing to connect
        with.
        """
        return cls(ApiClient(await _configuration(kubeconfig)), on_request=on_request, **options)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Close the pool; requests in flight fail."""
        await self._client.close()

    async def get(self, path: str, **query: Any) -> dict[str, Any]:
        """Read one object or one page of a list. Retried while the server is unavailable."""
        return await self._reads(self._send, "GET", path, query)

    async def list(self, path: str, **query: Any) -> Objects:
        """Read a whole collection, page by page."""
        try:
            return [item async for page in self._pages(path, query) for item in page]
        except errors.KubeError as error:
            if error.status != HTTPStatus.GONE:
                raise
        # The continue token outlived the server's history: from here only one piece is consistent.
        return (await self.get(path, **query)).get("items") or []

    async def create(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """POST `body` to the collection `path`, return what was stored; Conflict when the name is taken."""
        return await self._send("POST", path, self._writer, body)

    async def patch(
        self,
        path: str,
        body: dict[str, Any] | Objects,
        *,
        kind: PatchKind = PatchKind.MERGE,
        force: bool = False,
    ) -> dict[str, Any]:
        """PATCH the object at `path` and return what was stored. `force`: take fields from who else applied them."""
        query = self._writer | ({"force": "true"} if force else {})
        return await self._send("PATCH", path, query, body, media_type=kind)

    async def delete(self, path: str, *, uid: str | None = None, resource_version: str | None = None) -> dict[str, Any]:
        """DELETE the object at `path`; Conflict when it is not the one of `uid` and `resource_version`.

        aiohttp itself repeats it, as it does a GET, when a pooled connection turns out to be closed: name the
        `uid` where a successor of the same name must not be hit.
        """
        expected = {"uid": uid, "resourceVersion": resource_version}
        preconditions = {key: value for key, value in expected.items() if value is not None}
        body = {"apiVersion": "v1", "kind": "DeleteOptions", "preconditions": preconditions}
        return await self._send("DELETE", path, {}, body)

    def _asked(self) -> bool:
        return self.may_write()

    async def _pages(self, path: str, query: dict[str, Any]) -> AsyncIterator[Objects]:
        token = ""
        while True:
            page = await self.get(path, **query, limit=self._page_size, **({"continue": token} if token else {}))
            yield page.get("items") or []
            token = page.get("metadata", {}).get("continue") or ""
            if not token:
                return

    async def _send(
        self,
        method: str,
        path: str,
        query: dict[str, Any],
        body: Any = None,
        *,
        media_type: str = "application/json",
    ) -> dict[str, Any]:
        started, status = time.monotonic(), 0
        try:
            status, headers, content = await self._exchange(method, path, query, body, media_type)
        except (fence.Refused, aiohttp.ClientError, TimeoutError, OSError) as error:
            if fence.was_refused(error):
                raise errors.NotLeading from None
            raise errors.Unavailable(0, "Unreachable", f"{type(error).__name__}: {error}") from error
        finally:
            if self.on_request is not None:
                self.on_request(method, paths.resource_of(path), status, time.monotonic() - started)
        if not HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
            confidential = body is not None and paths.resource_of(path) == "secrets"
            raise errors.from_response(status, content, headers, confidential=confidential)
        return _document(status, content)

    async def _exchange(
        self, method: str, path: str, query: dict[str, Any], body: Any, media_type: str
    ) -> tuple[int, Any, bytes]:
        method, url, headers, _, _ = await self._client.param_serialize(
            method,
            path,
            query_params=list(query.items()),
            header_params={"Accept": "application/json", "Content-Type": media_type},
            auth_settings=["BearerToken"],
        )
        # The body bypasses the client's serialiser, which would copy an object to find plain JSON in it.
        answer = await self._client.call_api(method, url, headers, body, _request_timeout=self._timeout)
        return answer.status, answer.headers, await answer.read()


@dataclass(frozen=True, slots=True)
class Login:
    """How to reach the API server, for a client other than this one; paths are of readable files."""

    server: str
    token: str | None = field(repr=False)
    ca_path: str | None
    certificate_path: str | None
    private_key_path: str | None
    insecure: bool


async def login(kubeconfig: str | None = None) -> Login:
    """Read the configuration anew (tokens expire) and say what it comes to."""
    configuration = await _configuration(kubeconfig)
    header: str | None = await configuration.get_api_key_with_prefix("BearerToken")
    return Login(
        server=configuration.host,
        # "Bearer x" from a kubeconfig, "bearer x" in a cluster.
        token=header.partition(" ")[2].strip() if header else None,
        ca_path=configuration.ssl_ca_cert,
        certificate_path=configuration.cert_file,
        private_key_path=configuration.key_file,
        insecure=not configuration.verify_ssl,
    )


async def _configuration(kubeconfig: str | None) -> Configuration:
    configuration = Configuration()
    if kubeconfig is None and _in_cluster():
        config.load_incluster_config(client_configuration=configuration)
    else:
        await config.load_kube_config(config_file=kubeconfig, client_configuration=configuration, persist_config=False)
    return configuration


def _is_fenced(method: str, path: str) -> bool:
    return method != "GET" and paths.resource_of(path) not in _UNFENCED


def _in_cluster() -> bool:
    host = os.environ.get(incluster_config.SERVICE_HOST_ENV_NAME)
    return bool(host) and Path(incluster_config.SERVICE_TOKEN_FILENAME).is_file()


def _document(status: int, content: bytes) -> dict[str, Any]:
    try:
        document = json.loads(content)
    except ValueError as error:
        raise errors.Unavailable(status, "NotJSON", "the answer is not a Kubernetes object") from error
    if not isinstance(document, dict):
        raise errors.Unavailable(status, "NotJSON", "the answer is not a Kubernetes object")
    return document
