"""Attacks on what runs at the provider, by a tenant who may use the account that it runs in."""

from collections.abc import Iterator
from typing import Any

import pytest
from tests.support.team import Object, condition, says
from tests.tenancy.world import CLOSED, COMPANY, OPEN, SYSTEM, World, refusal

from inference_operator.api import names
from inference_operator.core.orphans import LEDGER

pytestmark = pytest.mark.proof


CLUSTER = names.CLUSTER_ACCOUNT_KIND
POLICIES = ["Never", "IfUnowned", "Always", None]
EVERY_FIELD = [
    "/type",
    "/compute/instanceType",
    "/compute/scaling/minReplica",
    "/compute/scaling/maxReplica",
    "/model/repository",
    "/model/env",
    "/tags",
]


def rival(world: World, remote: str, **spec: Any) -> Object:
    """A resource of the tenant about a remote endpoint of the company's account."""
    block = {"name": remote, **spec.pop("huggingFace", {})}
    reference = {"name": OPEN, "kind": CLUSTER}
    return world.tenant.manifest(world.fresh(), accountRef=reference, huggingFace=block, **spec)


def refused(world: World, manifest: Object, reason: str) -> Object:
    """Apply a rival, and wait until it is told that it can't have the endpoint."""
    world.tenant.apply(manifest)
    found = world.tenant.wait(manifest["metadata"]["name"], says("Ready", "False", reason))
    assert "remoteRef" not in found["status"]
    return found


@pytest.mark.parametrize("policy", POLICIES, ids=str)
@pytest.mark.parametrize(("remote", "reason"), [("production", "AlreadyExists"), ("scorer", "OwnershipConflict")])
def test_what_others_run_is_not_adopted_beyond_what_the_account_allows(
    world: World, remote: str, reason: str, policy: str | None
) -> None:
    found = refused(world, rival(world, remote, **({"adoptionPolicy": policy} if policy else {})), reason)

    assert condition(found, "Stalled") is not None
    assert world.foreign_writes() == []


@pytest.mark.parametrize(("remote", "reason"), [("production", "AlreadyExists"), ("scorer", "OwnershipConflict")])
def test_a_refused_rival_is_shown_nothing_of_the_endpoint(world: World, remote: str, reason: str) -> None:
    found = refused(world, rival(world, remote), reason)

    shown = {"url", "state", "cost", "createdBy", "message", "effective", "lastLogLines"}
    assert shown & set(found["status"]) == set()


ORDERS: dict[str, dict[str, Any]] = {
    "pause": {"state": "paused"},
    "scale-to-zero": {"state": "scaledToZero"},
    "wake": {"state": "running"},
    "replicas": {"replicas": 2},
    "other-hardware": {"huggingFace": {"compute": {"instanceSize": "x4"}}},
    "release-its-marker": {"deletionPolicy": "Orphan"},
    "ignore-all-drift": {"ignoreDrift": EVERY_FIELD},
    "shortest-timeout": {"deletionTimeout": "1s"},
    "protected": {"deletionProtection": False, "deletionPolicy": "Pause"},
    "on-leaving-zero": {"deletionPolicy": "ScaleToZero"},
}


@pytest.mark.parametrize("order", ORDERS.values(), ids=ORDERS.keys())
def test_a_rival_of_the_victims_name_neither_changes_nor_deletes_it(world: World, order: dict[str, Any]) -> None:
    manifest = rival(world, "scorer", adoptionPolicy="Always", **order)
    refused(world, manifest, "OwnershipConflict")
    world.tenant.delete(name := manifest["metadata"]["name"])

    world.tenant.wait_gone(name)
    assert world.foreign_writes() == []


@pytest.mark.parametrize("finalizer", [names.FINALIZER, names.IN_USE_FINALIZER])
def test_a_finalizer_put_on_by_hand_is_no_claim(world: World, finalizer: str) -> None:
    manifest = rival(world, "production", adoptionPolicy="Always")
    manifest["metadata"]["finalizers"] = [finalizer]
    refused(world, manifest, "AlreadyExists")
    world.tenant.delete(name := manifest["metadata"]["name"])
    if finalizer != names.FINALIZER:
        world.tenant.patch(name, {"metadata": {"finalizers": None}})

    world.tenant.wait_gone(name)


def test_an_owner_reference_to_the_victims_endpoint_is_no_claim(world: World) -> None:
    victims = world.victim.get("scorer")["metadata"]
    manifest = rival(world, "scorer", adoptionPolicy="Always")
    owner = {"apiVersion": names.API_VERSION, "kind": names.ENDPOINT_KIND, "name": "scorer", "uid": victims["uid"]}
    manifest["metadata"]["ownerReferences"] = [{**owner, "controller": True}]
    world.tenant.apply(manifest)

    # The garbage collector takes what has no owner in its own namespace, which here is the tenant's alone.
    world.tenant.until(lambda: _refused_or_gone(world, manifest["metadata"]["name"]), "it is refused or gone")


def _refused_or_gone(world: World, name: str) -> bool:
    found = world.tenant.find(name)
    return found is None or bool(says("Ready", "False", "OwnershipConflict")(found))


def test_observing_what_others_run_shows_no_secret_and_changes_nothing(world: World) -> None:
    manifest = rival(world, "scorer", mode="Observe", huggingFace={"model": {"env": {"GUESS": "1"}}})
    world.tenant.apply(manifest)

    found = world.tenant.wait(manifest["metadata"]["name"], says("Ready"))
    assert "finalizers" not in found["metadata"]


@pytest.mark.parametrize("timeout", ["0s", "-1s", "1ns", "99999h", "1e9h", "Inf", "1s; rm", "1d", "\uff19s"])
def test_a_timeout_out_of_bounds_is_refused(world: World, timeout: str) -> None:
    said = refusal(lambda: world.tenant.apply(rival(world, "scorer", deletionTimeout=timeout)))

    assert "spec.deletionTimeout" in said


