"""E2E Networks TIR on a real API server, with the operator as a process: the same resource, another block."""

import os
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from tests.api.manifests import changed, tir, tir_account, tir_endpoint
from tests.support.cluster import Cluster
from tests.support.operator import OperatorProcess
from tests.support.team import Team, in_state, ready, says

from inference_operator.simulator import Fault, Simulator, Tir
from inference_operator.simulator.tir.routes import BASE

PROJECT = "12"
KEY, TOKEN = "e2e-canary-api-key-0123456789", "tir_e2ecanarytoken0123456789"


@pytest.fixture
def remote(team: Team, simulator: Simulator) -> Iterator[Tir]:
    """The simulated TIR, and the account `tir` of the team."""
    simulator.tir.reset()
    simulator.tir.knobs.waiting_seconds = simulator.tir.knobs.deploying_seconds = 0.1
    simulator.tir.knobs.terminating_seconds = simulator.tir.knobs.updating_seconds = 0.2
    team.secret("tir", apiKey=KEY, token=TOKEN)
    manifest = tir_account(
        {
            "metadata": {"name": "tir", "namespace": team.namespace},
            "spec": {"pollInterval": "1s", "tir": {"baseURL": f"{simulator.url}{BASE}", "projectID": PROJECT}},
        }
    )
    team.api.apply(f"{team.path('account')}/tir", manifest)
    yield simulator.tir
    simulator.tir.faults.clear()


def manifest(team: Team, **spec: Any) -> dict[str, Any]:
    base = tir_endpoint({"metadata": {"name": "chat", "namespace": team.namespace}})
    return changed(base, {"spec": {"accountRef": {"name": "tir"}, **spec}})


def made(team: Team, **spec: Any) -> dict[str, Any]:
    team.apply(manifest(team, **spec))
    return team.wait("chat", ready)


def test_an_endpoint_is_made_shown_changed_stopped_started_and_deleted(team: Team, remote: Tir) -> None:
    status = made(team, tir={"replicas": 2})["status"]
    (one,) = remote.control.records(PROJECT)
    assert status["remoteRef"]["id"] == str(one.id)
    assert status["remoteRef"]["namespace"] == f"Delhi/projects/{PROJECT}"
    assert (status["ready"], status["hardware"], status["account"]) == ("2/2", "C3.2 hourly", "InferenceAccount/tir")
    assert status["cost"] == {"currency": "INR", "hourlyNow": "7.00", "hourlyMin": "7.00", "hourlyMax": "7.00"}
    assert status["url"].endswith(f"/project/p-{PROJECT}/endpoint/is-{one.id}")

    team.patch("chat", tir(version="v0.9.0"))
    team.until(lambda: remote.endpoints(PROJECT)["chat"]["detailed_info"]["server_version"] == "v0.9.0", "changed")
    team.kubectl("scale", "ie/chat", "--replicas=3")
    team.until(lambda: remote.endpoints(PROJECT)["chat"]["replica"] == 3, "scaled")
    team.patch("chat", {"spec": {"state": "paused"}})
    team.wait("chat", says("Ready", "True", "Paused"))
    team.patch("chat", {"spec": {"state": "running"}})
    team.wait("chat", lambda obj: ready(obj) and in_state("running")(obj))
    team.kubectl("delete", "ie", "chat", "--timeout=30s")
    assert remote.endpoints(PROJECT) == {}
    calls = remote.calls
    assert [calls[name] for name in ("create", "pause", "resume", "delete")] == [1, 1, 1, 1]


def test_a_restart_writes_nothing(team: Team, remote: Tir, operator: OperatorProcess) -> None:
    version = made(team)["metadata"]["resourceVersion"]
    writes = sum(remote.calls[name] for name in ("create", "update", "pause", "resume", "delete"))
    operator.restart()
    before = remote.calls["list"]
    team.until(lambda: remote.calls["list"] >= before + 3, "the account was read three times")
    assert team.get("chat")["metadata"]["resourceVersion"] == version
    assert sum(remote.calls[name] for name in ("create", "update", "pause", "resume", "delete")) == writes == 1


def test_a_create_whose_answer_is_lost_is_found_by_its_marker(team: Team, remote: Tir) -> None:
    remote.knobs.duplicate_names = True
    remote.faults.add(Fault(operation="create", action="drop", when="after", times=1))
    made(team)
    assert len(remote.control.records(PROJECT)) == remote.calls["create"] == 1


