"""What the provider replaces whole is owned whole, so that two field managers can't leave half of each."""

from typing import Any

import pytest

from tests.api.api_server import ApiServer
from tests.api.manifests import endpoint, model, scaling

_IMAGE = {"huggingface": {}}
_TOKEN = {"secretKeyRef": {"name": "hub", "key": "token"}}


@pytest.mark.parametrize(
    ("first", "second", "path"),
    [
        (model(image=_IMAGE), model(image={"tgi": {"url": "example.com/tgi:3"}}), ("model", "image")),
        (model(env={"A": "1"}), model(env={"B": "2"}), ("model", "env")),
        (model(secrets={"A": _TOKEN}), model(secrets={"B": _TOKEN}), ("model", "secrets")),
        (model(args=["-a"]), model(args=["-b"]), ("model", "args")),
        (
            scaling(measure={"hardwareUsage": 80}),
            scaling(measure={"pendingRequests": 2}),
            ("compute", "scaling", "measure"),
        ),
    ],
)
def test_the_second_field_manager_replaces_it_whole(
    first: dict[str, Any], second: dict[str, Any], path: tuple[str, ...], api: ApiServer
) -> None:
    assert api.apply(endpoint(first), "first").status_code == 201
    response = api.apply(endpoint(second), "second")
    assert response.status_code == 200, response.text
    stored, wanted = response.json()["spec"]["huggingFace"], second["spec"]["huggingFace"]
    for key in path:
        stored, wanted = stored[key], wanted[key]
    assert stored == wanted


def test_a_stored_manifest_is_the_manifest(api: ApiServer) -> None:
    manifest = endpoint(model(image={"vLLM": {"url": "vllm/vllm-openai:v0.9.0"}}))
    assert api.create(manifest, dry_run=False).json()["spec"] == manifest["spec"]