@pytest.mark.parametrize("pointer", ["", "/", "/model", "/model/env/X", "/../status", "/~0", "/tags/0"])
def test_drift_is_ignored_of_single_fields_alone(world: World, pointer: str) -> None:
    assert "ignoreDrift" in refusal(lambda: world.tenant.apply(rival(world, "scorer", ignoreDrift=[pointer])))


# With the right to write status, which no user needs. What is recorded there is the operator's memory.


@pytest.fixture
def unmanaged(world: World) -> Object:
    """An endpoint that the company runs without any resource."""
    made = world.in_company(world.fresh("unmanaged"))
    world.passing.add(made["name"])
    world.simulator.huggingface.bench.journal.clear()
    return made


def bound_to(world: World, remote: Object, account: str) -> Object:
    """A status that says that a remote endpoint is one's own."""
    found = world.admin.get(f"/apis/{names.API_VERSION}/{names.CLUSTER_ACCOUNT_PLURAL}/{account}")
    assert found is not None
    return {
        "account": {"kind": CLUSTER, "name": account, "uid": found["metadata"]["uid"]},
        "provider": "huggingFace",
        "baseURL": world.simulator.url,
        "namespace": COMPANY,
        "name": remote["name"],
        "createdAt": remote["status"]["createdAt"],
    }


def forge(world: World, account: str, reference: Object, *, remote: str) -> str:
    """A resource of the tenant whose status says so, before the operator has seen it; its name."""
    manifest = world.tenant.manifest(
        name := world.fresh(),
        mode="Observe",
        accountRef={"name": account, "kind": CLUSTER},
        huggingFace={"name": remote, "model": {"env": {"MINE": "1"}}},
    )
    manifest["metadata"]["finalizers"] = [names.FINALIZER]
    world.tenant.apply(manifest)
    forged = {**reference, "uid": world.tenant.get(name)["metadata"]["uid"]}
    world.forger.patch(name, {"status": {"remoteRef": forged}}, subresource="status")
    return name


@pytest.mark.parametrize("account", [OPEN, CLOSED])
@pytest.mark.parametrize("end", ["manage", "delete"])
def test_a_forged_binding_to_the_victims_endpoint_changes_nothing(world: World, account: str, end: str) -> None:
    name = forge(world, account, bound_to(world, world.company()["scorer"], account), remote="scorer")
    _go_on(world, name, end)

    assert world.foreign_writes() == []


@pytest.mark.parametrize("account", [OPEN, CLOSED])
@pytest.mark.parametrize("end", ["manage", "delete"])
def test_a_forged_binding_to_an_unmanaged_endpoint_changes_nothing(
    world: World, unmanaged: Object, account: str, end: str
) -> None:
    name = forge(world, account, bound_to(world, unmanaged, account), remote=unmanaged["name"])
    _go_on(world, name, end)

    assert [one for one in world.foreign_writes() if unmanaged["name"] in one] == []


ELSEWHERE: dict[str, dict[str, Any]] = {
    "other-base-url": {"baseURL": "http://169.254.169.254"},
    "other-namespace": {"namespace": "elsewhere"},
    "other-provider": {"provider": "tir"},
    "victims-account": {"account": {"kind": names.ACCOUNT_KIND, "name": "victim-hf", "uid": "0"}},
    "parent": {"name": ".."},
    "here": {"name": "."},
    "path": {"name": "../victim/sentiment"},
    "query": {"name": "scorer?x=1"},
    "line-break": {"name": "scorer\r\nX-Evil: 1"},
    "nothing": {"name": ""},
}


@pytest.fixture
def ledger(world: World) -> Iterator[str]:
    """Where orphans are entered; afterwards it is as empty as before."""
    path = f"/api/v1/namespaces/{SYSTEM}/configmaps/{LEDGER}"
    assert world.admin.get(path) is None
    yield path
    world.admin.delete(path)


@pytest.mark.parametrize("change", ELSEWHERE.values(), ids=ELSEWHERE.keys())
def test_a_forged_binding_leads_nowhere_else(world: World, ledger: str, change: dict[str, Any]) -> None:
    reference = bound_to(world, world.company()["scorer"], OPEN) | change
    name = forge(world, OPEN, reference, remote="scorer")
    _go_on(world, name, "delete")

    assert world.foreign_writes() == []
    entries = (world.admin.get(ledger) or {}).get("data") or {}
    assert [entry for entry in entries.values() if world.tenant.namespace not in entry] == []


def test_a_forged_account_that_leads_elsewhere_is_refused(world: World) -> None:
    account = {"kind": names.ACCOUNT_KIND, "name": f"../{world.victim.namespace}/victim-hf", "uid": "0"}
    reference = bound_to(world, world.company()["scorer"], OPEN) | {"account": account}

    assert "remoteRef.account.name" in refusal(lambda: forge(world, OPEN, reference, remote="scorer"))


def _go_on(world: World, name: str, end: str) -> None:
    """Have the operator act on what was forged, and wait until it has."""
    found = world.tenant.find(name)
    if found is None:
        return
    if end == "manage":
        world.tenant.patch(name, {"spec": {"mode": "Manage", "adoptionPolicy": "Always"}})
        world.tenant.wait(name, lambda obj: (obj.get("status") or {}).get("observedGeneration") == 2)
        world.tenant.until(lambda: len(world.polls()) > 2, "two more polls")
        return
    world.tenant.patch(name, {"spec": {"mode": "Manage", "deletionTimeout": "1s"}})
    world.tenant.delete(name)
    world.tenant.wait_gone(name)
