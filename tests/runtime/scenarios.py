"""What the operator does in its life, one thing each: what is killed at each crossing, before and after."""

from collections.abc import Mapping
from dataclasses import replace

from tests.api.manifests import changed, hugging_face, model, scaling
from tests.runtime.histories import Change, History, Step
from tests.runtime.vendors import VENDORS

ONE = "one"
SECRET = model(secrets={"HF_TOKEN": {"secretKeyRef": {"name": "hub", "key": "token"}}})


def power(state: str) -> Change:
    """A change of spec.state."""
    return {"spec": {"state": state}}


def policy(**policies: str) -> Change:
    """A change of the policies."""
    return {"spec": policies}


def both(one: Change, other: Change) -> Change:
    """Two changes at once."""
    return changed(one, other)


WORK = Step("work", (2, 20.0))
"""Beats enough for anything that is not disturbed."""


def _of(*steps: Step, given: tuple[Step, ...] = (), **knobs: object) -> History:
    return History(steps=(*steps, WORK), setting=given, knobs=knobs)


def _applied(change: Change | None = None) -> Step:
    return Step("apply", (ONE, change or {}))


def _running(change: Change | None = None) -> tuple[Step, ...]:
    return (_applied(change), WORK)


_BY_HAND = (Step("make_by_hand", (ONE,)), Step("wait", (60.0,)))
_DELETED = Step("delete", (ONE,))
_REBUILT = Step("rebuild", (ONE,))

SCENARIOS: Mapping[str, History] = {
    "create": _of(_applied()),
    "create with secrets": _of(_applied(SECRET)),
    "create paused": _of(_applied(power("paused"))),
    "create while the list lags": _of(_applied(), list_lag=60.0),
    "create of a name that is not free yet": _of(
        _applied(), given=(*_running(), _DELETED, WORK), delete_linger=5.0, name_free_delay=90.0
    ),
    "update": _of(_applied(scaling(maxReplica=3)), given=_running()),
    "update of what the provider reorders": _of(
        _applied(hugging_face(tags=["b", "a"])), given=_running(), tags_order="reversed"
    ),
    "pause": _of(_applied(power("paused")), given=_running()),
    "pause with an edit": _of(_applied(both(power("paused"), scaling(maxReplica=3))), given=_running()),
    "resume": _of(_applied(power("running")), given=_running(power("paused"))),
    "scale to zero": _of(_applied(power("scaledToZero")), given=_running()),
    "rotate a secret": _of(Step("rotate", ("value-1",)), given=_running(SECRET)),
    "correct drift": _of(Step("edit_by_hand", (ONE, {"compute": {"scaling": {"maxReplica": 4}}})), given=_running()),
    "put the marker back": _of(
        Step("take_the_marker_off", (ONE,)), _applied(scaling(maxReplica=3)), given=_running(), tags_put="rollout"
    ),
    "create again": _of(Step("remove_by_hand", (ONE,)), given=_running()),
    "delete": _of(_DELETED, given=_running()),
    "delete what lingers": _of(_DELETED, given=_running(), delete_linger=30.0, list_lag=60.0),
    "delete while it starts": _of(_applied(), Step("work", (1, 0.0)), _DELETED),
    "release": _of(_DELETED, given=_running(policy(deletionPolicy="Orphan"))),
    "release paused": _of(_DELETED, given=_running(policy(deletionPolicy="Pause"))),
    "release scaled to zero": _of(_DELETED, given=_running(policy(deletionPolicy="ScaleToZero"))),
    "leave what is not ours": _of(_applied(), _DELETED, given=_BY_HAND),
    "adopt if unowned": _of(_applied(policy(adoptionPolicy="IfUnowned")), given=_BY_HAND),
    "adopt if unowned, with differences": _of(
        _applied(both(policy(adoptionPolicy="IfUnowned"), scaling(maxReplica=4))), given=_BY_HAND
    ),
    "adopt if unowned, then change": _of(
        _applied(policy(adoptionPolicy="IfUnowned")), WORK, _applied(scaling(maxReplica=4)), given=_BY_HAND
    ),
    "adopt always": _of(_applied(policy(adoptionPolicy="Always")), given=_BY_HAND),
    "adopt always, with differences": _of(
        _applied(both(policy(adoptionPolicy="Always"), scaling(maxReplica=4))), given=_BY_HAND, list_lag=60.0
    ),
    "adopt what was released": _of(
        _applied(policy(adoptionPolicy="IfUnowned")),
        given=(*_running(policy(deletionPolicy="Orphan")), _DELETED, WORK),
    ),
    "take back after the cluster was lost": _of(_REBUILT, given=_running()),
    "take back, with a change": _of(_REBUILT, _applied(scaling(maxReplica=3)), given=_running()),
    "delete after the cluster was lost": _of(_REBUILT, Step("work", (1, 0.0)), _DELETED, given=_running()),
}

_OF_ONE_VENDOR = {
    # What the other has no knob, or no word, for.
    "create of a name that is not free yet": "huggingFace",
    "update of what the provider reorders": "huggingFace",
    "put the marker back": "huggingFace",
    "scale to zero": "huggingFace",
    "release scaled to zero": "huggingFace",
}
_FURTHER = {
    "create where names need not be unique and lists lag": _of(_applied(), list_lag=29.0, duplicate_names=True),
    "create again where names need not be unique": _of(
        Step("remove_by_hand", (ONE,)), given=_running(), duplicate_names=True, list_lag=29.0
    ),
    "update while stopped": _of(_applied(scaling(maxReplica=3)), given=_running(power("paused")), strict_actions=True),
    "stop what takes its time": _of(_applied(power("paused")), given=_running(), terminating_seconds=60.0),
    "release what takes its time to stop": _of(
        _DELETED, given=_running(policy(deletionPolicy="Pause")), terminating_seconds=60.0
    ),
    "restart": _of(_applied({"spec": {"tir": {"restartedAt": "2026-11-21T09:00:00Z"}}}), given=_running()),
}
"""Scenarios of a vendor that gives out ids, keeps no names unique, and takes its time to stop."""


def scenarios(vendor: str) -> Mapping[str, History]:
    """All that is played at a vendor, by its block's key."""
    common = {name: one for name, one in SCENARIOS.items() if _OF_ONE_VENDOR.get(name, vendor) == vendor}
    further = _FURTHER if vendor == "tir" else {}
    return {name: replace(one, knobs={**one.knobs, "vendor": vendor}) for name, one in {**common, **further}.items()}


PLAYED = [(vendor, name) for vendor in VENDORS for name in scenarios(vendor)]
"""Every scenario at every vendor."""
