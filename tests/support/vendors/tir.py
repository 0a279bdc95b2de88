"""E2E Networks TIR, as a team meets it: endpoints have ids, a PUT carries everything, the marker is a variable.

What the marker looks like is read apart from the operator's own code: a claim, and after a space what else it holds.
"""

import zlib
from collections.abc import Callable, Mapping
from typing import Any

from inference_operator.core.documents import merged
from inference_operator.simulator import Fault, Request, Simulator, Tir
from inference_operator.simulator.tir.routes import BASE
from tests.api.manifests import changed, tir_endpoint
from tests.support.vendors.vendor import Field, Object, Part

MARKER = "INFERENCE_OPERATOR_CLAIM"
_CLAIMS = "iop1-"
_VERSION = Field("/version", ("detailed_info", "server_version"), "v0.9.0", "v0.8.0")
_REPLICAS = Field("/replicas", ("replica",), 2, 5)
_VARIABLES = ("custom_endpoint_details", "resource_details", "env_variables")
_WORDS = {
    "initializing": "deploying",
    "running": "running",
    "scaledToZero": "idle",
    "updating": "terminating",
    "paused": "stopped",
    "failed": "failed",
}
_STATES = {"waiting": "initializing"} | {word: state for state, word in _WORDS.items()}
_WHOLE = ("patch", "update")
"""Actions of a PUT that carries everything."""
_BY_HAND = {
    "framework": "vllm",
    "sku_name": "C3.2",
    "sku_type": "hourly",
    "replica": _REPLICAS.declared,
    "detailed_info": {"server_version": _VERSION.declared},
    "custom_endpoint_details": {"container": {"container_name": "vllm/vllm-openai:latest"}},
}
"""What the portal sends for the least manifest."""


