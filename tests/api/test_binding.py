"""Once `status.remoteRef` names the remote endpoint, what addresses it or can't change there is fixed."""

from collections.abc import Mapping
from typing import Any

import pytest

from tests.api.api_server import ApiServer
from tests.api.manifests import changed, endpoint, hugging_face

REMOTE_REF = {
    "account": {"kind": "InferenceAccount", "name": "hf", "uid": "0"},
    "provider": "huggingFace",
    "baseURL": "https://api.endpoints.huggingface.cloud",
    "namespace": "my-org",
    "name": "sentiment",
}
BARE = endpoint({"metadata": {"name": "bare"}})
FULL = endpoint(
    changed(
        {"metadata": {"name": "full"}, "spec": {"accountRef": {"name": "hf"}}},
        hugging_face(
            name="other",
            privateService={"accountId": "123456789012", "region": "us-east-1"},
            cacheHttpResponses=False,
        ),
    )
)
_NEW = "delete this resource, or create a second one under another name"
_EDITS: list[tuple[Mapping[str, Any], Mapping[str, Any], tuple[str, str]]] = [
    (FULL, hugging_face(name="third"), ("spec.huggingFace.name", _NEW)),
    (FULL, hugging_face(name=None), ("spec.huggingFace.name", _NEW)),
    (BARE, hugging_face(name="third"), ("spec.huggingFace.name", _NEW)),
    (BARE, hugging_face(provider={"vendor": "gcp"}), ("spec.huggingFace.provider", _NEW)),
    (BARE, hugging_face(provider={"region": "eu-west-1"}), ("spec.huggingFace.provider", _NEW)),
    (FULL, hugging_face(privateService={"shared": True}), ("spec.huggingFace.privateService", _NEW)),
    (FULL, hugging_face(privateService={"region": None}), ("spec.huggingFace.privateService", _NEW)),
    (FULL, hugging_face(privateService=None), ("spec.huggingFace.privateService", _NEW)),
    (
        BARE,
        hugging_face(privateService={"accountId": "123456789012"}),
        ("spec.huggingFace.privateService", _NEW),
    ),
    (FULL, hugging_face(cacheHttpResponses=True), ("spec.huggingFace.cacheHttpResponses", _NEW)),
    (FULL, hugging_face(cacheHttpResponses=None), ("spec.huggingFace.cacheHttpResponses", _NEW)),
    (BARE, hugging_face(cacheHttpResponses=False), ("spec.huggingFace.cacheHttpResponses", _NEW)),
    (FULL, {"spec": {"accountRef": {"name": "b"}}}, ("spec.accountRef", "create it anew")),
    (
        FULL,
        {"spec": {"accountRef": {"kind": "ClusterInferenceAccount"}}},
        ("spec.accountRef", "create it anew"),
    ),
    (FULL, {"spec": {"accountRef": None}}, ("spec.accountRef", "create it anew")),
    (BARE, {"spec": {"accountRef": {"name": "default"}}}, ("spec.accountRef", "create it anew")),
]
_STILL_EDITABLE: list[tuple[Mapping[str, Any], Mapping[str, Any]]] = [
    (BARE, hugging_face(name="bare")),
    (FULL, {"spec": {"accountRef": {"kind": "InferenceAccount"}}}),
    (FULL, hugging_face(type="public", tags=["a"], route={"domain": "ai.example.com", "path": "/"})),
    (FULL, hugging_face(compute={"accelerator": "gpu", "instanceType": "nvidia-l4"})),
    (FULL, hugging_face(model={"repository": "org/other", "revision": "main", "task": "summarization"})),
    (FULL, {"spec": {"state": "paused", "mode": "Observe", "deletionPolicy": "Orphan"}}),
]


@pytest.fixture
def unbound(api: ApiServer) -> ApiServer:
    """The two manifests, stored."""
    for manifest in (BARE, FULL):
        assert api.create(manifest, dry_run=False).status_code == 201
    return api


@pytest.fixture
def bound(unbound: ApiServer) -> ApiServer:
    """The two manifests, each bound to a remote endpoint."""
    for manifest in (BARE, FULL):
        status = {"status": {"remoteRef": REMOTE_REF, "state": "running"}}
        assert unbound.patch(manifest, status, dry_run=False, subresource="status").status_code == 200
    return unbound


def test_a_bound_endpoint_refuses_each_edit_of_what_addresses_it(bound: ApiServer) -> None:
    for manifest, edit, says in _EDITS:
        response = bound.patch(manifest, edit)
        assert response.status_code == 422, edit
        assert [word for word in says if word not in response.json()["message"]] == [], response.text


def test_before_the_binding_the_same_edits_are_accepted(unbound: ApiServer) -> None:
    for manifest, edit, _ in _EDITS:
        response = unbound.patch(manifest, edit)
        assert response.status_code == 200, response.text


def test_a_bound_endpoint_accepts_every_other_edit_and_what_means_the_same(bound: ApiServer) -> None:
    for manifest, edit in _STILL_EDITABLE:
        response = bound.patch(manifest, edit)
        assert response.status_code == 200, response.text
