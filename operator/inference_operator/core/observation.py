"""What is known of one remote endpoint, and how well.

Absence is knowledge of its own kind: a list that lacks a name proves nothing, a read that answers "not found" does.
"""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, TypeAlias

from inference_operator.core.documents import Document


class State(StrEnum):
    """A remote endpoint's state, in the words of `status.state`."""

    PENDING = "pending"
    INITIALIZING = "initializing"
    RUNNING = "running"
    UPDATING = "updating"
    UPDATE_FAILED = "updateFailed"
    PAUSED = "paused"
    SCALED_TO_ZERO = "scaledToZero"
    FAILED = "failed"
    UNKNOWN = "unknown"

    @property
    def in_transition(self) -> bool:
        """Whether the state is expected to change soon without anybody's doing."""
        return self in _IN_TRANSITION


_IN_TRANSITION = frozenset({State.PENDING, State.INITIALIZING, State.UPDATING, State.UNKNOWN})


@dataclass(frozen=True, slots=True)
class Actor:
    """Who did something at the provider."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class Observation:
    """One remote endpoint as the provider showed it.

    `document` is its configuration in the provider block's coordinates, without secret values and without
    the operator's own marks. `claims` are the ownership markers found on it. `effective` is what the
    provider resolved by itself, ready for `status.effective`. Times are the provider's text (RFC 3339).
    `heading`: the state that it is on its way to, where the provider says so. `id`: the provider's, where it gives one;
    then names need not be unique there.
    """

    name: str
    created_at: str
    state: State
    document: Document
    updated_at: str = ""
    id: str | None = None
    url: str | None = None
    ready_replica: int = 0
    target_replica: int = 0
    message: str = ""
    error_message: str = ""
    created_by: Actor | None = None
    updated_by: Actor | None = None
    private_service: str | None = None
    health_route: str = "/health"
    claims: tuple[str, ...] = ()
    effective: dict[str, Any] = field(default_factory=dict)
    heading: State | None = None

    @property
    def serves(self) -> bool:
        """Whether a request sent now would be answered by the model."""
        return bool(self.url) and self.ready_replica >= 1


@dataclass(frozen=True, slots=True)
class Health:
    """What came of asking an endpoint's health route. `said`: its answer in words that repeat."""

    serves: bool
    said: str


@dataclass(frozen=True, slots=True)
class Unread:
    """Nothing is known yet, or no longer: the remote side must be read before anything is decided."""


@dataclass(frozen=True, slots=True)
class Unlisted:
    """A complete list did not show the name. That alone proves nothing."""


@dataclass(frozen=True, slots=True)
class Absent:
    """A read of the name itself said that it does not exist."""


@dataclass(frozen=True, slots=True)
class Present:
    """The endpoint was seen. `unlisted`: a later list did not show it, so that it must be read again."""

    observation: Observation
    unlisted: bool = False


Knowledge: TypeAlias = Unread | Unlisted | Absent | Present
