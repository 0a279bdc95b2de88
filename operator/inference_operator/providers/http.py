"""HTTP to a provider: the one module of the providers that imports httpx.

httpx is the interface and aiohttp the transport beneath it (ADR-0002). Reads are retried here and nowhere else, with
jitter; a write is sent once, because only who decided on it can tell whether it may be repeated.
"""

import asyncio
import contextlib
import json
import logging
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from types import TracebackType
from typing import Any, Self

import aiohttp
import httpx
import stamina
from httpx_aiohttp import AiohttpTransport

from inference_operator import __version__, fence
from inference_operator.core.errors import ErrorKind, Operation, ProviderError
from inference_operator.core.waits import wait_of
from inference_operator.providers.base import Limits, OnRequest
from inference_operator.providers.valve import PATIENCE

# Its line for each request has the whole URL, and with it what a vendor wants in the query: its key.
# A filter and not a level: what configures logging after us leaves filters alone.
logging.getLogger("httpx").addFilter(lambda line: not str(line.msg).startswith("HTTP Request:"))

_CONNECT = 5.0
_KEEP_ALIVE = 30.0
_READ_ATTEMPTS = 3
_PAGES_AT_ONCE = 4
"""Pages of lists under way at once, beside all other calls: the account's own, and where a read of one lists."""
_MAX_ANSWER = 32 * 1024 * 1024
_PASSING = frozenset({ErrorKind.UNAVAILABLE, ErrorKind.MALFORMED})


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back. `body` is the parsed JSON, or None where it was none; `text` is the body as text."""

    status: int
    headers: Mapping[str, str]
    body: Any
    text: str


class HttpClient:
    """A pool of connections to one API with one credential.

    Beyond `limits.max_in_flight` calls, further ones wait their turn here and not in the pool, whose own
    waiting grows with the square of the waiters. `params`: what goes into the query of each call.
    """

    def __init__(
        self,
        *,
        base_url: str,
        headers: Mapping[str, str],
        limits: Limits,
        on_request: OnRequest,
        params: Mapping[str, str] | None = None,
    ) -> None:
        self._gate = asyncio.Semaphore(limits.max_in_flight)
        self._beside = asyncio.Semaphore(_PAGES_AT_ONCE)
        self._closed = False
        self._limits = limits
        self._valve = limits.valve
        self._on_request = on_request
        self._client = httpx.AsyncClient(
            base_url=base_url,
            headers={
                "User-Agent": f"inference-operator/{__version__}",
                "Accept": "application/json",
                **headers,
            },
            params=params,
            timeout=httpx.Timeout(limits.timeout, connect=min(_CONNECT, limits.timeout), pool=None),
            transport=AiohttpTransport(verify=_tls(), client=lambda: _session(limits)),
            follow_redirects=False,
            trust_env=False,
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Close the pool, once what is under way or in line has its answer. What comes after that is not sent."""
        held: list[asyncio.Semaphore] = []
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self._limits.timeout):
                for place in [self._gate] * self._limits.max_in_flight + [self._beside] * _PAGES_AT_ONCE:
                    await place.acquire()
                    held.append(place)
        self._closed = True
        await self._client.aclose()
        for place in held:
            place.release()

    async def read(
        self,
        operation: Operation,
        path: str,
        *,
        params: Mapping[str, str] | None = None,
        page: int | None = None,
    ) -> Answer:
        """GET, retried a few times while the provider does not answer or answers with a server error.

        `page`: of the account's own list, from 1, which stands in no line, for it is what finds out that the provider
        answers again. The first comes at a beat of its own. Those after it keep to the pace, and one that came
        too early is sent again when it may, rather than to lose what was read before.
        """
        retries = stamina.AsyncRetryingCaller(
            attempts=_READ_ATTEMPTS, wait_initial=0.2, wait_max=2.0, wait_jitter=0.3
        ).on(self._passes)
        attempts = _READ_ATTEMPTS if page and page > 1 else 1
        try:
            while True:
                attempts -= 1
                answer = await retries(self._read_once, operation, path, params, page)
                if answer.status != httpx.codes.TOO_MANY_REQUESTS or not attempts or not await self._may_ask_again():
                    return answer
        except _ServerError as error:
            return error.answer

    async def _may_ask_again(self) -> bool:
        return self._valve is None or await self._valve.may_ask_again()

    async def _read_once(
        self, operation: Operation, path: str, params: Mapping[str, str] | None, page: int | None
    ) -> Answer:
        answer = await self._send(operation, "GET", path, params=params, page=page)
        if answer.status >= httpx.codes.INTERNAL_SERVER_ERROR and answer.status != httpx.codes.NOT_IMPLEMENTED:
            raise _ServerError(answer)
        return answer

    async def write(self, operation: Operation, method: str, path: str, body: Any = None) -> Answer:
        """Send once. Raises AMBIGUOUS where no answer came: it may or may not have been carried out.

        Raises NOT_LEADING where it was not begun, because `Limits.may_write` said no.
        """
        return await self._send(operation, method, path, body=body)

    async def _send(
        self,
        operation: Operation,
        method: str,
        path: str,
        *,
        params: Mapping[str, str] | None = None,
        body: Any = None,
        page: int | None = None,
    ) -> Answer:
        async with self._gate if page is None else self._beside:
            if self._closed:
                # One that was between two tries when the connection was exchanged for another.
                raise ProviderError(ErrorKind.UNAVAILABLE, operation, "the account is being connected anew", sent=False)
            if self._valve is not None and page is None:
                await self._valve.pass_through(operation)
            elif self._valve is not None and page != 1:
                await self._valve.pass_as_page()
            started, code = time.monotonic(), 0
            try:
                # httpx counts from one piece of an answer to the next: one that drips would never be too late.
                async with asyncio.timeout(self._limits.timeout):
                    response = await self._client.request(method, path, params=params, json=body)
                code = response.status_code
                self._heard(code, response.headers)
                return _answer(response)
            except (fence.Refused, httpx.HTTPError, httpx.InvalidURL, aiohttp.ClientError, OSError) as error:
                if not fence.was_refused(error):
                    self._heard(0, {})
                raise _unanswered(operation, method, error) from None
            finally:
                self._on_request(operation.value, code, time.monotonic() - started)

    def _passes(self, error: Exception) -> bool:
        """Whether the next try may go well. What failed several times in a row waits for the next read instead."""
        if self._valve is not None and self._valve.breaker.failed >= _READ_ATTEMPTS:
            return False
        if isinstance(error, _ServerError):
            return (wait_of(error.answer.status, error.answer.headers, now=datetime.now(UTC)) or 0.0) <= PATIENCE
        return isinstance(error, ProviderError) and error.kind in _PASSING

    def _heard(self, status: int, headers: Mapping[str, str]) -> None:
        if self._valve is not None:
            self._valve.heard(status, headers)


