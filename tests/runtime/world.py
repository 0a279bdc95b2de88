"""Everything around one operator, in process and in its own time: API server, vendor, and the operator's real parts."""

import base64
import re
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

import stamina
from tests.api.manifests import changed
from tests.runtime.kill_points import Border, Killed, KubeDoor, Process, ProviderDoor
from tests.runtime.kube_api import KubeApi, Object, copied
from tests.runtime.vendors import VENDORS
from tests.runtime.vendors.hugging_face import ORGANIZATION, connection
from tests.runtime.witness import Witness

from inference_operator.kube import paths
from inference_operator.kube.errors import KubeError
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
from inference_operator.simulator import Clock

__all__ = ["ORGANIZATION"]

NAMESPACE = "team-a"
ACCOUNT = Key("InferenceAccount", NAMESPACE, "default")
OPERATOR_NAMESPACE = "inference-operator-system"
WRITES = ("create", "update", "pause", "resume", "scaleToZero", "delete")


NEVER_IDLE = {"idle_minute_seconds": 1e6}
"""A setting of the vendor: what idles to zero by itself would be news in the middle of a rest."""


class Events:
    """Takes Events."""

    def __init__(self) -> None:
        self.told: list[tuple[str, str]] = []

    def emit(self, _: Any, *, type: Any, reason: str, message: str, action: str) -> None:  # noqa: A002 - as the recorder names it
        self.told.append((reason, message))


class InProcessAccounts(Accounts):
    """Accounts whose connections call the simulator in process, and whose observers are driven by hand."""

    def __init__(self, world: "World", index: Index, metrics: Metrics) -> None:
        super().__init__(session=world.door, index=index, settings=Settings(), metrics=metrics, wake=world.woken.update)
        self._world = world

    def connect(self, account: Account, site: Any, credentials: Any) -> Any:
        return self._world.connect(credentials, site.namespace)

    def admitted(self, site: Any) -> None:
        return None

    def changed(self, obj: Object) -> None:
        key = Key.of(obj)
        if key not in self._observers:
            one = Account(
                key, obj, clock=self._world.monotonic, now=self._world.now, prices=PriceList(self._world.monotonic)
            )
            self._observers[key] = Observer(one, self)
        self._observers[key].account.became(obj)

    async def tick(self) -> None:
        for observer in self._observers.values():
            await observer.tick()


