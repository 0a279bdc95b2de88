"""What a test holds in its hand: the simulated TIR, its faults, journal, tokens, knobs and clock."""

import copy
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from inference_operator.simulator.clock import Clock
from inference_operator.simulator.faults import FaultPlan
from inference_operator.simulator.journal import Request
from inference_operator.simulator.operation import Bench
from inference_operator.simulator.tir import bodies
from inference_operator.simulator.tir.control import Control
from inference_operator.simulator.tir.documents import document
from inference_operator.simulator.tir.knobs import Knobs
from inference_operator.simulator.tir.record import Record
from inference_operator.simulator.tokens import Tokens

PREFIX = "tir_"
"""Tokens that begin with it are valid as long as nobody revokes them."""


class Tir:
    """Thread-safe handle on the simulated TIR."""

    def __init__(self, *, clock: Clock | None = None, base_url: str = "http://simulator", **knobs: Any) -> None:
        self.bench = Bench(clock=clock or Clock(), tokens=Tokens(PREFIX))
        self.control = Control(self.bench)
        self.base_url = base_url
        self._initial = Knobs(**knobs)
        self.knobs = self._initial.model_copy(deep=True)
        self.api_keys: set[str] | None = None
        """The API keys that are valid, None: all."""

    @property
    def knobs(self) -> Knobs:
        """The settings; assign one field or the whole."""
        return self.control.knobs

    @knobs.setter
    def knobs(self, knobs: Knobs) -> None:
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
        """The number of requests by operation name: list, get, create, update, pause, resume, restart, delete."""
        return self.bench.journal.calls()

    @property
    def statuses(self) -> Counter[tuple[str, int]]:
        """The number of answers by operation name and HTTP status."""
        return self.bench.journal.statuses()

    @property
    def journal(self) -> list[Request]:
        """The requests, oldest first."""
        return self.bench.journal.requests()

    def namespaces(self) -> list[str]:
        """The projects that have endpoints."""
        return self.control.projects()

    def endpoints(self, namespace: str) -> dict[str, dict[str, Any]]:
        """All endpoints of a project by name; of one name the last."""
        now = self.clock.now()
        return {one.name: document(one, now, self.knobs) for one in self.control.records(namespace)}

    def find(self, project: str, name: str) -> Record:
        """The first endpoint of a name. Raises LookupError."""
        found = next((one for one in self.control.records(project) if one.name == name), None)
        if found is None:
            raise LookupError(name)
        return found

    def edit(self, namespace: str, name: str, patch: Mapping[str, Any], by: str = "alice") -> dict[str, Any]:
        """Change an endpoint behind the client's back. `patch`: `status`, `message`, and the body of a PUT."""
        given = copy.deepcopy(dict(patch))
        forced, message = given.pop("status", None), given.pop("message", "")
        with self.control.lock:
            record = self.find(namespace, name)
            configuration = bodies.changed(record.configuration, given, self.knobs) if given else record.configuration
            changed = replace(
                record,
                configuration=configuration,
                forced=forced or record.forced,
                message=message or record.message,
                updated_at=self.clock.now(),
            )
            return document(self.control.put(changed), self.clock.now(), self.knobs)

    def reset(self) -> None:
        """Go back to the beginning: no endpoints, faults, journal or tokens, and the knobs of the start."""
        with self.control.lock:
            self.control.clear()
            self.knobs = self._initial.model_copy(deep=True)
        self.api_keys = None
        self.faults.clear()
        self.bench.journal.clear()
        self.tokens.clear()
