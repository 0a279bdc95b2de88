"""The command lines of the three servers: as little as tests need, with authorization as in production."""

from __future__ import annotations

from pathlib import Path

from inference_operator.localcluster.layout import Layout

CONTROLLERS = (
    "namespace-controller",
    "garbage-collector-controller",
    "serviceaccount-controller",
    "clusterrole-aggregation-controller",
    "validatingadmissionpolicy-status-controller",
)
"""The controllers that run; there are no nodes, so nothing that serves pods is started."""


def etcd(binary: Path, layout: Layout, *, port: int) -> list[str]:
    """etcd without fsync: the data is thrown away with the cluster, and survives the death of a process."""
    url = f"http://127.0.0.1:{port}"
    return [
        str(binary),
        f"--data-dir={layout.etcd_data}",
        f"--listen-client-urls={url}",
        f"--advertise-client-urls={url}",
        "--listen-peer-urls=http://127.0.0.1:0",
        "--unsafe-no-fsync",
        "--log-level=warn",
    ]


def apiserver(binary: Path, layout: Layout, *, port: int, etcd_port: int) -> list[str]:
    """kube-apiserver on loopback, with RBAC, a static administrator token and ServiceAccount tokens."""
    return [
        str(binary),
        f"--etcd-servers=http://127.0.0.1:{etcd_port}",
        "--bind-address=127.0.0.1",
        "--advertise-address=127.0.0.1",
        f"--secure-port={port}",
        f"--cert-dir={layout.certificates}",
        "--authorization-mode=RBAC",
        f"--token-auth-file={layout.tokens}",
        "--service-account-issuer=https://kubernetes.default.svc",
        f"--service-account-key-file={layout.service_account_key}",
        f"--service-account-signing-key-file={layout.service_account_key}",
        "--service-cluster-ip-range=10.0.0.0/24",
        "--endpoint-reconciler-type=none",
        "--profiling=false",
    ]


def controller_manager(binary: Path, layout: Layout) -> list[str]:
    """kube-controller-manager with `CONTROLLERS` only, as the administrator and without a port of its own."""
    return [
        str(binary),
        f"--kubeconfig={layout.kubeconfig}",
        f"--controllers={','.join(CONTROLLERS)}",
        "--leader-elect=false",
        "--secure-port=0",
        "--kube-api-qps=200",
        "--kube-api-burst=400",
        "--profiling=false",
    ]
