"""kstatus, by its own library, of every status that the operator writes: what Flux goes by."""

import json
import subprocess
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.api.schemas import committed
from tests.core.builders import PASSING, TERMINAL
from tests.core.test_decide import snapshots
from tests.gitops.programs import kstatus as program
from tests.gitops.recordings import recorded
from tests.runtime.kube_api import Object

from inference_operator.core.failures import Failure
from inference_operator.core.snapshot import Snapshot
from inference_operator.core.status import compose

RECORDINGS = recorded()
UNSEEN = {"apiVersion": "inference-operator.dev/v1alpha1", "metadata": {"name": "new", "generation": 1}, "spec": {}}


class Kstatus:
    """The library, as a program."""

    def __init__(self, program: Path) -> None:
        self._program = program

    def of(self, objects: Iterable[Object]) -> list[str]:
        """What is computed for each."""
        lines = "\n".join(map(json.dumps, objects))
        done = subprocess.run([self._program], input=lines, text=True, capture_output=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout.split()


@pytest.fixture(scope="module")
def kstatus() -> Kstatus:
    return Kstatus(program())


@pytest.mark.timeout(600)
def test_kstatus_of_every_recorded_object(kstatus: Kstatus) -> None:
    found = kstatus.of(one.object for one in RECORDINGS)
    assert dict(zip([one.name for one in RECORDINGS], found, strict=True)) == {
        one.name: one.kstatus for one in RECORDINGS
    }


@pytest.mark.parametrize("crd", committed().values(), ids=lambda crd: crd["spec"]["names"]["kind"])
def test_what_the_operator_has_not_seen_yet_is_in_progress(kstatus: Kstatus, crd: Object) -> None:
    kind = crd["spec"]["names"]["kind"]
    schema = crd["spec"]["versions"][0]["schema"]["openAPIV3Schema"]
    status = schema["properties"]["status"]["default"]
    assert kstatus.of([{**UNSEEN, "kind": kind, "status": status}]) == ["InProgress"]


def test_of_any_status_that_can_be_composed_it_is_current_when_ready_failed_when_stalled_and_else_in_progress(
    kstatus: Kstatus,
) -> None:
    objects = list(_composed())
    wanted = [_by_the_rules(one) for one in objects]
    assert {"Current", "Failed", "InProgress", "Terminating"} <= set(wanted)
    assert kstatus.of(objects) == wanted


def _composed() -> list[Object]:
    """Whole objects with statuses of snapshots of every kind."""
    found: list[Object] = []

    # The same each time: by chance one of the four kinds may be missing.
    @settings(max_examples=300, derandomize=True, database=None, suppress_health_check=[HealthCheck.too_slow])
    @given(snapshots, st.sampled_from([None, TERMINAL, PASSING]), st.booleans())
    def collect(snapshot: Snapshot, failure: Failure | None, stale: bool) -> None:
        subject = snapshot.subject
        metadata = {"name": subject.name, "namespace": subject.namespace, "generation": subject.generation}
        if subject.deleting:
            metadata["deletionTimestamp"] = "2026-11-21T09:00:00Z"
        status = compose(replace(snapshot, stale=stale), failure)
        found.append({**UNSEEN, "kind": "InferenceEndpoint", "metadata": metadata, "status": status})

    collect()
    return found


def _by_the_rules(obj: Object) -> str:
    true = {one["type"] for one in obj["status"]["conditions"] if one["status"] == "True"}
    if "deletionTimestamp" in obj["metadata"]:
        return "Terminating"
    return "Failed" if "Stalled" in true else "Current" if "Ready" in true else "InProgress"
