"""Looking inside one endpoint: its log and its replicas (docs/reference/tir-api.md, "Calls"). The API has no metrics.

No source shows what either answer holds, so that any reasonable form is read.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from typing import Any

from inference_operator.core.errors import ErrorKind, Operation, ProviderError
from inference_operator.core.insight import LogLine, LogQuery, Notice, Replica
from inference_operator.providers.growing import news
from inference_operator.providers.tir.encoding import text

_LOOK_AGAIN = 2.0
_OVERLAP = 1000
"""How many lines are compared to tell which are new."""
_PASSING = frozenset({ErrorKind.UNAVAILABLE, ErrorKind.RATE_LIMITED})
_READY = ("ready", "running")

NO_METRICS = "E2E Networks TIR offers no metrics by its API; its portal shows them"


def unsupported(operation: Operation, said: str) -> ProviderError:
    """What the API does not have, which it need not be asked to know."""
    return ProviderError(ErrorKind.UNSUPPORTED, operation, said)


async def log(read: Callable[[], Awaitable[Any]], query: LogQuery, *, notice: Notice) -> AsyncIterator[LogLine]:
    """The lines that were asked for. `read`: asks for the whole log, as the API has no search."""
    unanswerable = [name for name in ("replica", "since", "until", "level") if getattr(query, name) is not None]
    if unanswerable:
        said = f"there is no log search here, so that lines can't be chosen by {', '.join(unanswerable)}"
        raise unsupported(Operation.LOGS, said)
    known = lines(await read())
    wanted = _wanted(known, query)
    for line in wanted if query.tail is None else wanted[len(wanted) - min(query.tail, len(wanted)) :]:
        yield line
    while query.follow:
        await asyncio.sleep(_LOOK_AGAIN)
        now = await _patiently(read, notice) or known
        for line in _wanted(news(known[-_OVERLAP:], now[-_OVERLAP:]), query):
            yield line
        known = now


async def _patiently(read: Callable[[], Awaitable[Any]], notice: Notice) -> list[str]:
    """The whole log, or nothing while the provider does not answer."""
    try:
        return lines(await read())
    except ProviderError as error:
        if error.kind not in _PASSING:
            raise
        notice(f"The log pauses: {error.message}. Asking again.")
        return []


def lines(data: Any) -> list[str]:
    """The lines of a log: one text, or a list of texts or of objects that hold one, perhaps within an object."""
    if isinstance(data, str):
        return data.removesuffix("\n").split("\n") if data else []
    if isinstance(data, list):
        return [line for one in data for line in lines(one)]
    if isinstance(data, Mapping):
        for key in ("logs", "log", "message", "text"):
            if key in data:
                return lines(data[key])
    return []


def _wanted(found: list[str], query: LogQuery) -> list[LogLine]:
    search = (query.search or "").lower()
    return [LogLine(text=line) for line in found if search in line.lower()]


def replicas(data: Any) -> tuple[Replica, ...] | None:
    """The replicas of an answer, None where it has no list of them."""
    items = data.get("replicas") if isinstance(data, Mapping) else data
    if not isinstance(items, list):
        return None
    return tuple(_replica(one) for one in items if isinstance(one, Mapping) and _name(one))


def _replica(one: Mapping[str, Any]) -> Replica:
    stage = text(one.get("status")) or text(one.get("state")) or "unknown"
    return Replica(
        id=_name(one),
        version=text(one.get("version")) or "",
        stage=stage,
        live=stage.lower() in _READY,
        updating=False,
        started_at=text(one.get("created_at")) or text(one.get("start_time")),
    )


def _name(one: Mapping[str, Any]) -> str:
    return text(one.get("name")) or text(one.get("replica_name")) or ""
