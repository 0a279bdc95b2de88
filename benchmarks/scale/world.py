"""Where all contenders work: a real API server and the simulated provider, each in processes of its own."""

import asyncio
import contextlib
import itertools
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx
from tests.support.cluster import Kubectl
from tests.support.kube_api import KubeApi
from tests.support.operator import OperatorProcess
from tests.support.site import OPERATOR_NAMESPACE, install

from benchmarks.scale import wanted, workload
from benchmarks.scale.kube import at_once, connected, login, write_counts
from benchmarks.scale.plan import Plan
from benchmarks.scale.provider import Provider, running_provider
from inference_operator.api import names
from inference_operator.localcluster import LocalCluster

GROUP = f"/apis/{names.API_VERSION}"
_LOOK_AGAIN = 0.2


@dataclass(frozen=True)
class World:
    """The shared ground of a run. What is made in a namespace is removed by whoever made it."""

    plan: Plan
    cluster: LocalCluster
    api: KubeApi
    provider: Provider
    directory: Path
    _numbers: Iterator[int] = field(default_factory=itertools.count)

    def operator(self, kubeconfig: Path | None = None) -> OperatorProcess:
        """`inference-operator run` with the rights of deploy/rbac, not started yet."""
        directory = self.directory / f"operator-{next(self._numbers)}"
        directory.mkdir()
        flags = (f"--allow-base-url={self.provider.url}", "--log-level=WARNING")
        return OperatorProcess(kubeconfig or self.operator_kubeconfig(), directory, flags=flags)

    def operator_kubeconfig(self) -> Path:
        """The operator's own rights: its ServiceAccount's."""
        return self.cluster.service_account_kubeconfig(OPERATOR_NAMESPACE, "inference-operator")

    def namespace(self) -> str:
        """A new namespace."""
        name = f"bench-{next(self._numbers)}"
        self.api.create("/api/v1/namespaces", {"metadata": {"name": name}})
        return name

    def account(self, namespace: str, *, max_requests_per_second: int) -> None:
        """The account `hf` and its Secret; returns once the operator says that it is ready."""
        secret = {"metadata": {"name": "hf"}, "stringData": {"token": wanted.TOKEN}}
        self.api.create(f"/api/v1/namespaces/{namespace}/secrets", secret)
        manifest = workload.account(
            namespace,
            url=self.provider.url,
            interval=self.plan.interval,
            max_requests_per_second=max_requests_per_second,
        )
        path = accounts(namespace)
        self.api.create(path, manifest)
        deadline = time.monotonic() + self.plan.patience
        while not _is_ready((self.api.get(f"{path}/hf") or {}).get("status", {})):
            if time.monotonic() > deadline:
                raise TimeoutError("the account is not ready")
            time.sleep(_LOOK_AGAIN)

    def kube_writes(self) -> Counter[str]:
        """Writes to the API server so far, by resource."""
        server, trust, token = login(self.cluster.kubeconfig)
        answer = httpx.get(
            f"{server}/metrics",
            verify=trust,
            headers={"Authorization": f"Bearer {token}"},
            timeout=30,
            trust_env=False,
        )
        return write_counts(answer.raise_for_status().text)

    def empty(self, collection: str) -> None:
        """Delete a collection and return once whoever holds finalizers has let all of it go."""
        self.api.delete(collection)
        deadline = time.monotonic() + self.plan.patience
        while self.api.items(f"{collection}?limit=1"):
            if time.monotonic() > deadline:
                raise TimeoutError(f"{collection} is not empty")
            time.sleep(_LOOK_AGAIN)

    def purge(self, collection: str) -> None:
        """Delete a collection that nobody works on any more."""
        found = [one["metadata"]["name"] for one in self.api.items(collection)]

        async def release() -> None:
            async with connected(self.cluster.kubeconfig) as kube:
                await at_once(kube.merge(f"{collection}/{name}", {"metadata": {"finalizers": None}}) for name in found)

        asyncio.run(release())
        self.empty(collection)


@contextlib.contextmanager
def new_world(plan: Plan) -> Iterator[World]:
    """A cluster with this project's CRDs, rights and policies, and a provider; all of it ends with the block."""
    with (
        tempfile.TemporaryDirectory() as directory,
        running_provider() as provider,
        LocalCluster.start() as cluster,
        contextlib.closing(KubeApi(cluster.kubeconfig)) as api,
    ):
        kubectl = Kubectl(cluster.kubeconfig)
        install(kubectl)
        kubectl.apply(workload.kopf_definition())
        kubectl.await_established("crd", "--all")
        yield World(plan, cluster, api, provider, Path(directory))


def endpoints(namespace: str) -> str:
    """The path of a namespace's InferenceEndpoints."""
    return f"{GROUP}/namespaces/{namespace}/{names.ENDPOINT_PLURAL}"


def accounts(namespace: str) -> str:
    """The path of a namespace's InferenceAccounts."""
    return f"{GROUP}/namespaces/{namespace}/{names.ACCOUNT_PLURAL}"


def _is_ready(status: dict[str, list[dict[str, str]]]) -> bool:
    found = status.get("conditions", [])
    return any(one["type"] == "Ready" and one["status"] == "True" for one in found)
