"""CRDs of another version are noticed at the start, and the operator says what to do about them."""

import json
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.e2e.conftest import OPERATOR_NAMESPACE
from tests.support.cluster import Cluster, Kubectl
from tests.support.kube_api import KubeApi

from inference_operator import __version__
from inference_operator.api.crds import render
from inference_operator.api.names import VERSION_ANNOTATION
from inference_operator.api.registry import registered
from inference_operator.kube.session import Session
from inference_operator.runtime.skew import CRDS, Skew, judge, skew

MAJOR, MINOR, _ = (int(part) for part in __version__.split("."))
OLDER = f"{MAJOR}.{MINOR - 1}.9" if MINOR else f"{MAJOR - 1}.9.9"
NEWER = f"{MAJOR}.{MINOR + 1}.0"
ENDPOINTS = CRDS[0]
PROVIDERS = tuple(one.key for one in registered())


def installed_crds(version: str | None = __version__) -> dict[str, dict[str, Any] | None]:
    """The CRDs as this version renders them, labelled as of another one; None: without a label."""
    annotations = {VERSION_ANNOTATION: version} if version else {}
    found = {crd["metadata"]["name"]: crd for crd in render(registered()).values()}
    return {name: {**crd, "metadata": {"name": name, "annotations": annotations}} for name, crd in found.items()}


def judged(crds: dict[str, dict[str, Any] | None], *providers: str) -> Skew | None:
    return judge(crds, version=__version__, providers=providers or PROVIDERS)


def test_those_of_this_version_and_its_patches_are_fine() -> None:
    assert judged(installed_crds()) is None
    assert judged(installed_crds(f"{MAJOR}.{MINOR}.99")) is None


@pytest.mark.parametrize("version", [OLDER, None])
def test_older_ones_end_the_operator_with_the_command_that_helps(version: str | None) -> None:
    found = judged(installed_crds(version))
    assert found is not None
    assert found.fatal
    assert (version or "before 0.1.0") in found.problem
    assert "inference-operator crds | kubectl apply --server-side" in found.problem


def test_one_older_among_them_counts() -> None:
    found = judged({**installed_crds(), ENDPOINTS: installed_crds(OLDER)[ENDPOINTS]})
    assert found is not None
    assert found.fatal


def test_newer_ones_are_a_warning() -> None:
    found = judged(installed_crds(NEWER))
    assert found is not None
    assert not found.fatal
    assert NEWER in found.problem


def test_missing_ones_are_named() -> None:
    found = judged({**installed_crds(), ENDPOINTS: None})
    assert found is not None
    assert found.fatal
    assert ENDPOINTS in found.problem


def test_a_provider_without_its_block_is_a_warning() -> None:
    found = judged(installed_crds(), *PROVIDERS, "toy")
    assert found is not None
    assert not found.fatal
    assert "toy" in found.problem


@pytest.fixture
async def session(installed: Cluster) -> AsyncIterator[Session]:
    kubeconfig = installed.service_account_kubeconfig(OPERATOR_NAMESPACE, "inference-operator")
    async with await Session.connect(str(kubeconfig)) as session:
        yield session


@pytest.fixture
def labelled(installed: Cluster) -> Iterator[Any]:
    """Labels the CRD of the endpoints as of another version, until the test is over."""
    api = KubeApi(installed.kubeconfig)
    path = f"/apis/apiextensions.k8s.io/v1/customresourcedefinitions/{ENDPOINTS}"

    def label(version: str | None) -> None:
        api.patch(path, {"metadata": {"annotations": {VERSION_ANNOTATION: version}}})

    yield label
    label(__version__)
    api.close()


async def test_with_its_own_rights_it_reads_those_of_the_cluster(session: Session) -> None:
    assert await skew(session) is None


async def test_without_the_right_it_goes_on(installed: Cluster, kubectl: Kubectl, namespace: str) -> None:
    kubectl.run("create", "serviceaccount", "nobody", f"--namespace={namespace}")
    async with await Session.connect(str(installed.service_account_kubeconfig(namespace, "nobody"))) as session:
        assert await skew(session) is None


def test_the_process_ends_and_says_what_to_do(installed: Cluster, labelled: Any) -> None:
    labelled(OLDER)
    kubeconfig = installed.service_account_kubeconfig(OPERATOR_NAMESPACE, "inference-operator")
    done = _run(kubeconfig)
    assert done.returncode == 1
    last = json.loads(done.stderr.splitlines()[-1])
    assert (last["level"], last["event"]) == ("error", "the operator can't work like this")
    assert OLDER in last["why"]
    assert "kubectl apply" in last["why"]
    assert "Traceback" not in done.stderr


def _run(kubeconfig: Path) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "inference_operator", "run", f"--kubeconfig={kubeconfig}", "--no-leader-elect"]
    ports = ("--health-port=-1", "--metrics-port=-1")
    return subprocess.run([*command, *ports], capture_output=True, text=True, check=False, timeout=60)
