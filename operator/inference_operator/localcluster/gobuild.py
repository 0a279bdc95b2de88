"""Builds the control plane from source with Go, from modules that go.sum pins by hash."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from inference_operator.localcluster.cache import Cache
from inference_operator.localcluster.gotoolchain import go_command
from inference_operator.localcluster.pins import ETCD_VERSION, KUBERNETES_VERSION
from inference_operator.localcluster.progress import Progress, run_reporting

MODULES = Path(__file__).parent / "gomod"
"""A Go module for each project, with nothing but its pins in it."""

PACKAGES = {
    "etcd": ("etcd", "go.etcd.io/etcd/server/v3"),
    "kube-apiserver": ("kubernetes", "k8s.io/kubernetes/cmd/kube-apiserver"),
    "kube-controller-manager": ("kubernetes", "k8s.io/kubernetes/cmd/kube-controller-manager"),
}
"""For each executable the folder of its pins in `MODULES`, and the Go package of its main function."""


@dataclass(frozen=True)
class GoBuild:
    """Builds into the cache; about five minutes on two cores, the first time."""

    cache: Cache
    progress: Progress

    name = "built with Go"

    def find(self, wanted: frozenset[str]) -> dict[str, Path]:
        """Build all of the wanted executables; raises LocalClusterError when one can't be built."""
        go = go_command(cache=self.cache, progress=self.progress)
        with self.cache.lock(self.progress):
            found = self.cache.find(wanted)
            missing = sorted(wanted - found.keys())
            if missing:
                self.progress(f"building {', '.join(missing)} from source: minutes, and only this once")
                found.update({name: self._build(go, name) for name in missing})
        return found

    def _build(self, go: str, name: str) -> Path:
        module, package = PACKAGES[name]
        with self.cache.workspace() as workspace:
            target = workspace / name
            run_reporting(
                [
                    go,
                    "build",
                    "-trimpath",
                    "-buildvcs=false",
                    f"-ldflags={_link_flags()}",
                    "-o",
                    str(target),
                    package,
                ],
                what=f"building {name} {ETCD_VERSION if module == 'etcd' else KUBERNETES_VERSION}",
                progress=self.progress,
                cwd=MODULES / module,
                env=_go_environment(),
            )
            return self.cache.add(target)


def _go_environment() -> dict[str, str]:
    # No C compiler, no workspace file of a folder above, and no other toolchain than the one that was chosen.
    settings = {"CGO_ENABLED": "0", "GOWORK": "off", "GOTOOLCHAIN": "local", "GOFLAGS": "-mod=readonly"}
    return {"HOME": str(Path.home()), **os.environ, **settings}


def _link_flags() -> str:
    """No debug information, and the version that `/version` reports (k8s.io/component-base/version)."""
    major, minor, _ = KUBERNETES_VERSION.split(".")
    values = {
        "gitVersion": f"v{KUBERNETES_VERSION}",
        "gitMajor": major,
        "gitMinor": minor,
        "gitTreeState": "clean",
        "gitCommit": "",
    }
    stamps = [f"-X k8s.io/component-base/version.{name}={value}" for name, value in values.items()]
    return " ".join(["-s", "-w", *stamps])
