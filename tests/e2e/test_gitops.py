"""The operator writes status and its finalizer, and nothing else: what is in Git never differs from the cluster."""

import json
from typing import Any

from tests.api.manifests import changed
from tests.support.kube_api import Object
from tests.support.team import Team, in_state, ready, says, settled

from inference_operator.api.names import FIELD_MANAGER, FINALIZER, RECONCILE_REQUESTED_AT

GIT = "git"


def _apply(team: Team, manifest: Object) -> None:
    team.kubectl_apply(manifest, "--server-side", f"--field-manager={GIT}")


def _owned(obj: Object) -> dict[str, Any]:
    """What the operator owns: subresource -> fields."""
    entries = [one for one in obj["metadata"]["managedFields"] if one["manager"] == FIELD_MANAGER]
    return {one.get("subresource", ""): one["fieldsV1"] for one in entries}


def _history(team: Team) -> Object:
    """Create, edit, scale, pause, resume, ask for a reconcile; returns the manifest as it then is in Git."""
    manifest = team.manifest(
        "chat",
        annotations={"example.com/owner": "team-a"},
        writeConnectionTo={"configMapName": "chat"},
        huggingFace={"model": {"revision": "main"}, "tags": ["b", "a"], "type": "protected"},
    )
    manifest["metadata"]["labels"] = {"app": "chat"}
    _apply(team, manifest)
    team.wait("chat", ready)
    manifest = changed(manifest, {"spec": {"huggingFace": {"model": {"env": {"A": "1"}}}}})
    _apply(team, manifest)
    team.wait("chat", settled)
    team.kubectl("scale", "ie/chat", "--replicas=2")
    team.wait("chat", settled)
    for state, reason in (("paused", "Paused"), ("running", "Running")):
        manifest = changed(manifest, {"spec": {"state": state}})
        _apply(team, manifest)
        team.wait("chat", says("Ready", "True", reason))
    team.kubectl("annotate", "ie/chat", f"{RECONCILE_REQUESTED_AT}=now")
    team.wait("chat", lambda obj: obj["status"].get("lastHandledReconcileAt") == "now")
    return manifest


def test_after_any_history_the_operator_owns_status_and_its_finalizer_and_git_sees_no_difference(team: Team) -> None:
    manifest = _history(team)
    live = team.get("chat")

    owned = _owned(live)
    assert set(owned) == {"", "status"}
    assert set(owned["status"]) == {"f:status"}
    assert set(owned[""]) == {"f:metadata"}
    assert set(owned[""]["f:metadata"]) == {"f:finalizers"}
    assert set(owned[""]["f:metadata"]["f:finalizers"]) <= {".", f'v:"{FINALIZER}"'}
    assert live["metadata"]["labels"] == {"app": "chat"}
    assert live["metadata"]["annotations"] == {"example.com/owner": "team-a", RECONCILE_REQUESTED_AT: "now"}
    assert live["spec"] == {**manifest["spec"], "replicas": 2}

    dry = team.kubectl_apply(
        manifest,
        "--server-side",
        "--dry-run=server",
        f"--field-manager={GIT}",
        "--output=json",
        "--show-managed-fields",
    )
    assert _without_times(json.loads(dry.stdout)) == _without_times(live)
    difference = team.kubectl(
        "diff",
        "--server-side",
        f"--field-manager={GIT}",
        "--filename=-",
        stdin=json.dumps(manifest),
        check=False,
    )
    assert (difference.returncode, difference.stdout) == (0, "")


def test_of_an_account_the_operator_owns_its_status(team: Team) -> None:
    team.create("chat")
    account = team.api.get(f"{team.path('account')}/hf")

    assert account is not None
    owned = _owned(account)
    assert set(owned["status"]) == {"f:status"}
    assert set(owned.get("", {"f:metadata": {}})) == {"f:metadata"}
    assert set(owned.get("", {}).get("f:metadata", {})) <= {"f:finalizers"}


def test_the_finalizer_comes_with_the_first_remote_write_and_not_before(team: Team) -> None:
    team.secret("hf", token="")
    team.account("unusable", huggingFace={"tokenSecretRef": {"name": "absent"}})
    team.apply(team.manifest("waiting", accountRef={"name": "unusable"}), team.manifest("watching", mode="Observe"))
    team.wait("waiting", lambda obj: "CredentialsMissing" in str(obj.get("status")))
    team.wait("watching", lambda obj: obj.get("status", {}).get("conditions"))
    for obj in team.endpoints():
        assert "finalizers" not in obj["metadata"]

    team.secret("absent", token="hf_teamtoken0123456789")
    team.wait("waiting", in_state("running"))
    assert team.get("waiting")["metadata"]["finalizers"] == [FINALIZER]


def _without_times(obj: Object) -> Object:
    """The object without what a dry run makes up: the time of an apply that changes nothing."""
    kept = {**obj, "metadata": {**obj["metadata"]}}
    kept["metadata"]["managedFields"] = [
        {key: value for key, value in entry.items() if key != "time"} for entry in obj["metadata"]["managedFields"]
    ]
    return kept
