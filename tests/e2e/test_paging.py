"""An account may have more endpoints than a page shows: none is lost, or made twice, for that."""

from tests.support.team import Team, ready

COUNT = 45
PAGE = 20


def test_an_account_with_45_endpoints_loses_none_to_paging(team: Team) -> None:
    team.sim.knobs.page_size = PAGE
    team.sim.knobs.max_limit = PAGE
    names = [f"e-{number:02}" for number in range(COUNT)]
    team.apply(*(team.manifest(name) for name in names))
    team.wait_all(names, ready, timeout=60)
    team.await_polls(6)

    assert sorted(post.body["name"] for post in team.posts()) == names
    assert sorted(team.remotes()) == names
    assert len(team.writes()) == COUNT
    assert {"cursor" in one.query for one in team.requests("list")} == {True, False}, "pages were followed"

    # The list is newest first: the oldest is on the last page.
    oldest = min(team.remotes().values(), key=lambda one: one["status"]["createdAt"])["name"]
    team.change_remotely(oldest, state="failed", errorMessage="The disk is full.")
    team.wait(oldest, lambda obj: obj["status"]["state"] == "failed")
    assert sum(obj["status"]["state"] == "running" for obj in team.endpoints()) == COUNT - 1
