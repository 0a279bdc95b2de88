"""The environment variable by which an endpoint of ours is known, and what else is kept in it.

TIR has neither tags nor labels; an environment variable is all that is kept and shown. Beside the claim it holds what
the API takes and never shows again, so that such a field can be compared, and the names of the variables whose values
came from Secrets: the API shows all values in clear, and these must not be shown by anybody else.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from inference_operator.api.names import MARKER_PREFIX
from inference_operator.core.documents import lookup, merged, nested
from inference_operator.providers.tir.spec_runtime import RESERVED_ENV

VARIABLE = f"{RESERVED_ENV}CLAIM"
"""Its name. It is hidden from every comparison."""

NEVER_SHOWN = (
    ("commitment", "policy"),
    ("privateCloud",),
    ("clusterType",),
    ("image", "registryNamespaceID"),
    ("model", "id"),
    ("model", "integrationID"),
    ("model", "path"),
    ("dataset",),
    ("storage", "sharedFileSystem", "id"),
    ("ports", "service"),
    ("ports", "metrics"),
    ("restartedAt",),
)
"""Fields of the block that no answer of the API is known to hold.

See docs/reference/tir-api.md, "Objects returned".
"""


@dataclass(frozen=True, slots=True)
class Marker:
    """`sent`: the fields that are never shown, as they were last sent. `secrets`: names of variables."""

    claim: str = ""
    sent: Mapping[str, Any] = field(default_factory=dict)
    secrets: frozenset[str] = frozenset()

    def __str__(self) -> str:
        kept = {"sent": self.sent, "secrets": sorted(self.secrets)}
        said = {key: value for key, value in kept.items() if value}
        return f"{self.claim} {json.dumps(said, sort_keys=True, separators=(',', ':'))}" if said else self.claim

    @property
    def claims(self) -> tuple[str, ...]:
        """The ownership markers that it states."""
        return (self.claim,) if self.claim.lower().startswith(MARKER_PREFIX) else ()


def parsed(text: str) -> Marker:
    """The marker that a variable's value states; what is garbled says nothing."""
    claim, _, rest = text.strip().partition(" ")
    try:
        kept = json.loads(rest) if rest else {}
    except (ValueError, RecursionError):
        kept = {}
    if not isinstance(kept, Mapping):
        kept = {}
    sent, names = kept.get("sent"), kept.get("secrets")
    return Marker(
        claim,
        sent if isinstance(sent, Mapping) else {},
        frozenset(one for one in names if isinstance(one, str)) if isinstance(names, list) else frozenset(),
    )


def marker_of(claim: str, document: Mapping[str, Any]) -> Marker:
    """The marker that goes with a whole configuration."""
    found = [nested(path, value) for path in NEVER_SHOWN if (value := lookup(document, path)) is not None]
    environment = document.get("env") or {}
    return Marker(claim, merged(*found), frozenset(name for name, one in environment.items() if one.get("secret")))