def test_what_exists_is_taken_over_by_its_id_and_left_as_it_runs(team: Team, remote: Tir) -> None:
    body = {"name": "chat", "framework": "vllm", "sku_name": "C3.2", "sku_type": "hourly", "replica": 2}
    theirs = remote.control.create(PROJECT, body, "alice")
    team.apply(manifest(team))
    team.wait("chat", says("Ready", "False", "AlreadyExists"))
    team.patch("chat", {"spec": {"adoptionPolicy": "IfUnowned"}})
    status = team.wait("chat", ready)["status"]
    assert status["remoteRef"]["id"] == str(theirs.id)
    assert remote.calls["update"] == 0


@pytest.mark.parametrize(("policy", "left"), [("Orphan", "running"), ("Pause", "stopped")])
def test_other_policies_leave_the_endpoint_free_to_take(team: Team, remote: Tir, policy: str, left: str) -> None:
    made(team, deletionPolicy=policy)
    team.kubectl("delete", "ie", "chat", "--timeout=30s")
    found = remote.endpoints(PROJECT)["chat"]
    (marker,) = found["custom_endpoint_details"]["resource_details"]["env_variables"]
    assert marker["value"] == "iop1-released"
    team.until(lambda: remote.endpoints(PROJECT)["chat"]["status"] == left, left)


def test_a_plan_that_is_unknown_or_sold_out_is_said_before_anything_is_sent(team: Team, remote: Tir) -> None:
    remote.knobs.sold_out = ["C3.8"]
    team.apply(manifest(team, tir={"sku": {"name": "C9.9", "type": "hourly"}}))
    shown = team.wait("chat", says("Ready", "False", "HardwareUnknown"))
    assert "C3.2 hourly" in str(shown["status"]["conditions"])
    team.patch("chat", tir(sku={"name": "C3.8", "type": "hourly"}))
    team.wait("chat", says("Ready", "False", "CapacityUnavailable"))
    assert remote.calls["create"] == 0


def test_secrets_are_shown_nowhere(team: Team, remote: Tir, operator: OperatorProcess) -> None:
    team.secret("hub", token="hub-canary-value-0123456789")
    made(team, tir={"env": [{"name": "T", "valueFrom": {"secretKeyRef": {"name": "hub", "key": "token"}}}]})
    assert "hub-canary-value-0123456789" in str(remote.endpoints(PROJECT))
    known = remote.endpoints(PROJECT)["chat"]["custom_endpoint_details"]["resource_details"]["env_variables"]
    unmarked = [one for one in known if one["key"] == "T"] + [{"key": "HAND", "value": "1"}]
    remote.edit(PROJECT, "chat", {"custom_endpoint_details": {"resource_details": {"env_variables": unmarked}}})
    team.until(lambda: "HAND" not in str(remote.endpoints(PROJECT)), "put right, though nothing tells what is secret")
    team.patch("chat", {"spec": {"tir": {"env": [{"name": "T", "value": "plain"}]}}})
    team.until(lambda: "hub-canary" not in str(remote.endpoints(PROJECT)), "replaced")
    remote.faults.add(Fault(operation="update", status=500, times=1))
    team.patch("chat", tir(version="v9"))
    team.until(lambda: remote.endpoints(PROJECT)["chat"]["detailed_info"]["server_version"] == "v9", "changed")
    told = f"{team.get('chat')}{team.events()}{operator.log}"
    assert not [value for value in (KEY, TOKEN, "hub-canary-value-0123456789") if value in told]


def test_logs_and_replicas_are_shown_and_metrics_said_not_to_exist(team: Team, remote: Tir, installed: Cluster) -> None:
    made(team)
    assert "model loaded" in command(installed, team, "logs").stdout
    assert "Ready" in command(installed, team, "replicas").stdout
    refused = command(installed, team, "metrics")
    assert refused.returncode == 1
    assert "no metrics" in refused.stderr


def test_what_was_left_is_an_orphan_that_a_person_can_delete(team: Team, remote: Tir, installed: Cluster) -> None:
    made(team, deletionPolicy="Orphan")
    team.kubectl("delete", "ie", "chat", "--timeout=30s")
    shown = command(installed, team, "orphans", None)
    assert "chat" in shown.stdout, shown.stderr
    deleted = command(installed, team, "orphans", "delete", "chat", "--yes")
    assert deleted.returncode == 0, deleted.stderr
    assert remote.endpoints(PROJECT) == {}


def command(cluster: Cluster, team: Team, *words: str | None) -> subprocess.CompletedProcess[str]:
    """A command of `inference-operator`; about the endpoint `chat` unless other words follow."""
    typed = [word for word in (words if len(words) > 1 else (*words, "chat")) if word]
    return subprocess.run(
        [sys.executable, "-m", "inference_operator", *typed, "-n", team.namespace],
        env={**os.environ, "KUBECONFIG": str(cluster.kubeconfig)},
        capture_output=True,
        text=True,
        check=False,
    )
