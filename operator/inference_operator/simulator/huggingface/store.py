"""The endpoints of all namespaces, with enough of their past to show a list that lags behind."""

from collections import defaultdict
from collections.abc import Iterator

from inference_operator.simulator.huggingface.record import Record

_MEMORY = 600.0
"""Seconds of history kept: the longest list lag that works."""


class Store:
    """Records by namespace and name. Not thread-safe: its owner holds the lock."""

    def __init__(self) -> None:
        self._records: dict[str, dict[str, Record]] = defaultdict(dict)
        self._ids: dict[str, tuple[str, str]] = {}
        self._gone: dict[tuple[str, str], float] = {}
        self._history: dict[str, dict[str, list[tuple[float, Record | None]]]] = defaultdict(dict)

    def find(self, namespace: str, name: str) -> Record | None:
        """Return the record of that name, if there is one."""
        return self._records.get(namespace, {}).get(name)

    def find_id(self, identifier: str) -> Record | None:
        """Return the record with that 24-hex id, if there is one."""
        key = self._ids.get(identifier)
        return self.find(*key) if key else None

    def records(self, namespace: str) -> Iterator[Record]:
        """Iterate over a snapshot of the namespace, oldest first."""
        return iter(list(self._records.get(namespace, {}).values()))

    def namespaces(self) -> list[str]:
        """Return the namespaces that hold or held endpoints."""
        return list(self._records)

    def put(self, record: Record, at: float) -> Record:
        """Keep a created or changed record, and remember the change."""
        self._remember(record.namespace, record.name, at, record)
        self._ids[record.id] = (record.namespace, record.name)
        return self.settle(record)

    def settle(self, record: Record) -> Record:
        """Keep a record on which only time has passed."""
        self._records[record.namespace][record.name] = record
        return record

    def remove(self, record: Record, at: float) -> None:
        """Forget a record that ceased to exist at `at`."""
        self._remember(record.namespace, record.name, at, None)
        self._ids.pop(record.id, None)
        self._gone[record.namespace, record.name] = at
        del self._records[record.namespace][record.name]

    def gone_at(self, namespace: str, name: str) -> float | None:
        """Return when the last endpoint of that name ceased to exist."""
        return self._gone.get((namespace, name))

    def past(self, namespace: str, at: float) -> Iterator[Record]:
        """Iterate over the records of a namespace as they were at `at`."""
        for changes in list(self._history[namespace].values()):
            seen = [record for when, record in changes if when <= at]
            if seen and seen[-1] is not None:
                yield seen[-1]

    def _remember(self, namespace: str, name: str, at: float, record: Record | None) -> None:
        changes = self._history[namespace].setdefault(name, [])
        changes.append((at, record))
        recent = [change for change in changes if change[0] > at - _MEMORY]
        older = changes[: len(changes) - len(recent)]
        self._history[namespace][name] = older[-1:] + recent
