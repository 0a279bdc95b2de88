"""The folder that keeps what was downloaded and built, shared by all processes of a user."""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from inference_operator.localcluster.pins import BINARIES, ETCD_VERSION, KUBERNETES_VERSION, platform_name
from inference_operator.localcluster.progress import Progress


def cache_root() -> Path:
    """`inference-operator` in `$XDG_CACHE_HOME`, or in `~/.cache` (XDG Base Directory Specification)."""
    configured = os.environ.get("XDG_CACHE_HOME")
    return (Path(configured) if configured else Path.home() / ".cache") / "inference-operator"


@dataclass(frozen=True)
class Cache:
    """Executables and unpacked wheels below `root`; each appears complete or not at all."""

    root: Path

    name = "the cache"

    @property
    def binaries(self) -> Path:
        """The folder of the executables; another pinned version is another folder."""
        return self.root / f"kubernetes-{KUBERNETES_VERSION}-etcd-{ETCD_VERSION}-{platform_name()}"

    def find(self, wanted: frozenset[str]) -> dict[str, Path]:
        """Those of the wanted executables that are here."""
        return executables_in(self.binaries, wanted)

    def add(self, executable: Path) -> Path:
        """Move an executable in under its own name, in one step, and return its new place."""
        place = self.binaries / executable.name
        place.parent.mkdir(exist_ok=True)
        executable.chmod(0o755)
        executable.replace(place)
        return place

    @contextmanager
    def workspace(self) -> Iterator[Path]:
        """An empty folder on the file system of the cache, removed afterwards; the caller holds the lock."""
        folder = Path(tempfile.mkdtemp(prefix="work-", dir=self.root))
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    @contextmanager
    def lock(self, progress: Progress) -> Iterator[None]:
        """One process at a time; who waits says so, and must look into the cache again before it works."""
        self.root.mkdir(parents=True, exist_ok=True)
        with (self.root / "lock").open("w") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                progress("another process fills the cache: waiting for it")
                fcntl.flock(file, fcntl.LOCK_EX)
            for left_by_a_killed_process in self.root.glob("work-*"):
                shutil.rmtree(left_by_a_killed_process, ignore_errors=True)
            yield


def executables_in(folder: Path, wanted: frozenset[str]) -> dict[str, Path]:
    """Those of the wanted names that are executable files in a folder."""
    paths = {name: folder / name for name in BINARIES if name in wanted}
    return {name: path for name, path in paths.items() if path.is_file() and os.access(path, os.X_OK)}
