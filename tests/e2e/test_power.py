"""Power by the spec: each change of spec.state or spec.replicas is one action at the provider, and none is repeated."""

from typing import Any

import httpx
from tests.support.kube_api import Object
from tests.support.team import TOKEN, Predicate, Team, ready, says, settled
from tests.support.vendors import at_each

NO_ZERO = {"tir": "it can't be told to scale to zero, and admission refuses to ask for it"}


def _set_state(team: Team, name: str, state: str) -> None:
    team.kubectl("patch", "ie", name, "--type=merge", f'--patch={{"spec":{{"state":"{state}"}}}}')


def _go_through(team: Team, *changes: tuple[str, str, str]) -> None:
    """Make these changes of state: each is one action, of this name, and ends with this reason."""
    team.create("chat", state="running", **team.block(team.vendor.may_sleep))
    assert team.actions("chat") == []

    done: list[str] = []
    for state, action, reason in changes:
        _set_state(team, "chat", state)
        team.wait("chat", says("Ready", "True", reason))
        done.append(action)
        assert team.actions("chat") == done
    # Each wait lasted a poll or more: what is repeated at rest would stand between two of these, or after the last.
    team.await_polls()
    assert team.actions("chat") == done
    assert team.puts("chat") == []


@at_each()
def test_each_change_of_state_is_one_action_and_none_is_repeated_at_rest(team: Team) -> None:
    _go_through(team, ("paused", "pause", "Paused"), ("running", "resume", "Running"))


@at_each(unless=NO_ZERO)
def test_scaling_to_zero_and_waking_are_one_action_each(team: Team) -> None:
    _go_through(team, ("scaledToZero", "scaleToZero", "ScaledToZero"), ("running", "resume", "Running"))


def _with(count: int) -> Predicate:
    """A predicate: it is Ready, with so many replicas."""

    def holds(obj: Object) -> bool:
        return ready(obj) and obj["status"]["readyReplica"] == count

    holds.__name__ = f"{count} replicas"
    return holds


@at_each()
def test_kubectl_scale_sets_the_replicas(team: Team) -> None:
    team.create("chat")

    for count in (3, 4):
        team.kubectl("scale", "ie/chat", f"--replicas={count}")
        team.wait("chat", _with(count))
    assert [team.vendor.carried(put) for put in team.puts("chat")] == [team.vendor.scaled(3), team.vendor.scaled(4)]
    assert team.actions("chat") == []
    scale, obj = team.api.get(f"{team.path()}/chat/scale"), team.get("chat")
    assert scale is not None
    assert (scale["spec"]["replicas"], scale["status"]["replicas"], obj["status"]["replicas"]) == (4, 4, 4)


@at_each(unless=NO_ZERO)
def test_kubectl_scale_sets_the_replicas_and_zero_scales_to_zero(team: Team) -> None:
    team.create("chat", **team.block(team.vendor.may_sleep))

    team.kubectl("scale", "ie/chat", "--replicas=2")
    team.wait("chat", _with(2))
    (put,) = team.puts("chat")
    assert put.body == {"compute": {"scaling": {"minReplica": 2}}}
    team.kubectl("scale", "ie/chat", "--replicas=0")
    team.wait("chat", says("Ready", "True", "ScaledToZero"))
    team.await_polls()
    assert team.actions("chat") == ["scaleToZero"]
    assert len(team.puts("chat")) == 2
    assert team.remote("chat")["compute"]["scaling"]["minReplica"] == 0


@at_each(unless=NO_ZERO)
def test_a_request_that_wakes_an_endpoint_is_not_fought(team: Team) -> None:
    block = team.block(team.vendor.may_sleep)
    url = team.create("chat", state="scaledToZero", **block)["status"]["url"]
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


UNLESS = {"woken": NO_ZERO}
"""Those that can't exist everywhere."""


@at_each(proof=True)
def test_only_paused_against_running_is_corrected_at_rest_and_once(team: Team) -> None:
    cases = {name: case for name, case in OUT_OF_BAND.items() if team.vendor.key not in UNLESS.get(name, {})}
    block = team.block(team.vendor.may_sleep)
    specs: dict[str, dict[str, Any]] = {name: {"state": case[0]} if case[0] else {} for name, case in cases.items()}
    team.apply(*(team.manifest(name, **block, **spec) for name, spec in specs.items()))
    wanted = {"running": "Running", "paused": "Paused", "scaledToZero": "ScaledToZero"}
    for name, (state, *_) in cases.items():
        team.wait(name, says("Ready", "True", wanted[state or "running"]))
    team.await_polls()
    team.forget_requests()

    for name, (_, change, _, _) in cases.items():
        team.change_remotely(name, **team.vendor.in_state(change))
    team.await_polls()
    for name, (_, _, final, _) in cases.items():
        team.wait(name, says("Ready", "True", wanted[final]))
    team.await_polls()
    assert {name: team.actions(name) for name in cases} == {name: case[3] for name, case in cases.items()}

    for name in cases:
        team.edit(name, **team.vendor.further.edit)
    team.wait_all(cases, settled)
    team.await_polls()
    assert {name: team.actions(name) for name in cases} == {name: case[3] for name, case in cases.items()}


@at_each(proof=True)
def test_kubectl_wait_for_ready_works_from_creation(team: Team) -> None:
    team.kubectl_apply(team.manifest("chat"))
    team.kubectl("wait", "ie/chat", "--for=condition=Ready", "--timeout=30s")

    assert team.vendor.state(team.remote("chat")) == "running"
