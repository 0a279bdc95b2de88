"""What E2E Networks TIR alone has to show on a real API server; all that providers share is shown at each of them."""

import os
import subprocess
import sys

from tests.support.cluster import Cluster
from tests.support.operator import OperatorProcess
from tests.support.team import Team, says
from tests.support.vendors import at_each

from inference_operator.simulator import Fault

OF_ANOTHER = {"huggingFace": "its own tests show it"}
KEY, TOKEN = "e2e-canary-api-key-0123456789", "tir_e2ecanarytoken0123456789"
VALUE = "hub-canary-value-0123456789"

at_tir = at_each(unless=OF_ANOTHER)


@at_tir
def test_what_it_is_and_costs_is_shown(team: Team) -> None:
    status = team.create("chat")["status"]
    project, identity = team.vendor.place, team.vendor.called("chat")
    assert status["remoteRef"]["id"] == identity
    assert status["remoteRef"]["namespace"] == f"Delhi/projects/{project}"
    assert (status["ready"], status["hardware"], status["account"]) == ("2/2", "C3.2 hourly", "InferenceAccount/tir")
    assert status["cost"] == {"currency": "INR", "hourlyNow": "7.00", "hourlyMin": "7.00", "hourlyMax": "7.00"}
    assert status["url"] == f"{team.url}/project/p-{project}/endpoint/is-{identity}"


@at_tir
def test_a_create_whose_answer_is_lost_is_found_by_its_marker(team: Team) -> None:
    team.sim.knobs.duplicate_names = True
    team.sim.faults.add(Fault(operation="create", action="drop", when="after", times=1))
    team.create("chat")
    assert len(team.sim.control.records(team.vendor.place)) == len(team.posts()) == 1


@at_tir
def test_a_plan_that_is_unknown_or_sold_out_is_said_before_anything_is_sent(team: Team) -> None:
    team.sim.knobs.sold_out = ["C3.8"]
    team.apply(team.manifest("chat", tir={"sku": {"name": "C9.9", "type": "hourly"}}))
    shown = team.wait("chat", says("Ready", "False", "HardwareUnknown"))
    assert "C3.2 hourly" in str(shown["status"]["conditions"])
    team.edit("chat", sku={"name": "C3.8", "type": "hourly"})
    team.wait("chat", says("Ready", "False", "CapacityUnavailable"))
    assert team.posts() == []


@at_tir
def test_secrets_are_shown_nowhere(team: Team, operator: OperatorProcess) -> None:
    team.secret("tir", apiKey=KEY, token=TOKEN)
    team.secret("hub", token=VALUE)
    team.create("chat", **team.block(team.vendor.environment({}, {"T": ("hub", "token")})))
    assert team.vendor.variables(team.remote("chat")) == {"T": VALUE}
    unmarked = [{"key": "T", "value": VALUE}, {"key": "HAND", "value": "1"}]
    team.change_remotely("chat", custom_endpoint_details={"resource_details": {"env_variables": unmarked}})
    team.until(lambda: "HAND" not in _variables(team), "put right, though nothing tells what is secret")
    team.edit("chat", env=[{"name": "T", "value": "plain"}])
    team.until(lambda: _variables(team) == {"T": "plain"}, "replaced")
    team.fail("update", status=500, times=1)
    team.edit("chat", version="v9")
    team.until(lambda: team.vendor.first.of(team.remote("chat")) == "v9", "changed")
    told = f"{team.get('chat')}{team.events()}{operator.log}"
    assert not [value for value in (KEY, TOKEN, VALUE) if value in told]


def _variables(team: Team) -> dict[str, str]:
    return team.vendor.variables(team.remote("chat"))


@at_tir
def test_logs_and_replicas_are_shown_and_metrics_said_not_to_exist(team: Team, installed: Cluster) -> None:
    team.create("chat")
    assert "model loaded" in _command(installed, team, "logs").stdout
    assert "Ready" in _command(installed, team, "replicas").stdout
    refused = _command(installed, team, "metrics")
    assert refused.returncode == 1
    assert "no metrics" in refused.stderr


def _command(cluster: Cluster, team: Team, command: str) -> subprocess.CompletedProcess[str]:
    """A command of `inference-operator` about the endpoint `chat`."""
    return subprocess.run(
        [sys.executable, "-m", "inference_operator", command, "chat", "-n", team.namespace],
        env={**os.environ, "KUBECONFIG": str(cluster.kubeconfig)},
        capture_output=True,
        text=True,
        check=False,
    )
