"""Hugging Face, as a team meets it: names are unique, a PUT carries what changes, the marker is a tag."""

from collections.abc import Callable, Mapping
from typing import Any

from inference_operator.simulator import Fault, HuggingFace, Request, Simulator
from tests.api.manifests import changed, endpoint
from tests.support.vendors.vendor import Field, Object, Part


class HuggingFaceVendor:
    """A namespace of the team's name."""

    key = "huggingFace"
    account_name = "hf"
    starting_knob = "initializing_seconds"
    paging_knobs: tuple[str, ...] = ("page_size", "max_limit")
    prefix = "hf_"
    token = "hf_teamtoken0123456789"
    least: Part = endpoint()["spec"]["huggingFace"]
    first = Field("/type", ("type",), "private", "public")
    second = Field("/compute/scaling/maxReplica", ("compute", "scaling", "maxReplica"), 2, 5)
    further = Field("/model/env", ("model", "env"), {"A": "1"}, {})
    may_sleep: Part = {"compute": {"scaling": {"minReplica": 0, "maxReplica": 2, "scaleToZeroTimeout": 15}}}
    environment_pointer = "/model/env"
    labels_key = "tags"
    marks_alone = True
    tells_url = True
    tells_who = True

    def __init__(self, simulator: Simulator, namespace: Callable[[], str]) -> None:
        self.sim: HuggingFace = simulator.huggingface
        self._simulator = simulator
        self._namespace = namespace

    @property
    def place(self) -> str:
        return self._namespace()

    @property
    def url(self) -> str:
        return self._simulator.url

    def account(self, secret: str) -> Object:
        return {"namespace": self.place, "baseURL": self.url, "tokenSecretRef": {"name": secret, "key": "token"}}

    def credentials(self, token: str) -> dict[str, str]:
        return {"token": token}

    def elsewhere(self) -> Object:
        return {"namespace": f"{self.place}-elsewhere"}

    def environment(self, values: Mapping[str, str], secrets: Mapping[str, tuple[str, str]] | None = None) -> Object:
        found = {name: {"secretKeyRef": {"name": one, "key": key}} for name, (one, key) in (secrets or {}).items()}
        return {"model": {"env": dict(values)} | ({"secrets": found} if found else {})}

    def scaled(self, count: int) -> Object:
        return {"compute": {"scaling": {"minReplica": count, "maxReplica": count}}}

    def create(self, name: str, /, by: str = "operator", **changes: Any) -> None:
        body = changed(self.least, {"name": name, "model": {"framework": "pytorch", "image": {"huggingface": {}}}})
        self.sim.control.create(self.place, changed(body, changes), by)

    def remove(self, name: str) -> None:
        self.sim.control.delete(self.place, name)

    def labelled(self, *labels: str) -> Object:
        return {"tags": list(labels)}

    def in_state(self, state: str) -> Object:
        return {"state": state}

    def failed(self, message: str) -> Object:
        return {"state": "failed", "errorMessage": message}

    def healed(self) -> Object:
        return {"state": "running", "errorMessage": None}

    def with_variable(self, remote: Part, name: str, value: str) -> Object:
        return {"model": {"env": {**remote["model"]["env"], name: value}}}

    def fault(self, operation: str, *, name: str | None = None, token: str | None = None, **fault: Any) -> Fault:
        # What is about no namespace, such as the catalogue, fails with the token too.
        return Fault(operation=operation, namespace=None if token else self.place, name=name, token=token, **fault)

    def labels(self, remote: Part) -> list[str]:
        return list(remote["tags"])

    def variables(self, remote: Part) -> dict[str, str]:
        return {**remote["model"]["env"], **remote["model"]["secrets"]}

    def state(self, remote: Part) -> str:
        return str(remote["status"]["state"])

    def created_at(self, remote: Part) -> str:
        return str(remote["status"]["createdAt"])

    def concerns(self, request: Request) -> bool:
        return request.namespace == self.place

    def page(self, request: Request) -> str | None:
        return request.query.get("cursor")

    def called(self, name: str) -> str | None:
        return name

    def about(self, request: Request) -> str | None:
        if request.operation == "create" and isinstance(request.body, dict):
            return request.body.get("name")
        return request.name

    def sent_anew(self, post: Request, put: Request) -> Object:
        return dict(put.body)

    def carried(self, request: Request) -> Object:
        return dict(request.body or {})
