"""Everything around one operator, in process and in its own time: API server, vendor, and the operator's real parts."""

import base64
import copy
import re
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

import stamina
from tests.api.manifests import account, changed, endpoint
from tests.providers.remote import ALWAYS_THERE, connect_in_process
from tests.runtime.kube_api import KubeApi, Object

from inference_operator.kube import paths
from inference_operator.kube.secrets import SecretReader
from inference_operator.runtime.account import Account
from inference_operator.runtime.accounts import Accounts
from inference_operator.runtime.gather import Gatherer
from inference_operator.runtime.index import Index, Key
from inference_operator.runtime.observer import Observer
from inference_operator.runtime.outputs import Outputs
from inference_operator.runtime.perform import Performer
from inference_operator.runtime.prices import PriceList
from inference_operator.runtime.reconciler import Outcome, Reconciler
from inference_operator.runtime.settings import Settings
from inference_operator.runtime.telemetry.metrics import Metrics
from inference_operator.simulator import Clock, HuggingFace

NAMESPACE, ORGANIZATION = "team-a", "my-org"
ACCOUNT = Key("InferenceAccount", NAMESPACE, "default")
WRITES = ("create", "update", "pause", "resume", "scaleToZero", "delete")


class Events:
    """Takes Events."""

    def __init__(self) -> None:
        self.told: list[tuple[str, str]] = []

    def emit(self, _: Any, *, type: Any, reason: str, message: str, action: str) -> None:  # noqa: A002
        self.told.append((reason, message))


class InProcessAccounts(Accounts):
    """Accounts whose connections call the simulator in process, and whose observers are driven by hand."""

    def __init__(self, world: "World", index: Index, metrics: Metrics) -> None:
        super().__init__(session=world.kube, index=index, settings=Settings(), metrics=metrics, wake=world.woken.update)
        self._world = world

    def connect(self, account: Account, site: Any, credentials: Any) -> Any:
        return connect_in_process(self._world.huggingface, namespace=site.namespace, token=credentials["token"])

    def admitted(self, site: Any) -> None:
        return None

    def changed(self, obj: Object) -> None:
        key = Key.of(obj)
        if key not in self._observers:
            one = Account(key, obj, clock=self._world.monotonic, prices=PriceList(self._world.monotonic))
            self._observers[key] = Observer(one, self)
        self._observers[key].account.obj = obj

    async def tick(self) -> None:
        for observer in self._observers.values():
            await observer.tick()


