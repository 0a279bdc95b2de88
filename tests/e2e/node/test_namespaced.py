"""An operator with rights in one namespace alone, by a RoleBinding: installed, uninstalled by force, and followed."""

from collections.abc import Iterator
from typing import Any

import pytest
import yaml
from tests.chart.helm import NAMESPACE, ROOT, Helm
from tests.e2e.node.release import Releases
from tests.support.cluster import Kubectl

from inference_operator.simulator import Simulator

pytestmark = pytest.mark.timeout(2400)

FIRST, SECOND = "tenants", "more-tenants"
TEAM = "team-n"
VALUES: dict[str, Any] = {"watchNamespaces": [TEAM], "clusterID": "production"}


@pytest.fixture(scope="module")
def releases(image: str, helm_on_node: Helm, on_node: Kubectl, provider: Simulator) -> Iterator[Releases]:
    """An empty namespace of the operator's, and that of the one team that it works for."""
    provider.huggingface.reset()
    made = Releases(helm_on_node, on_node, provider, image)
    made.prepare(TEAM)
    yield made
    made.clear(FIRST, SECOND, team=TEAM)


def test_it_works_without_a_right_in_the_whole_cluster(releases: Releases) -> None:
    releases.install(FIRST, **VALUES)
    endpoint: dict[str, Any] = yaml.safe_load((ROOT / "deploy" / "samples" / "endpoint.yaml").read_text())
    del endpoint["spec"]["accountRef"]
    releases.kubectl.apply(endpoint, f"--namespace={TEAM}")
    releases.kubectl.wait("ie", "sentiment", "condition=Ready", TEAM, seconds=120)
    user = f"--as=system:serviceaccount:{NAMESPACE}:inference-operator"
    for scope, allowed in ((f"--namespace={TEAM}", "yes"), ("--all-namespaces", "no")):
        asked = releases.kubectl.run("auth", "can-i", "list", "ie", user, scope, check=False)
        assert asked.stdout.strip() == allowed
    assert releases.test(FIRST)


def test_its_rolebinding_outlives_a_forced_uninstall_and_serves_the_next_release(releases: Releases) -> None:
    releases.upgrade(FIRST, **VALUES, uninstall={"force": True})
    releases.forget()
    releases.uninstall(FIRST)
    assert "deletionTimestamp" not in _binding(releases)["metadata"]
    releases.install(SECOND, **VALUES)
    releases.until(lambda: releases.reads() >= 4, "the provider is read")
    assert releases.writes() == []
    releases.kubectl.run("delete", "ie", "--all", f"--namespace={TEAM}", "--timeout=120s", timeout=150)
    assert releases.simulator.huggingface.endpoints("my-org") == {}
    releases.until(lambda: "finalizers" not in _binding(releases)["metadata"], "nothing holds the RoleBinding any more")
    releases.uninstall(SECOND)


def _binding(releases: Releases) -> dict[str, Any]:
    return releases.kubectl.get("rolebinding", "inference-operator", TEAM)
