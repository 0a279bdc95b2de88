"""What can't be changed at the provider is refused at `kubectl apply`, with words that say what to do instead."""

from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from tests.api.manifests import GONE, changed
from tests.e2e.conftest import NewTeam
from tests.support.kube_api import Object
from tests.support.team import Team, settled

NEW = "delete this resource, or create a second one under another name"
ANEW = "delete this resource and create it anew"
PRIVATE_SERVICE = {"accountId": "123456789012", "region": "us-east-1", "shared": False}
FULL = {"name": "full-remote", "privateService": PRIVATE_SERVICE, "cacheHttpResponses": False}


def _block(**fields: Any) -> dict[str, Any]:
    return {"spec": {"huggingFace": fields}}


EDITS: dict[str, tuple[str, Mapping[str, Any], str, str]] = {
    "name-changed": ("full", _block(name="third"), "huggingFace.name", NEW),
    "name-removed": ("full", _block(name=GONE), "huggingFace.name", NEW),
    "name-added": ("bare", _block(name="third"), "huggingFace.name", NEW),
    "provider.vendor": ("bare", _block(provider={"vendor": "gcp"}), "huggingFace.provider", NEW),
    "provider.region": ("bare", _block(provider={"region": "eu-west-1"}), "huggingFace.provider", NEW),
    "privateService.accountId": (
        "full",
        _block(privateService={"accountId": "210987654321"}),
        "huggingFace.privateService",
        NEW,
    ),
    "privateService.region": (
        "full",
        _block(privateService={"region": "eu-west-1"}),
        "huggingFace.privateService",
        NEW,
    ),
    "privateService.shared": ("full", _block(privateService={"shared": True}), "huggingFace.privateService", NEW),
    "privateService-removed": ("full", _block(privateService=GONE), "huggingFace.privateService", NEW),
    "privateService-added": ("bare", _block(privateService=PRIVATE_SERVICE), "huggingFace.privateService", NEW),
    "cacheHttpResponses": ("full", _block(cacheHttpResponses=True), "huggingFace.cacheHttpResponses", NEW),
    "cacheHttpResponses-removed": ("full", _block(cacheHttpResponses=GONE), "huggingFace.cacheHttpResponses", NEW),
    "cacheHttpResponses-added": ("bare", _block(cacheHttpResponses=True), "huggingFace.cacheHttpResponses", NEW),
    "accountRef": ("bare", {"spec": {"accountRef": {"name": "other"}}}, "accountRef", ANEW),
    "accountRef-kind": ("bare", {"spec": {"accountRef": {"kind": "ClusterInferenceAccount"}}}, "accountRef", ANEW),
    "accountRef-removed": ("bare", {"spec": {"accountRef": GONE}}, "accountRef", ANEW),
    "accountRef-added": ("default", {"spec": {"accountRef": {"name": "hf"}}}, "accountRef", ANEW),
    "provider-block-removed": (
        "bare",
        {"spec": {"huggingFace": GONE}},
        "spec",
        "spec needs exactly one provider block: give one of",
    ),
}


def _manifests(team: Team) -> dict[str, Object]:
    default = changed(team.manifest("default"), {"spec": {"accountRef": GONE}})
    return {"bare": team.manifest("bare"), "full": team.manifest("full", huggingFace=FULL), "default": default}


@pytest.fixture(scope="module")
def bound(new_team: NewTeam) -> Iterator[Team]:
    """A team with endpoints that exist at the provider."""
    with new_team() as team:
        team.account("default")
        manifests = _manifests(team)
        team.kubectl_apply(list(manifests.values()))
        team.wait_all(manifests, settled)
        yield team


@pytest.mark.parametrize("case", EDITS)
def test_an_edit_of_what_is_fixed_is_refused_at_kubectl_apply(bound: Team, case: str) -> None:
    name, edit, field, remedy = EDITS[case]
    before, written = bound.get(name)["metadata"]["generation"], len(bound.writes())

    done = bound.kubectl_apply(changed(_manifests(bound)[name], edit), check=False)

    assert done.returncode == 1
    assert field in done.stderr
    assert remedy in done.stderr
    assert bound.get(name)["metadata"]["generation"] == before
    assert len(bound.writes()) == written


def test_what_means_the_same_is_no_edit_of_what_is_fixed(bound: Team) -> None:
    manifest = changed(_manifests(bound)["bare"], {"spec": {"accountRef": {"kind": "InferenceAccount"}}})

    bound.kubectl_apply(changed(manifest, _block(name="bare")))
    bound.wait("bare", settled)
    assert bound.puts("bare") == []


def test_a_refused_create_leaves_every_field_open_to_correction(bound: Team) -> None:
    bound.apply(bound.manifest("typo", huggingFace={"compute": {"instanceType": "no-such-hardware"}}))
    bound.wait("typo", lambda obj: "Stalled" in {one["type"] for one in obj.get("status", {}).get("conditions", [])})
    bound.edit("typo", provider={"region": "eu-west-1"}, compute={"instanceType": "intel-spr"})
    bound.wait("typo", settled)
    assert bound.remote("typo")["provider"]["region"] == "eu-west-1"
