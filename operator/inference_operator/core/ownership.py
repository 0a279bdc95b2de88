"""Whose a remote endpoint is, told by the marker that it carries.

The marker is `iop1-<cluster>-<object>-<uid>`: ten characters of base32 of the SHA-256 of the cluster's id, ten of
that of `namespace/name`, and the object's UID in full (26). It fits a DNS label, which is the narrowest form that
a provider's tags have been seen to take.
"""

import base64
import hashlib
import re
from dataclasses import dataclass
from enum import Enum
from uuid import UUID

from inference_operator.api.names import MARKER_PREFIX
from inference_operator.core.observation import Observation

RELEASED = f"{MARKER_PREFIX}released"
_DIGEST_LENGTH = 10
_MARKER = re.compile(rf"{MARKER_PREFIX}([a-z2-7]{{10}})-([a-z2-7]{{10}})-([a-z2-7]{{26}})")
# A marker that was cut off is nobody's: what is left of it may be the beginning of several.


@dataclass(frozen=True, slots=True)
class Claim:
    """The claim of one Kubernetes object on one remote endpoint."""

    cluster: str
    object: str
    uid: str

    @classmethod
    def of(cls, *, cluster_id: str, namespace: str, name: str, uid: str) -> "Claim":
        """The claim of an object. `uid`: its metadata.uid, a UUID."""
        return cls(_digest(cluster_id), _digest(f"{namespace}/{name}"), _base32(UUID(uid).bytes))

    @classmethod
    def parse(cls, text: str) -> "Claim | None":
        """The claim that a marker states, None for any other text and for a released one."""
        found = _MARKER.fullmatch(text.lower())
        return cls(*found.groups()) if found else None

    def is_of(self, namespace: str, name: str) -> bool:
        """Whether an object of this name made the claim."""
        return self.object == _digest(f"{namespace}/{name}")

    def __str__(self) -> str:
        return f"{MARKER_PREFIX}{self.cluster}-{self.object}-{self.uid}"


class Ownership(Enum):
    """What a remote endpoint is to one object."""

    OURS = "ours"
    SAME_OBJECT = "same object, made anew"
    UNMARKED_OURS = "ours, marker lost"
    UNOWNED = "nobody's"
    FOREIGN = "somebody else's"
    LOST = "was ours, and somebody else put their marker on it"

    @property
    def ours(self) -> bool:
        """Whether it may be changed: it is the very object's."""
        return self in (Ownership.OURS, Ownership.UNMARKED_OURS)

    @property
    def ours_by_name(self) -> bool:
        """Whether it is this object's, or that of one of the same name before it."""
        return self.ours or self is Ownership.SAME_OBJECT


def ownership(
    observation: Observation,
    claim: Claim,
    *,
    recorded_created_at: str | None,
    recorded_id: str | None = None,
    recorded_by_us: bool = True,
) -> Ownership:
    """Judge one observation.

    `recorded_created_at`: the incarnation that this object is bound to, None before one is known. The same name with
    another creation time, or another `recorded_id`, and no marker of ours is a different endpoint that took the name.
    `recorded_by_us`: not by an object of the same name before it, as in a status that came back from a backup.
    """
    claims = [parsed for text in observation.claims if (parsed := Claim.parse(text))]
    if claim in claims:
        return Ownership.OURS
    same_id = recorded_id is None or observation.id in (None, recorded_id)
    known = bool(recorded_created_at) and recorded_created_at == observation.created_at and same_id
    if claims:
        same = any(one.cluster == claim.cluster and one.object == claim.object for one in claims)
        if same and not (known and recorded_by_us):
            return Ownership.SAME_OBJECT
        return Ownership.LOST if known else Ownership.FOREIGN
    return Ownership.UNMARKED_OURS if known else Ownership.UNOWNED


def _digest(text: str) -> str:
    return _base32(hashlib.sha256(text.encode()).digest())[:_DIGEST_LENGTH]


def _base32(data: bytes) -> str:
    return base64.b32encode(data).decode().rstrip("=").lower()
