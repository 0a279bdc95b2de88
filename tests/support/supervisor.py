"""What a kubelet is to the operator's pod: started again whenever it ended."""

import contextlib
import threading
from types import TracebackType
from typing import Self

from tests.support.operator import OperatorProcess

_PAUSE = 1.0


class Supervisor:
    """Keeps an operator running for the duration of the context; `restarts` counts how often it had to."""

    def __init__(self, operator: OperatorProcess) -> None:
        self.operator = operator
        self.restarts = 0
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="supervisor", daemon=True)

    def __enter__(self) -> Self:
        self.operator.launch()
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        self._thread.join()
        # In order, so that the Lease is free for whoever comes next.
        if self.operator.running:
            self.operator.stop() if kind is None else self.operator.kill()

    def _watch(self) -> None:
        while not self._over.wait(_PAUSE):
            if not self.operator.running:
                self.restarts += 1
                # One that can't start while the API server is away is started again, as often as it takes.
                with contextlib.suppress(AssertionError):
                    self.operator.launch()
