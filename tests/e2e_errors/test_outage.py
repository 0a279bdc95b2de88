"""An outage: what is shown stays until nobody vouches for it, and each change of that is one write."""

from tests.e2e_errors.history import now, version_of, versions
from tests.support.team import Object, Team, condition, ready, says

from inference_operator.simulator.faults import Fault

_NAMES = ("first", "second")


def _readiness(history: list[Object]) -> list[tuple[str, str]]:
    return [(found["status"], found["reason"]) for obj in history if (found := condition(obj, "Ready"))]


def test_an_outage_is_one_write_and_its_end_one_more(team: Team) -> None:
    for name in _NAMES:
        team.create(name)
    team.await_polls(2)
    since = now(team)
    team.sim.faults.add(Fault(operation="list", namespace=team.namespace, status=503))
    team.wait_all(_NAMES, says("Ready", "Unknown", "ObservationStale"))
    team.await_polls(4)
    for name in _NAMES:
        stale = team.get(name)
        assert stale["status"]["state"] == "running", "what was last seen stays on show"
        assert stale["status"]["url"]
        for kind in ("Available", "Synced"):
            assert says(kind, "Unknown", "ObservationStale")(stale), kind
    team.sim.faults.clear()
    again = team.wait_all(_NAMES, ready)
    assert all(says("Available")(obj) and says("Synced")(obj) for obj in again.values())
    team.await_polls(2)

    for name, history in versions(team, since=since).items():
        assert _readiness(history) == [("Unknown", "ObservationStale"), ("True", "Running")], name
    assert len(team.posts()) == len(_NAMES)
    assert len(team.writes()) == len(_NAMES)


def test_a_failed_read_or_two_change_nothing_on_show(team: Team) -> None:
    # Three intervals are to be longer than a read that is tried three times on a busy machine.
    team.account(pollInterval="3s")
    team.create("sentiment")
    team.await_polls(1)
    since = now(team)
    # A read is tried three times before it counts as failed.
    team.sim.faults.add(Fault(operation="list", namespace=team.namespace, status=503, times=3))
    team.await_polls(5, timeout=40)

    assert versions(team, since=since) == {}


def test_an_edit_during_an_outage_of_reads_is_carried_out_after_it(team: Team) -> None:
    team.create("sentiment")
    team.sim.faults.add(Fault(operation="list", namespace=team.namespace, status=503))
    team.sim.faults.add(Fault(operation="get", namespace=team.namespace, status=503))
    team.wait("sentiment", says("Ready", "Unknown", "ObservationStale"))
    team.edit("sentiment", model={"env": {"A": "1"}})
    before = version_of(team.get("sentiment"))
    team.await_polls(4)
    assert team.puts() == []
    team.sim.faults.clear()
    healed = team.wait("sentiment", ready)

    assert version_of(healed) > before
    assert len(team.puts()) == 1
    assert team.remote("sentiment")["model"]["env"] == {"A": "1"}


def test_a_token_that_is_revoked_stops_every_write_until_another_is_there(team: Team) -> None:
    team.secret("hf", token="hf_first0123456789")
    team.create("sentiment")
    team.sim.tokens.revoke("hf_first0123456789")
    lost = team.wait("sentiment", says("Ready", "False", "AccountNotReady"))
    assert "CredentialsInvalid" in str(condition(lost, "Ready"))
    assert lost["status"]["url"], "what was last seen stays on show"
    team.edit("sentiment", model={"env": {"A": "1"}})
    team.await_polls(2)
    assert team.puts() == []

    team.secret("hf", token="hf_second0123456789")
    team.wait("sentiment", ready)
    team.until(lambda: [put.status for put in team.puts()] == [200], "the edit is carried out")
