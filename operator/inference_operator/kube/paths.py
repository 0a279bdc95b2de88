"""URL paths of what the operator touches, so that no other module knows how the API server spells them.

A name in a spec is user input: every segment is checked against the form of a Kubernetes name, so that a
`secretKeyRef.name` of `../pods` can't lead a request elsewhere.
"""

from __future__ import annotations

import re
from typing import Final

from inference_operator.api.names import (
    ACCOUNT_KIND,
    ACCOUNT_PLURAL,
    API_VERSION,
    CLUSTER_ACCOUNT_KIND,
    CLUSTER_ACCOUNT_PLURAL,
    ENDPOINT_PLURAL,
)

_OURS: Final = f"/apis/{API_VERSION}"
_NAME: Final = re.compile(r"[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?")


def valid_name(name: str) -> bool:
    """Say whether `name` has the form of a DNS subdomain (RFC 1123), as object names must."""
    return _NAME.fullmatch(name) is not None


def endpoints(namespace: str | None = None) -> str:
    """Return the collection of InferenceEndpoints, of one namespace or of all."""
    return _collection(_OURS, namespace, ENDPOINT_PLURAL)


def endpoint(namespace: str, name: str) -> str:
    """Return the path of one InferenceEndpoint."""
    return f"{endpoints(namespace)}/{_segment(name)}"


def endpoint_status(namespace: str, name: str) -> str:
    """Return the status subresource of one InferenceEndpoint."""
    return f"{endpoint(namespace, name)}/status"


def accounts(kind: str, namespace: str | None = None) -> str:
    """Return the collection of one account kind; `namespace` counts for InferenceAccount alone."""
    if kind == CLUSTER_ACCOUNT_KIND:
        return _collection(_OURS, None, CLUSTER_ACCOUNT_PLURAL)
    if kind == ACCOUNT_KIND:
        return _collection(_OURS, namespace, ACCOUNT_PLURAL)
    raise ValueError(f"{kind!r} is no kind of account")


def account(kind: str, namespace: str | None, name: str) -> str:
    """Return the path of one InferenceAccount or ClusterInferenceAccount."""
    if kind == ACCOUNT_KIND and namespace is None:
        raise ValueError(f"{ACCOUNT_KIND} {name!r} needs a namespace")
    return f"{accounts(kind, namespace)}/{_segment(name)}"


def account_status(kind: str, namespace: str | None, name: str) -> str:
    """Return the status subresource of one account."""
    return f"{account(kind, namespace, name)}/status"


def namespaces() -> str:
    """Return the collection of namespaces."""
    return "/api/v1/namespaces"


def namespace(name: str) -> str:
    """Return the path of one namespace."""
    return f"{namespaces()}/{_segment(name)}"


def secrets(namespace: str) -> str:
    """Return the Secrets of a namespace."""
    return _collection("/api/v1", namespace, "secrets")


def secret(namespace: str, name: str) -> str:
    """Return the path of one Secret."""
    return f"{secrets(namespace)}/{_segment(name)}"


def configmaps(namespace: str) -> str:
    """Return the ConfigMaps of a namespace."""
    return _collection("/api/v1", namespace, "configmaps")


def configmap(namespace: str, name: str) -> str:
    """Return the path of one ConfigMap."""
    return f"{configmaps(namespace)}/{_segment(name)}"


def events(namespace: str) -> str:
    """Return the Events of a namespace, in the group events.k8s.io."""
    return _collection("/apis/events.k8s.io/v1", namespace, "events")


def event(namespace: str, name: str) -> str:
    """Return the path of one Event."""
    return f"{events(namespace)}/{_segment(name)}"


def leases(namespace: str) -> str:
    """Return the Leases of a namespace."""
    return _collection("/apis/coordination.k8s.io/v1", namespace, "leases")


def lease(namespace: str, name: str) -> str:
    """Return the path of one Lease."""
    return f"{leases(namespace)}/{_segment(name)}"


def role_binding(namespace: str, name: str) -> str:
    """Return the path of one RoleBinding."""
    return f"{_collection('/apis/rbac.authorization.k8s.io/v1', namespace, 'rolebindings')}/{_segment(name)}"


def crd(name: str) -> str:
    """Return the path of one CustomResourceDefinition."""
    return f"/apis/apiextensions.k8s.io/v1/customresourcedefinitions/{_segment(name)}"


def token_reviews() -> str:
    """Return where a token is shown to the API server to learn whose it is."""
    return "/apis/authentication.k8s.io/v1/tokenreviews"


def subject_access_reviews() -> str:
    """Return where the API server is asked what a user may do."""
    return "/apis/authorization.k8s.io/v1/subjectaccessreviews"


def resource_of(path: str) -> str:
    """Return the plural that a path is about, for metrics: `…/namespaces/a/secrets/b` gives `secrets`."""
    parts = path.strip("/").split("/")
    parts = parts[2:] if parts[0] == "api" else parts[3:]
    if len(parts) > 2 and parts[0] == "namespaces" and parts[2] not in {"status", "finalize"}:  # noqa: PLR2004 - namespaces/NAME/PLURAL
        parts = parts[2:]
    return parts[0] if parts else ""


def _collection(prefix: str, namespace: str | None, plural: str) -> str:
    scope = f"/namespaces/{_segment(namespace)}" if namespace is not None else ""
    return f"{prefix}{scope}/{plural}"


def _segment(name: str) -> str:
    if not valid_name(name):
        raise ValueError(f"{name!r} is not the name of a Kubernetes object")
    return name
