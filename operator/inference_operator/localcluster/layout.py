"""Where a cluster keeps its files: all in one directory, so that removing it removes the cluster."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from inference_operator.localcluster.errors import LocalClusterError


@dataclass(frozen=True)
class Layout:
    """The files of one cluster below `root`."""

    root: Path

    @property
    def lock(self) -> Path:
        """Held (flock, shared) by every process of a running cluster; also the mark of such a directory."""
        return self.root / "cluster.lock"

    @property
    def state(self) -> Path:
        """What another process needs to stop this cluster, as JSON."""
        return self.root / "cluster.json"

    @property
    def kubeconfig(self) -> Path:
        """The administrator's kubeconfig."""
        return self.root / "kubeconfig"

    @property
    def certificates(self) -> Path:
        """Where kube-apiserver writes its self-signed serving certificate."""
        return self.root / "certificates"

    @property
    def certificate_authority(self) -> Path:
        """The serving certificate followed by the authority that signed it, PEM."""
        return self.certificates / "apiserver.crt"

    @property
    def tokens(self) -> Path:
        """kube-apiserver's static token file."""
        return self.root / "tokens.csv"

    @property
    def service_account_key(self) -> Path:
        """The private key that signs ServiceAccount tokens, PEM."""
        return self.root / "service-account.key"

    @property
    def etcd_data(self) -> Path:
        """etcd's data directory."""
        return self.root / "etcd"

    def log(self, component: str) -> Path:
        """Both output streams of one component."""
        return self.root / f"{component}.log"

    def service_account_kubeconfig(self, namespace: str, name: str) -> Path:
        """The kubeconfig of one ServiceAccount."""
        return self.root / "service-accounts" / namespace / f"{name}.kubeconfig"

    def claim(self) -> None:
        """Make the directory, readable by its owner only.

        Raises LocalClusterError when it holds other files: stopping a cluster removes its directory.
        """
        self.root.mkdir(parents=True, exist_ok=True)
        if not self.lock.exists() and any(self.root.iterdir()):
            raise LocalClusterError(
                f"{self.root} has files of something else in it, and a cluster's directory is removed with "
                "the cluster: name a new or an empty directory."
            )
        self.root.chmod(0o700)
        self.lock.touch(mode=0o600)
