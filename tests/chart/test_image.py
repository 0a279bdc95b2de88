"""What the image is made of. That it builds and runs is shown by `make e2e`."""

import re
import tomllib
from importlib.metadata import requires
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from tests.chart.helm import ROOT
from tools import image, locked

PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
PINS = list(locked.pinned((ROOT / "constraints.txt").read_text()))
DOCKERFILE = (ROOT / "Dockerfile").read_text()


def test_it_holds_what_the_project_needs_with_traces_and_what_that_needs() -> None:
    chosen = {pin.name for pin in locked.needed(PYPROJECT, PINS, extras=["otel"], build=False)}
    needed = _closure("inference-operator", extra="otel")
    assert needed - chosen == set()
    # constraints.txt does not say by which extra one package wants another.
    assert len(chosen - needed) <= 3, chosen - needed
    assert {"typer", "rich", "uvicorn", "starlette", "pytest", "mkdocs", "hatchling"}.isdisjoint(chosen)


def test_what_builds_it_is_pinned_too() -> None:
    assert "hatchling" in {pin.name for pin in locked.needed(PYPROJECT, PINS, extras=[], build=True)}


def test_every_package_is_pinned_by_hash() -> None:
    assert len(PINS) > 50
    for pin in PINS:
        assert re.match(r"[\w.-]+==", pin.text), pin.text.splitlines()[0]
        assert "--hash=sha256:" in pin.text, pin.name


def test_both_stages_are_python_and_the_last_is_nobodys() -> None:
    stages = re.findall(r"^FROM (\S+)", DOCKERFILE, flags=re.MULTILINE)
    assert len(stages) == 2
    assert all(re.fullmatch(r"python:3\.\d+-slim", one) for one in stages)
    last = DOCKERFILE.rpartition("\nFROM ")[2]
    assert re.search(r"^USER [1-9]\d*:[1-9]\d*$", last, flags=re.MULTILINE)
    assert "RUN" not in last, "what the last stage runs would be written into it"


def test_nothing_but_what_is_needed_is_sent_to_the_builder() -> None:
    ignored = (ROOT / ".dockerignore").read_text().split()
    assert ignored[0] == "*"
    sent = {one[1:] for one in ignored if one.startswith("!")}
    copied = {
        word
        for line in re.findall(r"^COPY (?!--from)(.*)$", DOCKERFILE, flags=re.MULTILINE)
        for word in line.split()[:-1]
    }
    assert sent == copied
    assert all((ROOT / one).exists() for one in sent)


def test_no_file_names_an_index() -> None:
    for path in (ROOT / "Dockerfile", ROOT / "constraints.txt", ROOT / "tools" / "image.py"):
        assert not re.search(r"--(extra-)?index-url|PIP_INDEX_URL *= *[\"']?http", path.read_text()), path


@pytest.mark.parametrize("name", ["docker", "podman", "buildah"])
def test_a_commit_is_built_with_its_own_time(name: str) -> None:
    given = {"VERSION": "1.0.0", "SOURCE_DATE_EPOCH": "1700000000"}
    called = image.command(name, "registry.example.com/x:1", given)
    assert called[:2] == [name, "build"]
    assert "--build-arg=SOURCE_DATE_EPOCH=1700000000" in called
    assert "--tag=registry.example.com/x:1" in called
    assert ("--timestamp=1700000000" in called) is (name != "docker")


def test_the_index_of_the_environment_is_passed_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIP_INDEX_URL", "https://pypi.example.com/simple")
    assert image.build_arguments()["PIP_INDEX_URL"] == "https://pypi.example.com/simple"
    assert re.fullmatch(r"\d+", image.build_arguments()["SOURCE_DATE_EPOCH"])


def test_without_any_builder_it_is_said_what_is_missing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert image.main(["any:1"]) == 1
    assert "Docker" in capsys.readouterr().err


def _closure(project: str, *, extra: str) -> set[str]:
    """The packages that are installed because of a project, with one of its extras, on this machine."""
    found: set[str] = set()
    waiting = [(project, frozenset({extra}))]
    while waiting:
        name, extras = waiting.pop()
        for text in requires(name) or ():
            requirement = Requirement(text)
            wanted = requirement.marker is None or any(
                requirement.marker.evaluate({"extra": one}) for one in (extras or {""})
            )
            key = canonicalize_name(requirement.name)
            if wanted and key not in found and key != project:
                found.add(key)
                waiting.append((requirement.name, frozenset(requirement.extras)))
    return found
