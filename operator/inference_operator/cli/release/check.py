"""What `helm test` wants to know: whether the API is served, and whether an operator is at work."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from inference_operator.kube import paths
from inference_operator.kube.errors import NotFound
from inference_operator.kube.session import Session


async def problems(session: Session, namespaces: Sequence[str], own: str, lease: str | None) -> list[str]:
    """What is wrong, one sentence each. `own`: the operator's namespace, where its Lease is. Raises KubeError."""
    found = [line for namespace in namespaces or (None,) for line in await _of_the_api(session, namespace)]
    return found + (await _of_the_lease(session, own, lease) if lease else [])


async def _of_the_api(session: Session, namespace: str | None) -> list[str]:
    try:
        await session.get(paths.endpoints(namespace), limit=1)
    except NotFound:
        return ["The API server does not serve InferenceEndpoints: apply the CRDs (crds.enabled)."]
    return []


async def _of_the_lease(session: Session, own: str, name: str) -> list[str]:
    try:
        spec: dict[str, Any] = (await session.get(paths.lease(own, name)))["spec"]
    except NotFound:
        return [f"No operator has started yet: there is no Lease {own}/{name}. See the pods' logs."]
    if not spec.get("holderIdentity"):
        return [f"No operator holds Lease {own}/{name}. See the pods' logs."]
    renewed = datetime.fromisoformat(spec["renewTime"])
    # Twice, for the clocks of two machines differ.
    if datetime.now(UTC) - renewed > 2 * timedelta(seconds=spec["leaseDurationSeconds"]):
        return [f"{spec['holderIdentity']} has not renewed Lease {own}/{name} since {renewed:%H:%M:%S}."]
    return []
