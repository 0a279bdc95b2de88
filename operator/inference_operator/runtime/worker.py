"""One round of a worker: a look at one resource, what follows from it in the queue, and what is told of it."""

import time
from dataclasses import dataclass, field
from typing import Final

from inference_operator.kube.errors import (
    Conflict,
    Forbidden,
    Invalid,
    KubeError,
    NotFound,
    NotLeading,
    TooManyRequests,
)
from inference_operator.runtime.index import Key
from inference_operator.runtime.queue import WorkQueue
from inference_operator.runtime.reconciler import Outcome, Reconciler
from inference_operator.runtime.telemetry import tracing
from inference_operator.runtime.telemetry.logging import get_logger
from inference_operator.runtime.telemetry.metrics import Metrics

CONTROLLER: Final = "inferenceendpoint"
"""The name of the queue and of the controller in metrics."""

SLOWEST: Final = 60.0
"""Seconds after which what the API server refused is tried again at the latest, where few wait for that."""

AT_ONCE: Final = 10.0
"""How many a second are tried again where many wait."""

_OF_ONE: Final = (Forbidden, Invalid, NotFound, Conflict)
"""What the API server answers for the sake of one object: nobody else waits for that."""

_log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Worker:
    """What a worker does with a key."""

    queue: WorkQueue[Key]
    reconciler: Reconciler
    metrics: Metrics
    _kept_out: set[Key] = field(default_factory=set, init=False)

    async def work(self, key: Key) -> None:
        """Look at the resource of this key, and have it looked at again when that is due."""
        with tracing.span("reconcile", kind=key.kind, namespace=key.namespace, name=key.name) as span:
            started = time.monotonic()
            try:
                outcome = await self.reconciler.reconcile(key)
            except NotLeading:
                self.queue.forget(key)  # whoever leads now looks at everything
                return
            except KubeError as error:
                delay = self._put_off(key, error)
                _log.warning("the API server could not be worked with, retrying", key=str(key), error=str(error))
                self._told("error", span, time.monotonic() - started)
                span.note("retry_in", delay)
                span.failed(type(error).__name__)
                return
            self._let_in_again(key)
            self._follow(key, outcome)
            self._say(key, outcome, span, time.monotonic() - started)

    def _put_off(self, key: Key, error: KubeError) -> float:
        """Try again later. However many are put off, together they ask the API server only so often."""
        if not isinstance(error, _OF_ONE):
            self._kept_out.add(key)
        at_least = error.retry_after if isinstance(error, TooManyRequests) else 0.0
        return self.queue.retry(key, at_least=at_least, at_most=max(SLOWEST, len(self._kept_out) / AT_ONCE))

    def _let_in_again(self, key: Key) -> None:
        """One that the API server had not answered is answered again: most likely the others are as well, by turns."""
        if key in self._kept_out:
            others = self._kept_out - {key}
            self._kept_out.clear()
            self.queue.scatter(others, over=len(others) / AT_ONCE)

    def _follow(self, key: Key, outcome: Outcome) -> None:
        self.queue.forget(key)
        if outcome.after is not None:
            self.queue.add(key, after=outcome.after)

    def _say(self, key: Key, outcome: Outcome, span: tracing.Span, seconds: float) -> None:
        failure = outcome.failure
        if failure is None:
            self._told("requeue_after" if outcome.after else "success", span, seconds)
            return
        _log.info("reconcile failed", key=str(key), reason=failure.reason, retry_in=outcome.after)
        self._told("error", span, seconds, terminal=failure.terminal)
        span.note("terminal", failure.terminal)
        span.failed(failure.reason)

    def _told(self, result: str, span: tracing.Span, seconds: float, *, terminal: bool = False) -> None:
        span.note("result", result)
        self.metrics.reconciled(CONTROLLER, result, seconds, terminal=terminal)
