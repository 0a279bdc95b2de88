"""An account may have more endpoints than a page shows: none is lost, or made twice, for that."""

from tests.support.team import Team, ready
from tests.support.vendors import at_each

COUNT = 45
PAGE = 20


@at_each(proof=True)
def test_an_account_with_45_endpoints_loses_none_to_paging(team: Team) -> None:
    vendor = team.vendor
    for knob in vendor.paging_knobs:
        setattr(team.sim.knobs, knob, PAGE)
    names = [f"e-{number:02}" for number in range(COUNT)]
    team.apply(*(team.manifest(name) for name in names))
    team.wait_all(names, ready, timeout=60)
    team.await_polls(6)

    assert sorted(post.body["name"] for post in team.posts()) == names
    assert sorted(team.remotes()) == names
    assert len(team.writes()) == COUNT
    assert len({str(vendor.page(one)) for one in team.requests("list")}) >= COUNT // PAGE, "pages were followed"

    # Whatever the order of the list is, each of these is on another page.
    by_age = sorted(team.remotes().items(), key=lambda item: vendor.created_at(item[1]))
    for name, _ in (by_age[0], by_age[-1]):
        team.change_remotely(name, **vendor.failed("The disk is full."))
        team.wait(name, lambda obj: obj["status"]["state"] == "failed")
    assert sum(obj["status"]["state"] == "running" for obj in team.endpoints()) == COUNT - 2
