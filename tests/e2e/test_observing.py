"""What happens at the provider alone comes to the resource by the account's timer."""

from typing import Any

import pytest
from tests.support.kube_api import Object
from tests.support.team import Predicate, Team, ready, says
from tests.support.vendors import at_each


def _shows(**expected: object) -> Predicate:
    def holds(obj: Object) -> bool:
        return all(obj["status"].get(key) == value for key, value in expected.items())

    holds.__name__ = f"shows {expected}"
    return holds


_SCALING_UP = {"readyReplica": 3, "targetReplica": 4, "message": "Scaling up"}
_ASLEEP = {"state": "scaledToZero", "message": "Nobody asked"}
CHANGES: dict[str, tuple[tuple[dict[str, Any], dict[str, Any]], ...]] = {
    # What becomes of the remote endpoint, and what is shown then.
    "huggingFace": (
        (_SCALING_UP, _SCALING_UP),
        (_ASLEEP, _ASLEEP),
    ),
    "tir": (
        ({"status": "idle", "message": "Nobody asked"}, {**_ASLEEP, "readyReplica": 0}),
        ({"status": "running", "message": "Woken"}, {"state": "running", "readyReplica": 2, "message": "Woken"}),
    ),
}


@at_each(proof=True)
def test_timer_writes_state_url_and_replicas(team: Team, monkeypatch: pytest.MonkeyPatch) -> None:
    # Two seconds between two reads, so that a second one is told from the first.
    team.account(pollInterval="2s")
    path = team.create("sentiment")["status"]["url"].removeprefix(team.url)
    written = len(team.writes())

    for (patch, shown), url in zip(CHANGES[team.vendor.key], ("http://localhost", team.url), strict=True):
        # Where the provider tells the URL, the simulated one derives it from its own address.
        monkeypatch.setattr(team.sim, "base_url", url)
        reads = len(team.requests("list"))
        team.change_remotely("sentiment", **patch)
        where = {"url": (url if team.vendor.tells_url else team.url) + path}
        team.wait("sentiment", _shows(**where, **shown), timeout=15)
        assert len(team.requests("list")) - reads <= 1, "the first read after the change shows it"
    assert len(team.writes()) == written, "seeing is not writing"


@at_each(proof=True)
def test_a_failed_endpoint_is_stalled_with_the_providers_words_and_heals(team: Team) -> None:
    team.create("sentiment")
    team.change_remotely("sentiment", **team.vendor.failed("The disk is full."))
    obj = team.wait("sentiment", lambda obj: obj["status"]["state"] == "failed")

    conditions = {one["type"]: one for one in obj["status"]["conditions"]}
    assert (conditions["Ready"]["status"], conditions["Ready"]["reason"]) == ("False", "ProvisioningFailed")
    assert "The disk is full." in conditions["Ready"]["message"]
    assert conditions["Stalled"]["status"] == "True"
    assert "Reconciling" not in conditions

    team.change_remotely("sentiment", **team.vendor.healed())
    healed = team.wait("sentiment", ready)
    assert "errorMessage" not in healed["status"]


@at_each(proof=True)
def test_an_endpoint_that_vanishes_at_the_provider_is_made_again(team: Team) -> None:
    before = team.create("sentiment")["status"]["remoteRef"]["createdAt"]
    team.vendor.remove("sentiment")

    team.wait("sentiment", lambda obj: ready(obj) and obj["status"]["remoteRef"].get("createdAt", before) != before)
    team.await_polls(2)
    assert len(team.posts("sentiment")) == 2


@at_each(proof=True)
def test_ready_is_not_claimed_while_a_vanished_endpoint_is_made_again(team: Team) -> None:
    team.create("sentiment")
    team.fail("create", action="delay", delay=1.5)
    team.vendor.remove("sentiment")

    team.until(lambda: len(team.posts("sentiment")) == 2, "a second POST")
    obj = team.get("sentiment")
    assert team.posts("sentiment")[-1].status is None, "the POST is still under way"
    assert says("Ready", "False")(obj), obj["status"]
    team.wait("sentiment", ready)
