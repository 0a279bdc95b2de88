"""Every operation on the simulated endpoints, without HTTP, safe to call from any thread."""

import builtins
import hashlib
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace

from inference_operator.simulator.errors import ApiError
from inference_operator.simulator.huggingface import catalogue, lifecycle
from inference_operator.simulator.huggingface.configuration import changed_configuration, new_configuration
from inference_operator.simulator.huggingface.knobs import Knobs
from inference_operator.simulator.huggingface.lifecycle import Failure, Lifecycle, Plan
from inference_operator.simulator.huggingface.listing import Filters, Page, order, page
from inference_operator.simulator.huggingface.merge import Document, merge
from inference_operator.simulator.huggingface.record import Record
from inference_operator.simulator.huggingface.store import Store
from inference_operator.simulator.operation import Bench

_FAILING: dict[str, Failure] = {"/fails-to-start": "runtime", "/bad-config": "configuration"}
_UNROLLED = {"tags", "notifications"}


class Control:
    """Endpoints and what may be done to them.

    Methods raise ApiError with the vendor's status and text. Every look first makes the transitions that are
    due, so states depend on the clock alone.
    """

    def __init__(self, bench: Bench) -> None:
        self.bench = bench
        self.knobs = Knobs()
        self.store = Store()
        self.lock = threading.RLock()
        self._made = 0

    def create(self, namespace: str, body: Document, user: str) -> Record:
        """Make an endpoint of a validated body; 400 if invalid, 409 if the name or the quota is taken."""
        with self.lock:
            now = self.bench.clock.now()
            self._check_name_free(namespace, body["name"], now)
            configuration = new_configuration(body, self.knobs)
            self._check_quota(namespace, body["name"], configuration)
            record = Record(
                namespace=namespace,
                name=body["name"],
                id=self._new_id(namespace, body["name"], now),
                configuration=configuration,
                lifecycle=lifecycle.start(None, self.plan(configuration), now),
                created_at=now,
                created_by=user,
                updated_at=now,
                updated_by=user,
            )
            return self._settled(self.store.put(record, now), now)

    def get(self, namespace: str, name: str) -> Record:
        """Return the endpoint as it is now, or raise 404."""
        with self.lock:
            return self._current(namespace, name, self.bench.clock.now())

    def by_id(self, identifier: str) -> Record:
        """Return the endpoint behind a data plane address, or raise 404."""
        with self.lock:
            record = self.store.find_id(identifier)
            if record is None:
                raise ApiError(404, "Not Found")
            return self.get(record.namespace, record.name)

    def list(
        self,
        namespace: str,
        filters: Filters,
        *,
        sort_by: str = "createdAt",
        direction: str = "desc",
        cursor: str | None = None,
        limit: int | None = None,
    ) -> Page:
        """Return one page of the namespace, as it was `list_lag` ago."""
        with self.lock:
            matching = (record for record in self._listed(namespace) if filters.accept(record))
            rows = order(matching) if self.knobs.sort_ignored else order(matching, sort_by, direction)
            return page(rows, cursor=cursor, limit=None if self.knobs.limit_ignored else limit, knobs=self.knobs)

    def update(self, namespace: str, name: str, body: Document, user: str) -> Record:
        """Merge a validated PUT into the endpoint."""
        with self.lock:
            now = self.bench.clock.now()
            record = self._undeleted(namespace, name, now)
            merged = merge(record.configuration, body, self.knobs.nested_put)
            configuration = changed_configuration(merged, body, self.knobs)
            if record.lifecycle.state != "paused":
                self._check_quota(namespace, name, configuration)
            changed = replace(
                record,
                configuration=configuration,
                lifecycle=self._after_update(record, configuration, now),
                updated_at=now,
                updated_by=user,
                version=record.version + 1,
            )
            return self._settled(self.store.put(changed, now), now)

    def delete(self, namespace: str, name: str) -> None:
        """Delete the endpoint; it may linger."""
        with self.lock:
            now = self.bench.clock.now()
            record = self._current(namespace, name, now)
            if record.deleted_at is None:
                self._settled(self.store.put(replace(record, deleted_at=now), now), now)

    def pause(self, namespace: str, name: str, user: str) -> Record:
        """Pause the endpoint, whatever it does."""
        keep = self.knobs.paused_target == "keep"
        return self._act(namespace, name, user, lambda life, _, now: lifecycle.pause(life, now, keep_target=keep))

    def resume(self, namespace: str, name: str, user: str) -> Record:
        """Resume the endpoint; 400 if it runs, 409 if the quota is used up meanwhile."""
        with self.lock:
            record = self.get(namespace, name)
            if record.lifecycle.state == "paused":
                self._check_quota(namespace, name, record.configuration)
            return self._act(namespace, name, user, lifecycle.resume)

    def scale_to_zero(self, namespace: str, name: str, user: str) -> Record:
        """Scale the endpoint to zero; 400 without a timeout in its configuration."""
        return self._act(namespace, name, user, lifecycle.scale_to_zero)

    def use(self, identifier: str) -> Record:
        """Note a request to the endpoint's URL: it is activity, and it wakes the endpoint from zero."""
        with self.lock:
            record = self.by_id(identifier)
            now = self.bench.clock.now()
            life = lifecycle.use(record.lifecycle, self.plan(record.configuration), now)
            return self._settled(self.store.put(self._moved(record, life, None), now), now)

    def records(self, namespace: str) -> builtins.list[Record]:
        """Return the endpoints of a namespace as they are now, oldest first."""
        with self.lock:
            return [*self._settled_records(namespace, self.bench.clock.now())]

    def usage(self, namespace: str, instance_type: str, *, apart_from: str | None = None) -> int:
        """Return the accelerators of a type in use: of all endpoints but the paused, at their maxReplica."""
        with self.lock:
            return sum(
                _accelerators(record.configuration)
                for record in self.records(namespace)
                if record.configuration["compute"]["instanceType"] == instance_type
                and record.lifecycle.state != "paused"
                and record.name != apart_from
            )

    def quota(self, namespace: str, instance_type: str) -> int | None:
        """Return the accelerators of a type that the namespace may use (None: no limit)."""
        quotas = self.knobs.quotas
        general = quotas.get(instance_type, self.knobs.default_quota)
        return quotas.get(f"{namespace}/{instance_type}", general)

    def plan(self, configuration: Document) -> Plan:
        """Return how a configuration will fare under the knobs of now."""
        scaling = configuration["compute"]["scaling"]
        minutes = scaling["scaleToZeroTimeout"] if scaling["minReplica"] == 0 else None
        repository = configuration["model"]["repository"]
        named = next((kind for suffix, kind in _FAILING.items() if repository.endswith(suffix)), None)
        return Plan(
            pending=self.knobs.pending_seconds,
            initializing=self.knobs.initializing_seconds,
            updating=self.knobs.updating_seconds,
            idle=minutes * self.knobs.idle_minute_seconds if minutes else None,
            replicas=max(scaling["minReplica"], 1),
            failure=named or self.knobs.fail_deploys,
        )

    def _act(
        self, namespace: str, name: str, user: str, action: Callable[[Lifecycle, Plan, float], Lifecycle]
    ) -> Record:
        with self.lock:
            now = self.bench.clock.now()
            record = self._undeleted(namespace, name, now)
            life = action(record.lifecycle, self.plan(record.configuration), now)
            return self._settled(self.store.put(self._moved(record, life, user), now), now)

    def _after_update(self, record: Record, configuration: Document, now: float) -> Lifecycle:
        before = record.configuration
        changed = {key for key, value in configuration.items() if value != before.get(key)}
        if not changed or (self.knobs.tags_put == "keep" and changed <= _UNROLLED):
            return record.lifecycle
        wakes = self.knobs.paused_put == "resume" or (
            record.lifecycle.state == "scaledToZero" and configuration["compute"]["scaling"]["minReplica"] > 0
        )
        return lifecycle.roll_out(record.lifecycle, self.plan(configuration), now, wakes=wakes)

    def _moved(self, record: Record, life: Lifecycle, user: str | None) -> Record:
        moved = replace(record, lifecycle=life)
        if not self.knobs.state_change_moves_updated_at or life.state == record.lifecycle.state:
            return moved
        return replace(moved, updated_at=max(record.updated_at, life.since), updated_by=user or record.updated_by)

    def _settled(self, record: Record, now: float) -> Record:
        if record.deleted_at is not None:
            gone = record.deleted_at + self.knobs.delete_linger
            if gone <= now:
                self.store.remove(record, gone)
            return record
        if record.lifecycle.state in lifecycle.SETTLED:
            return record
        life = lifecycle.advance(record.lifecycle, self.plan(record.configuration), now)
        return record if life is record.lifecycle else self.store.settle(self._moved(record, life, None))

    def _settled_records(self, namespace: str, now: float) -> Iterator[Record]:
        for record in self.store.records(namespace):
            settled = self._settled(record, now)
            if settled.deleted_at is None or settled.deleted_at + self.knobs.delete_linger > now:
                yield settled

    def _listed(self, namespace: str) -> Iterator[Record]:
        now = self.bench.clock.now()
        present = self._settled_records(namespace, now)
        if not self.knobs.list_lag:
            yield from present
            return
        then = now - self.knobs.list_lag
        for record in self.store.past(namespace, then):
            life = lifecycle.advance(record.lifecycle, self.plan(record.configuration), then)
            yield replace(record, lifecycle=life)

    def _current(self, namespace: str, name: str, now: float) -> Record:
        record = self.store.find(namespace, name)
        if record is not None:
            self._settled(record, now)
            record = self.store.find(namespace, name)
        if record is None:
            raise ApiError(404, f"Not Found: endpoint {name} not found")
        return record

    def _undeleted(self, namespace: str, name: str, now: float) -> Record:
        record = self._current(namespace, name, now)
        if record.deleted_at is not None:
            raise ApiError(400, "Bad Request: Invalid state")
        return record

    def _check_name_free(self, namespace: str, name: str, now: float) -> None:
        record = self.store.find(namespace, name)
        if record is not None:
            self._settled(record, now)
        gone = self.store.gone_at(namespace, name)
        taken = self.store.find(namespace, name) is not None
        if taken or (gone is not None and now < gone + self.knobs.name_free_delay):
            raise ApiError(409, "Conflict: endpoint already exists")

    def _check_quota(self, namespace: str, name: str, configuration: Document) -> None:
        instance_type = configuration["compute"]["instanceType"]
        allowed = self.quota(namespace, instance_type)
        if allowed is None:
            return
        used = self.usage(namespace, instance_type, apart_from=name)
        if used + _accelerators(configuration) > allowed:
            raise ApiError(
                409, f"Conflict: Quota exceeded for {instance_type}: {used} of {allowed} accelerators in use"
            )

    def _new_id(self, namespace: str, name: str, now: float) -> str:
        self._made += 1
        return hashlib.sha256(f"{namespace}/{name}/{now}/{self._made}".encode()).hexdigest()[:24]


def _accelerators(configuration: Document) -> int:
    row = catalogue.rows().get(catalogue.compute_id(configuration))
    return (row.num_accelerators if row else 1) * int(configuration["compute"]["scaling"]["maxReplica"])
