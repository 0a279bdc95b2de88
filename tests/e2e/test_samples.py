"""Every sample in deploy/samples/ works as it is: what a newcomer applies first must not need a correction."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.api.manifests import changed
from tests.e2e.conftest import NewTeam, chosen
from tests.support.kube_api import Object
from tests.support.team import Team, ready

SAMPLES = Path(__file__).parent.parent.parent / "deploy" / "samples"
FOLDERS = {"huggingFace": SAMPLES, "tir": SAMPLES / "tir"}
"""Where the samples of a provider are."""
ACCOUNT = "account.yaml"


def _files(provider: str) -> list[Path]:
    return sorted(path for path in FOLDERS[provider].glob("*.yaml") if path.name != ACCOUNT)


def _manifest(path: Path) -> Object:
    return dict(yaml.safe_load(path.read_text()))


def _secrets(value: Any) -> Iterator[tuple[str, Mapping[str, str]]]:
    """The Secrets that a sample names, with values for the keys that it needs of them."""
    if isinstance(value, list):
        for inner in value:
            yield from _secrets(inner)
    if not isinstance(value, Mapping):
        return
    for key, inner in value.items():
        if key == "secretKeyRef":
            yield inner["name"], {inner["key"]: "hf_sampletoken0123456789"}
        elif key == "credentialsSecretRef":
            yield inner["name"], {"username": "me", "password": "registry-password"}
        else:
            yield from _secrets(inner)


@pytest.fixture(scope="module")
def applied(request: pytest.FixtureRequest, new_team: NewTeam) -> Iterator[Team]:
    """A team that made the Secrets and applied everything, the samples as they are."""
    with new_team(chosen(request)) as team:
        files = _files(team.vendor.key)
        for path in files:
            for name, values in _secrets(_manifest(path)["spec"]):
                team.secret(name, **values)
        here = {**team.block(team.vendor.account(team.vendor.account_name)), "pollInterval": "1s"}
        account = changed(_manifest(FOLDERS[team.vendor.key] / ACCOUNT), {"spec": here})
        team.kubectl_apply(account, "--server-side", "--force-conflicts")
        team.kubectl("apply", *(f"--filename={path}" for path in files))
        yield team


def _least(spec: Object) -> int:
    """How many replicas there are while nothing happens."""
    if "tir" in spec:
        return int(spec["tir"]["replicas"])
    return max(int(spec["huggingFace"]["compute"]["scaling"]["minReplica"]), 1)


@pytest.mark.parametrize(
    ("applied", "path"),
    [pytest.param(provider, path, id=path.stem) for provider in FOLDERS for path in _files(provider)],
    indirect=["applied"],
    scope="module",
)
def test_a_sample_ends_running_and_ready_with_one_post(applied: Team, path: Path) -> None:
    sample = _manifest(path)
    status = applied.wait(sample["metadata"]["name"], ready, timeout=30)["status"]

    assert status["state"] == "running"
    assert status["url"].startswith(applied.url)
    least = _least(sample["spec"])
    assert (status["readyReplica"], status["targetReplica"], status["ready"]) == (least, least, f"{least}/{least}")
    name = sample["metadata"]["name"]
    assert len(applied.posts(name)) == 1
    assert len(applied.writes(name)) == 1, "a sample that needs a correction afterwards is not what it says"


def test_the_samples_cover_every_way_to_serve_a_model() -> None:
    models = [_manifest(path)["spec"]["huggingFace"]["model"] for path in _files("huggingFace")]
    engines = {engine for model in models for engine in model.get("image", {})}

    assert {"huggingface", "vLLM", "sGLang", "tgi", "tei", "llamacpp", "tgiNeuron", "custom"} <= engines
