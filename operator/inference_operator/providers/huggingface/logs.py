"""The log of an endpoint: the searchable one (v3), and the plain text (v2) where the vendor has no search.

Both are followed by asking again, as neither promises a stream that stays open.
"""

import asyncio
from collections.abc import AsyncIterator
from http import HTTPStatus
from typing import Protocol

from inference_operator.core.errors import ErrorKind, Operation, ProviderError
from inference_operator.core.insight import LogLine, LogQuery, Notice
from inference_operator.providers.growing import news
from inference_operator.providers.http import HttpClient
from inference_operator.providers.huggingface.errors import error_of
from inference_operator.providers.huggingface.log_page import LogPage, log_page

_PAGE = 1000
_LARGEST_PAGE = 5000
_OVERLAP = 1000
"""How many lines of plain text are compared to tell which are new."""
_LOOK_AGAIN = 2.0
_PASSING = frozenset({ErrorKind.UNAVAILABLE, ErrorKind.RATE_LIMITED})

_NO_SEARCH = "The provider has no log search here: these are plain lines, without time, replica and level."


class _Log(Protocol):
    complete: bool
    """Whether all that there was when last asked is read."""

    async def beginning(self) -> list[LogLine]: ...

    async def more(self) -> list[LogLine]: ...


async def read_log(
    http: HttpClient, *, searchable: str, plain: str, query: LogQuery, notice: Notice
) -> AsyncIterator[LogLine]:
    """The lines that were asked for; `searchable` and `plain` are the paths of the two logs."""
    log: _Log = SearchableLog(http, searchable, query)
    try:
        page = await log.beginning()
    except ProviderError as error:
        if error.status != HTTPStatus.NOT_IMPLEMENTED:
            raise
        log = PlainLog(http, plain, query)
        page = await log.beginning()
        notice(_NO_SEARCH)
    async for line in _onwards(log, page, query, notice):
        yield line


async def _onwards(log: _Log, page: list[LogLine], query: LogQuery, notice: Notice) -> AsyncIterator[LogLine]:
    while True:
        for line in page:
            yield line
        if not log.complete:
            page = await log.more()
        elif query.follow:
            await asyncio.sleep(_LOOK_AGAIN)
            page = await _patiently(log, notice)
        else:
            return


async def _patiently(log: _Log, notice: Notice) -> list[LogLine]:
    """What is new; while the provider does not answer, it is asked again."""
    told = False
    while True:
        try:
            return await log.more()
        except ProviderError as error:
            if error.kind not in _PASSING:
                raise
            if not told:
                notice(f"The log pauses: {error.message}. Asking again.")
            told = True
            await asyncio.sleep(max(_LOOK_AGAIN, error.retry_after or 0))


class SearchableLog:
    """The v3 log: the vendor filters, and pages by cursors."""

    def __init__(self, http: HttpClient, path: str, query: LogQuery) -> None:
        self._http = http
        self._path = path
        self._tail = query.tail
        self._filters = _filters(query)
        self._position: dict[str, str] = {}
        self._seen: frozenset[LogLine] = frozenset()
        self.complete = False

    async def beginning(self) -> list[LogLine]:
        """The first lines, or the last `tail`."""
        return await self.more() if self._tail is None else await self._last(self._tail)

    async def more(self) -> list[LogLine]:
        """The lines after those that were read."""
        page = await self._page(order="asc", limit=str(_PAGE), **self._position)
        fresh = [line for line in page.lines if line not in self._seen]
        stuck = page.after is not None and page.after == self._position.get("after")
        self.complete = page.last or stuck or not fresh
        self._pass(page)
        return fresh

    async def _last(self, count: int) -> list[LogLine]:
        limit = str(min(max(count, 1), _LARGEST_PAGE))
        page = await self._page(order="desc", limit=limit)
        self._pass(page)
        self.complete = True
        found = [*page.lines]
        while len(found) < count and page.before is not None and page.lines:
            page = await self._page(order="desc", limit=limit, before=page.before)
            found[:0] = page.lines
        # The vendor may exceed the limit within one millisecond.
        return found[len(found) - min(count, len(found)) :]

    async def _page(self, **position: str) -> LogPage:
        answer = await self._http.read(Operation.LOGS, self._path, params={**self._filters, **position})
        if answer.status != HTTPStatus.OK:
            raise error_of(Operation.LOGS, answer)
        return log_page(answer)

    def _pass(self, page: LogPage) -> None:
        """Go on behind this page: at its cursor, or where there is none at its last moment, knowing what was there."""
        if page.after is not None:
            self._position, self._seen = {"after": page.after}, frozenset()
        elif page.lines and (last := page.lines[-1].timestamp):
            self._position = {"since": last}
            self._seen = frozenset(line for line in page.lines if line.timestamp == last)


class PlainLog:
    """The v2 log: text without times, searched here.

    Raises UNSUPPORTED where the query needs what plain lines do not tell.
    """

    complete = True

    def __init__(self, http: HttpClient, path: str, query: LogQuery) -> None:
        unanswerable = [name for name in ("since", "until", "level") if getattr(query, name) is not None]
        if unanswerable:
            raise ProviderError(
                ErrorKind.UNSUPPORTED,
                Operation.LOGS,
                f"there is no log search here, so that lines can't be chosen by {', '.join(unanswerable)}",
                status=HTTPStatus.NOT_IMPLEMENTED,
            )
        self._http = http
        self._path = path
        self._query = query
        self._known: list[str] = []

    async def beginning(self) -> list[LogLine]:
        """The whole log, or the last `tail` lines of what was searched for."""
        tail = self._query.tail
        lines = await self._read(None if tail is None or self._query.search else max(tail, _OVERLAP))
        self._known = lines[-_OVERLAP:]
        wanted = self._wanted(lines)
        return wanted if tail is None else wanted[len(wanted) - min(tail, len(wanted)) :]

    async def more(self) -> list[LogLine]:
        """The lines after those that were read."""
        lines = await self._read(_OVERLAP)
        fresh, self._known = news(self._known, lines), lines
        return self._wanted(fresh)

    async def _read(self, tail: int | None) -> list[str]:
        params = {"tail": str(tail)} if tail is not None else {}
        if self._query.replica is not None:
            params["replica"] = self._query.replica
        answer = await self._http.read(Operation.LOGS, self._path, params=params)
        if answer.status != HTTPStatus.OK:
            raise error_of(Operation.LOGS, answer)
        return answer.text.removesuffix("\n").split("\n") if answer.text else []

    def _wanted(self, lines: list[str]) -> list[LogLine]:
        search = (self._query.search or "").lower()
        return [LogLine(text=line, replica=self._query.replica or "") for line in lines if search in line.lower()]


def _filters(query: LogQuery) -> dict[str, str]:
    asked = {
        "replica": query.replica,
        "level": query.level,
        "search": query.search,
        "since": query.since.isoformat() if query.since else None,
        "until": query.until.isoformat() if query.until else None,
    }
    return {key: value for key, value in asked.items() if value is not None}
