"""The operator's rights in a namespace, where `run --namespace` has them by a RoleBinding in that very namespace.

A namespace that is deleted loses its RoleBindings within seconds, unless they hold a finalizer (seen with Kubernetes
1.34). With its rights the operator would lose the way to let go of the endpoints there, and the namespace would never
end. So its RoleBinding holds the finalizer `in-use` while anything else there does, and loses it last.
"""

import asyncio
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Final

from inference_operator.api.names import ACCOUNT_KIND, IN_USE_FINALIZER, ROLE_BINDING
from inference_operator.kube import finalizer, paths
from inference_operator.kube.errors import Forbidden, KubeError, NotFound
from inference_operator.kube.session import Session
from inference_operator.runtime.background import background
from inference_operator.runtime.handlers import Sight
from inference_operator.runtime.index import Object, is_held
from inference_operator.runtime.telemetry.logging import get_logger

_log = get_logger(__name__)

PERIOD: Final = 2.0
"""Seconds between two looks at what is known; the API server is asked only where something changed."""

_TAKING: Final = 10.0
# Seconds for which a namespace counts as in use from the moment that an endpoint there is about to be held.


class Rights:
    """Keeps the RoleBinding in each of `namespaces` while it is needed there. `clock`: monotonic seconds.

    Where there is none, as where a ClusterRoleBinding gives the rights, nothing is kept.
    """

    def __init__(
        self, session: Session, sight: Sight, namespaces: Sequence[str], *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._session = session
        self._sight = sight
        self._clock = clock
        self._asked = dict.fromkeys(namespaces, float("-inf"))
        self._held: dict[str, bool] = {}
        self._one_at_a_time = asyncio.Lock()

    async def keep(self, namespace: str) -> None:
        """Keep the rights in a namespace: an endpoint there is about to be held. Raises `KubeError`."""
        if namespace not in self._asked:
            return
        self._asked[namespace] = self._clock()
        async with self._one_at_a_time:
            if not self._held.get(namespace):
                await self._put_on(namespace)

    async def look(self) -> None:
        """Keep the rights where something is held, and give them up where nothing is any more."""
        if not self._asked:
            return
        holding = self._sight.holding()
        for namespace in self._asked:
            needed = namespace in holding or self._clock() - self._asked[namespace] < _TAKING
            if self._held.get(namespace) is needed:
                continue
            try:
                async with self._one_at_a_time:
                    await (self._put_on(namespace) if needed else self._take_off(namespace))
            except KubeError as error:
                _log.warning("the RoleBinding of a namespace not updated", namespace=namespace, error=str(error))

    def running(self) -> AbstractAsyncContextManager[asyncio.Task[None]]:
        """Look every `PERIOD` until the block ends."""
        return background(self._run(), "rights")

    async def _run(self) -> None:
        while True:
            await self.look()
            await asyncio.sleep(PERIOD)

    async def _put_on(self, namespace: str) -> None:
        binding = await self._find(namespace)
        if binding is not None:
            await finalizer.add(self._session, _path(namespace), obj=binding, finalizer=IN_USE_FINALIZER)
        self._held[namespace] = True

    async def _take_off(self, namespace: str) -> None:
        binding = await self._find(namespace)
        if binding is not None and IN_USE_FINALIZER in (binding["metadata"].get("finalizers") or ()):
            if await self._is_in_use(namespace):
                return  # What is known lags behind: the next look is at more.
            await finalizer.remove(self._session, _path(namespace), obj=binding, finalizer=IN_USE_FINALIZER)
        self._held[namespace] = False

    async def _find(self, namespace: str) -> Object | None:
        try:
            return await self._session.get(_path(namespace))
        except (Forbidden, NotFound):
            return None

    async def _is_in_use(self, namespace: str) -> bool:
        """What the API server says: nobody could give the rights back."""
        collections = (paths.endpoints(namespace), paths.accounts(ACCOUNT_KIND, namespace))
        return any([_holds_any(await self._session.list(path)) for path in collections])


def _holds_any(objects: Iterable[Object]) -> bool:
    return any(is_held(obj) for obj in objects)


def _path(namespace: str) -> str:
    return paths.role_binding(namespace, ROLE_BINDING)
