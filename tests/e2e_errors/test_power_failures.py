"""A power action that fails: said, retried by the same rules, and carried out once in the end."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from tests.e2e.conftest import NewTeam
from tests.e2e_errors.failures import Case, ask_again, plan
from tests.e2e_errors.history import contradictions, now, versions
from tests.e2e_errors.story import Story, assert_the_failure_is_said
from tests.support.team import Object, Team, condition, in_state, ready

pytestmark = pytest.mark.xdist_group("power-failures")

_BY_ITSELF = "The operator retries by itself."


@dataclass(frozen=True)
class Action:
    """`operation`: the simulator's name of it; `state`: what spec.state asks for, and what it ends as."""

    operation: str
    state: str
    doing: str


PAUSE = Action("pause", "paused", "pausing")
RESUME = Action("resume", "running", "resuming")
ZERO = Action("scaleToZero", "scaledToZero", "scaling")

CASES: dict[Case, Action] = {
    Case("pause-503", {"status": 503}, "ProviderUnavailable", ("503", "Service Unavailable", _BY_ITSELF)): PAUSE,
    Case("pause-403", {"status": 403}, "PermissionDenied", ("403", "required scope", "Give the"), stalled=True): PAUSE,
    Case("pause-hang", {"action": "hang"}, "ProviderUnavailable", ("no answer in time", "was lost")): PAUSE,
    Case(
        "pause-dropped-after-the-commit",
        {"action": "drop", "when": "after"},
        "ProviderUnavailable",
        ("dropped", "was lost"),
        lands=True,
    ): PAUSE,
    Case(
        "resume-quota",
        {"status": 409, "body": {"error": "Conflict: Quota exceeded for intel-spr"}},
        "QuotaExceeded",
        ("409", "Quota exceeded for intel-spr", "Ask the provider for more quota"),
        stalled=True,
    ): RESUME,
    Case(
        "resume-invalid-state",
        {"status": 400, "body": {"error": "Bad Request: Invalid state"}},
        "Rejected",
        ("400", "Invalid state"),
        stalled=True,
    ): RESUME,
    Case("resume-429", {"status": 429}, "RateLimited", ("429", "rate limit exceeded", "waits as long")): RESUME,
    Case(
        "resume-dropped-after-the-commit",
        {"action": "drop", "when": "after"},
        "ProviderUnavailable",
        ("dropped", "was lost"),
        lands=True,
    ): RESUME,
    Case(
        "zero-refused",
        {"status": 400, "body": {"error": "workload cannot be scaled to zero"}},
        "Rejected",
        ("400", "workload cannot be scaled to zero", "Correct"),
        stalled=True,
    ): ZERO,
    Case("zero-500", {"status": 500}, "ProviderUnavailable", ("500", "Internal Server Error", _BY_ITSELF)): ZERO,
}


def _arrived(obj: Object) -> bool:
    return ready(obj) and in_state(obj["spec"]["state"])(obj)


@pytest.fixture(scope="module")
def story(new_team: NewTeam) -> Iterator[Story]:
    """Each case with an endpoint at rest, whose spec.state is then changed."""
    with new_team() as team:
        for case, action in CASES.items():
            state = "paused" if action is RESUME else "running"
            scaling = {"scaleToZeroTimeout": 60}
            team.apply(team.manifest(case.id, state=state, huggingFace={"compute": {"scaling": scaling}}))
        team.wait_all([case.id for case in CASES], _arrived)
        since = now(team)
        tried_before = {case.id: len(team.requests(action.operation, name=case.id)) for case, action in CASES.items()}
        for case, action in CASES.items():
            plan(team, case, action.operation, name=case.id)
            team.patch(case.id, {"spec": {"state": action.state}})
        _fail_for_a_while(team)
        mended_at, tried = (
            now(team),
            {case.id: team.requests(act.operation, name=case.id) for case, act in CASES.items()},
        )
        team.sim.faults.clear()
        for case in CASES:
            if case.stalled:
                ask_again(team, case.id, "now")
        team.wait_all([case.id for case in CASES], _arrived)
        team.await_polls(2)
        assert set(tried_before.values()) == {0}
        yield Story(team, "power", mended_at, versions(team, since=since), tried)


def _fail_for_a_while(team: Team) -> None:
    def tries(case: Case, action: Action) -> int:
        return len(team.requests(action.operation, name=case.id))

    wanted = {case: 1 if case.stalled or case.lands else 2 for case in CASES}
    team.until(lambda: all(tries(case, act) >= wanted[case] for case, act in CASES.items()), "tries", timeout=30)
    team.await_polls(2)


each = pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)


@each
def test_the_failure_is_said_on_the_resource(story: Story, case: Case) -> None:
    assert_the_failure_is_said(story, case)
    assert CASES[case].doing in condition(story.failing(case), "Ready")["message"].lower()


@each
def test_the_same_failure_is_written_once(story: Story, case: Case) -> None:
    assert len(story.said(case, until=story.mended_at)) == 1
    assert contradictions(story.history[case.id]) == []


@each
def test_it_heals_with_the_action_carried_out_once(story: Story, case: Case) -> None:
    operation = CASES[case].operation
    actions = story.team.requests("pause", "resume", "scaleToZero", name=case.id)
    carried_out = [one.operation for one in actions if one.status == 200 or case.lands]

    assert carried_out == ["pause", operation] if operation == "resume" else [operation]
    assert story.team.remote(case.id)["status"]["state"] == CASES[case].state
    assert len(story.team.posts(case.id)) == 1
