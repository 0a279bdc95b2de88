"""An edit of the spec reaches the provider by one PUT that carries what changed, and nothing else."""

from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from tests.api.manifests import GONE
from tests.e2e.conftest import NewTeam
from tests.e2e.field_cases import CASES, MARKER, Case
from tests.support.team import Team, settled

from inference_operator.providers.huggingface.spec import HuggingFaceEndpoint

IMMUTABLE = {"name", "provider", "privateService", "cacheHttpResponses"}


def _name(case: Case) -> str:
    return f"case-{CASES.index(case)}"


@pytest.fixture(scope="module")
def edited(new_team: NewTeam) -> Iterator[Team]:
    """A team with an endpoint for each case: created, edited once, and then left alone for two polls."""
    with new_team() as team:
        team.secret("hub", token="hub-token-value", other="hub-other-value")
        team.secret("registry-a", username="a", password="password-a")
        team.secret("registry-b", username="b", password="password-b")
        manifests = {_name(case): team.manifest(_name(case), huggingFace=case.base) for case in CASES}
        team.apply(*manifests.values())
        team.wait_all(manifests, settled, timeout=60)
        for case in CASES:
            team.edit(_name(case), **_merge_patch(case.edit))
        team.wait_all(manifests, lambda obj: obj["metadata"]["generation"] == 2 and settled(obj), timeout=60)
        team.await_polls(2)
        yield team


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_a_changed_field_reaches_the_provider_by_one_put_of_what_changed(edited: Team, case: Case) -> None:
    name = _name(case)
    (post,) = edited.posts(name)
    (marker,) = (tag for tag in post.body["tags"] if tag.startswith("iop1-"))

    bodies = [put.body for put in edited.puts(name)]

    assert bodies == [_with_marker(case.body, marker)]
    assert edited.actions(name) == []
    assert [tag for tag in edited.remote(name)["tags"] if tag.startswith("iop1-")] == [marker]


def test_every_field_of_the_block_that_is_not_fixed_is_among_the_cases() -> None:
    fields = {info.alias or name for name, info in HuggingFaceEndpoint.model_fields.items()} - IMMUTABLE

    assert fields == {key for case in CASES for key in case.edit}


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
