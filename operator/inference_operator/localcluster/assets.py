"""Executables that the user names by `KUBEBUILDER_ASSETS`, as for any test that uses envtest."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from inference_operator.localcluster.cache import executables_in
from inference_operator.localcluster.errors import LocalClusterError


@dataclass(frozen=True)
class Assets:
    """The folder of `KUBEBUILDER_ASSETS`; None where the variable is not set."""

    folder: Path | None

    name = "KUBEBUILDER_ASSETS"

    def find(self, wanted: frozenset[str]) -> dict[str, Path]:
        """Those of the wanted executables that are in the folder; LocalClusterError when there is no such folder."""
        if self.folder is None:
            return {}
        if not self.folder.is_dir():
            raise LocalClusterError(f"KUBEBUILDER_ASSETS names {self.folder}, which is no folder: correct or unset it.")
        return executables_in(self.folder, wanted)
