"""Who may see an endpoint's metrics: whoever may `get` the InferenceEndpoint, by the cluster's own rules."""

import asyncio
import hashlib
import secrets
import time
from collections.abc import Callable
from enum import Enum

from inference_operator.kube.access import User, authenticate, may_get_endpoint
from inference_operator.kube.session import Session
from inference_operator.runtime.answer_cache import AnswerCache
from inference_operator.runtime.index import Key

_SECONDS = 10.0
"""How long a right that was taken away, or a token that expired, may still serve."""
_KEPT = 2000
_AT_ONCE = 8
"""Reviews under way: a flood of made-up tokens must not become one on the API server."""


class Access(Enum):
    """What is to be said to a caller."""

    ADMITTED = "admitted"
    REFUSED = "refused"
    UNKNOWN = "unknown"
    """The API server does not take the token."""


class Callers:
    """Judges callers by their tokens, which are neither kept nor shown."""

    def __init__(self, session: Session, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._session = session
        self._salt = secrets.token_bytes(16)
        self._gate = asyncio.Semaphore(_AT_ONCE)
        self._users: AnswerCache[bytes, User | None] = AnswerCache(seconds=_SECONDS, size=_KEPT, clock=clock)
        self._rights: AnswerCache[tuple[bytes, Key], bool] = AnswerCache(seconds=_SECONDS, size=_KEPT, clock=clock)

    async def judge(self, token: str, endpoint: Key) -> Access:
        """Whether the caller may see the endpoint, which need not exist. Raises KubeError where that can't be asked."""
        caller = hashlib.blake2b(token.encode(), key=self._salt).digest()
        user = await self._users.get(caller, lambda: self._authenticate(token))
        if user is None:
            return Access.UNKNOWN
        allowed = await self._rights.get((caller, endpoint), lambda: self._may_get(user, endpoint))
        return Access.ADMITTED if allowed else Access.REFUSED

    async def _authenticate(self, token: str) -> User | None:
        async with self._gate:
            return await authenticate(self._session, token)

    async def _may_get(self, user: User, endpoint: Key) -> bool:
        async with self._gate:
            return await may_get_endpoint(self._session, user, endpoint.namespace, endpoint.name)
