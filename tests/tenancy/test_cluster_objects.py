"""Attacks on what the operator writes in the cluster: it writes beside an endpoint, and over nobody's objects."""

from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml
from tests.support.cluster import Cluster
from tests.support.kube_api import Object
from tests.support.team import says
from tests.tenancy.world import CLOSED, OPEN, SYSTEM, World, refusal

from inference_operator.api import names
from inference_operator.core.orphans import LEDGER

pytestmark = pytest.mark.proof


def connected(world: World, config_map: str) -> str:
    """A working endpoint of the tenant that asks for its connection in this ConfigMap; its name."""
    world.account(account := world.fresh())
    target = {"configMapName": config_map}
    manifest = world.tenant.manifest(name := world.fresh(), accountRef={"name": account}, writeConnectionTo=target)
    world.tenant.apply(manifest)
    return name


@pytest.mark.parametrize("name", ["../{victim}/sentiment", "{victim}/sentiment", "..", "sentiment%2f..", "a\nb"])
def test_a_connection_target_that_leads_elsewhere_is_refused(world: World, name: str) -> None:
    target = {"configMapName": name.format(victim=world.victim.namespace)}
    manifest = world.tenant.manifest(world.fresh(), writeConnectionTo=target)

    assert "spec.writeConnectionTo.configMapName" in refusal(lambda: world.tenant.apply(manifest))


OWNERS = ["nobody", "victims-endpoint", "namesake"]


@pytest.mark.parametrize("owner", OWNERS)
def test_a_config_map_of_another_is_not_touched(world: World, owner: str) -> None:
    uid = {"victims-endpoint": world.victim.get("sentiment")["metadata"]["uid"], "namesake": "0-0-0"}.get(owner)
    reference = {"apiVersion": names.API_VERSION, "kind": names.ENDPOINT_KIND, "name": "sentiment", "uid": uid}
    metadata: Object = {"name": world.fresh("settings")}
    if uid:
        metadata["ownerReferences"] = [reference]
    # The garbage collector, which takes what has no owner, is not what is shown here.
    metadata["finalizers"] = ["example.com/kept"]
    made = world.tenant.api.create(world.tenant.path("configmap"), {"metadata": metadata, "data": {"url": "mine"}})

    world.tenant.wait(connected(world, metadata["name"]), says("Ready", "False", "ConnectionTargetExists"))
    path = f"{world.tenant.path('configmap')}/{metadata['name']}"
    now = world.admin.get(path)
    assert now is not None
    assert now["data"] == made["data"]
    world.admin.patch(path, {"metadata": {"finalizers": None}})


@pytest.mark.parametrize("name", ["extension-apiserver-authentication", LEDGER, "sentiment"])
def test_a_famous_name_is_one_of_the_tenants_own_namespace(world: World, name: str) -> None:
    endpoint = connected(world, name)
    world.tenant.wait(endpoint, says("Ready"))

    found = world.admin.get(f"{world.tenant.path('configmap')}/{name}")
    assert found is not None
    assert found["data"]["name"] == endpoint


def test_a_target_that_is_changed_takes_no_config_map_of_others_along(world: World) -> None:
    kept = world.fresh("kept")
    world.tenant.api.create(world.tenant.path("configmap"), {"metadata": {"name": kept}, "data": {"a": "b"}})
    endpoint = connected(world, kept)
    world.tenant.wait(endpoint, says("Ready", "False", "ConnectionTargetExists"))
    world.tenant.patch(endpoint, {"spec": {"writeConnectionTo": None}})

    world.tenant.wait(endpoint, says("Ready"))
    assert world.admin.get(f"{world.tenant.path('configmap')}/{kept}") is not None


@pytest.mark.parametrize("account", [OPEN, CLOSED])
def test_who_is_refused_holds_no_account_back(world: World, account: str) -> None:
    reference = {"name": account, "kind": names.CLUSTER_ACCOUNT_KIND}
    reason = "AlreadyExists" if account == OPEN else "AccountNotAllowed"
    manifest = world.tenant.manifest(name := world.fresh(), accountRef=reference, huggingFace={"name": "production"})
    world.tenant.apply(manifest)

    found = world.tenant.wait(name, says("Ready", "False", reason))
    assert "finalizers" not in found["metadata"]


def test_the_operators_finalizer_on_an_own_account_keeps_nobody(world: World) -> None:
    world.account(name := world.fresh())
    path = f"{world.tenant.path('account')}/{name}"
    world.tenant.api.patch(path, {"metadata": {"finalizers": [names.IN_USE_FINALIZER]}})
    world.tenant.api.delete(path)

    world.tenant.until(lambda: world.admin.get(path) is None, "the account is gone")


SCRAPES: dict[str, tuple[str, int]] = {
    "victims-endpoint": ("/openmetrics/{victim}/sentiment", 403),
    "up": ("/openmetrics/{tenant}/..%2f..%2f{victim}%2fsentiment", 404),
    "dots": ("/openmetrics/{tenant}/../{victim}/sentiment", 403),
    "absent": ("/openmetrics/{victim}/absent", 403),
    "encoded-slash": ("/openmetrics/{victim}%2fsentiment/x", 403),
    "cluster": ("/openmetrics/{system}/any", 403),
}


@pytest.mark.parametrize(("path", "status"), SCRAPES.values(), ids=SCRAPES.keys())
def test_metrics_of_others_are_not_passed_on(world: World, installed: Cluster, path: str, status: int) -> None:
    place = path.format(victim=world.victim.namespace, tenant=world.tenant.namespace, system=SYSTEM)
    answer = _scrape(world, installed, place)

    assert answer.status_code in (status, 403, 404), answer.text
    assert "requests_total" not in answer.text
    assert [one for one in world.simulator.huggingface.journal if one.operation == "openMetrics"] == []


def test_metrics_through_an_account_that_is_not_allowed_are_not_passed_on(world: World, installed: Cluster) -> None:
    reference = {"name": CLOSED, "kind": names.CLUSTER_ACCOUNT_KIND}
    manifest = world.tenant.manifest(
        name := world.fresh(), mode="Observe", accountRef=reference, huggingFace={"name": "scorer"}
    )
    world.tenant.apply(manifest)
    world.tenant.wait(name, says("Ready", "False", "AccountNotAllowed"))
    answer = _scrape(world, installed, f"/openmetrics/{world.tenant.namespace}/{name}")

    assert answer.status_code == 503
    assert "does not allow namespace" in answer.text
    assert [one for one in world.simulator.huggingface.journal if one.operation == "openMetrics"] == []


def _scrape(world: World, cluster: Cluster, path: str) -> httpx.Response:
    config: Path = cluster.service_account_kubeconfig(world.tenant.namespace, "tenant")
    user: dict[str, Any] = yaml.safe_load(config.read_text())["users"][0]["user"]
    with httpx.Client(headers={"Authorization": f"Bearer {user['token']}"}, timeout=10) as client:
        # As it is written, dots and all: a client of good manners would tidy it up.
        return client.get(httpx.URL(world.operator.metrics_url).copy_with(raw_path=path.encode()))
