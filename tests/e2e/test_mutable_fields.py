"""An edit of the spec reaches the provider by one PUT that carries what changed, and nothing else."""

from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from pydantic import BaseModel
from tests.api.manifests import GONE
from tests.e2e import claims, field_cases, field_cases_tir
from tests.e2e.conftest import NewTeam, chosen
from tests.e2e.field_case import MARKER, Case
from tests.support.team import Team, settled
from tests.support.vendors import FIRST, VENDORS, at_each

from inference_operator.providers.huggingface.spec import HuggingFaceEndpoint
from inference_operator.providers.tir.spec import TirEndpoint

CASES: Mapping[str, tuple[Case, ...]] = {"huggingFace": field_cases.CASES, "tir": field_cases_tir.CASES}
BLOCKS: Mapping[str, tuple[type[BaseModel], set[str]]] = {
    "huggingFace": (HuggingFaceEndpoint, {"name", "provider", "privateService", "cacheHttpResponses"}),
    "tir": (TirEndpoint, {"name", "framework"}),
}
"""By provider: the model of the block, and its fields that are fixed."""
_MARKED = "iop1-"


def _name(team: Team, case: Case) -> str:
    return f"case-{CASES[team.vendor.key].index(case)}"


def _pair(provider: str, case: Case) -> Any:
    marks = [pytest.mark.proof] * (provider != FIRST)
    return pytest.param(provider, case, id=f"{provider}-{case.id}", marks=marks)


@pytest.fixture(scope="module")
def edited(request: pytest.FixtureRequest, new_team: NewTeam) -> Iterator[Team]:
    """A team with an endpoint for each case: created, edited once, and then left alone for two polls."""
    with new_team(chosen(request)) as team:
        cases = CASES[team.vendor.key]
        team.secret("hub", token="hub-token-value", other="hub-other-value")
        team.secret("registry-a", username="a", password="password-a")
        team.secret("registry-b", username="b", password="password-b")
        names = [_name(team, case) for case in cases]
        team.apply(*(team.manifest(_name(team, case), **team.block(case.base)) for case in cases))
        team.wait_all(names, settled, timeout=60)
        for case in cases:
            team.edit(_name(team, case), **_merge_patch(case.edit))
        team.wait_all(names, lambda obj: obj["metadata"]["generation"] == 2 and settled(obj), timeout=60)
        team.await_polls(2)
        yield team


@pytest.mark.parametrize(
    ("edited", "case"),
    [_pair(key, case) for key in VENDORS for case in CASES[key]],
    indirect=["edited"],
    scope="module",
)
def test_a_changed_field_reaches_the_provider_by_one_put_of_what_changed(edited: Team, case: Case) -> None:
    name = _name(edited, case)
    (post,) = edited.posts(name)
    marker = claims.own(edited, name)

    bodies = [edited.vendor.sent_anew(post, put) for put in edited.puts(name)]

    assert bodies == [_with_marker(case.body, marker)]
    assert edited.actions(name) == list(case.actions)
    assert [label for label in edited.labels(name) if label.startswith(_MARKED)] == [marker]


@pytest.mark.parametrize("provider", VENDORS)
def test_every_field_of_the_block_that_is_not_fixed_is_among_the_cases(provider: str) -> None:
    model, fixed = BLOCKS[provider]
    fields = {info.alias or name for name, info in model.model_fields.items()} - fixed

    assert fields == {key for case in CASES[provider] for key in case.edit}


@at_each("edited", unless={"tir": "it has no router"})
def test_an_emptied_router_applied_server_side_removes_it(edited: Team) -> None:
    edited.apply(edited.manifest("router", huggingFace={"customRouter": {"tag": "v1"}}))
    edited.wait("router", settled)
    edited.apply(edited.manifest("router", huggingFace={"customRouter": {}}))
    edited.until(lambda: edited.remote("router")["customRouter"] is None, "the router is gone")


def _merge_patch(edit: Any) -> Any:
    if edit is GONE:
        return None
    return {key: _merge_patch(value) for key, value in edit.items()} if isinstance(edit, Mapping) else edit


def _with_marker(body: Any, marker: str) -> Any:
    if "tags" not in body:
        return body
    return {**body, "tags": [marker if tag == MARKER else tag for tag in body["tags"]]}
