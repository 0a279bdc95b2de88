"""What is downloaded and built; the Go modules are pinned by hash in gomod/, the wheels in wheel_pins/.

A new version of Kubernetes: change it here and, with its v0.x.y twin for every `k8s.io/...` module, in
gomod/kubernetes/go.mod, then run `go mod tidy` there. Etcd and the archive the same way.
"""

from __future__ import annotations

import platform

KUBERNETES_VERSION = "1.34.4"
"""Built from its Go module; the same as in gomod/kubernetes/go.mod."""

ETCD_VERSION = "3.6.6"
"""Built from its Go module; the same as in gomod/etcd/go.mod."""

BINARIES = ("etcd", "kube-apiserver", "kube-controller-manager")
"""The executables that make a control plane."""

ENVTEST_VERSION = "1.34.1"
"""The newest envtest archive of the same minor version."""

ENVTEST_BASE_URL = "https://github.com/kubernetes-sigs/controller-tools/releases/download"
"""Where the archives are; the same place as in setup-envtest's index, envtest-releases.yaml."""

ENVTEST_SHA256 = {
    "linux-amd64": "c8500090806ed5ce4064eeeb2a5666476a5168c1f4ff0eadd54fe59b22c4baa7",
    "linux-arm64": "cb56759108ea15933abf79d8573bbf66cca8c13e20425d7bc9f95941a060649d",
    "darwin-amd64": "84d47d6c3a2fa4d14571249b4cccfafad1eb77087bb680693553b438b8ec8c43",
    "darwin-arm64": "f25c213bc88582750935b370fa2c6108f0259b9c8f59ece5a82345d48858fc7d",
}
"""SHA-256 of each archive of `ENVTEST_VERSION`, as cert-manager's makefile-modules pins them."""

ENVTEST_BINARIES = frozenset({"etcd", "kube-apiserver"})
"""What of `BINARIES` an archive holds; it never has a controller manager."""


def platform_name() -> str:
    """This machine in Go's words, for example `linux-amd64`."""
    machine = platform.machine().lower()
    return f"{platform.system().lower()}-{ {'x86_64': 'amd64', 'aarch64': 'arm64'}.get(machine, machine) }"
