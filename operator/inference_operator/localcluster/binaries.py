"""Where the control plane's binaries come from: the first source that has one wins."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from inference_operator.localcluster.archive import Archive
from inference_operator.localcluster.assets import Assets
from inference_operator.localcluster.cache import Cache, cache_root
from inference_operator.localcluster.errors import LocalClusterError
from inference_operator.localcluster.gobuild import GoBuild
from inference_operator.localcluster.pins import BINARIES
from inference_operator.localcluster.progress import Progress


class Source(Protocol):
    """A place that may have binaries, or make them."""

    @property
    def name(self) -> str:
        """What a person is told where a binary came from."""

    def find(self, wanted: frozenset[str]) -> dict[str, Path]:
        """Those of the wanted binaries that can be had here."""


@dataclass(frozen=True)
class Found:
    """One executable and the name of the source that had it."""

    path: Path
    source: str


@dataclass(frozen=True)
class Binaries:
    """The three executables that make a control plane."""

    etcd: Found
    apiserver: Found
    controller_manager: Found


def find_binaries(*, progress: Progress) -> Binaries:
    """Find or make the binaries, in the order of `sources`; LocalClusterError when one can't be had."""
    found = resolve(sources(progress=progress))
    return Binaries(*(found[name] for name in BINARIES))


def sources(*, progress: Progress) -> tuple[Source, ...]:
    """`KUBEBUILDER_ASSETS`, the cache, the envtest archive, a build with Go.

    No archive has a controller manager, without which no namespace ends and no owned object is collected, so
    that one comes from the last source where neither of the first two has it.
    """
    assets = os.environ.get("KUBEBUILDER_ASSETS")
    cache = Cache(cache_root())
    return (
        Assets(Path(assets) if assets else None),
        cache,
        Archive(cache, progress),
        GoBuild(cache, progress),
    )


def resolve(candidates: Iterable[Source]) -> dict[str, Found]:
    """Ask one source after the other for what is still missing, until nothing is."""
    found: dict[str, Found] = {}
    for source in candidates:
        missing = frozenset(BINARIES) - found.keys()
        if not missing:
            break
        found.update({name: Found(path, source.name) for name, path in source.find(missing).items()})
    missing = frozenset(BINARIES) - found.keys()
    if missing:
        raise LocalClusterError(
            f"No {', '.join(sorted(missing))} found: set KUBEBUILDER_ASSETS to a folder that has it."
        )
    return found
