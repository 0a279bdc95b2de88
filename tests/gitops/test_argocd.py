"""Argo CD's health and actions, by the Lua that is shipped."""

from dataclasses import replace
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.core.builders import PASSING, TERMINAL
from tests.core.test_decide import snapshots
from tests.gitops.lua import ARGOCD, STATES, act, health, offered, rendered
from tests.gitops.recordings import Recording, recorded
from tests.runtime.kube_api import Object

from inference_operator.api.endpoint import EndpointSpec
from inference_operator.api.names import RECONCILE_REQUESTED_AT
from inference_operator.core.failures import Failure
from inference_operator.core.snapshot import Snapshot
from inference_operator.core.status import compose

RECORDINGS = recorded()
CONFIG = ARGOCD / "argocd-cm.yaml"


def _endpoint(**spec: Any) -> Object:
    return {"kind": "InferenceEndpoint", "metadata": {"name": "sentiment", "generation": 1}, "spec": spec}


@pytest.mark.parametrize("recording", RECORDINGS, ids=lambda one: one.name)
def test_the_health_of_a_recorded_object(recording: Recording) -> None:
    status, message = health(recording.object)
    assert status == recording.argocd, message
    assert message


def test_what_the_operator_has_not_seen_yet_is_progressing() -> None:
    assert health(_endpoint())[0] == "Progressing"
    assert health({**_endpoint(), "status": {"observedGeneration": -1}})[0] == "Progressing"


def test_the_message_of_what_is_wrong_names_the_reason() -> None:
    for one in RECORDINGS:
        if one.argocd == "Degraded":
            ready = next(it for it in one.object["status"]["conditions"] if it["type"] == "Ready")
            assert health(one.object)[1].startswith(f"{ready['reason']}: ")


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(snapshots, st.sampled_from([None, TERMINAL, PASSING]), st.booleans())
def test_it_is_healthy_exactly_when_ready_and_degraded_exactly_when_stalled(
    snapshot: Snapshot, failure: Failure | None, stale: bool
) -> None:
    status = compose(replace(snapshot, stale=stale), failure)
    generation, deleting = snapshot.subject.generation, snapshot.subject.deleting
    metadata = {"generation": generation} | ({"deletionTimestamp": "2026-11-21T09:00:00Z"} if deleting else {})
    found = health({"metadata": metadata, "spec": {}, "status": status})[0]
    true = {one["type"] for one in status["conditions"] if one["status"] == "True"}

    assert found in STATES
    assert (found in ("Healthy", "Suspended")) == ("Ready" in true and not deleting)
    assert (found in ("Degraded", "Missing")) == ("Stalled" in true and not deleting)


def test_pause_and_resume_change_the_declared_state_and_nothing_else() -> None:
    for before in ({}, {"state": "running"}, {"state": "paused"}, {"state": "scaledToZero"}):
        obj = _endpoint(deletionPolicy="Delete", **before)
        assert act("pause", obj) == _endpoint(deletionPolicy="Delete", state="paused")
        assert act("resume", obj) == _endpoint(deletionPolicy="Delete", state="running")
        EndpointSpec.from_json(act("pause", obj)["spec"])


def test_reconcile_asks_by_the_annotation_that_the_operator_reads() -> None:
    asked = act("reconcile", _endpoint())
    [(annotation, value)] = asked["metadata"].pop("annotations").items()
    assert annotation == RECONCILE_REQUESTED_AT
    assert value[:2] == "20"
    assert value[-1] == "Z"
    assert asked == _endpoint()
    owned = _endpoint()
    owned["metadata"]["annotations"] = {"team": "a"}
    assert act("reconcile", owned)["metadata"]["annotations"]["team"] == "a"


def test_actions_are_offered_where_they_do_something() -> None:
    assert offered(_endpoint()) == {"pause", "resume", "reconcile"}
    assert offered(_endpoint(state="running")) == {"pause", "reconcile"}
    assert offered(_endpoint(state="paused")) == {"resume", "reconcile"}
    assert offered(_endpoint(mode="Observe")) == {"reconcile"}


def test_the_patch_of_argocd_cm_carries_the_lua_as_it_is() -> None:
    config = yaml.safe_load(CONFIG.read_text())
    assert config["data"] == rendered(), "run: python -m tests.gitops.argocd_config"
