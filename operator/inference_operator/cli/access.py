"""How a command reaches the cluster; apart from what does so, so that commands start without the Kubernetes client."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Access:
    """The kubeconfig (None: the usual places), the namespace that is meant, and the operator's own."""

    kubeconfig: Path | None
    namespace: str
    operator_namespace: str
