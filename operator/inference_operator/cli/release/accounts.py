"""Applies the accounts that the values declare: a custom resource can't be in the release that brings its CRD."""

import asyncio
import time
from typing import Any, Final

from inference_operator.api.names import API_VERSION
from inference_operator.kube import paths
from inference_operator.kube.errors import NotFound, Unavailable
from inference_operator.kube.session import PatchKind, Session

SECONDS: Final = 60.0
"""How long the API server may take until it serves a CRD that was just made."""
_PAUSE: Final = 1.0


async def apply(session: Session, manifest: dict[str, Any]) -> str:
    """Apply one account and say so. Raises KubeError: also when its kind is still unknown after `SECONDS`."""
    kind, metadata = manifest["kind"], manifest["metadata"]
    name, namespace = metadata["name"], metadata.get("namespace")
    if manifest["apiVersion"] != API_VERSION:
        raise ValueError(f"{manifest['apiVersion']} is not {API_VERSION}")
    path = paths.account(kind, namespace, name)
    deadline = time.monotonic() + SECONDS
    while True:
        try:
            await session.patch(path, manifest, kind=PatchKind.APPLY, force=True)
        except (NotFound, Unavailable):
            if time.monotonic() > deadline:
                raise
            await asyncio.sleep(_PAUSE)
        else:
            return f"applied {kind} {f'{namespace}/' if namespace else ''}{name}"
