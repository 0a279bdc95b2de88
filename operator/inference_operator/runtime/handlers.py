"""The kopf handlers: they pass on what was seen, and decide nothing.

Only `on.event` is used: it writes nothing to the objects, keeps no state on them and starts no task for each
(ADR-0001).
"""

from dataclasses import dataclass, field
from typing import Any, cast

import kopf

from inference_operator.api.names import (
    ACCOUNT_PLURAL,
    CLUSTER_ACCOUNT_PLURAL,
    ENDPOINT_KIND,
    ENDPOINT_PLURAL,
    GROUP,
    VERSION,
)
from inference_operator.kube.session import login
from inference_operator.runtime.accounts import Accounts
from inference_operator.runtime.index import Brief, Index, Key, Object, is_held
from inference_operator.runtime.queue import WorkQueue


@dataclass(slots=True)
class Sight:
    """What the handlers tell. A standby only keeps it, so that all is at hand once it leads: `begin`."""

    index: Index
    accounts: Accounts
    queue: WorkQueue[Key]
    _leading: bool = field(default=False, init=False)
    _accounts: dict[Key, Object] = field(default_factory=dict, init=False)

    def begin(self) -> None:
        """This process leads: the accounts seen so far are observed, and the endpoints looked at."""
        self._leading = True
        for obj in list(self._accounts.values()):
            self.accounts.changed(obj)
        for key in self.index.briefs(ENDPOINT_KIND):
            self.queue.add(key)

    def endpoint(self, obj: Object) -> None:
        """An endpoint was seen."""
        key = Key.of(obj)
        known, is_news = self.index.brief(key), self.index.put(obj)
        if self._leading and is_news and _asks_for_work(known, self.index.brief(key)):
            self.queue.forget(key)
            self.queue.add(key, priority=known is not None)

    def endpoint_gone(self, key: Key, uid: str) -> None:
        """An endpoint is gone. Nothing orders that against the coming of another one of its name."""
        known = self.index.brief(key)
        if known is not None and known.uid != uid:
            return
        self.index.drop(key)
        if self._leading:
            self.accounts.release(key)
            self.queue.add(key)

    def known(self, kind: str) -> dict[Key, Brief]:
        """All that was seen of a kind and is not gone."""
        if kind == ENDPOINT_KIND:
            return self.index.briefs(kind)
        return {key: Brief.of(obj) for key, obj in self._accounts.items() if key.kind == kind}

    def holding(self) -> set[str]:
        """The namespaces in which something is held, one pass over all: it is asked every other second."""
        return self.index.holding() | {key.namespace for key, obj in self._accounts.items() if is_held(obj)}

    async def gone(self, key: Key, uid: str) -> None:
        """An object of either kind is gone."""
        if key.kind == ENDPOINT_KIND:
            self.endpoint_gone(key, uid)
        else:
            await self.account_gone(key, uid)

    def account(self, obj: Object) -> None:
        """An account was seen."""
        self._accounts[Key.of(obj)] = obj
        if self._leading:
            self.accounts.changed(obj)

    async def account_gone(self, key: Key, uid: str) -> None:
        """An account is gone."""
        known = self._accounts.get(key)
        if known is not None and known["metadata"].get("uid", "") != uid:
            return
        self._accounts.pop(key, None)
        if self._leading:
            await self.accounts.gone(key)


def register(registry: kopf.OperatorRegistry, sight: Sight, *, cluster_accounts: bool = True) -> None:
    """Put the handlers into kopf's registry: it watches what they are for, with `cluster_accounts` those too."""

    @kopf.on.event(GROUP, VERSION, ENDPOINT_PLURAL, registry=registry)
    async def endpoint(event: kopf.RawEvent, **_: Any) -> None:
        obj = cast("Object", event["object"])
        if event["type"] == "DELETED":
            sight.endpoint_gone(Key.of(obj), obj["metadata"].get("uid", ""))
        else:
            sight.endpoint(obj)

    @kopf.on.event(GROUP, VERSION, ACCOUNT_PLURAL, registry=registry)
    async def account(event: kopf.RawEvent, **_: Any) -> None:
        obj = cast("Object", event["object"])
        if event["type"] == "DELETED":
            await sight.account_gone(Key.of(obj), obj["metadata"].get("uid", ""))
        else:
            sight.account(obj)

    if cluster_accounts:
        kopf.on.event(GROUP, VERSION, CLUSTER_ACCOUNT_PLURAL, registry=registry)(account)


def register_login(registry: kopf.OperatorRegistry, kubeconfig: str | None) -> None:
    """Let kopf log in as the rest of the operator does; it asks again when the API server no longer accepts that."""

    @kopf.on.login(registry=registry)
    async def log_in(**_: Any) -> kopf.ConnectionInfo:
        facts = await login(kubeconfig)
        return kopf.ConnectionInfo(
            server=facts.server,
            token=facts.token,
            scheme="Bearer" if facts.token else None,
            ca_path=facts.ca_path,
            certificate_path=facts.certificate_path,
            private_key_path=facts.private_key_path,
            insecure=facts.insecure,
        )


def _asks_for_work(known: Brief | None, now: Brief | None) -> bool:
    """Whether something changed that somebody else did: an answer to a write of our own is known already."""
    return known is None or now is None or known.asked != now.asked
