"""A team that uses the operator: a namespace, an account at the simulated provider, and what a person would do there.

Objects are read and written over one HTTP connection, because a kubectl process for each look takes longer than most
reconciles. Where kubectl itself is what is shown, tests use `Team.kubectl`.
"""

import base64
import json
import secrets
import subprocess
import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from inference_operator.api import names
from inference_operator.core.documents import merged
from inference_operator.simulator import Fault, Request, Simulator
from tests.api.manifests import changed
from tests.support.cluster import Kubectl, Manifest
from tests.support.kube_api import USER, KubeApi, Object
from tests.support.vendors import FIRST, VENDORS, Vendor
from tests.support.vendors.hugging_face import HuggingFaceVendor

Predicate = Callable[[Object], Any]

TOKEN = HuggingFaceVendor.token
ACTIONS = ("pause", "resume", "scaleToZero", "restart")
WRITES = ("create", "update", "delete", *ACTIONS)
"""The simulator's operations that change something."""

_LOOK_AGAIN = 0.04
_BETWEEN_LISTS = 0.15
_GROUP = f"/apis/{names.API_VERSION}"


class Team:
    """A namespace with an account, whose endpoints live in a part of the provider that is the team's own.

    Tests that are about any provider know it by `vendor` alone.
    """

    def __init__(
        self,
        *,
        api: KubeApi,
        kubectl: Kubectl,
        simulator: Simulator,
        log: Callable[[], str],
        provider: str = FIRST,
    ) -> None:
        self.namespace = f"team-{secrets.token_hex(4)}"
        self.api = api
        self.vendor: Vendor = VENDORS[provider](simulator, lambda: self.namespace)
        self.sim: Any = self.vendor.sim
        self.url = simulator.url
        self._kubectl = kubectl
        self._log = log

    # The world around the endpoints.

    def settle_in(self) -> None:
        """Make the namespace, the Secret and the account."""
        self.api.create("/api/v1/namespaces", {"metadata": {"name": self.namespace}})
        self.secret(self.vendor.account_name, **self.vendor.credentials(self.vendor.token))
        self.account()

    def account(self, name: str | None = None, **spec: Any) -> Object:
        """Apply an account, the team's own unless it has a name; `spec` is merged over one that polls every second."""
        own = self.vendor.account_name
        manifest = {
            "apiVersion": names.API_VERSION,
            "kind": names.ACCOUNT_KIND,
            "metadata": {"name": name or own, "namespace": self.namespace},
            "spec": {
                self.vendor.key: self.vendor.account(own),
                "pollInterval": "1s",
                "maxRequestsPerSecond": 1000,
            },
        }
        return self.api.apply(f"{self.path('account')}/{name or own}", changed(manifest, {"spec": spec}))

    def secret(self, name: str, **values: str) -> Object:
        """Make or replace a Secret with these keys."""
        data = {key: base64.b64encode(value.encode()).decode() for key, value in values.items()}
        manifest = {
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": {"name": name, "namespace": self.namespace},
            "data": data,
        }
        return self.api.apply(f"/api/v1/namespaces/{self.namespace}/secrets/{name}", manifest)

    def move_out(self) -> list[str]:
        """Delete everything and return the names of the endpoints that had to be forced."""
        self.api.delete(self.path())
        try:
            self.until(lambda: not self.endpoints(), "every endpoint is gone", timeout=15)
            stuck = []
        except AssertionError:
            stuck = [obj["metadata"]["name"] for obj in self.endpoints()]
            for name in stuck:
                self.patch(name, {"metadata": {"finalizers": None}})
        self.api.delete(self.path("account"))
        self.api.delete(f"/api/v1/namespaces/{self.namespace}")
        return stuck

    # What a person does.

    def manifest(self, name: str, *, annotations: Mapping[str, str] | None = None, **spec: Any) -> Object:
        """An InferenceEndpoint on the team's account; `spec` is merged over the least that one needs."""
        base = {
            "apiVersion": names.API_VERSION,
            "kind": names.ENDPOINT_KIND,
            "metadata": {"name": name, "namespace": self.namespace},
            "spec": {self.vendor.key: self.vendor.least, "accountRef": {"name": self.vendor.account_name}},
        }
        noted = {"metadata": {"annotations": dict(annotations)}} if annotations else {}
        return changed(base, {"spec": spec, **noted})

    def block(self, *parts: Mapping[str, Any], **fields: Any) -> Object:
        """These parts of the provider's block, as a part of a spec."""
        return {self.vendor.key: merged(*parts, fields)}

    def apply(self, *manifests: Mapping[str, Any], manager: str = USER) -> None:
        """Server-side apply of InferenceEndpoints."""
        for manifest in manifests:
            self.api.apply(self._of(manifest["metadata"]["name"]), manifest, manager=manager)

    def create(self, name: str, *, annotations: Mapping[str, str] | None = None, **spec: Any) -> Object:
        """Apply one InferenceEndpoint and return it once it is Ready."""
        self.apply(self.manifest(name, annotations=annotations, **spec))
        return self.wait(name, ready)

    def patch(self, name: str, body: Mapping[str, Any], *, subresource: str = "") -> Object:
        """Merge patch of an InferenceEndpoint."""
        return self.api.patch(f"{self._of(name)}{subresource and '/' + subresource}", body)

    def edit(self, name: str, /, **block: Any) -> Object:
        """Merge patch of the provider's block."""
        return self.patch(name, {"spec": {self.vendor.key: block}})

    def delete(self, name: str) -> None:
        """Delete an InferenceEndpoint without waiting."""
        self.api.delete(self._of(name))

    def kubectl(self, *args: str, stdin: str | None = None, check: bool = True) -> subprocess.CompletedProcess[str]:
        """kubectl in the team's namespace."""
        return self._kubectl.run(*args, f"--namespace={self.namespace}", stdin=stdin, check=check)

    def kubectl_apply(self, manifest: Manifest, *extra: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """`kubectl apply` in the team's namespace."""
        return self._kubectl.apply(manifest, f"--namespace={self.namespace}", *extra, check=check)

    # What a person sees.

    def path(self, kind: str = "endpoint") -> str:
        """The collection of a kind in the team's namespace: endpoint, account, event, configmap."""
        plural = {"endpoint": names.ENDPOINT_PLURAL, "account": names.ACCOUNT_PLURAL}.get(kind)
        if plural is not None:
            return f"{_GROUP}/namespaces/{self.namespace}/{plural}"
        group = {"event": "/apis/events.k8s.io/v1"}.get(kind, "/api/v1")
        return f"{group}/namespaces/{self.namespace}/{kind}s"

    def find(self, name: str) -> Object | None:
        """An InferenceEndpoint, None where there is none."""
        return self.api.get(self._of(name))

    def get(self, name: str) -> Object:
        """An InferenceEndpoint that exists."""
        found = self.find(name)
        assert found is not None, f"there is no InferenceEndpoint {name}"
        return found

    def endpoints(self) -> list[Object]:
        """All InferenceEndpoints of the team."""
        return self.api.items(self.path())

    def condition(self, name: str, kind: str) -> Object | None:
        """A condition as it is now, None where it is absent."""
        return condition(self.get(name), kind)

    def events(self) -> list[Object]:
        """All Events of the team's namespace."""
        return self.api.items(self.path("event"))

    def wait(self, name: str, predicate: Predicate, timeout: float = 20) -> Object:
        """Return the InferenceEndpoint once the predicate holds of it; `timeout` in seconds."""
        return self.wait_all([name], predicate, timeout)[name]

    def wait_all(self, wanted: Iterable[str], predicate: Predicate, timeout: float = 30) -> dict[str, Object]:
        """Return the InferenceEndpoints by name once the predicate holds of all of them."""
        open_, done = set(wanted), dict[str, Object]()

        def look() -> bool:
            if len(open_) > 1:
                time.sleep(_BETWEEN_LISTS)
            found = [self.get(next(iter(open_)))] if len(open_) == 1 else self.endpoints()
            for obj in found:
                name = obj["metadata"]["name"]
                if name in open_ and predicate(obj):
                    done[name] = obj
                    open_.discard(name)
            return not open_

        self.until(look, lambda: f"{predicate.__name__} of {', '.join(sorted(open_))}", timeout)
        return done

    def wait_gone(self, name: str, timeout: float = 20) -> None:
        """Return once the InferenceEndpoint does not exist any more."""
        self.until(lambda: self.find(name) is None, f"{name} is gone", timeout)

    def until(self, holds: Callable[[], Any], what: str | Callable[[], str], timeout: float = 20) -> None:
        """Return once `holds` does; else fail with what is on the resources and the end of the operator's log."""
        deadline = time.monotonic() + timeout
        while not holds():
            if time.monotonic() > deadline:
                said = what if isinstance(what, str) else what()
                raise AssertionError(f"not within {timeout:.0f} s: {said}\n{self._situation()}")
            time.sleep(_LOOK_AGAIN)

    # What the provider saw.

    def remote(self, name: str) -> Object:
        """The remote endpoint, unredacted."""
        return self.remotes()[name]

    def remotes(self) -> dict[str, Object]:
        """All remote endpoints by name, unredacted."""
        found: dict[str, Object] = self.sim.endpoints(self.vendor.place)
        return found

    def labels(self, name: str) -> list[str]:
        """The labels of a remote endpoint."""
        return self.vendor.labels(self.remote(name))

    def change_remotely(self, name: str, /, **patch: Any) -> None:
        """What a person at the provider's console, or the provider, does to a remote endpoint."""
        self.sim.edit(self.vendor.place, name, patch)

    def make_remotely(self, name: str, /, **changes: Any) -> Object:
        """Create an endpoint at the provider by other means than the operator, and return once its account was read."""
        self.vendor.create(name, **changes)
        self.await_polls()
        self.forget_requests()
        return self.remote(name)

    def fail(self, operation: str, *, name: str | None = None, token: str | None = None, **fault: Any) -> Fault:
        """Have calls fail from now on: about this remote endpoint, with this token, of this team."""
        planned: Fault = self.sim.faults.add(self.vendor.fault(operation, name=name, token=token, **fault))
        return planned

    def forget_requests(self) -> None:
        """Empty the journal."""
        self.sim.bench.journal.clear()

    def requests(self, *operations: str, name: str | None = None) -> list[Request]:
        """The requests that came in for this team, oldest first: of these operations, about this remote name."""
        return [
            request
            for request in self.sim.journal
            if self.vendor.concerns(request)
            and (not operations or request.operation in operations)
            and (name is None or self.vendor.about(request) == name)
        ]

    def posts(self, name: str | None = None) -> list[Request]:
        """The creates."""
        return self.requests("create", name=name)

    def puts(self, name: str | None = None) -> list[Request]:
        """The updates."""
        return self.requests("update", name=name)

    def actions(self, name: str | None = None) -> list[str]:
        """The power actions by name, in order."""
        return [request.operation for request in self.requests(*ACTIONS, name=name)]

    def writes(self, name: str | None = None) -> list[Request]:
        """Everything that changes something at the provider."""
        return self.requests(*WRITES, name=name)

    def await_polls(self, count: int = 2, timeout: float = 20) -> None:
        """Return when `count` more reads of the account began: what the one before the last showed is dealt with."""
        wanted = len(self.requests("list")) + count
        self.until(lambda: len(self.requests("list")) >= wanted, f"{count} polls", timeout)

    def _of(self, name: str) -> str:
        return f"{self.path()}/{name}"

    def _situation(self) -> str:
        # Those that a test waits for in vain are mostly not ready.
        found = sorted(self.endpoints(), key=ready)[:3]
        shown = [{"name": obj["metadata"]["name"], **(obj.get("status") or {})} for obj in found]
        accounts = [obj.get("status") for obj in self.api.items(self.path("account"))]
        asked = [f"{one.method} {one.path} -> {one.status}" for one in self.requests()[-10:]]
        return json.dumps({"endpoints": shown, "accounts": accounts, "asked": asked}, indent=1) + "\n" + self._log()


def condition(obj: Mapping[str, Any], kind: str) -> Object | None:
    """A condition of an object, None where it is absent."""
    found = (obj.get("status") or {}).get("conditions") or []
    return next((one for one in found if one["type"] == kind), None)


def says(kind: str, status: str = "True", reason: str | None = None) -> Predicate:
    """A predicate: the condition has this status, of the present generation, and this reason where one is given."""

    def holds(obj: Object) -> bool:
        found = condition(obj, kind)
        return (
            found is not None
            and found["observedGeneration"] == obj["metadata"]["generation"]
            and found["status"] == status
            and reason in (None, found["reason"])
        )

    holds.__name__ = f"{kind}={status}{f' ({reason})' if reason else ''}"
    return holds


def in_state(*states: str) -> Predicate:
    """A predicate: status.state is one of these, seen for the present generation."""

    def holds(obj: Object) -> bool:
        status = obj.get("status") or {}
        return status.get("state") in states and status.get("observedGeneration") == obj["metadata"]["generation"]

    holds.__name__ = f"state {' or '.join(states)}"
    return holds


def ready(obj: Object) -> bool:
    """Whether Ready is True of the present generation, and nothing is under way."""
    return bool(says("Ready")(obj)) and condition(obj, "Reconciling") is None


def settled(obj: Object) -> bool:
    """Whether the remote side is as this generation declares, whatever state it is in."""
    return bool(says("Synced")(obj))
