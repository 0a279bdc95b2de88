"""A real Kubernetes control plane on loopback: kube-apiserver, etcd and a few controllers."""

from __future__ import annotations

import json
import ssl
import tempfile
import time
from pathlib import Path
from types import TracebackType
from typing import Self

import httpx

from inference_operator.localcluster import components, guard
from inference_operator.localcluster.binaries import Binaries, find_binaries
from inference_operator.localcluster.credentials import new_signing_key, new_token, token_file, write_private
from inference_operator.localcluster.errors import LocalClusterError
from inference_operator.localcluster.kubeconfig import write_kubeconfig
from inference_operator.localcluster.layout import Layout
from inference_operator.localcluster.ports import free_port
from inference_operator.localcluster.processes import Processes
from inference_operator.localcluster.progress import Progress, to_stderr

READY_SECONDS = 60.0
"""How long kube-apiserver may take; one second of what it takes is a wait of its own, before it makes RBAC's roles."""

PROBE_SECONDS = 1.0
"""How long one question for readiness may take: on a taken port something may listen that never answers."""

ATTEMPTS = 3
"""Another process may take a port between the moment it is found free and the moment a server has it."""

TOKEN_SECONDS = 24 * 3600
"""How long the token of a ServiceAccount's kubeconfig is valid."""


class LocalCluster:
    """A running control plane; leaving the context, `stop()` or the end of this process ends it."""

    def __init__(self, layout: Layout, binaries: Binaries, processes: Processes) -> None:
        self._layout = layout
        self._binaries = binaries
        self._processes = processes
        self._port = free_port()
        self._etcd_port = free_port()
        self._token = new_token()

    @classmethod
    def start(cls, directory: Path | None = None, *, detached: bool = False, progress: Progress = to_stderr) -> Self:
        """Start a new, empty cluster and return once it is ready, two seconds later.

        `directory` (absent: a temporary one) must be new or empty and is removed with the cluster. A
        `detached` cluster outlives this process; `stop_cluster` ends it. The first start on a machine may
        build the binaries, which takes minutes and is reported to `progress`. Raises LocalClusterError.
        """
        binaries = find_binaries(progress=progress)
        for _ in range(ATTEMPTS - 1):
            try:
                return cls._start(directory, binaries, detached=detached)
            except _PortTakenError:
                continue
        return cls._start(directory, binaries, detached=detached)

    @classmethod
    def _start(cls, directory: Path | None, binaries: Binaries, *, detached: bool) -> Self:
        layout = _claimed_layout(directory)
        cluster = cls(layout, binaries, Processes(layout, detached=detached))
        try:
            cluster._start_components()
        except BaseException:
            taken = cluster._found_port_taken()
            cluster.stop()
            if taken:
                raise _PortTakenError("Other processes took the ports of the cluster: try again.") from None
            raise
        return cluster

    @property
    def directory(self) -> Path:
        """Where all files of the cluster are."""
        return self._layout.root

    @property
    def kubeconfig(self) -> Path:
        """The administrator's kubeconfig (group system:masters)."""
        return self._layout.kubeconfig

    @property
    def url(self) -> str:
        """The address of kube-apiserver, https on 127.0.0.1."""
        return f"https://127.0.0.1:{self._port}"

    def service_account_kubeconfig(self, namespace: str, name: str) -> Path:
        """Write a kubeconfig for an existing ServiceAccount, with a new token (TokenRequest, 24 h).

        Returns its path. Raises LocalClusterError when kube-apiserver gives no token, as for an account that
        does not exist.
        """
        path = f"/api/v1/namespaces/{namespace}/serviceaccounts/{name}/token"
        request = {"kind": "TokenRequest", "apiVersion": "authentication.k8s.io/v1"}
        with self._client() as client:
            answer = client.post(path, json={**request, "spec": {"expirationSeconds": TOKEN_SECONDS}})
        if answer.is_error:
            reason = answer.json().get("message", answer.text)
            raise LocalClusterError(f"No token for ServiceAccount {namespace}/{name}: {reason}. Create it first.")
        return write_kubeconfig(
            self._layout.service_account_kubeconfig(namespace, name),
            url=self.url,
            authority=self._layout.certificate_authority.read_bytes(),
            token=answer.json()["status"]["token"],
            namespace=namespace,
        )

    def restart_apiserver(self) -> None:
        """Kill kube-apiserver and start it again on the same port and data; returns once it is ready.

        It is killed, as in a crash: a polite stop waits for every open watch.
        """
        self._processes.kill("kube-apiserver")
        self._start_apiserver()

    def stop(self) -> None:
        """Kill all processes of the cluster and remove its directory; a second call does nothing."""
        self._processes.end()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _start_components(self) -> None:
        write_private(self._layout.tokens, token_file(self._token))
        write_private(self._layout.service_account_key, new_signing_key())
        self._processes.start("etcd", components.etcd(self._binaries.etcd.path, self._layout, port=self._etcd_port))
        self._layout.state.write_text(json.dumps({"group": self._processes.group, "url": self.url}))
        self._start_apiserver()
        authority = self._layout.certificate_authority.read_bytes()
        write_kubeconfig(self.kubeconfig, url=self.url, authority=authority, token=self._token)
        self._processes.start(
            "kube-controller-manager",
            components.controller_manager(self._binaries.controller_manager.path, self._layout),
        )

    def _start_apiserver(self) -> None:
        command = components.apiserver(
            self._binaries.apiserver.path, self._layout, port=self._port, etcd_port=self._etcd_port
        )
        self._processes.start("kube-apiserver", command)
        deadline = time.monotonic() + READY_SECONDS
        while not self._is_ready():
            self._processes.check()
            if time.monotonic() > deadline:
                raise LocalClusterError(
                    f"kube-apiserver was not ready after {READY_SECONDS:.0f} s: is the machine overloaded? "
                    f"Its log was {self._layout.log('kube-apiserver')}."
                )
            time.sleep(0.02)

    def _is_ready(self) -> bool:
        try:
            with self._client() as client:
                return client.get("/readyz", timeout=PROBE_SECONDS).is_success
        except (httpx.TransportError, OSError):
            return False

    def _client(self) -> httpx.Client:
        trust = ssl.create_default_context(cafile=str(self._layout.certificate_authority))
        headers = {"Authorization": f"Bearer {self._token}"}
        return httpx.Client(base_url=self.url, verify=trust, headers=headers, timeout=10, trust_env=False)

    def _found_port_taken(self) -> bool:
        logs = (self._layout.log(component) for component in ("etcd", "kube-apiserver"))
        return any(b"address already in use" in log.read_bytes() for log in logs if log.exists())


class _PortTakenError(LocalClusterError):
    """A port was free when it was chosen and taken when a server wanted to listen on it."""


def _claimed_layout(directory: Path | None) -> Layout:
    root = directory if directory is not None else Path(tempfile.mkdtemp(prefix="inference-operator-cluster-"))
    layout = Layout(root.resolve())
    if guard.is_running(layout.lock):
        raise LocalClusterError(f"A cluster is running in {root} already: stop it first, or name another directory.")
    layout.claim()
    return layout
