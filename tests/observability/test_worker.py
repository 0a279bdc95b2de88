"""A round of a worker is counted by its result, and a resource is looked at again when that is due."""

import asyncio
from typing import Any, cast

import pytest
from tests.observability.exposition import value
from tests.support.simulated_time import now, simulate

from inference_operator.core.failures import Failure
from inference_operator.kube.errors import Forbidden, KubeError, NotLeading, TooManyRequests, Unavailable
from inference_operator.runtime.index import Key
from inference_operator.runtime.queue import WorkQueue, run_workers
from inference_operator.runtime.reconciler import Outcome, Reconciler
from inference_operator.runtime.telemetry.metrics import Metrics
from inference_operator.runtime.worker import AT_ONCE, CONTROLLER, SLOWEST, Worker

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


class _ApiServer:
    """A reconciler at an API server that answers every write so, and takes it where that is None."""

    def __init__(self, error: KubeError | None) -> None:
        self.error = error

    async def reconcile(self, key: Key) -> Outcome:
        if self.error is not None:
            raise self.error
        return Outcome()


def _full() -> KubeError:
    return Unavailable(500, "InternalError", "etcdserver: mvcc: database space exceeded")


def _shed() -> KubeError:
    return TooManyRequests(429, "TooManyRequests", "words", retry_after=1.0)


def _keys(count: int) -> list[Key]:
    return [Key("InferenceEndpoint", "team-a", f"e-{number}") for number in range(count)]


async def _refused(keys: list[Key], error: KubeError, *, times: int) -> tuple[_ApiServer, WorkQueue[Key], Worker]:
    """All were refused so many times in a row, the last time just now."""
    server, queue = _ApiServer(error), WorkQueue[Key](clock=now, base_delay=10 * SLOWEST)
    worker = Worker(queue, cast("Reconciler", server), Metrics())
    for _ in range(times):
        for key in keys:
            await worker.work(key)
    return server, queue, worker


async def _worked_on(queue: WorkQueue[Key], worker: Worker, *, within: float) -> dict[Key, float]:
    """Let one worker go on for so many seconds; who it looked at, and after how many seconds the first time."""
    begun, first = now(), dict[Key, float]()

    async def work(key: Key) -> None:
        first.setdefault(key, now() - begun)
        await worker.work(key)

    async with asyncio.TaskGroup() as group:
        group.create_task(run_workers(queue, work, 1))
        await asyncio.sleep(within)
        queue.shutdown()
    return first


@pytest.mark.parametrize("error", [_full(), _shed()], ids=["full", "shed"])
@pytest.mark.parametrize(("count", "slowest"), [(1, SLOWEST), (1_200, 1_200 / AT_ONCE)])
def test_what_is_refused_for_long_is_tried_within_a_minute_and_of_many_a_few_a_second(
    count: int, slowest: float, error: KubeError
) -> None:
    async def program() -> float:
        keys = _keys(count)
        _, _, worker = await _refused(keys, error, times=8)
        return worker._put_off(keys[0], error)

    assert slowest / 2 <= simulate(program()) <= slowest


def test_a_time_that_the_api_server_names_is_kept_to() -> None:
    async def program() -> float:
        _, _, worker = await _refused(_keys(1), _full(), times=1)
        return worker._put_off(KEY, TooManyRequests(429, "TooManyRequests", "words", retry_after=90.0))

    assert simulate(program()) == 90.0


def test_once_one_is_let_in_again_all_others_try_soon_and_not_all_at_once() -> None:
    keys = _keys(200)
    by_turns = len(keys) / AT_ONCE

    async def program() -> dict[Key, float]:
        server, queue, worker = await _refused(keys, _full(), times=8)
        server.error = None
        await worker.work(keys[0])
        return await _worked_on(queue, worker, within=SLOWEST / 2)

    tried = simulate(program())
    assert set(tried) == set(keys[1:])
    assert by_turns / 2 < max(tried.values()) <= by_turns
    assert len(set(tried.values())) == len(tried), "each has a time of its own"


def test_one_that_is_refused_for_itself_has_nobody_else_look() -> None:
    async def program() -> dict[Key, float]:
        keys = _keys(2)
        server, queue, worker = await _refused(keys, Forbidden(403, "Forbidden", "words"), times=2)
        server.error = None
        await worker.work(keys[0])
        return await _worked_on(queue, worker, within=SLOWEST / 2)

    assert simulate(program()) == {}
