"""A create that fails: said as it is, never repeated blindly, and over when its cause is."""

from collections.abc import Iterator
from itertools import pairwise

import pytest
from tests.e2e.conftest import NewTeam
from tests.e2e_errors.failures import FAILURES, INVALID, RETRY_AFTER, Case, ask_again, plan, refused
from tests.e2e_errors.history import now
from tests.e2e_errors.story import Story, assert_it_is_written_once, assert_the_failure_is_said, tell
from tests.support.team import condition, ready, says

pytestmark = pytest.mark.xdist_group("create-failures")

CASES = (
    *FAILURES,
    refused(404, "NotFound", "endpoint not found", "Check the account's namespace"),
    Case(
        "quota",
        {"status": 409},
        "QuotaExceeded",
        ("409", "Quota exceeded", "Ask the provider for more quota, pause another endpoint, or choose smaller"),
        stalled=True,
    ),
    Case(
        "conflict-in-unknown-words",
        {"status": 409, "body": {"error": "E1047"}},
        "QuotaExceeded",
        ("409", "E1047", "Ask the provider for more quota"),
        stalled=True,
    ),
    Case(
        "name-not-free-yet",
        {"status": 409, "body": {"error": "Conflict: endpoint already exists"}},
        "Conflict",
        ("409", "endpoint already exists", "reads the endpoint again and retries"),
    ),
)


@pytest.fixture(scope="module")
def story(new_team: NewTeam) -> Iterator[Story]:
    """Each case with an account of its own, whose token is the one that the provider fails."""
    with new_team() as team:
        since = now(team)
        for case in CASES:
            team.secret(case.id, token=(token := f"hf_create{case.id.replace('-', '')}"))
            team.account(case.id, huggingFace={"tokenSecretRef": {"name": case.id}})
            plan(team, case, "create", token=token)
        team.apply(*(team.manifest(case.id, accountRef={"name": case.id}) for case in CASES))
        yield tell(team, CASES, "create", since=since, healed=ready)


each = pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)


@each
def test_the_failure_is_said_on_the_resource(story: Story, case: Case) -> None:
    assert_the_failure_is_said(story, case)
    assert "while creating the endpoint" in _message(story, case) or "Creating the endpoint" in _message(story, case)


@each
def test_the_same_failure_is_written_once(story: Story, case: Case) -> None:
    assert_it_is_written_once(story, case)


@each
def test_it_heals_with_one_remote_endpoint_and_one_create_carried_out(story: Story, case: Case) -> None:
    created = [post for post in story.team.posts(case.id) if post.status == 200 or case.lands]

    assert len(created) == 1
    assert story.team.remote(case.id)["status"]["state"] == "running"
    healed = story.team.get(case.id)
    assert healed["status"]["state"] == "running"
    assert condition(healed, "Stalled") is None


@each
def test_what_wasrefused_for_good_leaves_no_binding_behind(story: Story, case: Case) -> None:
    bound = "remoteRef" in story.failing(case)["status"]

    assert bound is not case.stalled, "a refused create leaves every field free, any other may have landed"


def test_a_rate_limit_is_waited_for(story: Story) -> None:
    times = [post.time for post in story.tried["429"]]

    assert len(times) > 1
    assert all(later - earlier >= RETRY_AFTER for earlier, later in pairwise(times))


def test_a_create_whose_answer_may_be_lost_is_preceded_by_a_read(story: Story) -> None:
    asked = [request.operation for request in story.team.requests("create", "get", name="timeout")]

    assert "create create" not in " ".join(asked)


def test_nothing_else_came_into_being(story: Story) -> None:
    assert set(story.team.remotes()) - {"again"} == {case.id for case in CASES}


def test_each_request_to_try_again_is_a_try(story: Story) -> None:
    team = story.team
    plan(team, INVALID, "create", token="hf_again0123456789")
    team.secret("again", token="hf_again0123456789")
    team.account("again", huggingFace={"tokenSecretRef": {"name": "again"}})
    team.apply(team.manifest("again", accountRef={"name": "again"}))
    team.wait("again", says("Stalled", "True", "Rejected"))
    for number in range(2, 5):
        ask_again(team, "again", str(number))
        team.wait("again", lambda obj, asked=str(number): obj["status"].get("lastHandledReconcileAt") == asked)
        assert len(team.posts("again")) == number
    team.sim.faults.clear()
    ask_again(team, "again", "healed")
    team.wait("again", ready)


def _message(story: Story, case: Case) -> str:
    found = condition(story.failing(case), "Ready")
    assert found is not None
    return str(found["message"])
