"""Power by the spec: each change of spec.state or spec.replicas is one action at the provider, and none is repeated."""

from typing import Any

import httpx
from tests.support.team import TOKEN, Team, ready, says, settled

ZERO = {"compute": {"scaling": {"minReplica": 0, "maxReplica": 2, "scaleToZeroTimeout": 15}}}


def _set_state(team: Team, name: str, state: str) -> None:
    team.kubectl("patch", "ie", name, "--type=merge", f'--patch={{"spec":{{"state":"{state}"}}}}')


def test_each_change_of_state_is_one_action_and_none_is_repeated_at_rest(team: Team) -> None:
    team.create("chat", state="running", huggingFace=ZERO)
    assert team.actions("chat") == []

    done: list[str] = []
    for state, action, reason in (
        ("paused", "pause", "Paused"),
        ("running", "resume", "Running"),
        ("scaledToZero", "scaleToZero", "ScaledToZero"),
        ("running", "resume", "Running"),
    ):
        _set_state(team, "chat", state)
        team.wait("chat", lambda obj, reason=reason: says("Ready", "True", reason)(obj))  # type: ignore[misc]
        done.append(action)
        assert team.actions("chat") == done
    # Each wait lasted a poll or more: what is repeated at rest would stand between two of these, or after the last.
    team.await_polls()
    assert team.actions("chat") == done
    assert team.puts("chat") == []


def test_kubectl_scale_sets_the_replicas_and_zero_scales_to_zero(team: Team) -> None:
    team.create("chat", huggingFace=ZERO)

    team.kubectl("scale", "ie/chat", "--replicas=2")
    team.wait("chat", lambda obj: ready(obj) and obj["status"]["readyReplica"] == 2)
    (put,) = team.puts("chat")
    assert put.body == {"compute": {"scaling": {"minReplica": 2}}}
    assert team.actions("chat") == []

    team.kubectl("scale", "ie/chat", "--replicas=3")
    obj = team.wait("chat", lambda obj: ready(obj) and obj["status"]["readyReplica"] == 3)
    assert team.puts("chat")[1].body == {"compute": {"scaling": {"minReplica": 3, "maxReplica": 3}}}
    scale = team.api.get(f"{team.path()}/chat/scale")
    assert scale is not None
    assert (scale["spec"]["replicas"], scale["status"]["replicas"], obj["status"]["replicas"]) == (3, 3, 3)

    team.kubectl("scale", "ie/chat", "--replicas=0")
    team.wait("chat", says("Ready", "True", "ScaledToZero"))
    team.await_polls()
    assert team.actions("chat") == ["scaleToZero"]
    assert len(team.puts("chat")) == 3
    assert team.remote("chat")["compute"]["scaling"]["minReplica"] == 0


def test_a_request_that_wakes_an_endpoint_is_not_fought(team: Team) -> None:
    url = team.create("chat", state="scaledToZero", huggingFace=ZERO)["status"]["url"]
    team.wait("chat", says("Ready", "True", "ScaledToZero"))
    assert team.actions("chat") == ["scaleToZero"]

    answer = httpx.get(f"{url}/health", headers={"Authorization": f"Bearer {TOKEN}", "X-Scale-Up-Timeout": "10"})
    assert answer.status_code == 200
    team.wait("chat", says("Ready", "True", "Running"))
    team.await_polls()
    assert team.actions("chat") == ["scaleToZero"]
    assert team.get("chat")["status"]["state"] == "running"


OUT_OF_BAND = {
    # spec.state, what somebody does at the provider, the state that it comes to rest in, the actions of the operator
    "idles": ("running", "scaledToZero", "scaledToZero", []),
    "halted": ("running", "paused", "running", ["resume"]),
    "started": ("paused", "running", "paused", ["pause"]),
    "woken": ("scaledToZero", "running", "running", []),
    "zeroed": ("paused", "scaledToZero", "paused", ["pause"]),
    "unmanaged-halted": (None, "paused", "paused", []),
    "unmanaged-idles": (None, "scaledToZero", "scaledToZero", []),
}


def test_only_paused_against_running_is_corrected_at_rest_and_once(team: Team) -> None:
    specs: dict[str, dict[str, Any]] = {
        name: {"state": case[0]} if case[0] else {} for name, case in OUT_OF_BAND.items()
    }
    team.apply(*(team.manifest(name, huggingFace=ZERO, **spec) for name, spec in specs.items()))
    wanted = {"running": "Running", "paused": "Paused", "scaledToZero": "ScaledToZero"}
    for name, (state, *_) in OUT_OF_BAND.items():
        team.wait(name, says("Ready", "True", wanted[state or "running"]))
    team.await_polls()
    team.forget_requests()

    for name, (_, change, _, _) in OUT_OF_BAND.items():
        team.change_remotely(name, state=change)
    team.await_polls()
    for name, (_, _, final, _) in OUT_OF_BAND.items():
        team.wait(name, says("Ready", "True", wanted[final]))
    team.await_polls()
    assert {name: team.actions(name) for name in OUT_OF_BAND} == {name: case[3] for name, case in OUT_OF_BAND.items()}

    for name in OUT_OF_BAND:
        team.edit(name, tags=["edited"])
    team.wait_all(OUT_OF_BAND, settled)
    team.await_polls()
    assert {name: team.actions(name) for name in OUT_OF_BAND} == {name: case[3] for name, case in OUT_OF_BAND.items()}


def test_kubectl_wait_for_ready_works_from_creation(team: Team) -> None:
    team.kubectl_apply(team.manifest("chat"))
    team.kubectl("wait", "ie/chat", "--for=condition=Ready", "--timeout=30s")

    assert team.remote("chat")["status"]["state"] == "running"
