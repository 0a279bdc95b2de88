"""Every sample is a manifest that the API server accepts as it is."""

from pathlib import Path
from typing import Any

import yaml

from inference_operator.api import names
from tests.api.api_server import ApiServer

SAMPLES = Path(__file__).parents[2] / "deploy" / "samples"


def _samples() -> dict[str, list[dict[str, Any]]]:
    return {
        str(path.relative_to(SAMPLES)): list(yaml.safe_load_all(path.read_text()))
        for path in sorted(SAMPLES.rglob("*.yaml"))
    }


def test_each_sample_is_accepted_as_it_is(api: ApiServer) -> None:
    for name, manifests in _samples().items():
        for manifest in manifests:
            response = api.apply(manifest, "kubectl", dry_run=True)
            assert response.status_code == 201, f"{name}: {response.text}"
            assert response.json()["spec"] == manifest["spec"], name


def test_samples_leave_the_namespace_to_the_reader_and_hold_no_secret() -> None:
    for name, (manifest, *others) in _samples().items():
        assert others == [], f"{name}: one object per file"
        assert manifest["apiVersion"] == names.API_VERSION, name
        assert set(manifest["metadata"]) == {"name"}, name


def test_the_samples_show_every_way_of_serving_and_say_what_they_show() -> None:
    images: set[str] = set()
    for path in SAMPLES.glob("*.yaml"):
        assert path.read_text().startswith("# "), path.name
        block = yaml.safe_load(path.read_text())["spec"]["huggingFace"]
        images |= set(block.get("model", {}).get("image", {}))
    assert images >= {"huggingface", "vLLM", "sGLang", "tgi", "tei", "llamacpp", "tgiNeuron", "custom"}
