"""Objects that nobody should have made: each is answered with words, and troubles no other."""

from typing import Any

import pytest
from tests.e2e_errors.failures import ask_again
from tests.support.operator import OperatorProcess
from tests.support.team import Object, Team, condition, ready, says

_GARBAGE: dict[str, Any] = {
    "state": "failed",
    "url": "https://not.the.endpoint.example.com",
    "readyReplica": 2147483647,
    "ready": "lots",
    "message": "<script>",
    "errorMessage": "\u202e\U0001f4a3",
    "hardware": "abacus",
    "account": "InferenceAccount/nobody",
    "cost": {"currency": "XXX", "hourlyNow": "999999", "hourlyMin": "0", "hourlyMax": "1"},
    "secretsFingerprint": "0",
    "lastHandledReconcileAt": "never",
    "observedGeneration": 99,
    "pendingOperation": {"type": "delete", "nonce": "x", "startedAt": "1970-01-01T00:00:00Z"},
    "appliedPower": {"state": "paused"},
    "effective": {"revision": "main", "revisionFrom": "main", "computeID": "x"},
    "conditions": [
        {
            "type": "Ready",
            "status": "Unknown",
            "reason": "Nonsense",
            "message": "",
            "lastTransitionTime": "1970-01-01T00:00:00Z",
            "observedGeneration": 99,
        },
        {
            "type": "Stalled",
            "status": "True",
            "reason": "Nonsense",
            "message": "",
            "lastTransitionTime": "1970-01-01T00:00:00Z",
        },
        {
            "type": "Invented",
            "status": "True",
            "reason": "Nonsense",
            "message": "",
            "lastTransitionTime": "1970-01-01T00:00:00Z",
        },
    ],
}


def _is_true(obj: Object) -> bool:
    return ready(obj) and obj["status"]["state"] == "running" and obj["status"]["ready"] == "1/1"


def test_a_status_of_garbage_is_put_right_at_the_next_look(team: Team) -> None:
    before = team.create("sentiment")["status"]
    for key in ("remoteRef",):
        assert before[key]
    team.patch("sentiment", {"status": _GARBAGE}, subresource="status")
    ask_again(team, "sentiment", "now")
    after = team.wait("sentiment", _is_true)["status"]

    assert after["url"] == before["url"]
    assert after["hardware"] == before["hardware"]
    assert after["remoteRef"] == before["remoteRef"]
    assert "pendingOperation" not in after
    assert {one["type"] for one in after["conditions"]} == {"Ready", "Available", "Synced"}
    assert len(team.posts()) == 1
    assert team.actions() == []


def test_an_object_that_brings_a_status_of_garbage_along_ends_as_declared(
    team: Team, operator: OperatorProcess
) -> None:
    operator.stop()
    team.apply(team.manifest("sentiment"))
    team.patch("sentiment", {"status": _GARBAGE}, subresource="status")
    operator.start()
    healed = team.wait("sentiment", _is_true)

    assert "pendingOperation" not in healed["status"]
    assert len(team.posts()) == 1
    assert team.actions() == []


@pytest.mark.parametrize(
    ("block", "words"),
    [
        ({"compute": {"instanceType": "abacus"}}, "abacus"),
        ({"compute": {"instanceSize": "x4096"}}, "x4096"),
        ({"provider": {"region": "atlantis-1"}}, "atlantis-1"),
        ({"provider": {"vendor": "nobody"}}, "nobody"),
    ],
    ids=["type", "size", "region", "vendor"],
)
def test_hardware_that_does_not_exist_is_said_without_a_create(team: Team, block: dict[str, Any], words: str) -> None:
    team.apply(team.manifest("sentiment", huggingFace=block))
    refused = team.wait("sentiment", says("Stalled", "True", "HardwareUnknown"))
    said = condition(refused, "Ready")

    assert said is not None
    assert words in said["message"]
    assert team.posts() == []
    assert "remoteRef" not in refused["status"]


def test_a_value_that_only_the_provider_knows_to_be_wrong_is_refused_in_its_words_and_can_be_corrected(
    team: Team,
) -> None:
    team.apply(team.manifest("sentiment", huggingFace={"model": {"repository": "org/bad-config"}}))
    failed = team.wait("sentiment", says("Stalled", "True", "ProvisioningFailed"))
    said = condition(failed, "Ready")
    assert said is not None
    assert "Invalid configuration: the container can't be created." in said["message"]

    team.edit("sentiment", model={"repository": "org/model"})
    team.wait("sentiment", ready)
    assert len(team.posts()) == 1


