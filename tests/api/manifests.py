"""Manifests that are accepted, and how to change them."""

import copy
from collections.abc import Mapping
from typing import Any

from inference_operator.api import names

GONE: Any = object()
"""In a change: remove the field."""


def changed(manifest: Mapping[str, Any], change: Mapping[str, Any]) -> dict[str, Any]:
    """A deep copy with `change` merged in: maps are merged, anything else is replaced, GONE removes."""
    result = copy.deepcopy(dict(manifest))
    for key, value in change.items():
        if value is GONE:
            result.pop(key, None)
        elif isinstance(value, Mapping) and isinstance(result.get(key), Mapping):
            result[key] = changed(result[key], value)
        else:
            result[key] = copy.deepcopy(value)
    return result


def hugging_face(**fields: Any) -> dict[str, Any]:
    """A change of the huggingFace block."""
    return {"spec": {"huggingFace": fields}}


def scaling(**fields: Any) -> dict[str, Any]:
    """A change of compute.scaling."""
    return hugging_face(compute={"scaling": fields})


def model(**fields: Any) -> dict[str, Any]:
    """A change of model."""
    return hugging_face(model=fields)


def endpoint(change: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """An InferenceEndpoint with what is required and no more, changed."""
    block = {
        "type": "private",
        "provider": {"vendor": "aws", "region": "us-east-1"},
        "compute": {
            "accelerator": "cpu",
            "instanceType": "intel-spr",
            "instanceSize": "x1",
            "scaling": {"minReplica": 0, "maxReplica": 2},
        },
        "model": {"repository": "org/model"},
    }
    manifest = {
        "apiVersion": names.API_VERSION,
        "kind": names.ENDPOINT_KIND,
        "metadata": {"name": "sentiment"},
        "spec": {"huggingFace": block},
    }
    return changed(manifest, change or {})


def account(change: Mapping[str, Any] | None = None, *, kind: str = names.ACCOUNT_KIND) -> dict[str, Any]:
    """An account of either kind with what is required and no more, changed."""
    manifest = {
        "apiVersion": names.API_VERSION,
        "kind": kind,
        "metadata": {"name": "hf"},
        "spec": {"huggingFace": {"namespace": "my-org", "tokenSecretRef": {"name": "hf", "key": "token"}}},
    }
    return changed(manifest, change or {})


def cluster_account(change: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """A ClusterInferenceAccount, changed."""
    return account(change, kind=names.CLUSTER_ACCOUNT_KIND)


def tir_endpoint(change: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """An InferenceEndpoint at TIR with what is required and no more, changed."""
    block = {"framework": "vllm", "sku": {"name": "C3.2", "type": "hourly"}}
    return changed(endpoint({"spec": {"huggingFace": GONE, "tir": block}}), change or {})


def tir(**fields: Any) -> dict[str, Any]:
    """A change of the tir block."""
    return {"spec": {"tir": fields}}


def tir_account(change: Mapping[str, Any] | None = None, *, kind: str = names.ACCOUNT_KIND) -> dict[str, Any]:
    """An account at TIR with what is required and no more, changed."""
    block = {
        "projectID": "12",
        "location": "Delhi",
        "apiKeySecretRef": {"name": "tir", "key": "apiKey"},
        "tokenSecretRef": {"name": "tir", "key": "token"},
    }
    return changed(account({"spec": {"huggingFace": GONE, "tir": block}}, kind=kind), change or {})
