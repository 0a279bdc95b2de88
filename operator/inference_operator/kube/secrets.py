"""Reading Secrets without a watch on all of them: one GET per name, shared by all who ask meanwhile."""

from __future__ import annotations

import asyncio
import base64
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from inference_operator.kube import paths
from inference_operator.kube.errors import Conflict, NotFound
from inference_operator.kube.session import Session

FINGERPRINT_SECRET: Final = "inference-operator-fingerprint"
"""The Secret in the operator's namespace that holds the key of `status.secretsFingerprint`."""

_FINGERPRINT_FIELD: Final = "key"
_FINGERPRINT_BYTES: Final = 32
_ABSENT_SECONDS: Final = 5.0

SecretData = dict[str, bytes]


@dataclass(frozen=True, slots=True)
class _Cached:
    data: SecretData | None
    read_at: float


class SecretReader:
    """Secrets by name, each remembered for `ttl` seconds (0: every read goes to the API server)."""

    def __init__(self, session: Session, *, ttl: float = 5.0, clock: Callable[[], float] = time.monotonic) -> None:
        self._session = session
        self._ttl = ttl
        self._clock = clock
        self._cache: dict[tuple[str, str], _Cached] = {}
        self._reads: dict[tuple[str, str], asyncio.Task[SecretData | None]] = {}
        self._keys: dict[str, bytes] = {}
        self._obtaining = asyncio.Lock()

    async def read(self, namespace: str, name: str, *, max_age: float | None = None) -> SecretData | None:
        """Return the decoded data of a Secret, or None when there is none of that name.

        Forbidden when the operator may not read it; errors are not remembered, and that there is none not for long.
        `max_age`: seconds that what is remembered may be old, where that is less than usual.
        """
        key = (namespace, name)
        cached = self._cache.get(key)
        if cached is not None and self._clock() - cached.read_at < self._good_for(cached, max_age):
            return cached.data
        if not paths.valid_name(name):
            return None
        # Shielded: the reader who came first may be cancelled while the others still wait.
        return await asyncio.shield(self._reads.get(key) or self._start(key))

    def forget(self, namespace: str, name: str | None = None) -> None:
        """Drop what is remembered of a Secret, or of a whole namespace: the next read asks the API server."""
        for key in [key for key in {*self._cache, *self._reads} if key[0] == namespace and name in {None, key[1]}]:
            self._cache.pop(key, None)
            self._reads.pop(key, None)

    async def fingerprint_key(self, namespace: str) -> bytes:
        """Return the HMAC key in `namespace` (the operator's own), making it at the first call ever.

        Two operators that make it at once end with the same key: the API server lets one create win.
        """
        async with self._obtaining:
            if namespace not in self._keys:
                self._keys[namespace] = await self._obtain_key(namespace)
            return self._keys[namespace]

    def _good_for(self, cached: _Cached, max_age: float | None) -> float:
        limits = (self._ttl, max_age, _ABSENT_SECONDS if cached.data is None else None)
        return min(limit for limit in limits if limit is not None)

    def _start(self, key: tuple[str, str]) -> asyncio.Task[SecretData | None]:
        task = asyncio.create_task(self._fetch(*key), name=f"read secret {key[0]}/{key[1]}")
        self._reads[key] = task
        task.add_done_callback(lambda done: self._finish(key, done))
        return task

    def _finish(self, key: tuple[str, str], task: asyncio.Task[SecretData | None]) -> None:
        forgotten = self._reads.get(key) is not task
        if not forgotten:
            del self._reads[key]
        if task.cancelled() or task.exception() is not None or forgotten:
            return
        self._cache.pop(key, None)
        self._evict()
        self._cache[key] = _Cached(task.result(), self._clock())

    def _evict(self) -> None:
        # The oldest come first, for a dict keeps the order of insertion: no scan of the whole.
        now = self._clock()
        while self._cache and now - next(iter(self._cache.values())).read_at >= self._ttl:
            del self._cache[next(iter(self._cache))]

    async def _fetch(self, namespace: str, name: str) -> SecretData | None:
        try:
            return _decode(await self._session.get(paths.secret(namespace, name)))
        except NotFound:
            return None

    async def _obtain_key(self, namespace: str) -> bytes:
        path = paths.secret(namespace, FINGERPRINT_SECRET)
        try:
            return _key_of(await self._session.get(path))
        except NotFound:
            pass
        try:
            return _key_of(await self._session.create(paths.secrets(namespace), _new_key(namespace)))
        except Conflict:
            return _key_of(await self._session.get(path))


def _decode(secret: dict[str, Any]) -> SecretData:
    return {key: base64.b64decode(value) for key, value in (secret.get("data") or {}).items()}


def _new_key(namespace: str) -> dict[str, Any]:
    key = base64.b64encode(secrets.token_bytes(_FINGERPRINT_BYTES)).decode()
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": FINGERPRINT_SECRET, "namespace": namespace},
        "type": "Opaque",
        "immutable": True,
        "data": {_FINGERPRINT_FIELD: key},
    }


def _key_of(secret: dict[str, Any]) -> bytes:
    key = _decode(secret).get(_FINGERPRINT_FIELD, b"")
    if len(key) < _FINGERPRINT_BYTES:
        raise ValueError(
            f"Secret {FINGERPRINT_SECRET} has no {_FINGERPRINT_BYTES}-byte {_FINGERPRINT_FIELD!r}:"
            " delete it, and the operator makes it anew"
        )
    return key
