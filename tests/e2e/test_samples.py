"""Every sample in deploy/samples/ works as it is: what a newcomer applies first must not need a correction."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.api.manifests import changed
from tests.e2e.conftest import NewTeam
from tests.support.kube_api import Object
from tests.support.team import TOKEN, Team, ready

SAMPLES = Path(__file__).parent.parent.parent / "deploy" / "samples"
FILES = sorted(path for path in SAMPLES.glob("*.yaml") if path.name != "account.yaml")


def _manifest(path: Path) -> Object:
    return dict(yaml.safe_load(path.read_text()))


def _secrets(value: Any) -> Iterator[tuple[str, Mapping[str, str]]]:
    """The Secrets that a sample names, with values for the keys that it needs of them."""
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
def applied(new_team: NewTeam) -> Iterator[Team]:
    """A team that made the Secrets and applied everything, the samples as they are."""
    with new_team() as team:
        team.secret("hf", token=TOKEN)
        for path in FILES:
            for name, values in _secrets(_manifest(path)["spec"]):
                team.secret(name, **values)
        account = changed(
            _manifest(SAMPLES / "account.yaml"),
            {"spec": {"huggingFace": {"baseURL": team.url, "namespace": team.namespace}, "pollInterval": "1s"}},
        )
        team.kubectl_apply(account, "--server-side", "--force-conflicts")
        team.kubectl("apply", *(f"--filename={path}" for path in FILES))
        yield team


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_sample_ends_running_and_ready_with_one_post(applied: Team, path: Path) -> None:
    sample = _manifest(path)
    status = applied.wait(sample["metadata"]["name"], ready, timeout=30)["status"]

    assert status["state"] == "running"
    assert status["url"].startswith(applied.url)
    least = max(sample["spec"]["huggingFace"]["compute"]["scaling"]["minReplica"], 1)
    assert (status["readyReplica"], status["targetReplica"], status["ready"]) == (least, least, f"{least}/{least}")
    name = sample["metadata"]["name"]
    assert len(applied.posts(name)) == 1
    assert len(applied.writes(name)) == 1, "a sample that needs a correction afterwards is not what it says"


def test_the_samples_cover_every_way_to_serve_a_model() -> None:
    engines = {engine for path in FILES for engine in _manifest(path)["spec"]["huggingFace"]["model"].get("image", {})}

    assert {"huggingface", "vLLM", "sGLang", "tgi", "tei", "llamacpp", "tgiNeuron", "custom"} <= engines
