"""Kubeconfigs with everything inline, so that one file can be handed to any process."""

from __future__ import annotations

import base64
from pathlib import Path

import yaml

from inference_operator.localcluster.credentials import write_private

NAME = "inference-operator-local"
"""The name of the cluster, the user and the context in each kubeconfig."""


def write_kubeconfig(path: Path, *, url: str, authority: bytes, token: str, namespace: str = "default") -> Path:
    """Write a kubeconfig for the holder of a bearer token, and return its path.

    `authority` is the PEM of the certificates to trust; `namespace` is the one meant when none is named.
    """
    authority_data = base64.b64encode(authority).decode()
    document = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": NAME, "cluster": {"server": url, "certificate-authority-data": authority_data}}],
        "users": [{"name": NAME, "user": {"token": token}}],
        "contexts": [{"name": NAME, "context": {"cluster": NAME, "user": NAME, "namespace": namespace}}],
        "current-context": NAME,
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    write_private(path, yaml.safe_dump(document, sort_keys=False))
    return path
