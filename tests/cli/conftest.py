"""An InferenceEndpoint that is bound to a simulated remote endpoint, as an operator would have left it; none runs."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import settings
from tests.api.manifests import account, changed, endpoint
from tests.support.cluster import Cluster
from tests.support.team import KubeApi
from typer.testing import CliRunner

from inference_operator.api import names
from inference_operator.cli.app import app
from inference_operator.simulator import Simulator

settings.register_profile("sample", max_examples=50, deadline=None)
settings.load_profile("sample")

TOKEN = "hf_canaryTokenThatMustNotLeak"
OWN_TOKEN = "hf_ownTokenOfThePersonWhoAsks"

_AT_A_TERMINAL = """
import signal
from inference_operator.__main__ import main
signal.signal(signal.SIGINT, signal.default_int_handler)
main()
"""
"""The command as a shell in the foreground starts it: in the background it would be made deaf to Ctrl-C."""


@dataclass(frozen=True)
class Done:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    @property
    def lines(self) -> list[str]:
        return self.out.splitlines()


class World:
    """A namespace with a Secret, an account, and the endpoint `sentiment`, bound to the remote `sentiment-prod`."""

    def __init__(self, *, api: KubeApi, cluster: Cluster, sim: Simulator, namespace: str) -> None:
        self.api = api
        self.cluster = cluster
        self.simulator = sim
        self.sim = sim.huggingface
        self.namespace = namespace
        self.home = f"/apis/{names.API_VERSION}/namespaces/{namespace}"
        self.core = f"/api/v1/namespaces/{namespace}"

    def furnish(self) -> None:
        self.api.create(f"{self.core}/secrets", {"metadata": {"name": "hf"}, "stringData": {"token": TOKEN}})
        block = {"namespace": "acme", "baseURL": self.simulator.url}
        made = self.api.create(f"{self.home}/inferenceaccounts", account({"spec": {"huggingFace": block}}))
        self.account_uid = made["metadata"]["uid"]
        self.make_remotely("sentiment-prod")
        self.make("sentiment", bound_to="sentiment-prod")

    def make(self, name: str, *, bound_to: str | None = None, **reference: Any) -> None:
        self.api.create(f"{self.home}/inferenceendpoints", endpoint({"metadata": {"name": name}}))
        if bound_to is not None:
            self.bind(name, bound_to, **reference)

    def bind(self, name: str, remote: str, **reference: Any) -> None:
        found = {
            "account": {"kind": "InferenceAccount", "name": "hf", "uid": self.account_uid},
            "provider": "huggingFace",
            "baseURL": self.simulator.url,
            "namespace": "acme",
            "name": remote,
        }
        body = {"status": {"remoteRef": found | reference}}
        self.api.patch(f"{self.home}/inferenceendpoints/{name}/status", body)

    def make_remotely(self, name: str, *, at: str = "acme", **changes: Any) -> None:
        block = endpoint()["spec"]["huggingFace"]
        block["compute"]["scaling"] = {"minReplica": 1, "maxReplica": 1}
        block["model"] |= {"framework": "pytorch", "image": {"huggingface": {}}}
        made = httpx.post(
            f"{self.simulator.url}/v2/endpoint/{at}",
            json={"name": name, **changed(block, changes)},
            headers={"Authorization": f"Bearer {TOKEN}"},
        )
        assert made.is_success, made.text
        self.sim.edit(at, name, {"state": "running"})

    def kubeconfig_with(self, *rules: Mapping[str, Any]) -> Path:
        """A kubeconfig of somebody who may do just this in the namespace."""
        self.api.create(f"{self.core}/serviceaccounts", {"metadata": {"name": "person"}})
        rbac = f"/apis/rbac.authorization.k8s.io/v1/namespaces/{self.namespace}"
        self.api.create(f"{rbac}/roles", {"metadata": {"name": "person"}, "rules": list(rules)})
        binding = {
            "metadata": {"name": "person"},
            "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "person"},
            "subjects": [{"kind": "ServiceAccount", "name": "person", "namespace": self.namespace}],
        }
        self.api.create(f"{rbac}/rolebindings", binding)
        return self.cluster.service_account_kubeconfig(self.namespace, "person")

    def run(self, *arguments: str, kubeconfig: Path | None = None, env: Mapping[str, str | None] | None = None) -> Done:
        """A command about the namespace, in this process."""
        options = (f"--namespace={self.namespace}", f"--kubeconfig={kubeconfig or self.cluster.kubeconfig}")
        return run(*arguments, *options, env=env)

    def start(self, *arguments: str, kubeconfig: Path | None = None) -> subprocess.Popen[str]:
        """The same as a process of its own."""
        options = (f"--namespace={self.namespace}", f"--kubeconfig={kubeconfig or self.cluster.kubeconfig}")
        return subprocess.Popen(
            [sys.executable, "-c", _AT_A_TERMINAL, *arguments, *options],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=os.environ | {"PYTHONWARNINGS": "error::ResourceWarning"},
        )

    def requests(self, operation: str) -> list[Mapping[str, str]]:
        """The queries of the requests that came in."""
        return [one.query for one in self.sim.journal if one.operation == operation]


def run(*arguments: str, env: Mapping[str, str | None] | None = None) -> Done:
    """A command in this process, without a token in the environment unless `env` has one."""
    result = CliRunner().invoke(app, list(arguments), env={"HF_TOKEN": None, **(env or {})})
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exc_info
    assert TOKEN not in result.output
    assert OWN_TOKEN not in result.output
    return Done(result.exit_code, result.stdout, result.stderr)


@pytest.fixture(scope="session")
def api(installed: Cluster) -> Iterator[KubeApi]:
    connected = KubeApi(installed.kubeconfig)
    yield connected
    connected.close()


@pytest.fixture(scope="session")
def shared_simulator() -> Iterator[Simulator]:
    with Simulator.start(pending_seconds=0, initializing_seconds=0) as simulator:
        yield simulator


@pytest.fixture
def sim(shared_simulator: Simulator) -> Simulator:
    shared_simulator.huggingface.reset()
    return shared_simulator


@pytest.fixture
def world(api: KubeApi, installed: Cluster, sim: Simulator, make_namespace: Callable[[], str]) -> World:
    found = World(api=api, cluster=installed, sim=sim, namespace=make_namespace())
    found.furnish()
    return found


@pytest.fixture
def make_namespace(api: KubeApi) -> Iterator[Callable[[], str]]:
    """Namespaces without the time that kubectl takes to start."""
    made: list[str] = []

    def make() -> str:
        created = api.create("/api/v1/namespaces", {"metadata": {"generateName": "cli-"}})
        made.append(created["metadata"]["name"])
        return made[-1]

    yield make
    for name in made:
        api.delete(f"/api/v1/namespaces/{name}")
