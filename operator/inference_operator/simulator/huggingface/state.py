"""What a test holds in its hand: the simulated account."""

import copy
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from inference_operator.simulator.clock import Clock
from inference_operator.simulator.face import Face
from inference_operator.simulator.huggingface.control import Control
from inference_operator.simulator.huggingface.knobs import Knobs
from inference_operator.simulator.huggingface.lifecycle import SERVING, Failure
from inference_operator.simulator.huggingface.merge import Document, merge
from inference_operator.simulator.huggingface.record import Record, document
from inference_operator.simulator.huggingface.store import Store
from inference_operator.simulator.operation import Bench

_STATUS_KEYS = {"state", "readyReplica", "targetReplica", "message", "errorMessage"}


class HuggingFace(Face[Knobs]):
    """Thread-safe handle on the simulated Hugging Face."""

    control: Control

    def __init__(self, *, clock: Clock | None = None, base_url: str = "http://simulator", **knobs: Any) -> None:
        super().__init__(Control(Bench(clock=clock or Clock())), Knobs(**knobs), base_url)

    def namespaces(self) -> list[str]:
        """Return the namespaces that hold or held endpoints."""
        return self.control.store.namespaces()

    def endpoints(self, namespace: str) -> dict[str, Document]:
        """Return all endpoints of a namespace by name, as documents with the secrets as they were sent."""
        with self.control.lock:
            return {record.name: self.unredacted(record) for record in self.control.records(namespace)}

    def edit(self, namespace: str, name: str, patch: Mapping[str, Any], by: str = "alice") -> Document:
        """Change an endpoint behind the client's back, as a person at the console or the vendor itself would.

        `patch` may hold `state`, `readyReplica`, `targetReplica`, `message` and `errorMessage` (also under
        `status`), and any configuration, which is merged as a PUT would, but takes effect at once. Raises
        ApiError 404.
        """
        given = copy.deepcopy({key: value for key, value in patch.items() if key != "updatedBy"})
        given |= given.pop("status", {})
        configured = {key: value for key, value in given.items() if key not in _STATUS_KEYS}
        with self.control.lock:
            now = self.clock.now()
            record = _with_status(self.control.get(namespace, name), given, now)
            if configured:
                configuration = merge(record.configuration, configured)
                record = replace(record, configuration=configuration, version=record.version + 1)
            if configured or ("state" in given and self.knobs.state_change_moves_updated_at):
                record = replace(record, updated_at=now, updated_by=by)
            return self.unredacted(self.control.store.put(record, now))

    def unredacted(self, record: Record) -> Document:
        """Return the document of an endpoint with its configuration as it was sent, secrets included."""
        shown = document(record, self.knobs, self.base_url) | {"version": record.version}
        return copy.deepcopy(shown | {"model": record.configuration["model"]})

    def _forget_endpoints(self) -> None:
        self.control.store = Store()


def _with_status(record: Record, given: Mapping[str, Any], now: float) -> Record:
    life = record.lifecycle
    if "state" in given:
        serving = given["state"] in SERVING
        ready = (life.ready or life.target or 1) if serving else 0
        failure: Failure | None = "runtime" if given["state"] in {"failed", "updateFailed"} else None
        target = 0 if given["state"] == "scaledToZero" else max(life.target, ready)
        life = life.enter(given["state"], now, ready=ready, target=target, failure=failure)
    changes = {
        "ready": given.get("readyReplica", life.ready),
        "target": given.get("targetReplica", life.target),
        "message": given.get("message", life.message),
        "error": given.get("errorMessage", life.error),
    }
    return replace(record, lifecycle=replace(life, **changes))
