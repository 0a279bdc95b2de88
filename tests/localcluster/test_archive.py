"""The envtest archive, from a file server on loopback: only the pinned bytes are ever unpacked."""

import functools
import hashlib
import io
import tarfile
import threading
from collections.abc import Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from inference_operator.localcluster.archive import Archive
from inference_operator.localcluster.cache import Cache
from inference_operator.localcluster.pins import BINARIES, ENVTEST_VERSION, platform_name

ALL = frozenset(BINARIES)


class Handler(SimpleHTTPRequestHandler):
    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Nothing: pytest's output is for tests."""


@pytest.fixture
def served(tmp_path: Path) -> Iterator[tuple[Path, str]]:
    """The archive's file on a server, and the server's address."""
    folder = tmp_path / "served" / f"envtest-v{ENVTEST_VERSION}"
    folder.mkdir(parents=True)
    with ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Handler, directory=str(folder.parent))) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        address = f"http://127.0.0.1:{server.server_port}"
        yield folder / f"envtest-v{ENVTEST_VERSION}-{platform_name()}.tar.gz", address
        server.shutdown()


def write_archive(path: Path) -> str:
    """Write an archive in the shape of the real one, and return its SHA-256."""
    with tarfile.open(path, "w:gz") as archive:
        for name in ("etcd", "kube-apiserver", "kubectl"):
            member = tarfile.TarInfo(f"controller-tools/envtest/{name}")
            member.size = len(name)
            archive.addfile(member, io.BytesIO(name.encode()))
    return hashlib.sha256(path.read_bytes()).hexdigest()


def archive_at(address: str, checksum: str, cache: Cache, lines: list[str]) -> Archive:
    return Archive(cache, lines.append, base_url=address, checksums={platform_name(): checksum})


def test_binaries_of_an_archive_with_the_pinned_checksum_go_to_the_cache(
    served: tuple[Path, str], tmp_path: Path
) -> None:
    path, address = served
    cache = Cache(tmp_path / "cache")
    found = archive_at(address, write_archive(path), cache, []).find(ALL)
    assert {name: each.read_text() for name, each in found.items()} == {
        "etcd": "etcd",
        "kube-apiserver": "kube-apiserver",
    }
    assert cache.find(ALL) == found


def test_an_archive_with_another_checksum_is_refused_and_nothing_of_it_is_kept(
    served: tuple[Path, str], tmp_path: Path
) -> None:
    path, address = served
    write_archive(path)
    cache, lines = Cache(tmp_path / "cache"), list[str]()
    assert archive_at(address, "0" * 64, cache, lines).find(ALL) == {}
    assert "not used: its SHA-256 is" in lines[-1]
    assert cache.find(ALL) == {}
    assert list(cache.root.glob("work-*")) == []


def test_an_absent_archive_is_reported_and_the_next_source_gets_its_turn(
    served: tuple[Path, str], tmp_path: Path
) -> None:
    lines = list[str]()
    assert archive_at(served[1], "0" * 64, Cache(tmp_path / "cache"), lines).find(ALL) == {}
    assert "404" in lines[-1]


def test_a_server_that_is_not_there_is_reported_and_the_next_source_gets_its_turn(tmp_path: Path) -> None:
    lines = list[str]()
    assert archive_at("http://127.0.0.1:9", "0" * 64, Cache(tmp_path / "cache"), lines).find(ALL) == {}
    assert "not used" in lines[-1]


def test_nothing_is_downloaded_for_a_controller_manager_which_no_archive_has(tmp_path: Path) -> None:
    lines = list[str]()
    archive = archive_at("http://127.0.0.1:9", "0" * 64, Cache(tmp_path / "cache"), lines)
    assert archive.find(frozenset({"kube-controller-manager"})) == {}
    assert lines == []