def test_of_two_resources_for_one_remote_name_the_second_says_who_holds_it(
    team: Team, operator: OperatorProcess
) -> None:
    team.create("holder", huggingFace={"name": "shared"})
    held = team.remote("shared")
    team.apply(team.manifest("latecomer", huggingFace={"name": "shared", "compute": {"scaling": {"maxReplica": 7}}}))
    refused = team.wait("latecomer", says("Stalled", "True", "OwnershipConflict"))
    said = condition(refused, "Ready")
    assert said is not None
    assert f"{team.namespace}/holder" in said["message"]
    assert "Choose another name" in said["message"]
    ask_again(team, "latecomer", "now")
    team.await_polls(3)

    assert [one.operation for one in team.writes()] == ["create"]
    assert team.remote("shared")["tags"] == held["tags"]
    assert ready(team.get("holder"))
    assert "remoteRef" not in team.get("latecomer")["status"]
    failed = [line for line in operator.log.splitlines() if "reconcile failed" in line and team.namespace in line]
    assert failed, "and the log of it"
    assert all('"reason": "OwnershipConflict"' in line and "latecomer" in line for line in failed)


def test_the_latecomer_may_go_without_the_remote_endpoint_and_may_take_another_name(team: Team) -> None:
    team.create("holder", huggingFace={"name": "shared"})
    for name in ("latecomer", "other"):
        team.apply(team.manifest(name, huggingFace={"name": "shared"}))
    team.wait_all(["latecomer", "other"], says("Stalled", "True", "OwnershipConflict"))

    team.delete("latecomer")
    team.wait_gone("latecomer")
    team.edit("other", name="another")
    team.wait("other", ready)

    assert set(team.remotes()) == {"shared", "another"}
    assert [one.operation for one in team.writes()] == ["create", "create"]


def test_two_resources_made_at_once_for_one_remote_name_end_with_one_holder(team: Team) -> None:
    pair = ("left", "right")
    team.apply(*(team.manifest(name, huggingFace={"name": "shared"}) for name in pair))

    def decided() -> bool:
        found = [team.get(name) for name in pair]
        return sorted(
            "ready" if ready(obj) else "conflict" if says("Stalled", "True", "OwnershipConflict")(obj) else "open"
            for obj in found
        ) == ["conflict", "ready"]

    team.until(decided, "one holds it, and the other says so")
    team.await_polls(2)

    assert [post.status for post in team.posts()].count(200) == 1
    assert team.puts() == []


def test_a_name_that_the_list_did_not_show_is_found_by_the_refused_create(team: Team) -> None:
    team.sim.knobs.list_lag = 300
    team.sim.control.create(team.namespace, _body("sentiment"), "alice")
    team.apply(team.manifest("sentiment"))
    refused = team.wait("sentiment", says("Stalled", "True", "AlreadyExists"))
    said = condition(refused, "Ready")
    assert said is not None
    assert [post.status for post in team.posts()] == [409]
    assert "alice" in said["message"]
    assert "adoptionPolicy" in said["message"]
    assert "remoteRef" not in refused["status"], "another name can be chosen"

    team.sim.knobs.list_lag = 0
    team.edit("sentiment", name="mine")
    team.wait("sentiment", ready)
    assert set(team.remotes()) == {"sentiment", "mine"}
    assert team.puts() == []


def test_a_namespace_that_is_deleted_takes_its_remote_endpoints_along(team: Team) -> None:
    names = [f"endpoint-{number}" for number in range(5)]
    team.apply(*map(team.manifest, names))
    team.wait_all(names, ready)
    team.api.delete(f"/api/v1/namespaces/{team.namespace}")

    team.until(lambda: team.remotes() == {}, "nothing is left at the provider", timeout=60)
    team.until(lambda: team.api.get(f"/api/v1/namespaces/{team.namespace}") is None, "it is gone", timeout=60)
    assert [one.operation for one in team.writes()].count("delete") == len(names)


def _body(name: str) -> dict[str, Any]:
    return {
        "name": name,
        "type": "private",
        "provider": {"vendor": "aws", "region": "us-east-1"},
        "compute": {
            "accelerator": "cpu",
            "instanceType": "intel-spr",
            "instanceSize": "x1",
            "scaling": {"minReplica": 0, "maxReplica": 1},
        },
        "model": {"repository": "org/model", "framework": "pytorch", "image": {"huggingface": {}}},
    }
