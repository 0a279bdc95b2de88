"""What a test holds in its hand: the simulated TIR."""

import copy
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from inference_operator.simulator.clock import Clock
from inference_operator.simulator.face import Face
from inference_operator.simulator.operation import Bench
from inference_operator.simulator.tir import bodies
from inference_operator.simulator.tir.control import Control
from inference_operator.simulator.tir.documents import document
from inference_operator.simulator.tir.knobs import Knobs
from inference_operator.simulator.tir.record import Record
from inference_operator.simulator.tokens import Tokens

PREFIX = "tir_"
"""Tokens that begin with it are valid as long as nobody revokes them."""


class Tir(Face[Knobs]):
    """Thread-safe handle on the simulated TIR."""

    control: Control

    def __init__(self, *, clock: Clock | None = None, base_url: str = "http://simulator", **knobs: Any) -> None:
        control = Control(Bench(clock=clock or Clock(), tokens=Tokens(PREFIX)))
        super().__init__(control, Knobs(**knobs), base_url)
        self.api_keys: set[str] | None = None
        """The API keys that are valid, None: all."""

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
        """Change an endpoint behind the client's back. `patch`: `status`, `message`, and the body of a PUT.

        A status of running or stopped is what a person does at the portal, and lasts; any other is only shown.
        """
        given = copy.deepcopy(dict(patch))
        status, message = given.pop("status", None), given.pop("message", None)
        with self.control.lock:
            record = self.find(namespace, name)
            configuration = bodies.changed(record.configuration, given, self.knobs) if given else record.configuration
            changed = replace(
                _with_status(record, status),
                configuration=configuration,
                message=record.message if message is None else message,
                updated_at=self.clock.now(),
            )
            return document(self.control.put(changed), self.clock.now(), self.knobs)

    def _forget_endpoints(self) -> None:
        self.control.clear()
        self.api_keys = None


def _with_status(record: Record, status: str | None) -> Record:
    match status:
        case "running":
            return replace(record, wanted="up", since=0.0, forced=None)
        case "stopped":
            return replace(record, wanted="down", since=0.0, forced=None)
        case _:
            return replace(record, forced=status or record.forced)
