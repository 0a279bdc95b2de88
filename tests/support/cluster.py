"""The clusters that tests run against, and kubectl as their client."""

import json
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

import yaml

from inference_operator.localcluster import kubectl_path

Manifest = str | Mapping[str, Any] | Sequence[Mapping[str, Any]]
"""YAML text, one object, or several."""

_ESTABLISHED_WITHIN = 30.0


class Cluster(Protocol):
    """What a test may ask of a cluster, whichever kind it is."""

    @property
    def kubeconfig(self) -> Path:
        """The administrator's kubeconfig."""

    def service_account_kubeconfig(self, namespace: str, name: str) -> Path:
        """A kubeconfig for an existing ServiceAccount."""


class Kubectl:
    """kubectl with one kubeconfig; a failing command raises AssertionError with what kubectl said."""

    def __init__(self, kubeconfig: Path) -> None:
        self.kubeconfig = kubeconfig
        # Beside the kubeconfig: the default cache goes by address, and a later cluster may get the same port.
        self._command = [
            str(kubectl_path()),
            f"--kubeconfig={kubeconfig}",
            f"--cache-dir={kubeconfig.parent / 'cache'}",
        ]

    def run(
        self, *args: str, stdin: str | None = None, check: bool = True, timeout: float = 60
    ) -> subprocess.CompletedProcess[str]:
        """Run one command; `timeout` in seconds."""
        done = subprocess.run(
            [*self._command, *args], input=stdin, text=True, capture_output=True, check=False, timeout=timeout
        )
        if check and done.returncode != 0:
            raise AssertionError(f"kubectl {' '.join(args)}: {done.stderr.strip()}")
        return done

    def apply(self, manifest: Manifest, *extra: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """`kubectl apply` of YAML text, an object or several; `extra`: more arguments, as `--server-side`."""
        return self.run("apply", *extra, "--filename=-", stdin=_to_yaml(manifest), check=check)

    def get(self, kind: str, name: str, namespace: str | None = None) -> dict[str, Any]:
        """One object as a dict."""
        done = self.run("get", kind, name, "--output=json", *_in(namespace))
        return dict(json.loads(done.stdout))

    def wait(self, kind: str, name: str, wanted: str, namespace: str | None = None, *, seconds: float = 30) -> None:
        """`kubectl wait --for=<wanted>`: `condition=Ready`, `delete`, `jsonpath={.status.state}=running`."""
        arguments = (kind, name, f"--for={wanted}", f"--timeout={seconds}s")
        self.run("wait", *arguments, *_in(namespace), timeout=seconds + 30)

    def install(self, crds: Path, *extra: str) -> None:
        """Apply CRDs, a file or a folder of them, and return once the API server serves them."""
        self.run("apply", "--server-side", *extra, f"--filename={crds}")
        self.await_established(f"--filename={crds}")

    def await_established(self, *crds: str) -> None:
        """Return once the API server serves these CRDs; `crds`: what kubectl is to wait for."""
        until = time.monotonic() + _ESTABLISHED_WITHIN
        # Where nothing at all is said of a CRD yet, kubectl does not wait but fails.
        while (done := self.run("wait", "--for=condition=Established", *crds, "--timeout=10s", check=False)).returncode:
            if time.monotonic() > until:
                raise AssertionError(f"not established: {done.stderr.strip()}")
            time.sleep(0.1)

    def delete(self, kind: str, name: str, namespace: str | None = None, *extra: str) -> None:
        """Delete one object, if it is there, and wait until it is gone, unless `extra` says otherwise."""
        self.run("delete", kind, name, "--ignore-not-found", *_in(namespace), *extra)


class ExternalCluster:
    """A cluster that somebody else started: kind's, or the one of the current context."""

    def __init__(self, kubeconfig: Path, directory: Path) -> None:
        self.kubeconfig = kubeconfig
        self._directory = directory

    def service_account_kubeconfig(self, namespace: str, name: str) -> Path:
        """A kubeconfig for an existing ServiceAccount, with a token of 24 h."""
        admin = Kubectl(self.kubeconfig)
        token = admin.run("create", "token", name, f"--namespace={namespace}", "--duration=24h").stdout.strip()
        config = yaml.safe_load(admin.run("config", "view", "--raw", "--minify", "--flatten").stdout)
        config["users"][0]["user"] = {"token": token}
        config["contexts"][0]["context"]["namespace"] = namespace
        path = self._directory / f"{namespace}-{name}.kubeconfig"
        path.touch(mode=0o600)
        path.write_text(yaml.safe_dump(config))
        return path


def current_cluster(directory: Path) -> ExternalCluster:
    """The cluster of the current kubeconfig context; new kubeconfigs are written to `directory`."""
    done = subprocess.run(
        [kubectl_path(), "config", "view", "--raw", "--minify", "--flatten"],
        text=True,
        capture_output=True,
        check=False,
    )
    if done.returncode != 0:
        raise AssertionError(f"--cluster current: {done.stderr.strip()}")
    path = directory / "current.kubeconfig"
    path.touch(mode=0o600)
    path.write_text(done.stdout)
    return ExternalCluster(path, directory)


def _to_yaml(manifest: Manifest) -> str:
    if isinstance(manifest, str):
        return manifest
    return yaml.safe_dump_all([manifest] if isinstance(manifest, Mapping) else manifest)


def _in(namespace: str | None) -> tuple[str, ...]:
    return () if namespace is None else (f"--namespace={namespace}",)
