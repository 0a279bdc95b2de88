"""Clusters that outlive the command that started them, found again by their directory."""

from __future__ import annotations

import json
from pathlib import Path

from inference_operator.localcluster import guard
from inference_operator.localcluster.errors import LocalClusterError
from inference_operator.localcluster.layout import Layout


def running_kubeconfig(directory: Path) -> Path | None:
    """The administrator's kubeconfig of the cluster that runs in `directory`; None when none runs there."""
    layout = Layout(directory.resolve())
    return layout.kubeconfig if guard.is_running(layout.lock) else None


def stop_cluster(directory: Path) -> bool:
    """Stop the cluster that runs in `directory` and remove the directory; False when none runs there.

    Raises LocalClusterError when a process of it doesn't end.
    """
    layout = Layout(directory.resolve())
    if not guard.is_running(layout.lock):
        return False
    group = json.loads(layout.state.read_text())["group"]
    if not guard.end(group, layout.lock, layout.root):
        raise LocalClusterError(f"The cluster in {directory} does not end: look for process group {group}.")
    return True
