"""`python tools/locked.py`: those of constraints.txt that a part of the project needs, with their hashes, for pip.

The image is built with it, by a Python that has nothing installed: the standard library must do.
"""

import argparse
import re
import sys
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_NAME = re.compile(r"[A-Za-z0-9._-]+")


@dataclass(frozen=True)
class Pin:
    """One package of constraints.txt. `text`: its lines; `wanted_by`: the names of those that require it."""

    name: str
    text: str
    wanted_by: frozenset[str]


def needed(pyproject: dict[str, Any], pins: Sequence[Pin], *, extras: Sequence[str], build: bool) -> list[Pin]:
    """Pins of the project's dependencies with these extras, or of what builds it, and all that those require."""
    project = pyproject["project"]
    wanted: list[str] = list(pyproject["build-system"]["requires"] if build else project["dependencies"])
    for extra in extras:
        wanted += project["optional-dependencies"][extra]
    names = {_normal(_name(requirement)) for requirement in wanted}
    while more := {pin.name for pin in pins if pin.name not in names and pin.wanted_by & names}:
        names |= more
    return [pin for pin in pins if pin.name in names]


def pinned(text: str) -> Iterator[Pin]:
    """The packages of a constraints.txt as uv writes it: requirement, hashes, and in comments what it came by."""
    for block in re.split(r"\n(?=\S)", text.strip()):
        comments = [line.strip().lstrip("# ") for line in block.splitlines() if line.strip().startswith("#")]
        names = (comment.removeprefix("via").strip() for comment in comments)
        yield Pin(_normal(_name(block)), block, frozenset(_normal(_name(one)) for one in names if one))


def _name(requirement: str) -> str:
    match = _NAME.match(requirement)
    if match is None:
        raise ValueError(f"{requirement!r} is no requirement")
    return match[0]


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def main() -> None:
    """Print them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--extra", action="append", default=[], help="an extra of the project (repeatable)")
    parser.add_argument("--build", action="store_true", help="what builds the project, instead of what it needs")
    flags = parser.parse_args()
    pyproject = tomllib.loads(Path("pyproject.toml").read_text())
    pins = list(pinned(Path("constraints.txt").read_text()))
    sys.stdout.writelines(f"{pin.text}\n" for pin in needed(pyproject, pins, extras=flags.extra, build=flags.build))


if __name__ == "__main__":
    main()
