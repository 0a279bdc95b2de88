"""Builds the programs that tests run, before the clock of any test ticks: `python -m tests.programs test`."""

import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from tests.chart.helm import HELM
from tests.gitops.programs import CONTROLLER_GEN, KUSTOMIZE_CONTROLLER, kstatus
from tests.observability.prometheus import PROMETHEUS, PROMTOOL

NEEDED: Mapping[str, Sequence[Callable[[], Path]]] = {
    "test": (HELM.path, kstatus),
    "proof": (PROMTOOL.path, PROMETHEUS.path, CONTROLLER_GEN.path),
    "e2e": (HELM.path, KUSTOMIZE_CONTROLLER.path),
}
"""By the target of the Makefile that runs them."""

if __name__ == "__main__":
    for build in NEEDED[sys.argv[1]]:
        build()
