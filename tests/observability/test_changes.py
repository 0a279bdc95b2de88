"""What the change log says of each step: what is written, which fields, and why; never a value."""

from typing import Any

import pytest
from tests.core.builders import BOUND, TERMINAL, snapshot

from inference_operator.core.changes import CHANGES, WHY, change_of
from inference_operator.core.diff import Difference, Shape, Whole
from inference_operator.core.errors import Operation
from inference_operator.core.steps import (
    Abandon,
    Bind,
    Create,
    Hold,
    LetGo,
    Read,
    Release,
    Remove,
    Rest,
    Step,
    Switch,
    Update,
)

MOST = "/compute/scaling/maxReplica"
DIFFERS = (Difference(MOST, 2, 5),)
CHANGE = {"compute": {"scaling": {"maxReplica": 2}}}
CANARY = "hf_canary0123456789"


def synced(**status: Any) -> dict[str, Any]:
    """A status that says: it was as this generation declares."""
    said = {"type": "Synced", "status": "True", "reason": "AsDeclared", "message": "", "observedGeneration": 3}
    return {
        **BOUND,
        "observedGeneration": 3,
        "conditions": [said | {"lastTransitionTime": "2026-11-21T08:00:00Z"}],
        **status,
    }


def told(step: Step, **facts: Any) -> tuple[str, tuple[str, ...], str]:
    found = change_of(step, snapshot(**facts))
    assert found is not None
    assert found.change in CHANGES
    assert found.why in WHY
    return found.change, found.fields, found.why


def test_a_create_names_what_it_sends_and_no_value() -> None:
    shape = Shape(whole={"/model/env": Whole.EXACT})
    document = {"type": CANARY, "compute": {"scaling": {"minReplica": 0}}, "model": {"env": {"KEY": CANARY}}}
    found = change_of(Create(document), snapshot(shape=shape))
    assert found is not None
    assert found.fields == ("/type", "/compute/scaling/minReplica", "/model/env")
    assert CANARY not in str(found)


def test_an_update_after_an_edit_is_declared() -> None:
    assert told(Update(CHANGE, DIFFERS)) == ("update", (MOST,), "declared")


def test_an_update_of_what_was_as_declared_is_drift() -> None:
    assert told(Update(CHANGE, DIFFERS), status=synced()) == ("update", (MOST,), "drift")


def test_an_update_without_a_difference_is_for_a_secret() -> None:
    shape = Shape(whole={"/model/secrets": Whole.EXACT})
    sent = Update({"model": {"secrets": {"HUB": CANARY}}})
    assert told(sent, shape=shape, status=synced()) == ("update", ("/model/secrets",), "secret")


def test_an_update_of_nothing_is_the_marker() -> None:
    assert told(Update({})) == ("claim", (), "adoption")


@pytest.mark.parametrize("operation", [Operation.PAUSE, Operation.RESUME, Operation.SCALE_TO_ZERO])
def test_a_switch_after_an_edit_is_declared(operation: Operation) -> None:
    assert told(Switch(operation), spec={"state": "paused"}) == (operation.value, ("/state",), "declared")


def test_a_switch_that_nobody_asked_for_anew_is_drift_or_a_request() -> None:
    asked = {"spec": {"state": "paused"}, "status": synced(appliedPower={"state": "paused"})}
    assert told(Switch(Operation.PAUSE), **asked)[2] == "drift"
    requested = told(Switch(Operation.PAUSE), **asked, reconcile_requested_at="2026-11-21T09:00:00Z")
    assert requested[2] == "requested"


@pytest.mark.parametrize(
    ("step", "change"), [(Remove(), "delete"), (Release(), "release"), (Switch(Operation.PAUSE), "pause")]
)
def test_what_a_deletion_does_is_for_the_deletion(step: Step, change: str) -> None:
    assert told(step, deleting=True)[::2] == (change, "deletion")


@pytest.mark.parametrize("step", [Read(), Hold(), Bind(creating=True), LetGo(), Rest(), Abandon(TERMINAL)])
def test_what_changes_nothing_remotely_is_no_change(step: Step) -> None:
    assert change_of(step, snapshot()) is None
