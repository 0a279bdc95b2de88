"""`kubectl wait` tells the truth from the first second on, and after an edit."""

from tests.support.operator import OperatorProcess
from tests.support.team import Team, ready

_READY = ("wait", "--for=condition=Ready", "ie/chat")


def test_it_can_be_asked_right_after_the_apply(team: Team) -> None:
    team.kubectl_apply(team.manifest("chat"))
    team.kubectl(*_READY, "--timeout=30s")

    assert team.get("chat")["status"]["state"] == "running"


def test_what_was_ready_before_an_edit_is_not_ready_for_it(team: Team, operator: OperatorProcess) -> None:
    team.create("chat")
    operator.freeze()
    team.edit("chat", compute={"scaling": {"maxReplica": 3}})
    asked = team.kubectl(*_READY, "--timeout=1s", check=False)
    still = ready(team.get("chat"))
    operator.wake()

    assert asked.returncode != 0
    assert not still
    team.kubectl(*_READY, "--timeout=30s")
    assert team.remote("chat")["compute"]["scaling"]["maxReplica"] == 3
