"""A deletion that fails: the resource stays, says why, and goes when the remote endpoint does."""

from collections.abc import Iterator

import pytest
from tests.e2e.conftest import NewTeam
from tests.e2e_errors.failures import FAILURES, Case, plan
from tests.e2e_errors.history import now
from tests.e2e_errors.story import Story, assert_it_is_written_once, assert_the_failure_is_said, tell
from tests.support.team import ready

from inference_operator.api.names import FINALIZER

pytestmark = pytest.mark.xdist_group("delete-failures")

CASES = tuple(case for case in FAILURES if case.id not in {"402", "422", "empty", "text"})


@pytest.fixture(scope="module")
def story(new_team: NewTeam) -> Iterator[Story]:
    """Each case with an endpoint that runs, and whose deletion is the one that the provider fails."""
    with new_team() as team:
        team.apply(*(team.manifest(case.id) for case in CASES))
        team.wait_all([case.id for case in CASES], ready)
        since = now(team)
        for case in CASES:
            plan(team, case, "delete", name=case.id)
            team.delete(case.id)
        yield tell(team, CASES, "delete", since=since, healed=None)


each = pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)


@each
def test_the_failure_is_said_on_the_resource(story: Story, case: Case) -> None:
    assert_the_failure_is_said(story, case)


@each
def test_the_same_failure_is_written_once(story: Story, case: Case) -> None:
    assert_it_is_written_once(story, case)


@each
def test_the_resource_stays_until_the_remote_endpoint_is_gone(story: Story, case: Case) -> None:
    failing = story.failing(case)

    assert failing["metadata"]["deletionTimestamp"]
    assert FINALIZER in failing["metadata"]["finalizers"]
    assert case.id not in story.team.remotes()
    assert story.team.find(case.id) is None


@each
def test_the_deletion_is_carried_out_once_and_nothing_is_made_anew(story: Story, case: Case) -> None:
    carried_out = [one for one in story.team.requests("delete", name=case.id) if one.status == 200 or case.lands]

    assert len(carried_out) == 1
    assert len(story.team.posts(case.id)) == 1
