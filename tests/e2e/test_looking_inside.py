"""What the operator asks of an endpoint itself: its health route while a version first runs, its log when it failed."""

from tests.support.kube_api import Object
from tests.support.operator import OperatorProcess
from tests.support.team import Team, ready, says

from inference_operator.simulator import Fault

PROBE = {"readiness": {"probe": True}}


def _asked(team: Team) -> int:
    """How often the data plane was asked for anything."""
    return sum(1 for one in team.sim.journal if one.operation == "dataPlane")


def _failed(obj: Object) -> bool:
    status = obj.get("status") or {}
    return status.get("state") == "failed" and "lastLogLines" in status


def test_available_waits_for_the_health_route_and_it_is_asked_no_more_at_rest(team: Team) -> None:
    team.sim.faults.add(Fault(operation="dataPlane", status=503, times=2))
    team.apply(team.manifest("sentiment", **PROBE))

    silent = team.wait("sentiment", says("Available", "False", "HealthRouteSilent"))
    assert silent["status"]["state"] == "running"
    assert says("Ready", "False", "Provisioning")(silent)
    shown = team.wait("sentiment", ready)
    assert says("Available")(shown)
    assert _asked(team) == 3
    team.await_polls(3)
    assert _asked(team) == 3


def test_a_new_version_is_asked_once_and_one_without_a_probe_never(team: Team) -> None:
    team.create("asked", **PROBE)
    team.create("not-asked")
    assert _asked(team) == 1
    team.edit("asked", model={"env": {"A": "1"}})
    team.wait("asked", ready)
    assert _asked(team) == 2


def test_one_that_sleeps_is_not_woken(team: Team) -> None:
    scaling = {"minReplica": 0, "scaleToZeroTimeout": 15}
    team.create("sentiment", **PROBE, huggingFace={"compute": {"scaling": scaling}})
    team.change_remotely("sentiment", state="scaledToZero", readyReplica=0, targetReplica=0)
    team.wait("sentiment", says("Ready", "True", "ScaledToZero"))
    team.await_polls(3)
    assert _asked(team) == 1
    assert team.remote("sentiment")["status"]["state"] == "scaledToZero"


def test_a_restart_asks_nothing_again(team: Team, operator: OperatorProcess) -> None:
    team.create("sentiment", **PROBE)
    operator.restart()
    team.await_polls(3)
    assert _asked(team) == 1
    assert ready(team.get("sentiment"))


def test_the_last_error_lines_of_a_failed_start_are_on_the_resource(team: Team) -> None:
    team.apply(team.manifest("sentiment", huggingFace={"model": {"repository": "org/fails-to-start"}}))
    failed = team.wait("sentiment", _failed)

    assert failed["status"]["lastLogLines"] == [
        "Traceback (most recent call last):",
        'RuntimeError: can\'t load "org/fails-to-start": the simulated start failed',
    ]
    read = len(team.requests("logsV3"))
    team.await_polls(3)
    assert len(team.requests("logsV3")) == read, "one failure is read once"


def test_they_are_gone_with_the_failure(team: Team) -> None:
    team.apply(team.manifest("sentiment", huggingFace={"model": {"repository": "org/fails-to-start"}}))
    team.wait("sentiment", _failed)
    team.edit("sentiment", model={"repository": "org/model"})
    assert "lastLogLines" not in team.wait("sentiment", ready)["status"]


def test_without_log_search_the_last_lines_are_read(team: Team) -> None:
    team.sim.knobs.log_search = False
    team.apply(team.manifest("sentiment", huggingFace={"model": {"repository": "org/fails-to-start"}}))
    assert team.wait("sentiment", _failed)["status"]["lastLogLines"][0] == "Preparing container"


def test_a_log_that_cannot_be_read_hides_nothing_else(team: Team) -> None:
    team.sim.faults.add(Fault(operation="logsV3", status=500))
    team.apply(team.manifest("sentiment", huggingFace={"model": {"repository": "org/fails-to-start"}}))
    team.wait("sentiment", says("Stalled", "True", "ProvisioningFailed"))


def test_secret_values_in_the_log_are_blacked_out(team: Team) -> None:
    team.secret("hub", token="org/fails-to-start")
    secrets = {"SECRET": {"secretKeyRef": {"name": "hub", "key": "token"}}}
    model = {"repository": "org/fails-to-start", "secrets": secrets}
    team.apply(team.manifest("sentiment", huggingFace={"model": model}))
    lines = team.wait("sentiment", _failed)["status"]["lastLogLines"]
    assert lines[-1] == 'RuntimeError: can\'t load "***": the simulated start failed'
