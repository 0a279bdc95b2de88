"""One page of the v3 log, read tolerantly: the entries, and where the pages beside it begin.

Of a Link header only the cursor is taken, never its address: the token goes nowhere but to the account's API
(docs/reference/hugging-face-api.md, "Replicas, logs and metrics").
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit

from inference_operator.core.errors import Operation
from inference_operator.core.insight import LogLine
from inference_operator.providers.http import Answer
from inference_operator.providers.huggingface.errors import malformed

_LINK = re.compile(r'<([^>]*)>[^<>]*?;\s*rel="?([A-Za-z_]+)"?')


@dataclass(frozen=True, slots=True)
class LogPage:
    """Lines in the order of time. `after` and `before` are cursors; `last` says that nothing follows yet."""

    lines: tuple[LogLine, ...]
    after: str | None
    before: str | None
    last: bool


def log_page(answer: Answer) -> LogPage:
    """The page of a successful answer. Raises MALFORMED where it is no list."""
    if not isinstance(answer.body, list):
        raise malformed(Operation.LOGS, answer)
    links = {relation: target for target, relation in _LINK.findall(answer.headers.get("link", ""))}
    return LogPage(
        lines=tuple(_line(entry) for entry in answer.body if isinstance(entry, Mapping)),
        after=_cursor(links.get("next") or links.get("next_sse"), "after"),
        before=_cursor(links.get("prev"), "before"),
        last="next" not in links,
    )


def _line(entry: Mapping[str, Any]) -> LogLine:
    return LogLine(
        text=_text(entry, "line"),
        timestamp=_text(entry, "timestamp"),
        replica=_text(entry, "replica_id"),
        level=_text(entry, "level"),
        stream=_text(entry, "stream"),
    )


def _text(entry: Mapping[str, Any], key: str) -> str:
    value = entry.get(key)
    return value if isinstance(value, str) else ""


def _cursor(target: str | None, key: str) -> str | None:
    try:
        found = parse_qs(urlsplit(target or "").query).get(key)
    except ValueError:
        return None
    return found[0] if found else None
