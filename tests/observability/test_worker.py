"""A round of a worker is counted by its result, and a resource is looked at again when that is due."""

from typing import Any, cast

import pytest
from tests.observability.exposition import value

from inference_operator.core.failures import Failure
from inference_operator.kube.errors import NotLeading, Unavailable
from inference_operator.runtime.index import Key
from inference_operator.runtime.queue import WorkQueue
from inference_operator.runtime.reconciler import Outcome, Reconciler
from inference_operator.runtime.telemetry.metrics import Metrics
from inference_operator.runtime.worker import CONTROLLER, Worker

KEY = Key("InferenceEndpoint", "team-a", "chat")
TERMINAL = Failure("Rejected", "words", terminal=True)
PASSING = Failure("ProviderUnavailable", "words", terminal=False)


class _Once:
    """A reconciler with one outcome."""

    def __init__(self, outcome: Outcome | Exception) -> None:
        self._outcome = outcome

    async def reconcile(self, key: Key) -> Outcome:
        if isinstance(self._outcome, Exception):
            raise self._outcome
        return self._outcome


async def counted(outcome: Outcome | Exception) -> tuple[WorkQueue[Key], dict[str, float | None]]:
    queue, metrics = WorkQueue[Key](), Metrics()
    await Worker(queue, cast("Reconciler", _Once(outcome)), metrics).work(KEY)
    text = metrics.render().decode()
    prefix, of = "controller_runtime", {"controller": CONTROLLER}
    found: dict[str, Any] = {
        result: value(text, f"{prefix}_reconcile_total", result=result, **of)
        for result in ("success", "error", "requeue_after")
    }
    found["errors"] = value(text, f"{prefix}_reconcile_errors_total", **of)
    found["terminal"] = value(text, f"{prefix}_terminal_reconcile_errors_total", **of)
    return queue, {name: number for name, number in found.items() if number}


@pytest.mark.parametrize(
    ("outcome", "expected"),
    [
        (Outcome(), {"success": 1}),
        (Outcome(after=5), {"requeue_after": 1}),
        (Outcome(PASSING, after=5), {"error": 1, "errors": 1}),
        (Outcome(TERMINAL, after=5), {"error": 1, "errors": 1, "terminal": 1}),
        (Unavailable(503, "ServiceUnavailable", "words"), {"error": 1, "errors": 1}),
        (NotLeading(), {}),
    ],
    ids=["well", "again", "passing", "terminal", "api-server", "not-leading"],
)
async def test_a_round_is_counted_by_its_result(outcome: Outcome | Exception, expected: dict[str, float]) -> None:
    assert (await counted(outcome))[1] == expected


async def test_what_the_api_server_kept_from_being_done_is_backed_off() -> None:
    queue, _ = await counted(Unavailable(503, "ServiceUnavailable", "words"))
    assert queue.failures(KEY) == 1
    queue, _ = await counted(Outcome(PASSING, after=5))
    assert queue.failures(KEY) == 0
