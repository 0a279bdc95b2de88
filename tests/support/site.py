"""A cluster with an operator of its own: for tests that need two, or do to one what others would not survive."""

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from inference_operator.localcluster import LocalCluster
from inference_operator.simulator import Simulator
from tests.support.cluster import Kubectl
from tests.support.kube_api import KubeApi, Object
from tests.support.operator import OperatorProcess
from tests.support.team import Team

ROOT = Path(__file__).parents[2]
OPERATOR_NAMESPACE = "inference-operator-system"


@dataclass(frozen=True)
class Site:
    """A cluster of one test, where what is made stays until the whole is thrown away."""

    cluster: LocalCluster
    kubectl: Kubectl
    api: KubeApi
    simulator: Simulator
    directory: Path
    operators: list[OperatorProcess] = field(default_factory=list)

    def operator(self, *flags: str, kubeconfig: Path | None = None) -> OperatorProcess:
        """An operator, with the rights of deploy/rbac, that is not started yet. It ends with the site."""
        directory = self.directory / f"operator-{len(self.operators)}"
        directory.mkdir()
        own = kubeconfig or self.operator_kubeconfig()
        allowed = f"--allow-base-url={self.simulator.url}"
        self.operators.append(OperatorProcess(own, directory, flags=(allowed, *flags)))
        return self.operators[-1]

    def operator_kubeconfig(self) -> Path:
        """The operator's own rights: its ServiceAccount's."""
        return self.cluster.service_account_kubeconfig(OPERATOR_NAMESPACE, "inference-operator")

    def team(self, namespace: str | None = None) -> Team:
        """A team that has settled in; `namespace`: that of a team in another cluster, with the same account."""
        team = Team(api=self.api, kubectl=self.kubectl, simulator=self.simulator, log=self.logs)
        team.namespace = namespace or team.namespace
        team.settle_in()
        return team

    def logs(self) -> str:
        """The ends of the logs of all operators."""
        return "\n\n".join(one.tail() for one in self.operators)


@contextlib.contextmanager
def new_site(simulator: Simulator, directory: Path) -> Iterator[Site]:
    """A cluster with this project's CRDs, RBAC and policies. At its end no operator may have stumbled."""
    directory.mkdir(exist_ok=True)
    with LocalCluster.start() as cluster:
        kubectl, api = Kubectl(cluster.kubeconfig), KubeApi(cluster.kubeconfig)
        install(kubectl)
        site = Site(cluster, kubectl, api, simulator, directory)
        try:
            yield site
        finally:
            for one in site.operators:
                if one.running:
                    one.wake()
                    one.kill_holding()
            api.close()
    stumbles = [line for one in site.operators for line in one.log.splitlines() if _stumbled(line)]
    assert stumbles == []


def _stumbled(line: str) -> bool:
    # One that can't watch, or can't start, ends, and kopf and it say why at length: that is not a stumble.
    ended = "the operator failed" in line or '"logger": "kopf.' in line
    return "Traceback" in line and not ended


def install(kubectl: Kubectl) -> None:
    """Apply crds/ and deploy/."""
    kubectl.install(ROOT / "crds", "--force-conflicts")
    for part in ("rbac", "policies"):
        kubectl.run("apply", "--server-side", "--force-conflicts", f"--filename={ROOT / 'deploy' / part}")


def backup(objects: Sequence[Object]) -> list[Object]:
    """The objects as a backup keeps them: with their status, without what the old cluster gave them."""
    kept = ("name", "namespace", "annotations", "labels", "finalizers")
    return [
        {**one, "metadata": {key: value for key, value in one["metadata"].items() if key in kept}} for one in objects
    ]


def through(kubeconfig: Path, port: int) -> Path:
    """A copy of a kubeconfig that goes through a port of this machine."""
    config = yaml.safe_load(kubeconfig.read_text())
    config["clusters"][0]["cluster"]["server"] = f"https://127.0.0.1:{port}"
    path = kubeconfig.with_name(f"through-{port}.kubeconfig")
    path.touch(mode=0o600)
    path.write_text(yaml.safe_dump(config))
    return path
