"""A further provider is one block more: the CRDs and the specs know it by its registration alone."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from pydantic import Field

from inference_operator.api import names
from inference_operator.api.base import ApiModel
from inference_operator.api.crds import render
from inference_operator.api.endpoint import EndpointSpec
from inference_operator.api.registry import ProviderBlocks, provider_keys, registered
from inference_operator.providers.huggingface.blocks import BLOCKS
from tests.api.api_server import ApiServer
from tests.api.manifests import GONE, changed, endpoint
from tests.api.test_binding import REMOTE_REF
from tests.support.cluster import Cluster, Kubectl

GROUP = "two-providers.test"
KEY = "elsewhere"


class ElsewhereEndpoint(ApiModel):
    """A block of another provider."""

    size: int = Field(ge=1, le=9, description="How large. Unit: sizes.")


class ElsewhereAccount(ApiModel):
    """Who pays elsewhere."""

    project: str = Field(max_length=9, description="The project.")


ELSEWHERE = ProviderBlocks(
    key=KEY, endpoint=ElsewhereEndpoint, account=ElsewhereAccount, source="Elsewhere API 1", selectable=("size",)
)


@pytest.fixture(scope="module")
def two_providers(cluster: Cluster, kubectl: Kubectl) -> Iterator[Cluster]:
    """The CRDs of two providers, in a group of their own beside the project's."""
    text = json.dumps(list(render((ELSEWHERE, BLOCKS)).values())).replace(names.GROUP, GROUP)
    crds: list[dict[str, Any]] = json.loads(text)
    for crd in crds:
        crd["spec"]["names"] = {"kind": crd["spec"]["names"]["kind"], "plural": crd["spec"]["names"]["plural"]}
    kubectl.apply(crds, "--server-side")
    kubectl.await_established(*(f"crd/{crd['metadata']['name']}" for crd in crds))
    yield cluster
    for crd in crds:
        kubectl.delete("crd", crd["metadata"]["name"])


@pytest.fixture
def api(two_providers: Cluster, namespace: str) -> Iterator[ApiServer]:
    server = ApiServer(two_providers.kubeconfig, namespace)
    yield server
    server.close()


def _endpoint(**spec: Any) -> dict[str, Any]:
    return changed(endpoint(), {"apiVersion": f"{GROUP}/{names.VERSION}", "spec": spec})


def test_exactly_one_of_the_provider_blocks_is_accepted(api: ApiServer) -> None:
    assert api.create(_endpoint()).status_code == 201
    assert api.create(_endpoint(huggingFace=GONE, elsewhere={"size": 1})).status_code == 201
    for none_or_both in ({"huggingFace": GONE}, {"elsewhere": {"size": 1}}):
        refused = api.create(_endpoint(**none_or_both))
        assert "give one of elsewhere, huggingFace" in refused.json()["message"]


def test_drift_pointers_are_those_of_the_block_that_is_given(api: ApiServer) -> None:
    elsewhere = _endpoint(huggingFace=GONE, elsewhere={"size": 1}, ignoreDrift=["/size"])
    assert api.create(elsewhere).status_code == 201
    refused = api.create(_endpoint(ignoreDrift=["/size"]))
    assert "fields of huggingFace" in refused.json()["message"]


def test_the_provider_can_change_until_the_remote_endpoint_exists(api: ApiServer) -> None:
    manifest = _endpoint()
    assert api.create(manifest, dry_run=False).status_code == 201
    move = {"spec": {"huggingFace": None, "elsewhere": {"size": 1}}}
    assert api.patch(manifest, move).status_code == 200
    bound = {"status": {"remoteRef": REMOTE_REF}}
    assert api.patch(manifest, bound, dry_run=False, subresource="status").status_code == 200
    refused = api.patch(manifest, move)
    assert "the provider block huggingFace can't be added or removed" in refused.json()["message"]
    assert "the provider block elsewhere can't be added or removed" in refused.json()["message"]


def test_hugging_face_is_registered() -> None:
    assert "huggingFace" in provider_keys()
    assert BLOCKS in registered()


def test_a_spec_keeps_its_provider_block_as_json() -> None:
    spec = EndpointSpec.from_json({"state": "running", "huggingFace": {"type": "private"}, "newer": {"a": 1}})
    assert (spec.provider_key, spec.block) == ("huggingFace", {"type": "private"})
    assert spec.to_json() == {"state": "running"}
    assert EndpointSpec.from_json({}).provider_key is None
