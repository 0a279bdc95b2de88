"""`kubectl delete`: what becomes of the remote endpoint is what deletionPolicy says, and the object goes."""

import pytest
from tests.support.team import Team, in_state, settled

from inference_operator.api.names import FINALIZER

RELEASED = "iop1-released"
ZERO = {"compute": {"scaling": {"scaleToZeroTimeout": 15}}, "tags": ["mine"]}


def test_kubectl_delete_removes_the_remote_endpoint_and_the_object(team: Team) -> None:
    team.create("chat")

    team.kubectl("delete", "ie", "chat", "--timeout=30s")
    assert team.remotes() == {}
    assert team.find("chat") is None
    assert len(team.requests("delete")) == 1


def test_an_endpoint_can_be_deleted_while_it_initializes(team: Team) -> None:
    team.sim.knobs.initializing_seconds = 3600
    team.apply(team.manifest("chat"))
    team.wait("chat", in_state("initializing"))

    team.kubectl("delete", "ie", "chat", "--timeout=30s")
    assert team.remotes() == {}


def test_the_object_stays_until_a_slow_provider_has_removed_the_endpoint(team: Team) -> None:
    team.create("chat")
    team.sim.knobs.delete_linger = 2.0

    team.delete("chat")
    team.until(lambda: team.requests("delete"), "DELETE was sent")
    assert team.find("chat") is not None
    team.wait_gone("chat")
    assert team.remotes() == {}
    assert len(team.requests("delete")) <= 2


@pytest.mark.parametrize(
    ("policy", "state", "actions"),
    [
        ("Orphan", "running", []),
        ("Pause", "paused", ["pause"]),
        ("ScaleToZero", "scaledToZero", ["scaleToZero"]),
    ],
)
def test_other_policies_leave_the_endpoint_free_to_take(
    team: Team, policy: str, state: str, actions: list[str]
) -> None:
    team.create("chat", deletionPolicy=policy, huggingFace=ZERO)

    team.kubectl("delete", "ie", "chat", "--timeout=30s")
    left = team.remote("chat")
    assert left["status"]["state"] == state
    assert set(left["tags"]) == {"mine", RELEASED}
    assert team.actions("chat") == actions
    assert team.requests("delete") == []


def test_a_released_endpoint_can_be_adopted(team: Team) -> None:
    before = team.create("chat", deletionPolicy="Orphan")["status"]["remoteRef"]["createdAt"]
    team.kubectl("delete", "ie", "chat", "--timeout=30s")

    team.apply(team.manifest("chat", adoptionPolicy="IfUnowned"))
    team.wait("chat", lambda obj: settled(obj) and obj["status"]["remoteRef"].get("createdAt") == before)
    assert len(team.posts("chat")) == 1
    assert RELEASED not in team.remote("chat")["tags"]


def test_what_never_created_anything_is_deleted_at_once_even_without_an_account(team: Team) -> None:
    team.apply(team.manifest("chat", accountRef={"name": "nobody"}))
    team.wait("chat", lambda obj: "AccountNotFound" in str(obj.get("status")))
    assert FINALIZER not in team.get("chat")["metadata"].get("finalizers", [])

    team.delete("chat")
    assert team.find("chat") is None
