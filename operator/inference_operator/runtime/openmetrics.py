"""`/openmetrics/{namespace}/{name}`: what the provider measures of one endpoint, passed on to Prometheus.

Off unless asked for, because it lets callers cause calls to the provider. What it answers comes from the provider at
most every 15 s for each endpoint, however many ask (invariant I5), and only to who may `get` the InferenceEndpoint.
"""

import re
import time
from collections.abc import Callable

from aiohttp import web
from pydantic import ValidationError

from inference_operator.api.endpoint import EndpointSpec
from inference_operator.api.names import ENDPOINT_KIND
from inference_operator.api.status import EndpointStatus
from inference_operator.core import account as decisions
from inference_operator.core import account_refusals as refusals
from inference_operator.core import redact
from inference_operator.core.errors import ErrorKind, ProviderError
from inference_operator.core.failures import Failure
from inference_operator.core.snapshot import AccountAddress
from inference_operator.core.text import plain
from inference_operator.kube.errors import KubeError
from inference_operator.providers.base import Connection
from inference_operator.runtime.account import Account
from inference_operator.runtime.accounts import Accounts
from inference_operator.runtime.answer_cache import AnswerCache
from inference_operator.runtime.callers import Access, Callers
from inference_operator.runtime.index import Index, Key, Object

SECONDS = 15.0
"""How long an answer of the provider serves, an error as well as a text."""
_KEPT = 1000
_PASSING = frozenset({ErrorKind.RATE_LIMITED, ErrorKind.UNAVAILABLE})
_BEARER = re.compile(r"bearer +([A-Za-z0-9._~+/-]+=*) *", re.IGNORECASE)
"""RFC 6750, section 2.1."""
_WORDS = re.compile(r'"(?:[^"\\\n]|\\.)*"|^#.*$', re.MULTILINE)
"""Label values and comments. Samples and their times are left alone: a secret may be 123456, and so may they."""

_END = "# EOF"
_OPEN_METRICS = "application/openmetrics-text; version=1.0.0; charset=utf-8"
_PROMETHEUS = "text/plain; version=0.0.4; charset=utf-8"


class OpenMetrics:
    """Answers scrapes of single endpoints. `leads`: a standby has no connection to any provider."""

    def __init__(
        self,
        *,
        callers: Callers,
        index: Index,
        accounts: Accounts,
        leads: Callable[[], bool] = lambda: True,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._callers = callers
        self._index = index
        self._accounts = accounts
        self._leads = leads
        self._answers: AnswerCache[tuple[AccountAddress, str], str | ProviderError] = AnswerCache(
            seconds=SECONDS, size=_KEPT, clock=clock
        )

    def routes(self) -> list[web.RouteDef]:
        """What to serve."""
        return [web.get("/openmetrics/{namespace}/{name}", self._serve)]

    async def _serve(self, request: web.Request) -> web.Response:
        key = Key(ENDPOINT_KIND, request.match_info["namespace"], request.match_info["name"])
        try:
            # Before any look at the endpoint: who may not see it must not learn whether there is one.
            await self._admit(request, key)
            connection, place, name = await self._remote(key)
        except KubeError as error:
            raise web.HTTPServiceUnavailable(text=f"The API server could not be asked: {error.reason}.\n") from None
        answer = await self._answers.get((place, name), lambda: _ask(connection, name))
        if isinstance(answer, ProviderError):
            raise _failed(answer)
        return web.Response(body=answer.encode(), headers={"Content-Type": _content_type(answer)})

    async def _admit(self, request: web.Request, key: Key) -> None:
        given = _BEARER.fullmatch(request.headers.get("Authorization", ""))
        if given is None:
            raise _unauthorized("Bearer", "Send the token of a ServiceAccount or user as a bearer token.")
        access = await self._callers.judge(given[1], key)
        if access is Access.UNKNOWN:
            raise _unauthorized('Bearer error="invalid_token"', "The API server does not take this token.")
        if access is not Access.ADMITTED:
            raise web.HTTPForbidden(text="This token may not get the InferenceEndpoint.\n")

    async def _remote(self, key: Key) -> tuple[Connection, AccountAddress, str]:
        if not self._leads():
            raise web.HTTPServiceUnavailable(text="This replica is on standby: scrape the one that leads.\n")
        obj = self._index.get(key)
        if obj is None:
            raise web.HTTPNotFound(text="There is no such InferenceEndpoint.\n")
        spec, status = _parsed(obj)
        account = await self._accounts.resolve(key, spec, status)
        if isinstance(account, Failure):
            raise _unusable(account)
        name = _remote_name(account, spec, status, key.name)
        connection, place = _connection(account)
        if status.remote_ref is not None and (elsewhere := refusals.leads_elsewhere(status.remote_ref, place)):
            raise _unusable(elsewhere)
        return connection, place, name


def _parsed(obj: Object) -> tuple[EndpointSpec, EndpointStatus]:
    try:
        return EndpointSpec.from_json(obj.get("spec") or {}), EndpointStatus.from_json(obj.get("status") or {})
    except ValidationError:
        raise _unreadable() from None


def _remote_name(account: Account, spec: EndpointSpec, status: EndpointStatus, name: str) -> str:
    """The name that the binding says; what is only observed has none, and goes by the declared name."""
    if status.remote_ref is not None:
        return status.remote_ref.name
    if decisions.policy(spec, account.spec.defaults, cap=None).observes_only:
        try:
            return account.plugin.desired(spec, name=name, effective=None).name
        except ValueError:
            raise _unreadable() from None
    raise web.HTTPNotFound(text="The InferenceEndpoint has no remote endpoint yet.\n")


def _connection(account: Account) -> tuple[Connection, AccountAddress]:
    failure, connection, place = account.failure, account.connection, account.address
    if failure is not None and (failure.terminal or connection is None):
        raise _unusable(failure)
    if connection is None or place is None:
        raise web.HTTPServiceUnavailable(text="The account is not connected yet.\n")
    return connection, place


async def _ask(connection: Connection, name: str) -> str | ProviderError:
    try:
        text = await connection.open_metrics(name)
    except ProviderError as error:
        return error
    known: dict[str, str] = {}
    return _WORDS.sub(lambda found: known.get(found[0]) or known.setdefault(found[0], redact.text(found[0])), text)


def _content_type(text: str) -> str:
    # The vendor says text/plain for both; a parser of one takes the times of the other for something else.
    return _OPEN_METRICS if text.rstrip().endswith(_END) else _PROMETHEUS


def _unreadable() -> web.HTTPServiceUnavailable:
    return web.HTTPServiceUnavailable(text="The stored object is not what the schema admits.\n")


def _unauthorized(challenge: str, why: str) -> web.HTTPUnauthorized:
    return web.HTTPUnauthorized(text=f"{why}\n", headers={"WWW-Authenticate": challenge})


def _unusable(failure: Failure) -> web.HTTPServiceUnavailable:
    return web.HTTPServiceUnavailable(text=f"{plain(failure.message)}\n")


def _failed(error: ProviderError) -> web.HTTPException:
    answered = f"The provider answered {error.status}" if error.status else "The provider could not be asked"
    line = f"{plain(f'{answered}: {error.message}')}\n"
    if error.kind not in _PASSING:
        return web.HTTPBadGateway(text=line)
    wait = {"Retry-After": f"{error.retry_after:.0f}"} if error.retry_after else {}
    return web.HTTPServiceUnavailable(text=line, headers=wait)
