"""The parts of the demo, made one after the other and told as they come: cluster, provider, operator, account."""

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

import yaml

from inference_operator.api.condition import Condition
from inference_operator.api.crds import render, to_yaml
from inference_operator.api.names import DEFAULT_OPERATOR_NAMESPACE
from inference_operator.api.registry import registered
from inference_operator.cli.demo_child import Child
from inference_operator.cli.demo_error import DemoError
from inference_operator.cli.demo_files import Manifests
from inference_operator.cli.demo_kubectl import Kubectl
from inference_operator.cli.demo_narrator import Narrator
from inference_operator.cli.demo_provider import TOKEN, Provider
from inference_operator.localcluster import LocalCluster, kubectl_path

_LOOK_AGAIN = 0.3
_ESTABLISHED_WITHIN = 30.0


@dataclass(frozen=True)
class World:
    """All that runs. `account`: the manifest of the sample account, with the simulator's address in it."""

    cluster: LocalCluster
    kubectl: Kubectl
    provider: Provider
    operator: Child
    manifests: Manifests
    account: dict[str, Any]

    def check(self) -> None:
        """Raise DemoError when a part has ended by itself."""
        self.provider.child.check()
        self.operator.check()

    def until(
        self, kind: str, name: str, reached: Callable[[dict[str, Any] | None], bool], *, what: str, seconds: float = 60
    ) -> dict[str, Any] | None:
        """Look at an object until it is as wanted, and return it. Raises DemoError, with the operator's last words."""
        until = time.monotonic() + seconds
        while True:
            self.check()
            found = self.kubectl.find(kind, name)
            if reached(found):
                return found
            if time.monotonic() > until:
                said = f"{what} did not happen within {seconds:.0f} s; {kind}/{name} shows {_summary(found)}."
                raise DemoError(said, log=self.operator.tail())
            time.sleep(_LOOK_AGAIN)


@contextmanager
def world(narrator: Narrator, manifests: Manifests) -> Iterator[World]:
    """Make everything up to the account, which is ready when this returns; leaving the context stops it all."""
    sample = yaml.safe_load(manifests.account.read_text())
    with ExitStack() as stack:
        began = time.monotonic()
        cluster = stack.enter_context(LocalCluster.start(progress=narrator.progress))
        narrator.done(
            "Kubernetes", f"kube-apiserver and etcd on {cluster.url}, without Docker ({time.monotonic() - began:.1f} s)"
        )
        provider = Provider(cluster)
        stack.callback(provider.close)
        kubectl = Kubectl(kubectl_path(progress=narrator.progress), cluster.kubeconfig)
        _install(kubectl, manifests, narrator)
        provider.await_start()
        narrator.done("Provider", f"a simulated Hugging Face on {provider.url}: nothing leaves this machine or costs")
        kubeconfig = cluster.service_account_kubeconfig(DEFAULT_OPERATOR_NAMESPACE, "inference-operator")
        operator = stack.enter_context(Child("operator", _run(str(kubeconfig), provider.url), cluster))
        narrator.done("Operator", f"`inference-operator run`, process {operator.pid}, with those rights and no others")
        account = _at(sample, provider.url)
        made = World(cluster, kubectl, provider, operator, manifests, account)
        _create_account(made, narrator)
        yield made


def condition(obj: dict[str, Any] | None, kind: str) -> Condition | None:
    """One condition of an object, None where it has none."""
    found = (obj or {}).get("status", {}).get("conditions") or ()
    return next((Condition.from_json(one) for one in found if one["type"] == kind), None)


def _install(kubectl: Kubectl, manifests: Manifests, narrator: Narrator) -> None:
    crds = render(registered())
    text = "---\n".join(to_yaml(crd) for crd in crds.values())
    kubectl.run("apply", "--server-side", "--filename=-", stdin=text)
    _await_established(kubectl, [crd["metadata"]["name"] for crd in crds.values()])
    kinds = ", ".join(crd["spec"]["names"]["kind"] for crd in crds.values())
    narrator.done("API", f"{kinds}: the CRDs, with every rule checked by the API server")
    kubectl.run("apply", f"--filename={manifests.rbac}")
    narrator.done("Rights", f"{manifests.shown(manifests.rbac)}: a namespace, a ServiceAccount, and what it may do")


def _await_established(kubectl: Kubectl, crds: list[str]) -> None:
    """`kubectl wait` fails instead of waiting where nothing at all is said of a CRD yet."""
    until = time.monotonic() + _ESTABLISHED_WITHIN
    for name in crds:
        while (found := condition(kubectl.find("crd", name), "Established")) is None or found.status != "True":
            if time.monotonic() > until:
                raise DemoError(f"The API server does not serve {name} after {_ESTABLISHED_WITHIN:.0f} s.")
            time.sleep(_LOOK_AGAIN)


def _run(kubeconfig: str, provider_url: str) -> list[str]:
    # Ports off: two demos may run at a time.
    ports = ["--health-port", "-1", "--metrics-port", "-1"]
    return ["run", "--kubeconfig", kubeconfig, "--allow-base-url", provider_url, "--log-format", "text", *ports]


def _at(sample: dict[str, Any], provider_url: str) -> dict[str, Any]:
    block = {**sample["spec"]["huggingFace"], "baseURL": provider_url}
    return {**sample, "spec": {**sample["spec"], "huggingFace": block, "pollInterval": "1s"}}


def _create_account(made: World, narrator: Narrator) -> None:
    reference, name = made.account["spec"]["huggingFace"]["tokenSecretRef"], made.account["metadata"]["name"]
    made.kubectl.run("create", "secret", "generic", reference["name"], f"--from-literal={reference['key']}={TOKEN}")
    made.kubectl.run("apply", "--filename=-", stdin=yaml.safe_dump(made.account))
    made.until("ia", name, _is_ready, what="Account ready", seconds=30)
    narrator.done("Account", f"InferenceAccount/{name} is Ready: who pays; the token is in Secret/{reference['name']}")


def _is_ready(obj: dict[str, Any] | None) -> bool:
    ready = condition(obj, "Ready")
    return ready is not None and ready.status == "True"


def _summary(obj: dict[str, Any] | None) -> str:
    ready = condition(obj, "Ready")
    if obj is None or ready is None:
        return "no status" if obj else "nothing: it does not exist"
    state = obj["status"].get("state", "no state")
    return f"{state}, Ready={ready.status} ({ready.reason}: {ready.message})"
