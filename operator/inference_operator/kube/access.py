"""Who a caller is and what they may do, asked of the API server: a port of ours admits nobody on its own judgement."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from inference_operator.api.names import ENDPOINT_PLURAL, GROUP
from inference_operator.kube import paths
from inference_operator.kube.session import Session


@dataclass(frozen=True, slots=True)
class User:
    """A caller as the API server knows them; `attributes` is what a TokenReview says of the user, as it is."""

    attributes: dict[str, Any]


async def authenticate(session: Session, token: str) -> User | None:
    """Whose bearer token this is, None where the API server does not take it. Raises KubeError."""
    review = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenReview", "spec": {"token": token}}
    status = (await session.create(paths.token_reviews(), review)).get("status") or {}
    return User(status.get("user") or {}) if status.get("authenticated") is True else None


async def may_get_endpoint(session: Session, user: User, namespace: str, name: str) -> bool:
    """Whether the user may `get` this InferenceEndpoint, which need not exist. Raises KubeError."""
    spec = {"resourceAttributes": _get_endpoint(namespace, name), "user": user.attributes.get("username", "")}
    spec |= {part: user.attributes[part] for part in ("uid", "groups", "extra") if user.attributes.get(part)}
    review = {"apiVersion": "authorization.k8s.io/v1", "kind": "SubjectAccessReview", "spec": spec}
    status = (await session.create(paths.subject_access_reviews(), review)).get("status") or {}
    return status.get("allowed") is True


def _get_endpoint(namespace: str, name: str) -> dict[str, str]:
    return {"verb": "get", "group": GROUP, "resource": ENDPOINT_PLURAL, "namespace": namespace, "name": name}