class TirVendor:
    """A project of the team's own."""

    key = "tir"
    account_name = "tir"
    starting_knob = "deploying_seconds"
    paging_knobs: tuple[str, ...] = ("page_size",)
    prefix = "tir_"
    token = "tir_teamtoken0123456789"
    least: Part = changed(tir_endpoint()["spec"]["tir"], {**_VERSION.edit, **_REPLICAS.edit})
    first = _VERSION
    second = _REPLICAS
    further = Field("/storage/modelPath", ("disk_path",), "/mnt/other", "/mnt/models")
    may_sleep: Part = {"autoscaling": {"enabled": True, "minReplicas": 0, "maxReplicas": 2}}
    environment_pointer = "/env"
    labels_key = _VARIABLES[0]
    # A change of the environment starts the replicas anew.
    marks_alone = False
    tells_url = False
    tells_who = False

    def __init__(self, simulator: Simulator, namespace: Callable[[], str]) -> None:
        self.sim: Tir = simulator.tir
        self._simulator = simulator
        self._namespace = namespace

    @property
    def place(self) -> str:
        return str(zlib.crc32(self._namespace().encode()) or 1)

    @property
    def url(self) -> str:
        return f"{self._simulator.url}{BASE}"

    def account(self, secret: str) -> Object:
        return {
            "projectID": self.place,
            "location": "Delhi",
            "baseURL": self.url,
            "inferenceBaseURL": self._simulator.url,
            "apiKeySecretRef": {"name": secret, "key": "apiKey"},
            "tokenSecretRef": {"name": secret, "key": "token"},
        }

    def credentials(self, token: str) -> dict[str, str]:
        return {"apiKey": "team-api-key-0123456789", "token": token}

    def elsewhere(self) -> Object:
        return {"projectID": f"{self.place}9"}

    def environment(self, values: Mapping[str, str], secrets: Mapping[str, tuple[str, str]] | None = None) -> Object:
        plain = [{"name": name, "value": value} for name, value in values.items()]
        secret = [
            {"name": name, "valueFrom": {"secretKeyRef": {"name": one, "key": key}}}
            for name, (one, key) in (secrets or {}).items()
        ]
        return {"env": plain + secret}

    def scaled(self, count: int) -> Object:
        return {"replica": count}

    def create(self, name: str, /, by: str = "operator", **changes: Any) -> None:
        self.sim.control.create(self.place, changed({"name": name, **_BY_HAND}, changes), by)

    def remove(self, name: str) -> None:
        self.sim.control.delete(self.place, self.sim.find(self.place, name).id)

    def labelled(self, *labels: str) -> Object:
        return _variables([_label(one) for one in labels])

    def in_state(self, state: str) -> Object:
        return {"status": _WORDS[state]}

    def failed(self, message: str) -> Object:
        return {"status": "failed", "message": message}

    def healed(self) -> Object:
        return {"status": "running", "message": ""}

    def with_variable(self, remote: Part, name: str, value: str) -> Object:
        return _variables([one | ({"value": value} if one["key"] == name else {}) for one in _listed(remote)])

    def fault(self, operation: str, *, name: str | None = None, token: str | None = None, **fault: Any) -> Fault:
        return Fault(operation=operation, name=self.called(name) if name else None, token=token, **fault)

    def labels(self, remote: Part) -> list[str]:
        found = [_claim(one) if one["key"] == MARKER else one["key"] for one in _listed(remote)]
        return sorted(found, key=lambda one: not one.startswith(_CLAIMS))

    def variables(self, remote: Part) -> dict[str, str]:
        return {one["key"]: one["value"] for one in _listed(remote) if one["key"] != MARKER}

    def state(self, remote: Part) -> str:
        return _STATES[remote["status"]]

    def created_at(self, remote: Part) -> str:
        return str(remote["created_at"])

    def concerns(self, request: Request) -> bool:
        return request.query.get("project_id") == self.place

    def page(self, request: Request) -> str | None:
        return request.query.get("page_no")

    def called(self, name: str) -> str | None:
        return next((str(one.id) for one in self.sim.control.records(self.place) if one.name == name), None)

    def about(self, request: Request) -> str | None:
        if request.operation == "create" and isinstance(request.body, dict):
            return request.body.get("name")
        seen = self.sim.control.versions(int(request.name)) if request.name else []
        return seen[-1][1].name if seen else None

    def sent_anew(self, post: Request, put: Request) -> Object:
        action = put.body["action"]
        return _difference(_unmarked(post.body), _unmarked(put.body)) if action in _WHOLE else dict(put.body)

    def carried(self, request: Request) -> Object:
        if request.operation == "create":
            return dict(request.body)
        seen = self.sim.control.versions(int(request.name or 0))
        at = next(number for number, (when, _) in enumerate(seen) if when >= request.time)
        before, after = seen[at - 1][1].configuration, seen[at][1].configuration
        # What somebody's own create left to the provider, and the operator spells out, is no change.
        return _difference(before, _known(before, after))


def _variables(entries: list[Object]) -> Object:
    outer, inner, last = _VARIABLES
    return {outer: {inner: {last: entries}}}


def _listed(remote: Part) -> list[Object]:
    outer, inner, last = _VARIABLES
    return list(remote[outer][inner][last])


def _label(label: str) -> Object:
    return {"key": MARKER, "value": label} if label.startswith(_CLAIMS) else {"key": label, "value": "1"}


def _claim(variable: Part) -> str:
    return str(variable["value"]).partition(" ")[0]


def _unmarked(body: Part) -> Object:
    """A body without its action, and without the operator's own variable."""
    left = [one for one in _listed(body) if one["key"] != MARKER]
    return {key: value for key, value in merged(body, _variables(left)).items() if key != "action"}


def _difference(before: Part, after: Part) -> Object:
    """What is otherwise than before; None for what is gone."""
    return {
        key: _difference(before[key], after[key])
        if isinstance(before.get(key), Mapping) and isinstance(after.get(key), Mapping)
        else after.get(key)
        for key in {**before, **after}
        if before.get(key) != after.get(key)
    }


def _known(before: Part, after: Part) -> Object:
    """What of `after` was spelled out before."""
    return {
        key: _known(before[key], value) if isinstance(value, Mapping) and isinstance(before[key], Mapping) else value
        for key, value in after.items()
        if key in before
    }
