"""The operator as Helm installs it, and what is asked of the cluster and of the provider about it."""

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

from tests.chart.helm import CHART, NAMESPACE, Helm
from tests.support.cluster import Kubectl

from inference_operator.simulator import Simulator

DEPLOYMENT = "deployment/inference-operator"
SECONDS = 180.0
"""How long anything may take on a machine that does other things too."""
_READS = {"GET", "HEAD"}


@dataclass
class Releases:
    """One cluster, and the operator's releases there."""

    helm: Helm
    kubectl: Kubectl
    simulator: Simulator
    image: str

    def prepare(self, team: str) -> None:
        """The operator's namespace, under pod security `restricted`, and a team's, each with the token."""
        for name, labels in ((NAMESPACE, {"pod-security.kubernetes.io/enforce": "restricted"}), (team, {})):
            metadata = {"name": name, "labels": labels}
            self.kubectl.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": metadata})
            self.kubectl.run("create", "secret", "generic", "hf", "--from-literal=token=hf_node", f"--namespace={name}")

    def clear(self, *names: str, team: str) -> None:
        """Leave nothing in the cluster, however far a story went."""
        for name in names:
            self.helm.run(
                "uninstall", name, f"--namespace={NAMESPACE}", "--no-hooks", "--ignore-not-found", check=False
            )
        free = '--patch={"metadata":{"finalizers":null}}'
        for kind in ("ie", "ia"):
            for found in self.kubectl.run("get", kind, f"--namespace={team}", "-o", "name", check=False).stdout.split():
                self.kubectl.run("patch", found, f"--namespace={team}", "--type=merge", free, check=False)
        self.kubectl.run("patch", "cia", "default", "--type=merge", free, check=False)
        crds = (
            f"{path.stem.partition('_')[2]}.inference-operator.dev" for path in (CHART / "files/crds").glob("*.yaml")
        )
        self.kubectl.run("delete", "crd", *crds, "--ignore-not-found", "--timeout=60s", check=False, timeout=90)
        gone = ("delete", "namespace", NAMESPACE, team, "--ignore-not-found", "--timeout=120s")
        self.kubectl.run(*gone, check=False, timeout=150)

    def install(self, name: str, chart: Path = CHART, **values: Any) -> None:
        """`helm install`, and wait until its pods run."""
        self._run("install", name, str(chart), values)

    def upgrade(self, name: str, chart: Path = CHART, **values: Any) -> None:
        """`helm upgrade`, and wait until its pods run."""
        self._run("upgrade", name, str(chart), values)

    def uninstall(self, name: str, *, check: bool = True) -> CompletedProcess[str]:
        """`helm uninstall`, and wait until what it had is gone."""
        return self.helm.run("uninstall", name, f"--namespace={NAMESPACE}", "--wait", check=check)

    def test(self, name: str) -> str:
        """`helm test`."""
        return self.helm.run("test", name, f"--namespace={NAMESPACE}").stdout

    def pods(self) -> list[dict[str, Any]]:
        """The operator's pods that are not being deleted."""
        selector = "--selector=app.kubernetes.io/component=operator"
        listed = json.loads(self.kubectl.run("get", "pods", f"--namespace={NAMESPACE}", selector, "-o", "json").stdout)
        return [one for one in listed["items"] if "deletionTimestamp" not in one["metadata"]]

    def leader(self) -> str:
        """The name of the pod that leads; nothing where none does."""
        lease = self.kubectl.get("lease", "inference-operator", NAMESPACE)
        return str(lease["spec"].get("holderIdentity") or "").rpartition("_")[0]

    def writes(self) -> list[str]:
        """What was asked of the provider beside reads since `forget`."""
        requests = self.simulator.huggingface.journal
        return [f"{one.method} {one.path}" for one in requests if one.method not in _READS and one.namespace]

    def reads(self) -> int:
        """How often the provider was read since `forget`."""
        return len([one for one in self.simulator.huggingface.journal if one.operation == "list"])

    def forget(self) -> None:
        """Forget what was asked so far."""
        self.simulator.huggingface.bench.journal.clear()

    def until(self, holds: Callable[[], Any], what: str) -> None:
        """Wait for something. AssertionError, with the logs, when it does not come about."""
        until = time.monotonic() + SECONDS
        while not holds():
            assert time.monotonic() < until, f"not so: {what}\n{self.logs()}"
            time.sleep(0.5)

    def rolled_out(self) -> None:
        """Wait until all pods of the Deployment are ready."""
        status = ("rollout", "status", DEPLOYMENT, f"--namespace={NAMESPACE}", "--timeout=180s")
        done = self.kubectl.run(*status, check=False, timeout=200)
        assert done.returncode == 0, f"{done.stderr}\n{self.logs()}"

    def logs(self) -> str:
        """The end of the operators' logs, and how the pods stand."""
        selector = "--selector=app.kubernetes.io/name=inference-operator"
        where = f"--namespace={NAMESPACE}"
        pods = self.kubectl.run("get", "pods", where, "-o", "wide", check=False).stdout
        events = self.kubectl.run("get", "events", where, "--sort-by=.lastTimestamp", check=False).stdout[-3000:]
        return pods + events + self.kubectl.run("logs", where, selector, "--prefix", "--tail=30", check=False).stdout

    def _run(self, command: str, name: str, chart: str, values: Mapping[str, Any]) -> None:
        repository, _, tag = self.image.rpartition(":")
        given = {
            "image": {"repository": repository, "tag": tag},
            "huggingFace": {
                "namespace": "my-org",
                "existingSecret": "hf",
                "baseURL": self.simulator.url,
                "pollInterval": "2s",
            },
            **values,
        }
        done = self.helm.run(
            command, name, chart, f"--namespace={NAMESPACE}", "--values=-", stdin=json.dumps(given), check=False
        )
        assert done.returncode == 0, f"{done.stderr}\n{self.logs()}"
        self.rolled_out()
