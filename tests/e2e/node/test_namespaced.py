"""An operator with rights in one namespace alone, by a RoleBinding: installed, uninstalled by force, and followed."""

from typing import Any

import pytest
import yaml
from tests.chart.helm import NAMESPACE, ROOT
from tests.e2e.node.release import Releases

pytestmark = pytest.mark.timeout(2400)

RELEASES = FIRST, SECOND = "tenants", "more-tenants"
TEAM = "team-n"
VALUES: dict[str, Any] = {"watchNamespaces": [TEAM], "clusterID": "production"}


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
