"""The objects that the operator watches, by kind and name: plain dictionaries, as the API server sent them last.

kopf's own index grows with the square of the objects at start-up; this costs one assignment for each.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, TypeAlias

Object: TypeAlias = dict[str, Any]


@dataclass(frozen=True, slots=True, order=True)
class Key:
    """Which object: `namespace` is empty for a cluster-scoped one."""

    kind: str
    namespace: str
    name: str

    @classmethod
    def of(cls, obj: Object) -> "Key":
        """The key of an object as the API server gives it."""
        metadata = obj["metadata"]
        return cls(obj["kind"], metadata.get("namespace", ""), metadata["name"])

    def __str__(self) -> str:
        return f"{self.kind} {self.namespace}/{self.name}" if self.namespace else f"{self.kind} {self.name}"


class Index:
    """The latest known version of every watched object."""

    def __init__(self) -> None:
        self._objects: dict[Key, Object] = {}

    def __len__(self) -> int:
        return len(self._objects)

    def get(self, key: Key) -> Object | None:
        """The object, None where there is none."""
        return self._objects.get(key)

    def put(self, obj: Object) -> bool:
        """Take in a version; False where a later one is known already, as after a write of our own."""
        key = Key.of(obj)
        known = self._objects.get(key)
        if known is not None and _version(known) > _version(obj) and _same(known, obj):
            return False
        self._objects[key] = obj
        return True

    def renew(self, obj: Object) -> None:
        """Take in the answer to a write of our own: it may come after the watch told that the object is gone."""
        known = self._objects.get(Key.of(obj))
        if known is not None and _same(known, obj):
            self.put(obj)

    def drop(self, key: Key) -> None:
        """The object is gone."""
        self._objects.pop(key, None)

    def of_kind(self, kind: str) -> Iterator[Object]:
        """All objects of a kind."""
        return (obj for key, obj in list(self._objects.items()) if key.kind == kind)


def _same(known: Object, other: Object) -> bool:
    return bool(known["metadata"].get("uid") == other["metadata"].get("uid"))


def _version(obj: Object) -> int:
    # Kubernetes documents resource versions of one resource as comparable integers since 1.35, and they were before.
    text = obj["metadata"].get("resourceVersion", "0")
    return int(text) if text.isdigit() else 0
