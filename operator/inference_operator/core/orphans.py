"""Remote endpoints that were let go of without being deleted: somebody may be paying for them.

The ledger says which, of which resource, since when and why. It is joined with what the provider shows: an endpoint
whose marker names a resource of this cluster that is gone is an orphan too, whatever the ledger says.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from inference_operator.core.failures import Failure
from inference_operator.core.moments import stamp
from inference_operator.core.snapshot import Snapshot

LEDGER = "inference-operator-orphans"
"""Name of the ConfigMap in the operator's namespace. Each key holds one orphan as JSON."""

MOST = 1000
"""How many orphans the ledger holds; one is about 800 bytes."""

MOST_BYTES = 900_000
"""How many bytes the ledger holds, whoever wrote them; a ConfigMap takes 1 MiB (validation of the Kubernetes API)."""

_DIGITS = 20
_LONGEST_MESSAGE = 256


@dataclass(frozen=True, slots=True)
class Orphan:
    """`remote`: `status.remoteRef` as it was, in JSON. `since`: RFC 3339."""

    namespace: str
    name: str
    uid: str
    remote: Mapping[str, Any]
    reason: str
    message: str
    since: str

    @property
    def key(self) -> str:
        """Its key in the ledger: the same for the same object and remote endpoint, so that an entry is made once."""
        place = "/".join(str(self.remote.get(part)) for part in ("provider", "baseURL", "namespace", "name"))
        return hashlib.sha256(f"{self.uid}/{place}".encode()).hexdigest()[:_DIGITS]

    def to_json(self) -> dict[str, Any]:
        """The entry in the ledger."""
        return {
            "namespace": self.namespace,
            "name": self.name,
            "uid": self.uid,
            "remoteRef": dict(self.remote),
            "reason": self.reason,
            "message": self.message,
            "since": self.since,
        }

    @classmethod
    def from_json(cls, entry: Any) -> "Orphan | None":
        """The orphan of an entry, None for what is none: the ledger may be edited by hand."""
        if not isinstance(entry, Mapping) or not isinstance(entry.get("remoteRef"), Mapping):
            return None
        texts = {
            field: str(entry.get(field, "")) for field in ("namespace", "name", "uid", "reason", "message", "since")
        }
        return cls(remote=entry["remoteRef"], **texts)


def orphan(snapshot: Snapshot, failure: Failure) -> Orphan:
    """What is left behind when this resource goes now. Raises ValueError where nothing is bound."""
    subject = snapshot.subject
    if subject.status.remote_ref is None:
        raise ValueError("what is bound to nothing leaves no orphan")
    return Orphan(
        namespace=subject.namespace,
        name=subject.name,
        uid=subject.uid,
        remote=subject.status.remote_ref.to_json(),
        reason=failure.reason,
        message=_cut(failure.message),
        since=stamp(snapshot.now),
    )


def surplus(known: Mapping[str, Orphan], sizes: Mapping[str, int]) -> list[str]:
    """The keys of the oldest ones, for which the ledger has no room beside one more.

    `sizes`: the bytes of everything that is to be in it, by key: these orphans, the new one, and what is no orphan.
    """
    dropped: list[str] = []
    size = sum(sizes.values())
    for key in sorted(known, key=lambda key: _since(known[key])):
        if len(known) - len(dropped) < MOST and size <= MOST_BYTES:
            break
        dropped.append(key)
        size -= sizes[key]
    return dropped


def _cut(message: str) -> str:
    return message if len(message) <= _LONGEST_MESSAGE else message[: _LONGEST_MESSAGE - 1] + "…"


def _since(one: Orphan) -> float:
    try:
        return datetime.fromisoformat(one.since).timestamp()
    except ValueError:
        return 0.0
