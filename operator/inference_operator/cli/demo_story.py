"""The demo's story: one manifest is applied, an endpoint comes up and answers."""

import time
from typing import Any

import yaml

from inference_operator.cli.demo_narrator import Narrator
from inference_operator.cli.demo_provider import TOKEN
from inference_operator.cli.demo_world import World

TEXT = "I love this"
"""What the sample model is asked."""

_CURL = (
    f"""curl -s -H 'Authorization: Bearer {TOKEN}' -H 'Content-Type: application/json' -d '{{"inputs": "{TEXT}"}}'"""
)

_WHY = {
    "pending": "the POST is sent, once; the provider looks for hardware",
    "initializing": "the container starts and loads the model",
    "running": "it serves; the operator saw it in the account's one list",
}
_SECONDS = 60.0


class Story:
    """The sample endpoint of one world."""

    def __init__(self, world: World, narrator: Narrator) -> None:
        self.world = world
        self._narrator = narrator
        manifest = yaml.safe_load(world.manifests.endpoint.read_text())
        self.name: str = manifest["metadata"]["name"]
        self.remote_namespace: str = world.account["spec"]["huggingFace"]["namespace"]
        self.url = ""

    def tell(self) -> None:
        """Apply the sample, watch it come up, call it."""
        file = self.world.manifests.endpoint
        self.world.kubectl.run("apply", f"--filename={file}")
        shown = f"kubectl apply -f {self.world.manifests.shown(file)}"
        self._narrator.done("Endpoint", f"{shown}: the endpoint is declared, the operator makes it so")
        self._watch()
        self._narrator.command("kubectl get ie", self.world.kubectl.run("get", "ie"))
        self._narrator.command(f"{_CURL} \\\n    {self.url}", self.world.provider.infer(self.url, TEXT))

    @property
    def curl(self) -> str:
        """The request as one types it."""
        return f"{_CURL} {self.url}"

    def remote(self) -> dict[str, Any] | None:
        """The endpoint as the provider has it."""
        return self.world.provider.endpoint(self.remote_namespace, self.name)

    def _watch(self) -> None:
        began, seen = time.monotonic(), ""

        def running(obj: dict[str, Any] | None) -> bool:
            nonlocal seen
            state = (obj or {}).get("status", {}).get("state", "")
            if state and state != seen:
                self._narrator.state(state, time.monotonic() - began, _WHY.get(state, "as the provider says"))
                seen = state
            return bool(state == "running")

        obj = self.world.until("ie", self.name, running, what="State running", seconds=_SECONDS)
        self.url = (obj or {})["status"]["url"]
