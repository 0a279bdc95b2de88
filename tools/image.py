"""`python -m tools.image NAME`: build the operator's image with Docker, Podman or Buildah; a commit gives one image.

Another index than PyPI comes from the environment (PIP_INDEX_URL), and stays out of the image.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).parents[1]
_PASSED_ON = ("PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL", "PIP_TRUSTED_HOST")
_NONE = "No Docker daemon answers, and there is neither Podman nor Buildah: install one of them to build an image."


def command(builder: str, name: str, arguments: dict[str, str]) -> list[str]:
    """What a builder is called with. `arguments`: the build arguments."""
    given = [f"--build-arg={key}={value}" for key, value in arguments.items()]
    epoch = arguments["SOURCE_DATE_EPOCH"]
    match builder:
        case "docker":
            build = ["docker", "build", "--provenance=false"]
        case _:
            build = [builder, "build", f"--timestamp={epoch}", "--format=oci"]
    return [*build, f"--tag={name}", *given, str(ROOT)]


def builder() -> str | None:
    """The first builder that works here."""
    if shutil.which("docker") and _says("docker", "info", "--format={{.ServerVersion}}"):
        return "docker"
    return next((one for one in ("podman", "buildah") if shutil.which(one)), None)


def build_arguments() -> dict[str, str]:
    """Version, commit and moment of what is built, and where packages come from."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    return {
        "VERSION": project["version"],
        "REVISION": _says("git", "-C", str(ROOT), "rev-parse", "HEAD") or "unknown",
        "SOURCE_DATE_EPOCH": _says("git", "-C", str(ROOT), "log", "-1", "--format=%ct") or "315619200",
        **{name: os.environ[name] for name in _PASSED_ON if name in os.environ},
    }


def main(arguments: Sequence[str] | None = None) -> int:
    """Build it. Returns the builder's exit code, 1 where there is none."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("name", help="name and tag of the image")
    name = parser.parse_args(arguments).name
    found = builder()
    if found is None:
        sys.stderr.write(f"{_NONE}\n")
        return 1
    given = build_arguments()
    environment = os.environ | {"SOURCE_DATE_EPOCH": given["SOURCE_DATE_EPOCH"]}
    return subprocess.run(command(found, name, given), env=environment, check=False).returncode  # noqa: S603 - a builder


def _says(*called: str) -> str:
    try:
        return subprocess.run(called, capture_output=True, text=True, check=True).stdout.strip()  # noqa: S603 - fixed
    except (OSError, subprocess.CalledProcessError):
        return ""


if __name__ == "__main__":
    sys.exit(main())
