"""What a test holds in its hand of any simulated provider: its faults, journal, tokens, knobs and clock."""

import threading
from abc import ABC, abstractmethod
from collections import Counter
from typing import Generic, Protocol, TypeVar

from pydantic import BaseModel

from inference_operator.simulator.clock import Clock
from inference_operator.simulator.faults import FaultPlan
from inference_operator.simulator.journal import Request
from inference_operator.simulator.operation import Bench
from inference_operator.simulator.tokens import Tokens

KnobsT = TypeVar("KnobsT", bound=BaseModel)


class Controlled(Protocol[KnobsT]):
    """What may be done to the endpoints, as far as every provider has it."""

    bench: Bench
    knobs: KnobsT
    lock: threading.RLock


class Face(ABC, Generic[KnobsT]):
    """Thread-safe handle on one simulated provider."""

    control: Controlled[KnobsT]

    def __init__(self, control: Controlled[KnobsT], knobs: KnobsT, base_url: str) -> None:
        self.control = control
        self.base_url = base_url
        self._initial = knobs
        self.knobs = knobs.model_copy(deep=True)

    @property
    def bench(self) -> Bench:
        """What it shares with every simulated provider."""
        return self.control.bench

    @property
    def knobs(self) -> KnobsT:
        """The settings; assign one field or the whole."""
        return self.control.knobs

    @knobs.setter
    def knobs(self, knobs: KnobsT) -> None:
        self.control.knobs = knobs

    @property
    def clock(self) -> Clock:
        """Simulated time."""
        return self.bench.clock

    @property
    def faults(self) -> FaultPlan:
        """The failures that are planned."""
        return self.bench.faults

    @property
    def tokens(self) -> Tokens:
        """The tokens that are valid."""
        return self.bench.tokens

    @property
    def calls(self) -> Counter[str]:
        """The number of requests by operation name: list, get, create, update, delete, pause, resume, ..."""
        return self.bench.journal.calls()

    @property
    def statuses(self) -> Counter[tuple[str, int]]:
        """The number of answers by operation name and HTTP status."""
        return self.bench.journal.statuses()

    @property
    def journal(self) -> list[Request]:
        """The requests, oldest first."""
        return self.bench.journal.requests()

    def reset(self) -> None:
        """Go back to the beginning: no endpoints, faults, journal or tokens, and the knobs of the start."""
        with self.control.lock:
            self._forget_endpoints()
            self.knobs = self._initial.model_copy(deep=True)
        self.faults.clear()
        self.bench.journal.clear()
        self.tokens.clear()

    @abstractmethod
    def _forget_endpoints(self) -> None:
        """Have no endpoint. The lock is held."""
