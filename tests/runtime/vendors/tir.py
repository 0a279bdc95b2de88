"""The simulated TIR in the common language: maxReplica is its number of replicas, tags are its marker alone."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import httpx
from tests.api.manifests import changed, tir_account, tir_endpoint
from tests.runtime.in_process import InProcess

from inference_operator.providers.base import Plugin, Site
from inference_operator.providers.tir import PLUGIN
from inference_operator.simulator import Clock, HuggingFace, Tir, create_app
from inference_operator.simulator.tir.record import Record

PROJECT = "12"
MARKER = "INFERENCE_OPERATOR_CLAIM"
Change = Mapping[str, Any]
_STATES = {
    "waiting": "initializing",
    "deploying": "initializing",
    "running": "running",
    "idle": "scaledToZero",
    "terminating": "updating",
    "stopped": "paused",
    "failed": "failed",
}
_POWERS = ("state", "deletionPolicy")
_NOT_HERE = {"scaledToZero": "paused", "ScaleToZero": "Pause"}
"""What the API server refuses with this vendor, and what is asked for in its place."""
_FOREIGN_KNOBS = ("idle_minute_seconds",)
_BY_HAND = {
    "framework": "vllm",
    "sku_name": "C3.2",
    "sku_type": "hourly",
    "replica": 2,
    "custom_endpoint_details": {"resource_details": {"env_variables": [{"key": "THEIRS", "value": "1"}]}},
}


@dataclass(frozen=True)
class Life:
    state: str


@dataclass(frozen=True)
class View:
    """An endpoint in the common language."""

    id: str
    name: str
    version: int
    configuration: dict[str, Any]
    lifecycle: Life
    deleted_at: float | None


class TirVendor:
    plugin: Plugin = PLUGIN
    site = Site("http://simulator/myaccount/api/v1/gpu", f"Delhi/projects/{PROJECT}", ())
    credentials: Mapping[str, str] = {"token": "tir_test_token", "apiKey": "tir-test-api-key"}
    binds_by_id = True
    powers = (("paused", "pause", "Paused"), ("running", "resume", "Running"))

    def __init__(self, clock: Clock, knobs: Mapping[str, Any]) -> None:
        self.handle = Tir(clock=clock, **{key: value for key, value in knobs.items() if key not in _FOREIGN_KNOBS})

    def transport(self, *, few_offers: bool) -> httpx.AsyncBaseTransport:
        return InProcess(create_app(HuggingFace(clock=self.handle.clock), tir=self.handle))

    def account(self) -> dict[str, Any]:
        return tir_account()

    def manifest(self, change: Change) -> dict[str, Any]:
        return tir_endpoint(changed({"spec": {"tir": {"replicas": 2}}}, self.change(change)))

    def change(self, change: Change) -> dict[str, Any]:
        spec = {
            key: _NOT_HERE.get(value, value) if key in _POWERS else value
            for key, value in change.get("spec", {}).items()
        }
        block = spec.pop("huggingFace", None)
        if block is not None:
            spec["tir"] = {**spec.get("tir", {}), **_block(block)}
        return {**change, **({"spec": spec} if spec else {})}

    def declared(self, spec: Change) -> dict[str, Any]:
        block = spec["tir"]
        variables = {one["name"]: one for one in block.get("env", ())}
        found: dict[str, Any] = {
            "type": "public" if block.get("publicIP") else "private",
            "compute": {"scaling": {"maxReplica": spec.get("replicas") or block.get("replicas", 1)}},
            "model": {},
        }
        if "env" in block:
            secret = {name for name, one in variables.items() if "valueFrom" in one}
            found["model"]["env"] = {name: one["value"] for name, one in variables.items() if name not in secret}
            if secret:
                found["model"]["secrets"] = secret
        return found

    def records(self) -> Iterable[View]:
        return [self._view(one) for one in self.handle.control.records(PROJECT)]

    def remote(self, name: str) -> dict[str, Any] | None:
        found = self.handle.endpoints(PROJECT).get(name)
        if found is None:
            return None
        record = self.handle.find(PROJECT, name)
        status = {"createdAt": found["created_at"], "state": self._view(record).lifecycle.state}
        return {**found, **self._view(record).configuration, "status": status, "version": record.version}

    async def make(self, name: str) -> None:
        self.handle.control.create(PROJECT, {"name": name, **_BY_HAND}, "alice")

    def remove(self, name: str) -> None:
        self.handle.control.remove(self.handle.find(PROJECT, name))

    def edit(self, name: str, change: Change) -> None:
        record = self.handle.find(PROJECT, name)
        if (state := change.get("state")) is not None:
            self._power(record, state)
        if "tags" in change:
            left = [one for one in _variables(record) if one["key"] != MARKER]
            details = {"resource_details": {"env_variables": left}}
            self.handle.edit(PROJECT, name, {"custom_endpoint_details": details})
        if (added := change.get("model", {}).get("env")) is not None:
            entries = [{"key": key, "value": value} for key, value in added.items()]
            left = [one for one in _variables(record) if one["key"] not in added]
            details = {"resource_details": {"env_variables": [*entries, *left]}}
            self.handle.edit(PROJECT, name, {"custom_endpoint_details": details})
        if (most := change.get("compute", {}).get("scaling", {}).get("maxReplica")) is not None:
            self.handle.edit(PROJECT, name, {"replica": most})

    def is_free(self, name: str, now: float) -> bool:
        return True

    def target(self, request: httpx.Request, body: Any) -> tuple[str, str, Any]:
        identity = request.url.path.partition("/serving/inference/")[2].strip("/")
        if not identity:
            return body["name"], request.method, {"tags": _markers(_sent(body))}
        found = next((one for one in self.handle.control.records(PROJECT) if str(one.id) == identity), None)
        name = found.name if found else identity
        action = (body or {}).get("action")
        word = {"stop": "pause", "start": "resume"}.get(str(action), request.method)
        return name, word, ({"tags": _markers(_sent(body)), "rest": True} if action in ("patch", "update") else body)

    def _power(self, record: Record, state: str) -> None:
        """At the portal, or by itself. What neither does is left."""
        if (wanted := {"paused": "down", "running": "up"}.get(state)) is not None:
            self.handle.control.put(replace(record, wanted=wanted, since=0.0, forced=None))
        elif (forced := {"failed": "failed", "scaledToZero": "idle"}.get(state)) is not None:
            self.handle.control.put(replace(record, forced=forced))

    def _view(self, record: Record) -> View:
        given = record.configuration
        variables = {one["key"]: str(one.get("value", "")) for one in _variables(record)}
        marker, names = _opened(variables.pop(MARKER, ""))
        configuration = {
            "type": "public" if given["custom_endpoint_details"]["public_ip"] == "yes" else "private",
            "compute": {"scaling": {"maxReplica": given["replica"]}},
            "tags": [marker] if marker else [],
            "model": {
                "env": {key: value for key, value in variables.items() if key not in names},
                "secrets": {key: value for key, value in variables.items() if key in names},
            },
        }
        status = record.status(self.handle.clock.now(), self.handle.knobs)
        return View(
            str(record.id), record.name, record.version, configuration, Life(_STATES[status]), record.deleted_at
        )


def _block(block: Change) -> dict[str, Any]:
    """What of a huggingFace block has its like here."""
    model, found = block.get("model", {}), dict[str, Any]()
    if (most := block.get("compute", {}).get("scaling", {}).get("maxReplica")) is not None:
        found["replicas"] = most
    if "type" in block:
        found["publicIP"] = block["type"] == "public"
    if "revision" in model:
        found["version"] = model["revision"]
    if "tags" in block:
        found["args"] = block["tags"]
    if "env" in model or "secrets" in model:
        plain = [{"name": name, "value": value} for name, value in model.get("env", {}).items()]
        found["env"] = plain + [{"name": name, "valueFrom": one} for name, one in model.get("secrets", {}).items()]
    return found


def _variables(record: Record) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = record.configuration["custom_endpoint_details"]["resource_details"]["env_variables"]
    return found


def _sent(body: Any) -> dict[str, str]:
    entries = body["custom_endpoint_details"]["resource_details"]["env_variables"]
    return {one["key"]: one["value"] for one in entries}


def _markers(variables: Mapping[str, str]) -> list[str]:
    marker, _ = _opened(variables.get(MARKER, ""))
    return [marker] if marker else []


def _opened(text: str) -> tuple[str, set[str]]:
    """The claim, and the names of the secret variables. Read apart from the operator's own code."""
    import json

    claim, _, rest = text.partition(" ")
    return claim, set(json.loads(rest).get("secrets", ())) if rest else set()
