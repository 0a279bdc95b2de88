"""The same endpoint as objects of Kubernetes, for those that are told by them."""

from typing import Any

from benchmarks.scale.wanted import body
from inference_operator.api import names

KOPF_GROUP = "bench.inference-operator.dev"
KOPF_API_VERSION = f"{KOPF_GROUP}/v1"
KOPF_PLURAL = "remoteendpoints"


def resource(namespace: str, name: str) -> dict[str, Any]:
    """An InferenceEndpoint."""
    return {
        "apiVersion": names.API_VERSION,
        "kind": names.ENDPOINT_KIND,
        "metadata": {"name": name, "namespace": namespace},
        "spec": {"accountRef": {"name": "hf"}, "huggingFace": body()},
    }


def account(namespace: str, *, url: str, interval: float, max_requests_per_second: int) -> dict[str, Any]:
    """The InferenceAccount that they refer to."""
    return {
        "apiVersion": names.API_VERSION,
        "kind": names.ACCOUNT_KIND,
        "metadata": {"name": "hf", "namespace": namespace},
        "spec": {
            "huggingFace": {"namespace": namespace, "baseURL": url, "tokenSecretRef": {"name": "hf", "key": "token"}},
            "pollInterval": f"{interval:.0f}s",
            "maxRequestsPerSecond": max_requests_per_second,
        },
    }


def kopf_resource(namespace: str, name: str) -> dict[str, Any]:
    """What the operator with a timer for each object knows."""
    return {
        "apiVersion": KOPF_API_VERSION,
        "kind": "RemoteEndpoint",
        "metadata": {"name": name, "namespace": namespace},
        "spec": body(),
    }


def kopf_definition() -> dict[str, Any]:
    """Its CRD, as in kopf's tutorial: a schema that takes anything."""
    anything = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
    schema = {"type": "object", "properties": {"spec": anything, "status": anything}}
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{KOPF_PLURAL}.{KOPF_GROUP}"},
        "spec": {
            "group": KOPF_GROUP,
            "scope": "Namespaced",
            "names": {"kind": "RemoteEndpoint", "plural": KOPF_PLURAL, "singular": "remoteendpoint"},
            "versions": [{"name": "v1", "served": True, "storage": True, "schema": {"openAPIV3Schema": schema}}],
        },
    }
