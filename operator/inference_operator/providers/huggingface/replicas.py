"""The vendor's replicas, read tolerantly: what is no replica is left out.

See docs/reference/hugging-face-api.md, "Replicas, logs and metrics".
"""

from collections.abc import Mapping
from typing import Any

from inference_operator.core.errors import Operation
from inference_operator.core.insight import Replica
from inference_operator.providers.http import Answer
from inference_operator.providers.huggingface.errors import malformed


def replicas(answer: Answer) -> tuple[Replica, ...]:
    """The replicas of a successful answer. Raises MALFORMED where it has no list of them."""
    items = answer.body.get("items") if isinstance(answer.body, Mapping) else None
    if not isinstance(items, list):
        raise malformed(Operation.REPLICAS, answer)
    return tuple(replica for item in items if (replica := _replica(item)) is not None)


def _replica(item: Any) -> Replica | None:
    if not isinstance(item, Mapping) or not isinstance(item.get("id"), str):
        return None
    said = item.get("status")
    status = said if isinstance(said, Mapping) else {}
    code = status.get("exitCode")
    return Replica(
        id=item["id"],
        version=_text(item, "versionId") or "",
        stage=_text(status, "stage") or "unknown",
        live=status.get("live") is True,
        updating=status.get("updating") is True,
        started_at=_text(status, "startedAt"),
        stopped_at=_text(status, "stoppedAt"),
        exit_code=code if isinstance(code, int) and not isinstance(code, bool) else None,
    )


def _text(level: Mapping[str, Any], key: str) -> str | None:
    value = level.get(key)
    return value if isinstance(value, str) else None
