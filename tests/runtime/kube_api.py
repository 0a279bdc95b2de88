"""An API server in memory, as far as the operator's `Session` uses it: versions, merge patches, status, finalizers."""

import copy
import itertools
from typing import Any

from jsonschema import Draft4Validator
from tests.api.schemas import committed

from inference_operator.kube.errors import Conflict, NotFound

Object = dict[str, Any]
_PLURALS = {
    "inferenceendpoints": "InferenceEndpoint",
    "inferenceaccounts": "InferenceAccount",
    "clusterinferenceaccounts": "ClusterInferenceAccount",
}
_STATUSES = {
    crd["spec"]["names"]["plural"]: Draft4Validator(
        crd["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"]["status"],
        format_checker=Draft4Validator.FORMAT_CHECKER,
    )
    for crd in committed().values()
}


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
    """Objects by path. `writes` are the operator's, as (method, path, body)."""

    def __init__(self) -> None:
        self.objects: dict[str, Object] = {}
        self.writes: list[tuple[str, str, Any]] = []
        self._versions = itertools.count(100)

    # What a person does.

    def put(self, path: str, obj: Object) -> Object:
        """Create or replace, as `kubectl apply` of the whole object; the generation moves with the spec."""
        known = self.objects.get(path)
        metadata = {"uid": f"00000000-0000-4000-8000-{next(self._versions):012d}", "generation": 1}
        if known is not None:
            metadata = {**known["metadata"]}
            metadata["generation"] += known.get("spec") != obj.get("spec")
        metadata |= obj["metadata"]
        status = {"status": known["status"]} if known and "status" in known else {}
        return self._store(path, {**copy.deepcopy(obj), **status, "metadata": metadata})

    def remove(self, path: str) -> None:
        """`kubectl delete`."""
        obj = self.objects[path]
        if not obj["metadata"].get("finalizers"):
            del self.objects[path]
            return
        self._store(path, merge(obj, {"metadata": {"deletionTimestamp": "2026-11-21T09:00:00Z"}}))

    # What the operator does.

    async def get(self, path: str, **_: Any) -> Object:
        if path not in self.objects:
            raise NotFound(404, "NotFound", path)
        return copy.deepcopy(self.objects[path])

    async def create(self, path: str, body: Object) -> Object:
        where = f"{path}/{body['metadata']['name']}"
        self.writes.append(("POST", where, body))
        if where in self.objects:
            raise Conflict(409, "AlreadyExists", where)
        return self.put(where, body)

    async def patch(self, path: str, body: Object, **_: Any) -> Object:
        self.writes.append(("PATCH", path, body))
        where, _, part = path.partition("/status")
        if where not in self.objects:
            raise NotFound(404, "NotFound", where)
        obj = self.objects[where]
        if part == "" and path.endswith("/status"):
            assert set(body) <= {"metadata", "status"}, "the operator writes status and nothing else"
        else:
            assert set(body) <= {"metadata", "data"}
        if body["metadata"].pop("resourceVersion") != obj["metadata"]["resourceVersion"]:
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
            del self.objects[where]
            return obj
        return self._store(where, obj)

    def _store(self, path: str, obj: Object) -> Object:
        known = self.objects.get(path)
        version = str(next(self._versions))
        if known is not None and merge(known, {}) == obj:
            return copy.deepcopy(known)
        self.objects[path] = merge(copy.deepcopy(obj), {"metadata": {"resourceVersion": version}})
        return copy.deepcopy(self.objects[path])
