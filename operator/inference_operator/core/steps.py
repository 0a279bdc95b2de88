"""The steps that a decision can name: each is one piece of I/O, after which the next decision is made.

One step at a time is what makes an interruption harmless: between any two, everything that matters is either on the
Kubernetes object or on the remote endpoint, and the next decision starts from there.
"""

from dataclasses import dataclass
from typing import TypeAlias

from inference_operator.core.diff import Difference
from inference_operator.core.documents import Document
from inference_operator.core.errors import Operation
from inference_operator.core.failures import Failure


@dataclass(frozen=True, slots=True)
class Read:
    """Read the remote endpoint by name."""


@dataclass(frozen=True, slots=True)
class Consult:
    """Read the catalogue, as it is now."""


@dataclass(frozen=True, slots=True)
class Probe:
    """Ask the endpoint's health route."""


@dataclass(frozen=True, slots=True)
class ReadLog:
    """Read the last lines of the endpoint's log."""


@dataclass(frozen=True, slots=True)
class Hold:
    """Put our finalizer on the object: from here on it can't vanish without us."""


@dataclass(frozen=True, slots=True)
class Bind:
    """Record in the status which remote endpoint this is.

    `creating`: and that a create is about to be sent. `adopting`: and that one of nobody's is about to be taken over.
    `claiming`: and that the one in sight, which is nobody's, is this resource's from now on, though it has no marker.
    """

    creating: bool = False
    adopting: bool = False
    claiming: bool = False


@dataclass(frozen=True, slots=True)
class Create:
    """Create the remote endpoint. `document` lacks the secret values and the marker."""

    document: Document


@dataclass(frozen=True, slots=True)
class Update:
    """Change the remote endpoint. `change` may be empty where only the marker is to be put on."""

    change: Document
    fields: tuple[Difference, ...] = ()


@dataclass(frozen=True, slots=True)
class Switch:
    """Pause, resume or scale to zero."""

    operation: Operation


@dataclass(frozen=True, slots=True)
class Remove:
    """Delete the remote endpoint."""


@dataclass(frozen=True, slots=True)
class Release:
    """Replace our marker by the one that says: free to take."""


@dataclass(frozen=True, slots=True)
class Abandon:
    """Enter the remote endpoint in the ledger of orphans: it is let go of, and `failure` says why."""

    failure: Failure


@dataclass(frozen=True, slots=True)
class LetGo:
    """Take our finalizer off: the object may vanish."""


@dataclass(frozen=True, slots=True)
class Rest:
    """Nothing more to do now.

    `failure`: why it is not as declared. `after`: seconds to the next look, if one is due.
    """

    failure: Failure | None = None
    after: float | None = None


WRITES_TO_EXISTING = (Update, Switch, Remove, Release)
"""The steps that change a remote endpoint that exists, or end it."""
REMOTE_WRITES = (Create, *WRITES_TO_EXISTING)
"""The steps that change something at the provider."""

Step: TypeAlias = (
    Read
    | Consult
    | Probe
    | ReadLog
    | Hold
    | Bind
    | Create
    | Update
    | Switch
    | Remove
    | Release
    | Abandon
    | LetGo
    | Rest
)
