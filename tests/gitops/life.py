"""A world that remembers every version of what the operator wrote, and tells the same story each time."""

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any

import httpx
from tests.api.manifests import changed
from tests.runtime.kube_api import Object, copied
from tests.runtime.world import ACCOUNT, NAMESPACE, World

from inference_operator.api.names import CLUSTER_ACCOUNT_KIND
from inference_operator.core.observation import Health
from inference_operator.kube import paths
from inference_operator.kube.errors import Forbidden
from inference_operator.runtime.accounts import Accounts
from inference_operator.runtime.index import Key
from inference_operator.runtime.perform import Performer
from inference_operator.simulator import Fault

NAME = "sentiment"
SENTIMENT = Key("InferenceEndpoint", NAMESPACE, NAME)
_ACCOUNT_PATH = paths.account(ACCOUNT.kind, NAMESPACE, ACCOUNT.name)
_ENDPOINT_PATH = paths.endpoint(NAMESPACE, NAME)
_BEAT = 15.0


class _Silent:
    """Endpoints whose health route never answers."""

    async def ask(self, *_: Any, **__: Any) -> Health:
        return Health(serves=False, said="it answered 503")


class _Rewriting(httpx.AsyncBaseTransport):
    """A provider whose answers say other words than the simulator knows."""

    def __init__(self, behind: httpx.AsyncBaseTransport, words: Mapping[bytes, bytes]) -> None:
        self._behind, self._words = behind, words

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        answer = await self._behind.handle_async_request(request)
        content = await answer.aread()
        for said, instead in self._words.items():
            content = content.replace(said, instead)
        headers = {key: value for key, value in answer.headers.items() if key != "content-length"}
        return httpx.Response(answer.status_code, headers=headers, content=content, request=request)


class Life(World):
    """One endpoint named `sentiment`, its account, and every version of both that was stored."""

    def __init__(self, **options: Any) -> None:
        self.versions: list[Object] = []
        self.words: dict[bytes, bytes] = {}
        super().__init__(**{"few_offers": "vendor" not in options, **options})
        self._vendor = _Rewriting(self._vendor, self.words)
        store = self.kube._store

        def remember(path: str, obj: Object) -> Object:
            stored = store(path, obj)
            self.versions.append(copied(self.kube.objects[path]))
            return stored

        self.kube._store = remember

    def restart(self) -> None:
        super().restart()
        # Nonces are noise in a recording, and no health route is asked over the network.
        self.reconciler._performer = replace(
            Performer(self.door, self.index), nonce=lambda: "0" * 16, data_plane=_Silent()
        )

    async def beats(self, count: int = 1, *, seconds: float = _BEAT) -> "Life":
        """The account is read and the endpoint looked at, so many times."""
        await self.settle(SENTIMENT, rounds=count, seconds=seconds)
        return self

    async def begin(self, change: Mapping[str, Any] | None = None) -> "Life":
        """The endpoint is applied, and comes to where it goes."""
        self.apply(dict(change or {}))
        return await self.beats(4)

    async def edit(self, change: Mapping[str, Any], beats: int = 4) -> "Life":
        """A person edits the spec."""
        self.patch(SENTIMENT, dict(change))
        return await self.beats(beats)

    async def leave(self, beats: int = 2) -> "Life":
        """A person deletes the endpoint."""
        self.delete(SENTIMENT)
        return await self.beats(beats)

    def fail(self, operation: str, **fault: Any) -> None:
        """The provider fails, each time."""
        self.huggingface.faults.add(Fault(operation=operation, **fault))

    def remove_secret(self, name: str) -> None:
        """A Secret is deleted."""
        self.kube.vanish(paths.secret(NAMESPACE, name))

    def put_config_map(self, name: str) -> None:
        """Somebody made a ConfigMap of this name."""
        self.kube.put(paths.configmap(NAMESPACE, name), {"metadata": {"name": name}, "data": {}})

    def hold(self, finalizer: str) -> None:
        """Somebody else puts a finalizer on the endpoint."""
        metadata = self.kube.objects[_ENDPOINT_PATH]["metadata"]
        metadata["finalizers"] = [*metadata["finalizers"], finalizer]

    def spoil(self, change: Mapping[str, Any]) -> None:
        """The endpoint as a later version of the operator may have left it: this one can't read it."""
        obj = self.kube.objects[_ENDPOINT_PATH]
        obj["spec"].update(change)
        obj["metadata"]["generation"] += 1

    def refuse(self, method: str, part: str, *, but: str = "(nothing)") -> None:
        """The API server forbids a method (get, create, patch) on paths that contain `part`, and not `but`."""
        allowed = getattr(self.kube, method)

        async def guarded(path: str, *arguments: Any, **options: Any) -> Object:
            if part in path and but not in path:
                raise Forbidden(403, "Forbidden", f"{part} is forbidden")
            return copied(await allowed(path, *arguments, **options))

        setattr(self.kube, method, guarded)

    def stumble(self) -> None:
        """A bug: the next looks raise what nobody expects."""

        async def gather(_: Object) -> Any:
            raise RuntimeError("a bug")

        self.reconciler._gatherer.gather = gather

    def check_addresses(self) -> None:
        """The operator calls the vendors' own addresses alone, as it does unless it is told otherwise."""
        self.accounts.admitted = partial(Accounts.admitted, self.accounts)

    def replace_account(self, change: Mapping[str, Any]) -> None:
        """Somebody edits the account."""
        self.kube.put(_ACCOUNT_PATH, changed(_declared(self.kube.objects[_ACCOUNT_PATH]), change))

    def put_cluster_account(self, name: str) -> None:
        """Somebody makes a ClusterInferenceAccount, for no namespace yet."""
        manifest = changed(self.vendor.account(), {"kind": CLUSTER_ACCOUNT_KIND, "metadata": {"name": name}})
        self.accounts.changed(self.kube.put(paths.account(CLUSTER_ACCOUNT_KIND, None, name), manifest))

    def leave_account(self) -> None:
        """Somebody deletes the account."""
        self.kube.remove(_ACCOUNT_PATH)

    # What is recorded.

    @property
    def stored(self) -> Object:
        """The endpoint as it is stored now."""
        return copied(self.kube.objects[_ENDPOINT_PATH])

    @property
    def stored_account(self) -> Object:
        """The account as it is stored now."""
        return copied(self.kube.objects[_ACCOUNT_PATH])

    def last(self, reason: str, *, kind: str = "Ready") -> Object:
        """The last version of the endpoint whose condition had this reason."""
        return next(
            one
            for one in reversed(self.versions)
            if one.get("kind") == "InferenceEndpoint" and reason_of(one, kind) == reason
        )


def reason_of(obj: Object, kind: str = "Ready") -> str | None:
    """The reason of a condition, None where it is absent."""
    found = (obj.get("status") or {}).get("conditions") or []
    return next((one["reason"] for one in found if one["type"] == kind), None)


def _declared(obj: Object) -> Object:
    return {key: value for key, value in obj.items() if key != "status"}
