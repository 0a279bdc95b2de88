"""The envtest release archive: kube-apiserver and etcd ready made, believed only by checksum."""

from __future__ import annotations

import hashlib
import shutil
import tarfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from inference_operator.localcluster.cache import Cache
from inference_operator.localcluster.pins import (
    ENVTEST_BASE_URL,
    ENVTEST_BINARIES,
    ENVTEST_SHA256,
    ENVTEST_VERSION,
    platform_name,
)
from inference_operator.localcluster.progress import Progress, Ticker

TIMEOUT = httpx.Timeout(10, connect=3)
"""Seconds; short, because a machine without the internet goes on to the next source."""


@dataclass(frozen=True)
class Archive:
    """Downloads the archive of this platform into the cache; a failure is reported, and is no error."""

    cache: Cache
    progress: Progress
    base_url: str = ENVTEST_BASE_URL
    checksums: Mapping[str, str] = field(default_factory=lambda: ENVTEST_SHA256)

    name = "the envtest release archive"

    @property
    def url(self) -> str:
        """The address of this platform's archive."""
        folder = f"envtest-v{ENVTEST_VERSION}"
        return f"{self.base_url}/{folder}/{folder}-{platform_name()}.tar.gz"

    def find(self, wanted: frozenset[str]) -> dict[str, Path]:
        """Download and unpack those of the wanted executables that the archive has; none when that fails."""
        useful = wanted & ENVTEST_BINARIES
        if not useful or platform_name() not in self.checksums:
            return {}
        with self.cache.lock(self.progress):
            present = self.cache.find(useful)
            return present if len(present) == len(useful) else self._fetch(useful)

    def _fetch(self, wanted: frozenset[str]) -> dict[str, Path]:
        try:
            with self.cache.workspace() as folder:
                archive = self._download(folder)
                return {name: self.cache.add(_unpack(archive, name, folder)) for name in wanted}
        except (httpx.HTTPError, _RefusedError, OSError, tarfile.TarError, KeyError) as error:
            self.progress(f"{self.name} is not used: {error}")
            return {}

    def _download(self, folder: Path) -> Path:
        """Raises _RefusedError when the bytes are not the pinned ones, before anything is unpacked."""
        path, digest, ticker = folder / "archive.tar.gz", hashlib.sha256(), Ticker(self.progress)
        self.progress(f"downloading {self.url}")
        with (
            httpx.stream("GET", self.url, timeout=TIMEOUT, follow_redirects=True) as answer,
            path.open("wb") as file,
        ):
            answer.raise_for_status()
            for chunk in answer.iter_bytes():
                digest.update(chunk)
                file.write(chunk)
                ticker.tick(f"{self.name}: {file.tell() >> 20} MiB")
        expected = self.checksums[platform_name()]
        if digest.hexdigest() != expected:
            raise _RefusedError(f"its SHA-256 is {digest.hexdigest()}, not {expected}")
        return path


class _RefusedError(Exception):
    """The archive is not the one whose checksum is pinned."""


def _unpack(archive: Path, name: str, folder: Path) -> Path:
    """Copy one member, found by its last path segment, to a file of that name."""
    with tarfile.open(archive) as members:
        member = next((each for each in members if Path(each.name).name == name and each.isfile()), None)
        content = None if member is None else members.extractfile(member)
        if content is None:
            raise KeyError(f"it has no {name}")
        with (folder / name).open("wb") as file:
            shutil.copyfileobj(content, file)
    return folder / name