class _ServerError(Exception):
    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.status)
        self.answer = answer


@cache
def _tls() -> ssl.SSLContext:
    """One for all accounts: reading the certificates of the authorities takes 20 ms each time."""
    return ssl.create_default_context()


def _session(limits: Limits) -> aiohttp.ClientSession:
    session = aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=limits.max_in_flight + _PAGES_AT_ONCE, keepalive_timeout=_KEEP_ALIVE),
        trace_configs=[fence.trace(limits.may_write, is_write=lambda method, _: method != "GET")],
    )
    # aiohttp sends PUT and DELETE a second time where the first got no answer; only who decided on a write may do that.
    # It has no public switch; tests/providers/test_http.py fails should this one go.
    session._retry_connection = False
    return session


def _unanswered(operation: Operation, method: str, error: Exception) -> ProviderError:
    if fence.was_refused(error):
        return ProviderError(ErrorKind.NOT_LEADING, operation, "this process does not lead, so nothing was sent")
    # The error's own text may carry the URL, and with it what a provider puts into its query.
    kind = ErrorKind.UNAVAILABLE if method == "GET" else ErrorKind.AMBIGUOUS
    # The transport makes a refused connection a timeout as well; what it was before tells.
    timed_out = isinstance(error, TimeoutError) or isinstance(error.__cause__, TimeoutError)
    return ProviderError(kind, operation, "no answer in time" if timed_out else "the connection failed or was dropped")


def _answer(response: httpx.Response) -> Answer:
    text = response.text[:_MAX_ANSWER]
    try:
        body = json.loads(text) if text else None
    except (ValueError, RecursionError):
        body = None
    return Answer(response.status_code, response.headers, body, text)
