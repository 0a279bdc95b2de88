"""A failure from its beginning to its end: many at once, each told by the versions of its resource."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import dropwhile

from tests.e2e_errors.failures import Case, ask_again, tried_enough
from tests.e2e_errors.history import History, contradictions, now, showing, version_of, versions
from tests.support.team import Object, Predicate, Team, condition

from inference_operator.simulator import Request


@dataclass(frozen=True)
class Story:
    """`mended_at`: the resource version when the provider was well again. `history`: by case id."""

    team: Team
    operation: str
    mended_at: int
    history: Mapping[str, History]
    tried: Mapping[str, Sequence[Request]]
    """The calls until then, by case id."""

    def failing(self, case: Case) -> Object:
        """The first version that shows the failure."""
        return self.said(case)[0]

    def said(self, case: Case, *, until: int | None = None) -> list[Object]:
        """The writes that show the failure, from the first try on.

        Those before it may say that nothing is sent for now: the account's other calls fail too.
        """
        return [*dropwhile(_unsent, showing(self.history[case.id], case.reason, until=until))]


def tell(team: Team, cases: Sequence[Case], operation: str, *, since: int, healed: Predicate | None) -> Story:
    """Let the failures go on for a while, mend the provider, and return what was seen until all is well.

    `healed`: what all resources end as, None when they end by being gone.
    """

    def calls(case: Case) -> list[Request]:
        return team.requests(operation, name=case.id)

    def told(case: Case) -> bool:
        return tried_enough(case, calls(case))

    team.until(
        lambda: all(map(told, cases)), lambda: f"calls of {[case.id for case in cases if not told(case)]}", timeout=40
    )
    stalled = [case.id for case in cases if case.stalled]
    team.await_polls(2)
    mended_at, tried = now(team), {case.id: calls(case) for case in cases}
    team.sim.faults.clear()
    for name in stalled:
        ask_again(team, name, "now")
    if healed is None:
        team.until(lambda: not team.endpoints(), "all are gone", timeout=40)
    else:
        team.wait_all([case.id for case in cases], healed, timeout=40)
    return Story(team, operation, mended_at, versions(team, since=since), tried)


def assert_the_failure_is_said(story: Story, case: Case) -> None:
    """Reason and message are the right ones, as Stalled or Reconciling, never both, and the same text each time."""
    failing = story.failing(case)
    ready, progress = condition(failing, "Ready"), condition(failing, case.progress)
    assert ready is not None
    assert progress is not None, failing["status"]["conditions"]
    assert (ready["status"], progress["status"]) == ("False", "True")
    assert (progress["reason"], progress["message"]) == (case.reason, ready["message"])
    assert [part for part in case.says if part not in ready["message"]] == [], ready["message"]
    assert [part for part in case.unsaid if part in ready["message"]] == [], ready["message"]
    assert contradictions(story.history[case.id]) == []


def assert_it_is_written_once(story: Story, case: Case) -> None:
    """However often it was tried: the failure is one write, and nothing else was written while it lasted."""
    failing = story.said(case, until=story.mended_at)
    assert len(failing) == 1, [obj.get("status") for obj in failing]
    if not case.lands:
        later = [obj for obj in story.history[case.id] if version_of(failing[0]) < version_of(obj) <= story.mended_at]
        assert later == [], [obj.get("status") for obj in later]


def _unsent(obj: Object) -> bool:
    ready = condition(obj, "Ready")
    return ready is not None and "nothing was sent" in ready["message"]
