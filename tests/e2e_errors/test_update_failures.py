"""An update that fails: the endpoint goes on serving, and that is what the resource goes on showing."""

from collections.abc import Iterator

import pytest
from tests.e2e.conftest import NewTeam
from tests.e2e_errors.failures import FAILURES, Case, plan, refused
from tests.e2e_errors.history import now
from tests.e2e_errors.story import Story, assert_it_is_written_once, assert_the_failure_is_said, tell
from tests.support.team import Object, condition, ready, settled

pytestmark = pytest.mark.xdist_group("update-failures")

CASES = (
    *FAILURES,
    refused(404, "NotFound", "endpoint not found", "Check the account's namespace"),
    Case(
        "quota",
        {"status": 409, "body": {"error": "Conflict: Quota exceeded for intel-spr"}},
        "QuotaExceeded",
        ("409", "Quota exceeded for intel-spr", "Ask the provider for more quota"),
        stalled=True,
    ),
    Case(
        "conflict-in-unknown-words",
        {"status": 409, "body": {"error": "E1047"}},
        "Conflict",
        ("409", "E1047", "reads the endpoint again and retries"),
    ),
)


def _healed(obj: Object) -> bool:
    return settled(obj) and ready(obj)


@pytest.fixture(scope="module")
def story(new_team: NewTeam) -> Iterator[Story]:
    """Each case with an endpoint that runs, and whose edit is the one that the provider fails."""
    with new_team() as team:
        team.apply(*(team.manifest(case.id) for case in CASES))
        team.wait_all([case.id for case in CASES], _healed)
        since = now(team)
        for case in CASES:
            plan(team, case, "update", name=case.id)
            team.edit(case.id, model={"env": {"A": "1"}})
        yield tell(team, CASES, "update", since=since, healed=_healed)


each = pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)


@each
def test_the_failure_is_said_on_the_resource(story: Story, case: Case) -> None:
    assert_the_failure_is_said(story, case)


@each
def test_the_same_failure_is_written_once(story: Story, case: Case) -> None:
    assert_it_is_written_once(story, case)


@each
def test_the_endpoint_is_shown_as_it_was_last_seen(story: Story, case: Case) -> None:
    status = story.failing(case)["status"]
    available = condition(story.failing(case), "Available")

    assert (status["state"], status["readyReplica"]) == ("running", 1)
    assert status["url"].startswith(story.team.url)
    assert available is not None
    assert available["status"] == "True"


@each
def test_it_heals_with_the_edit_carried_out_once_on_the_same_endpoint(story: Story, case: Case) -> None:
    carried_out = [put for put in story.team.puts(case.id) if put.status == 200 or case.lands]

    assert len(carried_out) == 1
    assert story.team.remote(case.id)["model"]["env"] == {"A": "1"}
    assert len(story.team.posts(case.id)) == 1
