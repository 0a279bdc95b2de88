"""Sessions on a real API server, with the rights of deploy/rbac and as administrator."""

import secrets
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.support.cluster import Cluster

from inference_operator.kube import paths
from inference_operator.kube.session import Session

OPERATOR_NAMESPACE = "inference-operator-system"
TOKEN = "canary-token-5d1f"


@pytest.fixture(scope="session")
def operator_kubeconfig(installed: Cluster) -> Path:
    return installed.service_account_kubeconfig(OPERATOR_NAMESPACE, "inference-operator")


@pytest.fixture
async def session(operator_kubeconfig: Path) -> AsyncIterator[Session]:
    """What the code under test gets: the operator's ServiceAccount."""
    async with await Session.connect(str(operator_kubeconfig)) as connected:
        yield connected


@pytest.fixture
async def admin(cluster: Cluster) -> AsyncIterator[Session]:
    """The user, who may do anything."""
    async with await Session.connect(str(cluster.kubeconfig), field_manager="user") as connected:
        yield connected


@pytest.fixture
async def namespace(admin: Session) -> AsyncIterator[str]:
    """A fresh namespace, as the general fixture gives it, without the time that kubectl takes to start."""
    name = f"test-{secrets.token_hex(4)}"
    await admin.create(paths.namespaces(), {"metadata": {"name": name}})
    yield name
    await admin.delete(paths.namespace(name))


@pytest.fixture
async def endpoint(installed: Cluster, admin: Session, namespace: str) -> dict[str, Any]:
    """An InferenceEndpoint as a user made it."""
    return await admin.create(paths.endpoints(namespace), endpoint_manifest(f"e-{secrets.token_hex(3)}"))


def endpoint_manifest(name: str) -> dict[str, Any]:
    return {
        "apiVersion": "inference-operator.dev/v1alpha1",
        "kind": "InferenceEndpoint",
        "metadata": {"name": name},
        "spec": {
            "huggingFace": {
                "type": "private",
                "provider": {"vendor": "aws", "region": "us-east-1"},
                "compute": {
                    "accelerator": "cpu",
                    "instanceType": "intel-spr",
                    "instanceSize": "x1",
                    "scaling": {"minReplica": 0, "maxReplica": 1},
                },
                "model": {"repository": "org/model"},
            }
        },
    }


def write_kubeconfig(directory: Path, port: int) -> Path:
    """One that leads to a plain HTTP server on this machine, or to none."""
    path = directory / "kubeconfig"
    config = {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "x",
        "clusters": [{"name": "x", "cluster": {"server": f"http://127.0.0.1:{port}"}}],
        "users": [{"name": "x", "user": {"token": TOKEN}}],
        "contexts": [{"name": "x", "context": {"cluster": "x", "user": "x"}}],
    }
    path.write_text(yaml.safe_dump(config))
    return path
