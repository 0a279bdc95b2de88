"""Which resources an account refuses, and when they should ask again: not before something that decides it changed."""

import time
from collections import defaultdict
from collections.abc import Callable, Mapping
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
        """Those of the refused whose namespace has other labels by now, as far as it can be read: each is told once."""
        found = set[Key]()
        for by, labels in [*self._refused.get(account, {}).items()]:
            try:
                if labels is not None and await self._labels_of(by.namespace) != labels:
                    found.add(by)
            except KubeError:
                break  # The rest is for the next time, rather than that each waits for an answer.
        for by in found:
            self._refused.get(account, {}).pop(by, None)
        return found

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
