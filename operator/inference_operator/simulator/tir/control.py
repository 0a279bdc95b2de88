"""Every operation on the simulated TIR endpoints, without HTTP, safe to call from any thread."""

import threading
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from inference_operator.simulator.operation import Bench
from inference_operator.simulator.tir import bodies
from inference_operator.simulator.tir.errors import RefusalError
from inference_operator.simulator.tir.knobs import Knobs
from inference_operator.simulator.tir.record import Record

_MEMORY = 600.0
"""Seconds of history kept: the longest list lag that works."""


class Control:
    """Endpoints by id and what may be done to them. Methods raise RefusalError."""

    def __init__(self, bench: Bench) -> None:
        self.bench = bench
        self.knobs = Knobs()
        self.lock = threading.RLock()
        self._records: dict[int, Record] = {}
        self._history: list[tuple[float, int, Record | None]] = []
        self._last = 1000

    def create(self, project: str, body: Mapping[str, Any], user: str) -> Record:
        """Make an endpoint; 400 where the body is refused, or the name is taken."""
        with self.lock:
            now = self.bench.clock.now()
            configuration = bodies.new(body, self.knobs)
            if not self.knobs.duplicate_names and any(one.name == body["name"] for one in self.records(project)):
                raise RefusalError(400, "An endpoint with this name already exists")
            self._last += 1
            record = Record(project, self._last, body["name"], configuration, now, now, user)
            return self._put(self._started(record, now))

    def get(self, project: str, identity: int) -> Record:
        """The endpoint, or 404."""
        with self.lock:
            record = next((one for one in self.records(project) if one.id == identity), None)
            if record is None:
                raise RefusalError(404, "Not Found")
            return record

    def by_id(self, identity: int) -> Record:
        """The endpoint of whichever project, or 404."""
        with self.lock:
            found = self._records.get(identity)
            return self.get(found.project if found else "", identity)

    def records(self, project: str) -> list[Record]:
        """The endpoints of a project, oldest first."""
        with self.lock:
            self._forget_deleted()
            return [one for one in self._records.values() if one.project == project]

    def projects(self) -> list[str]:
        """The projects that have endpoints."""
        with self.lock:
            return sorted({one.project for one in self._records.values()})

    def listed(self, project: str) -> list[Record]:
        """The endpoints of a project as they were `list_lag` ago."""
        with self.lock:
            if not self.knobs.list_lag:
                return self.records(project)
            self._forget_deleted()
            at, then = self.bench.clock.now() - self.knobs.list_lag, dict[int, Record | None]()
            for when, identity, record in self._history:
                if when <= at:
                    then[identity] = record
            return [one for one in then.values() if one is not None and one.project == project]

    def versions(self, identity: int) -> list[tuple[float, Record]]:
        """What an endpoint was from when on, oldest first; of one that is gone no more than the list may lag behind."""
        with self.lock:
            return [(when, record) for when, one, record in self._history if one == identity and record is not None]

    def act(self, project: str, identity: int, body: Mapping[str, Any]) -> Record:
        """A PUT, by its action."""
        with self.lock:
            record, now = self.get(project, identity), self.bench.clock.now()
            action, status = body.get("action"), record.status(now, self.knobs)
            match action:
                case "start" | "stop" | "restart":
                    changed = self._switched(record, action, status, now)
                case "patch" | "update":
                    changed = self._configured(record, action, status, body, now)
                case "update_auto_scale" | "disable_auto_scale":
                    changed = self._scaled(record, status, body)
                case _:
                    raise RefusalError(400, "action: allowed values are start, stop, restart, patch, update_auto_scale")
            return self._put(replace(changed, updated_at=now, version=record.version + 1))

    def delete(self, project: str, identity: int) -> Record:
        """Delete the endpoint; it may linger."""
        with self.lock:
            record, now = self.get(project, identity), self.bench.clock.now()
            if record.deleted_at is None:
                record = self._put(replace(record, deleted_at=now))
            self._forget_deleted()
            return record

    def use(self, identity: int) -> Record:
        """Note a request to the endpoint: it is activity, and wakes it from idling."""
        with self.lock:
            record = self.by_id(identity)
            return self._put(replace(record, used_at=self.bench.clock.now()))

    def put(self, record: Record) -> Record:
        """Keep a record that was changed by hand."""
        with self.lock:
            return self._put(replace(record, version=record.version + 1))

    def remove(self, record: Record) -> None:
        """Have a record gone at once."""
        with self.lock:
            self._records.pop(record.id, None)
            self._history.append((self.bench.clock.now(), record.id, None))

    def clear(self) -> None:
        """Forget all endpoints; ids are not given out again."""
        with self.lock:
            self._records.clear()
            self._history.clear()

    def _switched(self, record: Record, action: str, status: str, now: float) -> Record:
        if action == "start":
            if status != "stopped":
                raise RefusalError(400, "Only a stopped endpoint can be started")
            if record.configuration["chosen"]["name"] in self.knobs.sold_out:
                raise RefusalError(400, "SKU Inventory temporarily unavailable. Please try again")
            return self._started(record, now)
        if action == "restart":
            if status != "running":
                raise RefusalError(400, "Only a running endpoint can be restarted")
            return self._started(record, now)
        if record.committed:
            raise RefusalError(400, "An endpoint with a committed plan can't be stopped")
        if status == "stopped":
            raise RefusalError(400, "The endpoint is stopped already")
        # Without workers there is nothing to wait for.
        terminating = self.knobs.terminating_seconds if status == "running" else 0.0
        return replace(record, wanted="down", since=now, terminating=terminating, forced=None)

    def _configured(self, record: Record, action: str, status: str, body: Mapping[str, Any], now: float) -> Record:
        if self.knobs.strict_actions and (action == "update") != (status == "stopped"):
            raise RefusalError(400, f"action {action} is not allowed while the endpoint is {status}")
        given = {key: value for key, value in body.items() if key not in ("action", "name", "category")}
        configuration = bodies.changed(record.configuration, given, self.knobs)
        changed = replace(record, configuration=configuration)
        if record.wanted == "down" or configuration == record.configuration:
            return changed
        return replace(changed, since=now, waiting=0.0, deploying=self.knobs.updating_seconds, forced=None)

    def _scaled(self, record: Record, status: str, body: Mapping[str, Any]) -> Record:
        if status == "stopped":
            raise RefusalError(400, "A stopped endpoint can't be scaled")
        if body["action"] == "disable_auto_scale":
            if not isinstance(body.get("replicas"), int):
                raise RefusalError(400, "replicas is mandatory")
            given: dict[str, Any] = {"is_auto_scale_enabled": False, "replica": body["replicas"]}
        else:
            given = {"is_auto_scale_enabled": True, "auto_scale_policy": body.get("auto_scale_policy")}
        return replace(record, configuration=bodies.changed(record.configuration, given, self.knobs))

    def _started(self, record: Record, now: float) -> Record:
        waiting, deploying = self.knobs.waiting_seconds, self.knobs.deploying_seconds
        return replace(record, wanted="up", since=now, waiting=waiting, deploying=deploying, forced=None)

    def _put(self, record: Record) -> Record:
        now = self.bench.clock.now()
        self._records[record.id] = record
        self._history = [one for one in self._history if one[0] > now - _MEMORY or one[1] in self._records]
        self._history.append((now, record.id, record))
        return record

    def _forget_deleted(self) -> None:
        now = self.bench.clock.now()
        for one in list(self._records.values()):
            if one.deleted_at is not None and now - one.deleted_at >= self.knobs.delete_linger:
                del self._records[one.id]
                self._history.append((one.deleted_at + self.knobs.delete_linger, one.id, None))
