"""The simulated provider of the demo: a process of its own, asked over HTTP what it was asked for."""

import time
from collections import Counter
from typing import Any

import httpx

from inference_operator.cli.demo_child import Child
from inference_operator.cli.demo_error import DemoError
from inference_operator.localcluster import LocalCluster

TOKEN = "hf_demo"
"""The simulator takes any token that begins with hf_. This one opens nothing else."""

ACTIONS = ("create", "update", "pause", "resume", "scaleToZero", "delete")
"""The calls that change something, in the order of the demo."""

# Long enough to be seen, short enough to be waited for.
KNOBS = {"pending_seconds": 1.0, "initializing_seconds": 1.5, "updating_seconds": 1.0}

_ANNOUNCEMENT = "Simulator on "
_START_SECONDS = 20.0
_HOLD_SECONDS = 60


class Provider:
    """The simulator. Every method raises DemoError when it doesn't answer."""

    def __init__(self, cluster: LocalCluster) -> None:
        self.child = Child("simulator", ["simulate", "--port", "0"], cluster)
        self._http = httpx.Client(trust_env=False, timeout=_HOLD_SECONDS + 10)
        self.url = ""

    def await_start(self) -> None:
        """Return once it listens, with `url` known and the delays set."""
        until = time.monotonic() + _START_SECONDS
        while not self.url:
            self.child.check()
            if time.monotonic() > until:
                raise DemoError(f"The simulator did not start within {_START_SECONDS:.0f} s.", log=self.child.tail())
            time.sleep(0.05)
            line, ended, _ = self.child.log.read_text().partition("\n")
            self.url = line.removeprefix(_ANNOUNCEMENT).strip() if ended else ""
        self._ask("PUT", "/_sim/knobs", KNOBS)

    def calls(self) -> Counter[str]:
        """How often each operation was called."""
        return Counter(self._ask("GET", "/_sim/calls")["calls"])

    def actions(self) -> dict[str, int]:
        """How often each operation that changes something was called; those never called are left out."""
        calls = self.calls()
        return {action: calls[action] for action in ACTIONS if calls[action]}

    def last_body(self, operation: str) -> Any:
        """The JSON body of the last call of an operation."""
        items = self._ask("GET", "/_sim/journal")["items"]
        return next((item["body"] for item in reversed(items) if item["operation"] == operation), None)

    def endpoint(self, namespace: str, name: str) -> dict[str, Any] | None:
        """An endpoint as the provider has it, None where it has none."""
        found = self._ask("GET", "/_sim/endpoints").get(namespace, {}).get(name)
        return dict(found) if found else None

    def infer(self, url: str, text: str) -> str:
        """Send a text to an endpoint's URL and return the answer's body; one that sleeps is woken and waited for."""
        headers = {"Authorization": f"Bearer {TOKEN}", "X-Scale-Up-Timeout": str(_HOLD_SECONDS)}
        answer = self._request("POST", url, json={"inputs": text}, headers=headers)
        if answer.is_error:
            raise DemoError(f"{url} answered {answer.status_code}: {answer.text}", log=self.child.tail())
        return answer.text

    def _ask(self, method: str, path: str, body: Any = None) -> dict[str, Any]:
        return dict(self._request(method, self.url + path, json=body).json())

    def _request(self, method: str, url: str, **arguments: Any) -> httpx.Response:
        try:
            return self._http.request(method, url, **arguments)
        except httpx.HTTPError as error:
            self.child.check()
            raise DemoError(f"The simulator did not answer {method} {url}: {error}.", log=self.child.tail()) from None

    def close(self) -> None:
        """Stop it."""
        self._http.close()
        self.child.stop()
