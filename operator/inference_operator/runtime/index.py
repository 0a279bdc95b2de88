"""The objects that the operator watches, by kind and name, as the API server sent them last.

kopf's own index grows with the square of the objects at start-up; this costs one assignment for each. They are kept
packed, as dictionaries take ten times as much; what is asked of all of them again and again is kept beside.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any, TypeAlias

from inference_operator.api.names import (
    ACCOUNT_KIND,
    CLUSTER_ACCOUNT_KIND,
    DEFAULT_ACCOUNT,
    FINALIZER,
    IN_USE_FINALIZER,
)
from inference_operator.runtime.figures import Figures, Tally
from inference_operator.runtime.packed import Packer

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


_OURS = frozenset({FINALIZER, IN_USE_FINALIZER})


@dataclass(frozen=True, slots=True)
class Brief:
    """What is asked of all objects again and again.

    `held`: it has a finalizer of ours. `bound`: it has a binding to a remote endpoint. `account`: whose lane it is in.
    `asked`: a digest of what somebody else may ask of us, its status among it. `figures`: for sums.
    """

    uid: str
    version: int
    held: bool
    bound: bool
    account: str
    asked: bytes
    figures: Figures

    @classmethod
    def of(cls, obj: Object) -> "Brief":
        """The brief of an object as the API server gives it."""
        metadata, status = obj["metadata"], obj.get("status") or {}
        return cls(
            uid=metadata.get("uid", ""),
            version=_version(metadata.get("resourceVersion", "0")),
            held=is_held(obj),
            bound=bool(status.get("remoteRef")),
            account=_account(obj),
            asked=_digest(obj),
            figures=Figures.of(status),
        )


def is_held(obj: Object) -> bool:
    """Whether it has a finalizer of ours."""
    return not _OURS.isdisjoint(obj["metadata"].get("finalizers") or ())


@dataclass(frozen=True, slots=True)
class _Filed:
    brief: Brief
    packed: bytes


class Index:
    """The latest known version of every watched object. What is given out is a copy of its own.

    `tally`: the figures of all of them.
    """

    def __init__(self) -> None:
        self.tally = Tally()
        self._filed: dict[Key, _Filed] = {}
        self._packer = Packer()

    def __len__(self) -> int:
        return len(self._filed)

    def get(self, key: Key) -> Object | None:
        """The object, None where there is none."""
        filed = self._filed.get(key)
        return self._unpacked(filed) if filed else None

    def brief(self, key: Key) -> Brief | None:
        """The brief of the object, None where there is none."""
        filed = self._filed.get(key)
        return filed.brief if filed else None

    def put(self, obj: Object) -> bool:
        """Take in a version; False where a later one is known already, as after a write of our own."""
        key, brief = Key.of(obj), Brief.of(obj)
        known = self.brief(key)
        if known is not None and known.version > brief.version and known.uid == brief.uid:
            return False
        self.tally.exchange(known.figures if known else None, brief.figures)
        self._filed[key] = _Filed(brief, self._packer.pack(_text(_without_managers(obj))))
        return True

    def renew(self, obj: Object) -> None:
        """Take in the answer to a write of our own: it may come after the watch told that the object is gone."""
        known = self.brief(Key.of(obj))
        if known is not None and known.uid == obj["metadata"].get("uid", ""):
            self.put(obj)

    def drop(self, key: Key) -> None:
        """The object is gone."""
        filed = self._filed.pop(key, None)
        self.tally.exchange(filed.brief.figures if filed else None, None)

    def briefs(self, kind: str) -> dict[Key, Brief]:
        """The briefs of all objects of a kind."""
        return {key: filed.brief for key, filed in self._filed.items() if key.kind == kind}

    def holding(self) -> set[str]:
        """The namespaces in which an object of any kind is held."""
        return {key.namespace for key, filed in self._filed.items() if filed.brief.held}

    def of_kind(self, kind: str) -> Iterator[Object]:
        """All objects of a kind, one unpacked after the other."""
        return (self._unpacked(filed) for key, filed in list(self._filed.items()) if key.kind == kind)

    def _unpacked(self, filed: _Filed) -> Object:
        found: Object = json.loads(self._packer.unpack(filed.packed))
        return found


def _text(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def _without_managers(obj: Object) -> Object:
    """Who wrote which field is long, and nothing here asks for it."""
    return {**obj, "metadata": {key: value for key, value in obj["metadata"].items() if key != "managedFields"}}


def _digest(obj: Object) -> bytes:
    metadata = obj["metadata"]
    finalizers = metadata.get("finalizers") or ()
    asked = [
        metadata.get("uid"),
        metadata.get("generation"),
        metadata.get("deletionTimestamp"),
        metadata.get("annotations"),
        FINALIZER in finalizers,
        len(finalizers),
        obj.get("status"),
    ]
    return blake2b(_text(asked), digest_size=16).digest()


def _account(obj: Object) -> str:
    """The account that it uses, as its status says or else its spec."""
    reference = (obj.get("spec") or {}).get("accountRef") or {}
    declared = f"{reference.get('kind') or ACCOUNT_KIND}/{reference.get('name') or DEFAULT_ACCOUNT}"
    account: str = (obj.get("status") or {}).get("account") or declared
    namespace = obj["metadata"].get("namespace", "")
    return account if account.startswith(f"{CLUSTER_ACCOUNT_KIND}/") else f"{namespace}/{account}"


def _version(text: str) -> int:
    # Kubernetes documents resource versions of one resource as comparable integers since 1.35, and they were before.
    return int(text) if text.isdigit() else 0
