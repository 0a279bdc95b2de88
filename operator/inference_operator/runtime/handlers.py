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
    FINALIZER,
    GROUP,
    VERSION,
)
from inference_operator.kube.session import login
from inference_operator.runtime.accounts import Accounts
from inference_operator.runtime.index import Index, Key, Object
from inference_operator.runtime.queue import WorkQueue


@dataclass(slots=True)
class Sight:
    """What the handlers tell. A standby only keeps it, so that all is at hand once it leads: `begin`."""

    index: Index
    accounts: Accounts
    queue: WorkQueue[Key]
    _leading: bool = field(default=False, init=False)
    _kept: dict[Key, Object] = field(default_factory=dict, init=False)
    _accounts: dict[Key, Object] = field(default_factory=dict, init=False)

    def begin(self) -> None:
        """This process leads: the accounts seen so far are observed, and the endpoints looked at."""
        self._leading = True
        while self._kept:
            self.accounts.changed(self._kept.popitem()[1])
        for obj in self.index.of_kind(ENDPOINT_KIND):
            self.queue.add(Key.of(obj))

    def endpoint(self, obj: Object, *, gone: bool) -> None:
        """An endpoint was seen, or is gone."""
        key = Key.of(obj)
        known = self.index.get(key)
        if not self._leading:
            self.index.drop(key) if gone else self.index.put(obj)
            return
        if gone:
            self.index.drop(key)
            self.accounts.release(key)
            self.queue.add(key)
        elif self.index.put(obj) and _asks_for_work(known, obj):
            self.queue.forget(key)
            self.queue.add(key, priority=known is not None)

    def known(self, kind: str) -> dict[Key, Object]:
        """All that was seen of a kind and is not gone."""
        seen = self.index.of_kind(kind) if kind == ENDPOINT_KIND else self._accounts.values()
        return {Key.of(obj): obj for obj in seen if obj["kind"] == kind}

    async def gone(self, obj: Object) -> None:
        """An object of either kind is gone."""
        if obj["kind"] == ENDPOINT_KIND:
            self.endpoint(obj, gone=True)
        else:
            await self.account(obj, gone=True)

    async def account(self, obj: Object, *, gone: bool) -> None:
        """An account was seen, or is gone."""
        if gone:
            self._accounts.pop(Key.of(obj), None)
        else:
            self._accounts[Key.of(obj)] = obj
        if not self._leading:
            self._kept.pop(Key.of(obj), None)
            if not gone:
                self._kept[Key.of(obj)] = obj
        elif gone:
            await self.accounts.gone(Key.of(obj))
        else:
            self.accounts.changed(obj)


def register(registry: kopf.OperatorRegistry, sight: Sight, *, cluster_accounts: bool = True) -> None:
    """Put the handlers into kopf's registry: it watches what they are for, with `cluster_accounts` those too."""

    @kopf.on.event(GROUP, VERSION, ENDPOINT_PLURAL, registry=registry)
    async def endpoint(event: kopf.RawEvent, **_: Any) -> None:
        sight.endpoint(cast("Object", event["object"]), gone=event["type"] == "DELETED")

    @kopf.on.event(GROUP, VERSION, ACCOUNT_PLURAL, registry=registry)
    async def account(event: kopf.RawEvent, **_: Any) -> None:
        await sight.account(cast("Object", event["object"]), gone=event["type"] == "DELETED")

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


def _asks_for_work(known: Object | None, obj: Object) -> bool:
    """Whether something changed that somebody else did: an answer to a write of our own is known already."""
    if known is None:
        return True
    return _asked(known) != _asked(obj)


def _asked(obj: Object) -> tuple[Any, ...]:
    metadata = obj["metadata"]
    return (
        metadata.get("uid"),
        metadata.get("generation"),
        metadata.get("deletionTimestamp"),
        metadata.get("annotations"),
        FINALIZER in (metadata.get("finalizers") or ()),
        len(metadata.get("finalizers") or ()),
        obj.get("status"),
    )
