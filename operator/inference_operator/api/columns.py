"""What `kubectl get` shows: each column is one value, so the operator writes what is composed into `status`."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Column:
    """A printer column; `wide` ones appear with `kubectl get -o wide`."""

    name: str
    path: str
    type: str = "string"
    wide: bool = False

    def to_json(self) -> dict[str, Any]:
        """The column as the API server wants it."""
        column: dict[str, Any] = {"name": self.name, "type": self.type, "jsonPath": self.path}
        return column | ({"priority": 1} if self.wide else {})


_AGE = Column("Age", ".metadata.creationTimestamp", "date")
ENDPOINT_COLUMNS = (
    Column("State", ".status.state"),
    Column("Ready", ".status.ready"),
    Column("URL", ".status.url"),
    Column("Hardware", ".status.hardware"),
    _AGE,
    Column("Task", ".status.effective.task", wide=True),
    Column("Vendor/Region", ".status.effective.location", wide=True),
    Column("Engine", ".status.effective.engine", wide=True),
    Column("Access", ".status.effective.access", wide=True),
    Column("Account", ".status.account", wide=True),
    Column("Remote name", ".status.remoteRef.name", wide=True),
    Column("Cost", ".status.cost.hourlyNow", wide=True),
)
ACCOUNT_COLUMNS = (
    Column("Ready", '.status.conditions[?(@.type=="Ready")].status'),
    Column("Reason", '.status.conditions[?(@.type=="Ready")].reason'),
    Column("Endpoints", ".status.endpoints.total", "integer"),
    _AGE,
    Column("Unmanaged", ".status.unmanaged", "integer", wide=True),
)
