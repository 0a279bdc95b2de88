"""The ledger of orphans: a ConfigMap in the operator's namespace, one key for each.

Written by the one who leads, and corrected by whoever settles an orphan; so each write carries a resourceVersion, and
is made again on what somebody else wrote in between.
"""

from __future__ import annotations

import json
from typing import Any

from inference_operator.api.names import FIELD_MANAGER
from inference_operator.core.orphans import LEDGER, Orphan, surplus
from inference_operator.kube import paths
from inference_operator.kube.errors import Conflict, NotFound
from inference_operator.kube.session import Session

_TRIES = 5
_LABELS = {"app.kubernetes.io/managed-by": FIELD_MANAGER}


async def read(session: Session, namespace: str) -> dict[str, Orphan]:
    """All orphans by key; none where there is no ledger yet."""
    found = await _find(session, namespace)
    return _entries(found) if found else {}


async def enter(session: Session, namespace: str, orphan: Orphan) -> None:
    """Put an orphan in, once. Raises `KubeError`, Conflict where others write without end."""
    for _ in range(_TRIES):
        found = await _find(session, namespace)
        try:
            if found is None:
                await session.create(paths.configmaps(namespace), _ledger(namespace, orphan))
            elif orphan.key not in _entries(found):
                await _patch(session, namespace, found, _change(found, orphan))
        except Conflict:
            continue
        return
    raise Conflict(409, "Conflict", "the ledger of orphans keeps changing")


async def settle(session: Session, namespace: str, key: str) -> None:
    """Take an orphan out. Raises `KubeError`."""
    for _ in range(_TRIES):
        found = await _find(session, namespace)
        if found is None or key not in (found.get("data") or {}):
            return
        try:
            await _patch(session, namespace, found, {key: None})
        except Conflict:
            continue
        return
    raise Conflict(409, "Conflict", "the ledger of orphans keeps changing")


def _entries(ledger: dict[str, Any]) -> dict[str, Orphan]:
    found = {key: _parsed(text) for key, text in (ledger.get("data") or {}).items()}
    return {key: one for key, one in found.items() if one is not None}


def _parsed(text: str) -> Orphan | None:
    try:
        return Orphan.from_json(json.loads(text))
    except ValueError:
        return None


def _change(ledger: dict[str, Any], orphan: Orphan) -> dict[str, str | None]:
    text = _text(orphan)
    texts: dict[str, str] = (ledger.get("data") or {}) | {orphan.key: text}
    dropped = surplus(_entries(ledger), {key: _size(key, value) for key, value in texts.items()})
    return dict.fromkeys(dropped) | {orphan.key: text}


async def _patch(session: Session, namespace: str, ledger: dict[str, Any], data: dict[str, str | None]) -> None:
    version = ledger["metadata"]["resourceVersion"]
    await session.patch(paths.configmap(namespace, LEDGER), {"metadata": {"resourceVersion": version}, "data": data})


async def _find(session: Session, namespace: str) -> dict[str, Any] | None:
    try:
        return await session.get(paths.configmap(namespace, LEDGER))
    except NotFound:
        return None


def _ledger(namespace: str, orphan: Orphan) -> dict[str, Any]:
    metadata = {"name": LEDGER, "namespace": namespace, "labels": _LABELS}
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": {orphan.key: _text(orphan)}}


def _text(orphan: Orphan) -> str:
    # Escaped, a letter beyond ASCII would take up to six times its bytes.
    return json.dumps(orphan.to_json(), sort_keys=True, ensure_ascii=False)


def _size(key: str, text: str) -> int:
    # A provider's text may hold half of a character, which has no encoding of its own.
    return len(key) + len(text.encode(errors="surrogatepass"))