class World:
    """One cluster, one account, one vendor, in simulated time."""

    def __init__(self, **knobs: Any) -> None:
        self.clock = Clock.frozen()
        self.huggingface = HuggingFace(clock=self.clock, **knobs)
        self.console = connect_in_process(self.huggingface, namespace=ORGANIZATION)
        self.kube = KubeApi()
        self.woken: set[Key] = set()
        self.events = Events()
        secret = {"metadata": {"name": "hf"}, "data": {"token": base64.b64encode(b"hf_test_token").decode()}}
        self.kube.put(paths.secret(NAMESPACE, "hf"), secret)
        self.account = self.kube.put(
            paths.account("InferenceAccount", NAMESPACE, "default"),
            account({"metadata": {"name": "default", "namespace": NAMESPACE}}),
        )
        self.restart()

    def monotonic(self) -> float:
        return self.clock.now()

    def restart(self) -> None:
        """A new operator: all that was in memory is lost."""
        self.index = Index()
        self.accounts = InProcessAccounts(self, self.index, Metrics(version="test"))
        self.accounts.changed(copy.deepcopy(self.account))
        gatherer = Gatherer(
            accounts=self.accounts,
            secrets=SecretReader(self.kube, ttl=0.0),
            cluster_id="cluster",
            operator_namespace="inference-operator-system",
            now=lambda: datetime.fromtimestamp(self.clock.now(), UTC),
        )
        self.reconciler = Reconciler(
            index=self.index,
            gatherer=gatherer,
            performer=Performer(self.kube, self.index),
            outputs=Outputs(self.kube, self.events),
            clock=self.monotonic,
        )

    # A person at the cluster.

    def apply(self, change: dict[str, Any] | None = None, *, name: str = "sentiment") -> Key:
        manifest = changed(endpoint(change), {"metadata": {"name": name, "namespace": NAMESPACE}})
        self.kube.put(paths.endpoint(NAMESPACE, name), manifest)
        return Key("InferenceEndpoint", NAMESPACE, name)

    def patch(self, key: Key, change: dict[str, Any]) -> None:
        path = paths.endpoint(NAMESPACE, key.name)
        known = self.kube.objects[path]
        wanted = {part: known[part] for part in ("apiVersion", "kind", "spec")}
        metadata = {"name": key.name, "namespace": NAMESPACE, **change.get("metadata", {})}
        self.kube.put(path, changed({**wanted, "metadata": metadata}, {"spec": change.get("spec", {})}))

    def delete(self, key: Key) -> None:
        self.kube.remove(paths.endpoint(NAMESPACE, key.name))

    # A person at the vendor's console.

    async def make_by_hand(self, name: str) -> None:
        """Somebody makes an endpoint, which starts."""
        scaling = {"minReplica": 0, "maxReplica": 2}
        document = {**ALWAYS_THERE, "compute": {**ALWAYS_THERE["compute"], "scaling": scaling}}
        await self.console.create(name, document, claim="by-hand")

    def remove_by_hand(self, name: str) -> None:
        """Somebody deletes an endpoint."""
        store, now = self.huggingface.control.store, self.clock.advance(1)
        store.remove(store.find(ORGANIZATION, name), now)

    async def replace_by_hand(self, name: str) -> None:
        """Somebody deletes ours and makes another of the same name, which no list has shown yet."""
        self.remove_by_hand(name)
        await self.make_by_hand(name)
        self.forget_requests()

    # The operator at work.

    def watch(self) -> None:
        """What the watch would have told by now."""
        seen = set()
        for path, obj in self.kube.objects.items():
            if "/inferenceendpoints/" in path:
                self.index.put(copy.deepcopy(obj))
                seen.add(Key.of(obj))
        for key in [Key.of(obj) for obj in self.index.of_kind("InferenceEndpoint")]:
            if key not in seen:
                self.index.drop(key)
                self.accounts.release(key)

    async def look(self, key: Key) -> Outcome:
        self.watch()
        with stamina.set_testing(True, attempts=3, cap=True):
            outcome = await self.reconciler.reconcile(key)
        self.watch()
        return outcome

    async def tick(self) -> None:
        with stamina.set_testing(True, attempts=3, cap=True):
            await self.accounts.tick()

    async def settle(self, *keys: Key, rounds: int = 8, seconds: float = 20.0) -> None:
        """Time passes: the account is read and every resource looked at, again and again."""
        for _ in range(rounds):
            await self.tick()
            for key in keys:
                await self.look(key)
            self.clock.advance(seconds)

    # What came of it.

    def object(self, key: Key) -> Object | None:
        return self.kube.objects.get(paths.endpoint(NAMESPACE, key.name))

    def status(self, key: Key) -> dict[str, Any]:
        obj = self.object(key)
        return (obj or {}).get("status", {})

    def condition(self, key: Key, kind: str) -> dict[str, Any] | None:
        return next((one for one in self.status(key).get("conditions", ()) if one["type"] == kind), None)

    def ready(self, key: Key) -> tuple[str, str]:
        found = self.condition(key, "Ready")
        assert found is not None
        return found["status"], found["reason"]

    def remote(self, name: str = "sentiment") -> dict[str, Any] | None:
        return self.huggingface.endpoints(ORGANIZATION).get(name)

    def requests(self, operations: Iterable[str] = WRITES) -> list[str]:
        return [one.operation for one in self.huggingface.journal if one.operation in set(operations)]

    def forget_requests(self) -> None:
        self.huggingface.bench.journal.clear()
        self.kube.writes.clear()

    def endpoint_writes(self) -> list[str]:
        """What was written to endpoints: the last part of each path."""
        return [re.sub(r".*/inferenceendpoints/", "", path) for _, path, _ in self.kube.writes if "endpoints" in path]
