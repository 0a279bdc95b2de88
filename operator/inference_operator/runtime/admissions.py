"""Which resources an account refuses, and when they should ask again: not before something that decides it changed."""

import asyncio
import contextlib
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from typing import Final

from inference_operator.api.account import ClusterInferenceAccountSpec
from inference_operator.api.endpoint import EndpointSpec
from inference_operator.core import account as decisions
from inference_operator.core import account_refusals as refusals
from inference_operator.core.failures import Failure
from inference_operator.kube import paths
from inference_operator.kube.errors import KubeError
from inference_operator.kube.session import Session
from inference_operator.runtime.account import Account
from inference_operator.runtime.answer_cache import AnswerCache
from inference_operator.runtime.index import Key

LABELS_AGE: Final = 10.0
"""Seconds for which the labels of a namespace that were read serve everything in it."""

AT_ONCE: Final = 10
"""Namespaces whose labels one look at an account reads again."""

_NAMESPACES: Final = 10_000

Labels = Mapping[str, str]


class Admissions:
    """Decides who may use an account, and remembers whom it refused and by which labels of their namespace.

    `clock`: monotonic seconds.
    """

    def __init__(self, session: Session, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._session = session
        self._refused: dict[Key, dict[Key, Labels | None]] = defaultdict(dict)
        self._labels = AnswerCache[str, Labels](seconds=LABELS_AGE, size=_NAMESPACES, clock=clock)

    async def refusal(self, account: Account, by: Key, spec: EndpointSpec, *, bound: bool) -> Failure | None:
        """Why a resource may not use an account, None where it may. Raises `KubeError`."""
        labels = await self._labels_for(account, by.namespace)
        refusal = _refusal(account, by, spec, bound=bound, labels=labels or {})
        if refusal is None:
            self._refused[account.key].pop(by, None)
        else:
            self._refused[account.key][by] = labels
        return refusal

    def refused(self, account: Key) -> set[Key]:
        """Whom an account refused."""
        return set(self._refused.get(account, ()))

    def withdraw(self, account: Key) -> set[Key]:
        """The account is another now, or gone: whom it refused may ask again."""
        return set(self._refused.pop(account, ()))

    def forget(self, by: Key) -> None:
        """A resource is gone."""
        for refused in self._refused.values():
            refused.pop(by, None)

    async def relabelled(self, account: Key) -> set[Key]:
        """Those of the refused whose namespace has other labels by now, as far as it can be read: each is told once.

        A few namespaces each time, by turns: the refused ask again by themselves too, and nobody is to wait for them.
        """
        refused = self._refused.get(account, {})
        namespaces = dict.fromkeys(by.namespace for by, labels in refused.items() if labels is not None)
        read = await self._readable(turn := [*namespaces][:AT_ONCE])
        found = set[Key]()
        for by in [by for by in refused if by.namespace in turn]:
            labels = refused.pop(by)
            if labels is None or read.get(by.namespace, labels) == labels:
                refused[by] = labels  # At the end: next time it is the others' turn.
            else:
                found.add(by)
        return found

    async def _readable(self, namespaces: Iterable[str]) -> dict[str, Labels]:
        read = dict[str, Labels]()

        async def one(namespace: str) -> None:
            with contextlib.suppress(KubeError):
                read[namespace] = await self._labels_of(namespace)

        await asyncio.gather(*map(one, namespaces))
        return read

    async def _labels_for(self, account: Account, namespace: str) -> Labels | None:
        """The labels of a namespace, None where they decide nothing."""
        spec = account.spec
        if isinstance(spec, ClusterInferenceAccountSpec) and decisions.goes_by_labels(spec, namespace):
            return await self._labels_of(namespace)
        return None

    async def _labels_of(self, namespace: str) -> Labels:
        async def ask() -> Labels:
            obj = await self._session.get(paths.namespace(namespace))
            return obj["metadata"].get("labels") or {}

        return await self._labels.get(namespace, ask)


def _refusal(account: Account, by: Key, spec: EndpointSpec, *, bound: bool, labels: Labels) -> Failure | None:
    name, declared = account.key.name, account.spec
    if account.leaving and not bound:
        return refusals.leaving(name)
    if declared.provider_key != spec.provider_key:
        return refusals.other_provider(name, serves=declared.provider_key, wanted=spec.provider_key)
    if not isinstance(declared, ClusterInferenceAccountSpec) or decisions.admits(declared, by.namespace, labels):
        return None
    return refusals.not_allowed(name, by.namespace)
