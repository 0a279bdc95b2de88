"""`kubectl delete`: what becomes of the remote endpoint is what deletionPolicy says, and the object goes."""

import pytest
from tests.support.team import Team, in_state, settled
from tests.support.vendors import at_each

from inference_operator.api.names import FINALIZER

RELEASED = "iop1-released"
ZERO = {"compute": {"scaling": {"scaleToZeroTimeout": 15}}}
NO_ZERO = {"tir": "it can't be told to scale to zero, and admission refuses the policy"}


@at_each()
def test_kubectl_delete_removes_the_remote_endpoint_and_the_object(team: Team) -> None:
    team.create("chat")

    team.kubectl("delete", "ie", "chat", "--timeout=30s")
    assert team.remotes() == {}
    assert team.find("chat") is None
    assert len(team.requests("delete")) == 1


@at_each(proof=True)
def test_an_endpoint_can_be_deleted_while_it_starts(team: Team) -> None:
    setattr(team.sim.knobs, team.vendor.starting_knob, 3600)
    team.apply(team.manifest("chat"))
    team.wait("chat", in_state("initializing"))

    team.kubectl("delete", "ie", "chat", "--timeout=30s")
    assert team.remotes() == {}


@at_each(proof=True)
def test_the_object_stays_until_a_slow_provider_has_removed_the_endpoint(team: Team) -> None:
    team.create("chat")
    team.sim.knobs.delete_linger = 2.0

    team.delete("chat")
    team.until(lambda: team.requests("delete"), "DELETE was sent")
    assert team.find("chat") is not None
    team.wait_gone("chat")
    assert team.remotes() == {}
    assert len(team.requests("delete")) <= 2


def _released(team: Team, policy: str, **block: object) -> list[str]:
    """Delete a resource with this policy, and return what is left of the labels of its endpoint."""
    team.create("chat", deletionPolicy=policy, **team.block(block))
    team.kubectl("delete", "ie", "chat", "--timeout=30s")
    assert team.requests("delete") == []
    return team.labels("chat")


@at_each()
@pytest.mark.parametrize(("policy", "state", "actions"), [("Orphan", "running", []), ("Pause", "paused", ["pause"])])
def test_other_policies_leave_the_endpoint_free_to_take(
    team: Team, policy: str, state: str, actions: list[str]
) -> None:
    assert _released(team, policy) == [RELEASED]
    team.until(lambda: team.vendor.state(team.remote("chat")) == state, state)
    assert team.actions("chat") == actions


@at_each(unless=NO_ZERO)
def test_the_policy_scale_to_zero_leaves_it_asleep_and_free_to_take(team: Team) -> None:
    assert set(_released(team, "ScaleToZero", **ZERO, tags=["mine"])) == {"mine", RELEASED}
    assert team.remote("chat")["status"]["state"] == "scaledToZero"
    assert team.actions("chat") == ["scaleToZero"]


@at_each()
def test_a_released_endpoint_can_be_adopted(team: Team) -> None:
    before = team.create("chat", deletionPolicy="Orphan")["status"]["remoteRef"]["createdAt"]
    team.kubectl("delete", "ie", "chat", "--timeout=30s")

    team.apply(team.manifest("chat", adoptionPolicy="IfUnowned"))
    team.wait("chat", lambda obj: settled(obj) and obj["status"]["remoteRef"].get("createdAt") == before)
    assert len(team.posts("chat")) == 1
    assert (RELEASED in team.labels("chat")) != team.vendor.marks_alone


@at_each(proof=True)
def test_what_never_created_anything_is_deleted_at_once_even_without_an_account(team: Team) -> None:
    team.apply(team.manifest("chat", accountRef={"name": "nobody"}))
    team.wait("chat", lambda obj: "AccountNotFound" in str(obj.get("status")))
    assert FINALIZER not in team.get("chat")["metadata"].get("finalizers", [])

    team.delete("chat")
    assert team.find("chat") is None
