"""An account whose endpoints would all move keeps its identity while there are any."""

from typing import Any

import pytest

from tests.api.api_server import ApiServer
from tests.api.manifests import account, cluster_account, hugging_face

_EDITS = [
    (hugging_face(namespace="other"), "spec.huggingFace.namespace"),
    (hugging_face(baseURL="https://other.example.com"), "spec.huggingFace.baseURL"),
]


def _stored(api: ApiServer, manifest: dict[str, Any], namespace: str, used_by: int) -> dict[str, Any]:
    # Cluster accounts are shared by all tests of a cluster, so the name is the namespace's.
    manifest["metadata"]["name"] = f"{namespace}-{used_by}"
    assert api.create(manifest, dry_run=False).status_code == 201
    status = {"status": {"endpoints": {"total": used_by, "bound": used_by}}}
    assert api.patch(manifest, status, dry_run=False, subresource="status").status_code == 200
    return manifest


@pytest.mark.parametrize("make", [account, cluster_account])
def test_the_identity_of_an_account_is_fixed_while_endpoints_use_it(make: Any, api: ApiServer, namespace: str) -> None:
    used, unused = (_stored(api, make(), namespace, count) for count in (1, 0))
    for edit, field in _EDITS:
        refused = api.patch(used, edit)
        assert refused.status_code == 422, refused.text
        assert field in refused.json()["message"]
        assert "create another account for the new one" in refused.json()["message"]
        assert api.patch(unused, edit).status_code == 200
    api.delete(used)
    api.delete(unused)


def test_token_and_pace_of_an_account_in_use_can_change(api: ApiServer, namespace: str) -> None:
    used = _stored(api, account(), namespace, 3)
    edit = {"spec": {"pollInterval": "30s", "huggingFace": {"tokenSecretRef": {"key": "new"}}}}
    assert api.patch(used, edit).status_code == 200


def test_an_account_in_use_refuses_a_base_url_that_was_there_to_be_removed(api: ApiServer, namespace: str) -> None:
    used = _stored(api, account(hugging_face(baseURL="https://api.example.com")), namespace, 1)
    response = api.patch(used, hugging_face(baseURL=None))
    assert response.status_code == 422
    assert "spec.huggingFace.baseURL" in response.json()["message"]
