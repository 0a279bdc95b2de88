"""What can't be changed at the provider is refused at `kubectl apply`, with words that say what to do instead."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pytest
from tests.api.manifests import GONE, changed
from tests.e2e.conftest import NewTeam, chosen
from tests.support.kube_api import Object
from tests.support.team import Team, settled
from tests.support.vendors import VENDORS, at_each

NEW = "delete this resource, or create a second one under another name"
ANEW = "delete this resource and create it anew"
PRIVATE_SERVICE = {"accountId": "123456789012", "region": "us-east-1", "shared": False}
FULL: dict[str, dict[str, Any]] = {
    "huggingFace": {"name": "full-remote", "privateService": PRIVATE_SERVICE, "cacheHttpResponses": False},
    "tir": {"name": "full-remote"},
}
"""By provider: every fixed field that may be absent."""


@dataclass(frozen=True, eq=False)
class Edit:
    """`name`: the endpoint that is edited; `field`: what the refusal names; `remedy`: what it says to do."""

    name: str
    change: Mapping[str, Any]
    field: str
    remedy: str


def _block(key: str, **fields: Any) -> dict[str, Any]:
    return {"spec": {key: fields}}


def _common(key: str, account: str) -> dict[str, Edit]:
    """What is fixed at every provider."""
    return {
        "name-changed": Edit("full", _block(key, name="third"), f"{key}.name", NEW),
        "name-removed": Edit("full", _block(key, name=GONE), f"{key}.name", NEW),
        "name-added": Edit("bare", _block(key, name="third"), f"{key}.name", NEW),
        "accountRef": Edit("bare", {"spec": {"accountRef": {"name": "other"}}}, "accountRef", ANEW),
        "accountRef-kind": Edit(
            "bare", {"spec": {"accountRef": {"kind": "ClusterInferenceAccount"}}}, "accountRef", ANEW
        ),
        "accountRef-removed": Edit("bare", {"spec": {"accountRef": GONE}}, "accountRef", ANEW),
        "accountRef-added": Edit("default", {"spec": {"accountRef": {"name": account}}}, "accountRef", ANEW),
        "provider-block-removed": Edit(
            "bare",
            {"spec": {key: GONE}},
            "spec",
            "spec needs exactly one provider block: give one of",
        ),
    }


def _hugging_face(endpoint: str, field: str, **edit: Any) -> Edit:
    return Edit(endpoint, _block("huggingFace", **edit), f"huggingFace.{field}", NEW)


EDITS: dict[str, dict[str, Edit]] = {
    "huggingFace": {
        **_common("huggingFace", "hf"),
        "provider.vendor": _hugging_face("bare", "provider", provider={"vendor": "gcp"}),
        "provider.region": _hugging_face("bare", "provider", provider={"region": "eu-west-1"}),
        "privateService.accountId": _hugging_face(
            "full", "privateService", privateService={"accountId": "210987654321"}
        ),
        "privateService.region": _hugging_face("full", "privateService", privateService={"region": "eu-west-1"}),
        "privateService.shared": _hugging_face("full", "privateService", privateService={"shared": True}),
        "privateService-removed": _hugging_face("full", "privateService", privateService=GONE),
        "privateService-added": _hugging_face("bare", "privateService", privateService=PRIVATE_SERVICE),
        "cacheHttpResponses": _hugging_face("full", "cacheHttpResponses", cacheHttpResponses=True),
        "cacheHttpResponses-removed": _hugging_face("full", "cacheHttpResponses", cacheHttpResponses=GONE),
        "cacheHttpResponses-added": _hugging_face("bare", "cacheHttpResponses", cacheHttpResponses=True),
    },
    "tir": {
        **_common("tir", "tir"),
        "framework": Edit("bare", _block("tir", framework="sglang"), "tir.framework", NEW),
    },
}
"""By provider."""
CASES = [pytest.param(key, edit, id=f"{key}-{case}") for key in VENDORS for case, edit in EDITS[key].items()]


def _manifests(team: Team) -> dict[str, Object]:
    default = changed(team.manifest("default"), {"spec": {"accountRef": GONE}})
    full = team.manifest("full", **team.block(FULL[team.vendor.key]))
    return {"bare": team.manifest("bare"), "full": full, "default": default}


@pytest.fixture(scope="module")
def bound(request: pytest.FixtureRequest, new_team: NewTeam) -> Iterator[Team]:
    """A team with endpoints that exist at the provider."""
    with new_team(chosen(request)) as team:
        team.account("default")
        manifests = _manifests(team)
        team.kubectl_apply(list(manifests.values()))
        team.wait_all(manifests, settled)
        yield team


@pytest.mark.parametrize(("bound", "edit"), CASES, indirect=["bound"], scope="module")
def test_an_edit_of_what_is_fixed_is_refused_at_kubectl_apply(bound: Team, edit: Edit) -> None:
    before, written = bound.get(edit.name)["metadata"]["generation"], len(bound.writes())

    done = bound.kubectl_apply(changed(_manifests(bound)[edit.name], edit.change), check=False)

    assert done.returncode == 1
    assert edit.field in done.stderr
    assert edit.remedy in done.stderr
    assert bound.get(edit.name)["metadata"]["generation"] == before
    assert len(bound.writes()) == written


@at_each("bound")
def test_what_means_the_same_is_no_edit_of_what_is_fixed(bound: Team) -> None:
    manifest = changed(_manifests(bound)["bare"], {"spec": {"accountRef": {"kind": "InferenceAccount"}}})

    bound.kubectl_apply(changed(manifest, _block(bound.vendor.key, name="bare")))
    bound.wait("bare", settled)
    assert bound.puts("bare") == []


CORRECTIONS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    # A typo, and what corrects it together with a field that is fixed later.
    "huggingFace": (
        {"compute": {"instanceType": "no-such-hardware"}},
        {"compute": {"instanceType": "intel-spr"}, "provider": {"region": "eu-west-1"}},
    ),
    "tir": ({"sku": {"name": "C9.9"}}, {"sku": {"name": "C3.2", "type": "hourly"}, "framework": "sglang"}),
}


@at_each("bound")
def test_a_refused_create_leaves_every_field_open_to_correction(bound: Team) -> None:
    typo, correction = CORRECTIONS[bound.vendor.key]
    bound.apply(bound.manifest("typo", **bound.block(typo)))
    bound.wait("typo", lambda obj: "Stalled" in {one["type"] for one in obj.get("status", {}).get("conditions", [])})
    bound.edit("typo", **correction)
    bound.wait("typo", settled)
    assert "typo" in bound.remotes()