class World:
    """One cluster, one account, one vendor, in simulated time.

    `beside`: another world, whose vendor and time this one shares. `era`: tells a cluster that was built anew from the
    one before it. `few_offers`: the catalogue lists what the sample manifest asks for alone, which is read in no time.
    `vendor`: by the key of its block. `huggingface` is the handle of whichever vendor it is.
    """

    def __init__(
        self,
        *,
        beside: "World | None" = None,
        cluster_id: str = "cluster",
        era: int = 0,
        few_offers: bool = False,
        vendor: str = "huggingFace",
        **knobs: Any,
    ) -> None:
        self.clock = beside.clock if beside else Clock.frozen()
        self.vendor = beside.vendor if beside else VENDORS[vendor](self.clock, knobs)
        self.huggingface = self.vendor.handle
        self._vendor = beside._vendor if beside else self.vendor.transport(few_offers=few_offers)
        self.cluster_id = cluster_id
        self.border = Border()
        self.witness = Witness(self.vendor, self._about)
        self.kube = KubeApi(now=lambda: f"{self.now():%Y-%m-%dT%H:%M:%SZ}", era=era)
        self.woken: set[Key] = set()
        self.events = Events()
        self.put_secret("hf", **self.vendor.credentials)
        self.put_secret("tir", **self.vendor.credentials)
        self.account = self.kube.put(
            paths.account("InferenceAccount", NAMESPACE, "default"),
            changed(self.vendor.account(), {"metadata": {"name": "default", "namespace": NAMESPACE}}),
        )
        self.restart()

    def monotonic(self) -> float:
        return self.clock.now()

    def now(self) -> datetime:
        return datetime.fromtimestamp(self.clock.now(), UTC)

    def connect(self, credentials: Any, namespace: str) -> Any:
        """A connection of the operator at work."""
        door = ProviderDoor(self.witness.beside(self._vendor), self.process)
        return connection(self.vendor, door, credentials, namespace)

    def restart(self) -> None:
        """A new operator: all that was in memory is lost, and nothing of the former one runs on."""
        if hasattr(self, "process"):
            self.process.end()
        self.process = Process(self.border)
        self.door = KubeDoor(self.kube, self.process)
        self.woken.clear()
        self.index = Index()
        self.accounts = InProcessAccounts(self, self.index, Metrics(version="test"))
        self.accounts.changed(copied(self.kube.objects[paths.account("InferenceAccount", NAMESPACE, "default")]))
        gatherer = Gatherer(
            accounts=self.accounts,
            secrets=SecretReader(self.door, ttl=0.0),
            cluster_id=self.cluster_id,
            operator_namespace=OPERATOR_NAMESPACE,
            now=self.now,
        )
        self.reconciler = Reconciler(
            index=self.index,
            gatherer=gatherer,
            performer=Performer(self.door, self.index),
            outputs=Outputs(self.door, self.events),
            clock=self.monotonic,
        )

    # A person at the cluster.

    def apply(self, change: dict[str, Any] | None = None, *, name: str = "sentiment") -> Key:
        manifest = changed(self.vendor.manifest(change or {}), {"metadata": {"name": name, "namespace": NAMESPACE}})
        self.kube.put(paths.endpoint(NAMESPACE, name), manifest)
        return Key("InferenceEndpoint", NAMESPACE, name)

    def patch(self, key: Key, change: dict[str, Any]) -> None:
        path, change = paths.endpoint(NAMESPACE, key.name), self.vendor.change(change)
        known = self.kube.objects[path]
        wanted = {part: known[part] for part in ("apiVersion", "kind", "spec")}
        metadata = {"name": key.name, "namespace": NAMESPACE, **change.get("metadata", {})}
        self.kube.put(path, changed({**wanted, "metadata": metadata}, {"spec": change.get("spec", {})}))

    def delete(self, key: Key) -> None:
        self.kube.remove(paths.endpoint(NAMESPACE, key.name))

    def put_secret(self, secret: str, **values: str) -> None:
        data = {key: base64.b64encode(value.encode()).decode() for key, value in values.items()}
        self.kube.put(paths.secret(NAMESPACE, secret), {"metadata": {"name": secret}, "data": data})

    # A person at the vendor's console.

    async def make_by_hand(self, name: str) -> None:
        """Somebody makes an endpoint, which starts."""
        await self.vendor.make(name)
        self.witness.is_by_hand(name)

    def remove_by_hand(self, name: str) -> None:
        """Somebody deletes an endpoint."""
        self.clock.advance(1)
        self.vendor.remove(name)
        self.witness.removed_by_hand.append(name)

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
            if "/inferenceaccounts/" in path:
                self.accounts.changed(copied(obj))
            if "/inferenceendpoints/" in path:
                self.index.put(copied(obj))
                seen.add(Key.of(obj))
        for key in [Key.of(obj) for obj in self.index.of_kind("InferenceEndpoint")]:
            if key not in seen:
                self.index.drop(key)
                self.accounts.release(key)

    async def look(self, key: Key, *, blindly: bool = False) -> Outcome:
        """One look at one resource. `blindly`: the watch is late, and the operator has not heard the latest."""
        if not blindly:
            self.watch()
        outcome = Outcome(after=0.0)
        try:
            with stamina.set_testing(True, attempts=3, cap=True):
                outcome = await self.reconciler.reconcile(key)
        except KubeError:
            pass  # The queue has it looked at again.
        except Killed:
            self.restart()
        self.watch()
        return outcome

    async def tick(self) -> None:
        """The account is read."""
        self.watch()
        try:
            with stamina.set_testing(True, attempts=3, cap=True):
                await self.accounts.tick()
        except Killed:
            self.restart()

    async def settle(self, *keys: Key, rounds: int = 8, seconds: float = 20.0) -> None:
        """Time passes: the account is read and every resource looked at, again and again."""
        for _ in range(rounds):
            await self.tick()
            for key in keys:
                await self.look(key)
            self.clock.advance(seconds)

    def _about(self, name: str) -> Object | None:
        """The resource of a remote name, as the operator at work knows it: those of a world are named alike."""
        return self.index.get(Key("InferenceEndpoint", NAMESPACE, name))

    # What came of it.

    @property
    def observer(self) -> Observer:
        """The account's."""
        return self.accounts._observers[ACCOUNT]

    def keys(self) -> list[Key]:
        """The resources there are."""
        return [Key.of(obj) for path, obj in self.kube.objects.items() if "/inferenceendpoints/" in path]

    def secret_value(self, secret: str, key: str) -> str:
        return base64.b64decode(self.kube.objects[paths.secret(NAMESPACE, secret)]["data"][key]).decode()

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
        return self.vendor.remote(name)

    def requests(self, operations: Iterable[str] = WRITES) -> list[str]:
        return [one.operation for one in self.huggingface.journal if one.operation in set(operations)]

    def forget_requests(self) -> None:
        self.huggingface.bench.journal.clear()
        self.kube.writes.clear()

    def endpoint_writes(self) -> list[str]:
        """What was written to endpoints: the last part of each path."""
        return [re.sub(r".*/inferenceendpoints/", "", path) for _, path, _ in self.kube.writes if "endpoints" in path]
