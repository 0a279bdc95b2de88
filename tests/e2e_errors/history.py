"""What was written to resources over time, from the API server's own watch: nothing shown briefly is missed."""

import json
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from tests.support.team import Object, Team, condition

History = Sequence[Object]
"""The versions of one object, oldest first."""


def now(team: Team) -> int:
    """The resource version of this moment."""
    found = team.api.get(team.path())
    assert found is not None
    return int(found["metadata"]["resourceVersion"])


def versions(team: Team, *, since: int, kind: str = "endpoint") -> dict[str, list[Object]]:
    """Every version written after `since` (a resource version), by name."""
    path = f"{team.path(kind)}?watch=1&resourceVersion={since}&timeoutSeconds=1"
    found = defaultdict[str, list[Object]](list)
    for line in team.kubectl("get", "--raw", path).stdout.splitlines():
        event = json.loads(line)
        assert event["type"] in {"ADDED", "MODIFIED", "DELETED"}, event
        found[event["object"]["metadata"]["name"]].append(event["object"])
    return dict(found)


def version_of(obj: Object) -> int:
    """An object's resource version."""
    return int(obj["metadata"]["resourceVersion"])


def showing(history: History, reason: str, *, until: int | None = None) -> list[Object]:
    """The writes of a status whose Ready has this reason; `until`: only those not later than this resource version."""
    written = [obj for earlier, obj in zip((None, *history), history, strict=False) if _status(earlier) != _status(obj)]
    return [
        obj
        for obj in written
        if (until is None or version_of(obj) <= until)
        and (ready := condition(obj, "Ready")) is not None
        and ready["reason"] == reason
    ]


def contradictions(history: History) -> list[Object]:
    """The versions that say Stalled and Reconciling at once."""
    return [obj for obj in history if condition(obj, "Stalled") and condition(obj, "Reconciling")]


def _status(obj: Object | None) -> Any:
    return obj.get("status") if obj else None
