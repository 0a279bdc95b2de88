"""An API server in memory, as far as the operator's `Session` uses it: versions, merge patches, status, finalizers."""

import itertools
import marshal
from collections.abc import Callable
from typing import Any

import jsonschema_rs
from tests.api.schemas import committed

from inference_operator.kube.errors import Conflict, NotFound

Object = dict[str, Any]
_PLURALS = {
    "inferenceendpoints": "InferenceEndpoint",
    "inferenceaccounts": "InferenceAccount",
    "clusterinferenceaccounts": "ClusterInferenceAccount",
}
_STATUSES = {
    crd["spec"]["names"]["plural"]: jsonschema_rs.Draft4Validator(
        crd["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"]["status"], validate_formats=True
    )
    for crd in committed().values()
}


def copied(obj: Any) -> Any:
    """A copy of JSON, and of nothing else: any other type is refused, as no API server would see it."""
    return marshal.loads(marshal.dumps(obj))


def merge(target: Any, patch: Any) -> Any:
    """RFC 7386."""
    if not isinstance(patch, dict):
        return patch
    result = dict(target) if isinstance(target, dict) else {}
    for key, value in patch.items():
        if value is None:
            result.pop(key, None)
        else:
            result[key] = merge(result.get(key), value)
    return result


class KubeApi:
    """Objects by path. `writes` are the operator's, as (method, path, body).

    `now`: RFC 3339. `era` tells the UIDs of one cluster from those of another, or of the same one built anew.
    """

    def __init__(self, *, now: Callable[[], str] = lambda: "2026-11-21T09:00:00Z", era: int = 0) -> None:
        self.objects: dict[str, Object] = {}
        self.writes: list[tuple[str, str, Any]] = []
        self.changed: set[str] = set()
        """Paths of which the watch has not told yet, where anybody empties it."""
        self._versions = itertools.count(100)
        self._now = now
        self._era = era

    # What a person does.

    def put(self, path: str, obj: Object) -> Object:
        """Create or replace, as `kubectl apply` of the whole object; the generation moves with the spec."""
        known = self.objects.get(path)
        metadata = {
            "uid": f"{self._era:08d}-0000-4000-8000-{next(self._versions):012d}",
            "generation": 1,
            "creationTimestamp": self._now(),
        }
        if known is not None:
            metadata = {**known["metadata"]}
            metadata["generation"] += known.get("spec") != obj.get("spec")
        metadata |= obj["metadata"]
        status = {"status": known["status"]} if known and "status" in known else {}
        return self._store(path, {**obj, **status, "metadata": metadata})

    def remove(self, path: str) -> None:
        """`kubectl delete`."""
        metadata = self.objects[path]["metadata"]
        if not metadata.get("finalizers"):
            self.vanish(path)
        elif "deletionTimestamp" not in metadata:
            marked = {"deletionTimestamp": self._now(), "generation": metadata["generation"] + 1}
            self._store(path, merge(self.objects[path], {"metadata": marked}))

    def vanish(self, path: str) -> None:
        """The object is gone whatever holds it, and what it owns goes with it."""
        uid = self.objects.pop(path)["metadata"]["uid"]
        for owned in [one for one, obj in self.objects.items() if _owned_by(obj, uid)]:
            del self.objects[owned]

    # What the operator does.

    async def get(self, path: str, **_: Any) -> Object:
        if path not in self.objects:
            raise NotFound(404, "NotFound", path)
        return copied(self.objects[path])

    async def create(self, path: str, body: Object) -> Object:
        where, body = f"{path}/{body['metadata']['name']}", copied(body)
        self.writes.append(("POST", where, body))
        if where in self.objects:
            raise Conflict(409, "AlreadyExists", where)
        return self.put(where, body)

    async def patch(self, path: str, body: Object, **_: Any) -> Object:
        body = copied(body)
        self.writes.append(("PATCH", path, body))
        where, _, part = path.partition("/status")
        if where not in self.objects:
            raise NotFound(404, "NotFound", where)
        obj = self.objects[where]
        if part == "" and path.endswith("/status"):
            assert set(body) <= {"metadata", "status"}, "the operator writes status and nothing else"
        else:
            assert set(body) <= {"metadata", "data"}
        if body["metadata"]["resourceVersion"] != obj["metadata"]["resourceVersion"]:
            raise Conflict(409, "Conflict", where)
        return self._patched(where, merge(obj, body))

    async def delete(self, path: str, **_: Any) -> Object:
        self.writes.append(("DELETE", path, None))
        if path not in self.objects:
            raise NotFound(404, "NotFound", path)
        return self.objects.pop(path)

    def _patched(self, where: str, obj: Object) -> Object:
        plural = where.rsplit("/", 2)[-2]
        if plural in _STATUSES and "status" in obj:
            _STATUSES[plural].validate(obj["status"])
        if "deletionTimestamp" in obj["metadata"] and not obj["metadata"].get("finalizers"):
            self.vanish(where)
            return copied(obj)
        return self._store(where, obj)

    def _store(self, path: str, obj: Object) -> Object:
        known = self.objects.get(path)
        version = str(next(self._versions))
        if known == obj:
            return copied(known)
        self.objects[path] = merge(copied(obj), {"metadata": {"resourceVersion": version}})
        self.changed.add(path)
        return copied(self.objects[path])


def _owned_by(obj: Object, uid: str) -> bool:
    return any(owner.get("uid") == uid for owner in obj["metadata"].get("ownerReferences") or ())
