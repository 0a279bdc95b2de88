"""What happens at the provider alone comes to the resource by the account's timer."""

import pytest
from tests.support.kube_api import Object
from tests.support.team import Predicate, Team, ready, says

from inference_operator.simulator import Fault


def _shows(**expected: object) -> Predicate:
    def holds(obj: Object) -> bool:
        return all(obj["status"].get(key) == value for key, value in expected.items())

    holds.__name__ = f"shows {expected}"
    return holds


def test_timer_writes_state_url_and_replicas(team: Team, monkeypatch: pytest.MonkeyPatch) -> None:
    # Two seconds between two reads, so that a second one is told from the first.
    team.account(pollInterval="2s")
    before = team.create("sentiment", huggingFace={"compute": {"scaling": {"maxReplica": 4}}})
    written = len(team.writes())

    for patch, url in (
        ({"readyReplica": 3, "targetReplica": 4, "message": "Scaling up"}, "http://localhost"),
        ({"state": "scaledToZero", "message": "Nobody asked"}, team.url),
    ):
        # The simulated provider derives status.url from its own address.
        monkeypatch.setattr(team.sim, "base_url", url)
        reads = len(team.requests("list"))
        team.change_remotely("sentiment", **patch)
        path = before["status"]["url"].removeprefix(team.url)
        team.wait("sentiment", _shows(url=url + path, **patch), timeout=15)
        assert len(team.requests("list")) - reads <= 1, "the first read after the change shows it"
    assert len(team.writes()) == written, "seeing is not writing"


def test_a_failed_endpoint_is_stalled_with_the_providers_words_and_heals(team: Team) -> None:
    team.create("sentiment")
    team.change_remotely("sentiment", state="failed", errorMessage="The disk is full.")
    obj = team.wait("sentiment", lambda obj: obj["status"]["state"] == "failed")

    conditions = {one["type"]: one for one in obj["status"]["conditions"]}
    assert (conditions["Ready"]["status"], conditions["Ready"]["reason"]) == ("False", "ProvisioningFailed")
    assert "The disk is full." in conditions["Ready"]["message"]
    assert conditions["Stalled"]["status"] == "True"
    assert "Reconciling" not in conditions

    team.change_remotely("sentiment", state="running", errorMessage=None)
    healed = team.wait("sentiment", ready)
    assert "errorMessage" not in healed["status"]


def test_an_endpoint_that_vanishes_at_the_provider_is_made_again(team: Team) -> None:
    before = team.create("sentiment")["status"]["remoteRef"]["createdAt"]
    team.sim.control.delete(team.namespace, "sentiment")

    team.wait("sentiment", lambda obj: ready(obj) and obj["status"]["remoteRef"].get("createdAt", before) != before)
    team.await_polls(2)
    assert len(team.posts("sentiment")) == 2


def test_ready_is_not_claimed_while_a_vanished_endpoint_is_made_again(team: Team) -> None:
    team.create("sentiment")
    team.sim.faults.add(Fault(operation="create", action="delay", delay=1.5))
    team.sim.control.delete(team.namespace, "sentiment")

    team.until(lambda: len(team.posts("sentiment")) == 2, "a second POST")
    obj = team.get("sentiment")
    assert team.posts("sentiment")[-1].status is None, "the POST is still under way"
    assert says("Ready", "False")(obj), obj["status"]
    team.wait("sentiment", ready)
