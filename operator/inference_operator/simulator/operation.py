"""One named HTTP operation: journal, fault injection and handler, in the order a real server meets them."""

import asyncio
import inspect
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from starlette.datastructures import Headers, QueryParams
from starlette.requests import Request as HttpRequest
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from inference_operator.simulator import connection
from inference_operator.simulator.clock import Clock
from inference_operator.simulator.errors import ApiError, error_response
from inference_operator.simulator.faults import Fault, FaultPlan
from inference_operator.simulator.journal import Journal, Request
from inference_operator.simulator.tokens import Caller, Tokens, bearer


@dataclass(frozen=True, slots=True)
class Call:
    """A request as handlers see it. `caller` is None without a valid token."""

    path: Mapping[str, str]
    query: QueryParams
    headers: Headers
    body: bytes
    caller: Caller | None

    @property
    def namespace(self) -> str:
        """The namespace named by the path."""
        return self.path["namespace"]

    @property
    def name(self) -> str:
        """The endpoint named by the path."""
        return self.path["name"]


Handler = Callable[[Call], Response | Awaitable[Response]]
Named = Callable[[str, Any], str]


@dataclass(frozen=True)
class Bench:
    """What every simulated provider shares: time, tokens, faults, journal."""

    clock: Clock = field(default_factory=Clock)
    tokens: Tokens = field(default_factory=Tokens)
    faults: FaultPlan = field(default_factory=FaultPlan)
    journal: Journal = field(default_factory=Journal)


class Operation:
    """A named operation: notes the request, lets a fault strike, else answers with its handler.

    `named`: the name of one call, where the body says more of it than path and method.
    """

    def __init__(self, name: str, handler: Handler, bench: Bench, *, named: Named | None = None) -> None:
        self.name = name
        self._named = named or (lambda name, _body: name)
        self._handler = handler
        self._bench = bench

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request as an ASGI application."""
        http = HttpRequest(scope, receive)
        body = await http.body()
        token = bearer(http.headers.get("authorization"))
        caller = self._bench.tokens.find(token)
        call = Call(path=http.path_params, query=http.query_params, headers=http.headers, body=body, caller=caller)
        entry = self._entry(http, call)
        self._bench.journal.open(entry)
        fault = self._bench.faults.strike(
            operation=entry.operation, namespace=entry.namespace, name=entry.name, user=entry.user, token=token
        )
        response = await self._answer(call, fault, entry)
        if response is None:
            await (connection.reset if fault and fault.action == "drop" else connection.silence)(scope, receive)
            return
        self._bench.journal.close(entry, response.status_code)
        if fault and fault.action == "truncate":
            await connection.truncate(response, scope, receive, send)
        else:
            await response(scope, receive, send)

    def _entry(self, http: HttpRequest, call: Call) -> Request:
        body = _readable(call.body)
        return Request(
            time=self._bench.clock.now(),
            operation=self._named(self.name, body),
            method=http.method,
            path=http.url.path,
            namespace=call.path.get("namespace"),
            name=call.path.get("name"),
            query={name: value for name, value in call.query.items() if name != "apikey"},
            user=call.caller.user if call.caller else None,
            body=body,
        )

    async def _answer(self, call: Call, fault: Fault | None, entry: Request) -> Response | None:
        if fault is None:
            return await self._handle(call)
        entry.fault = fault.action
        await asyncio.sleep(fault.delay)
        carried_out = fault.when == "after" or fault.action in {"delay", "truncate"}
        response = await self._handle(call) if carried_out else None
        return _fault_response(fault, response)

    async def _handle(self, call: Call) -> Response:
        try:
            answer = self._handler(call)
            return await answer if inspect.isawaitable(answer) else answer
        except ApiError as error:
            return error_response(error)


def _fault_response(fault: Fault, response: Response | None) -> Response | None:
    if fault.action in {"drop", "hang"}:
        return None
    if fault.action != "error":
        return response
    if fault.text is not None:
        return PlainTextResponse(fault.text, status_code=fault.status, headers=fault.error_headers())
    return JSONResponse(fault.error_body(), status_code=fault.status, headers=fault.error_headers())


def _readable(body: bytes) -> Any:
    try:
        return json.loads(body) if body else None
    except (ValueError, RecursionError):
        return body.decode(errors="replace")


class Resource:
    """One path: its operations by HTTP method, and 405 with `Allow` for every other method."""

    def __init__(self, operations: Mapping[str, Operation]) -> None:
        self._operations = operations

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request as an ASGI application."""
        app = self._operations.get(scope["method"]) or self._operations.get("*")
        if app is not None:
            await app(scope, receive, send)
            return
        refusal = error_response(ApiError(405, "Method Not Allowed"))
        refusal.headers["Allow"] = ", ".join(sorted(self._operations))
        await refusal(scope, receive, send)


def route(path: str, operations: Mapping[str, Operation]) -> Route:
    """Return the route of a path with all its methods."""
    return Route(path, endpoint=Resource(operations))
