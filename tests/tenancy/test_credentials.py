"""Attacks on Secrets and accounts: a name is only ever looked for where the one who wrote it may write."""

from typing import Any

import pytest
from tests.support.team import says
from tests.tenancy.world import CLOSED, OPEN, SYSTEM, World, refusal, secret

from inference_operator.api import names

pytestmark = pytest.mark.proof


ELSEWHERE = {
    "up": "../{victim}/victim-hf",
    "namespace": "{victim}/victim-hf",
    "parent": "..",
    "absolute": "/api/v1/namespaces/{victim}/secrets/victim-hf",
    "encoded": "..%2f{victim}%2fsecrets%2fvictim-hf",
    "line": "own\nX-Evil",
    "query": "own?watch=true",
}
"""Names that would lead elsewhere, did anybody make a path of them unseen."""

CLUSTER = names.CLUSTER_ACCOUNT_KIND
_OURS = f"/apis/{names.API_VERSION}"


def there(world: World, text: str) -> str:
    return text.format(victim=world.victim.namespace, tenant=world.tenant.namespace)


@pytest.mark.parametrize("name", ELSEWHERE.values(), ids=ELSEWHERE.keys())
@pytest.mark.parametrize("part", ["name", "key"])
def test_a_token_reference_that_leads_elsewhere_is_refused(world: World, part: str, name: str) -> None:
    reference = {"name": "own", "key": "token", part: there(world, name)}
    if (part, name) == ("key", ".."):
        # A key of two dots is one that a Secret may not have; it is no path either.
        world.account(account := world.fresh(), tokenSecretRef=reference)
        assert world.account_condition(account)["reason"] == "CredentialsMissing"
        return

    said = refusal(lambda: world.account(world.fresh(), tokenSecretRef=reference))

    assert f"spec.huggingFace.tokenSecretRef.{part}" in said


@pytest.mark.parametrize("name", ELSEWHERE.values(), ids=ELSEWHERE.keys())
@pytest.mark.parametrize("use", ["secretKeyRef", "credentialsSecretRef"])
def test_a_secret_reference_that_leads_elsewhere_is_refused(world: World, use: str, name: str) -> None:
    named = {"name": there(world, name)}
    by_use: dict[str, dict[str, Any]] = {
        "secretKeyRef": {"secrets": {"STOLEN": {"secretKeyRef": {**named, "key": "token"}}}},
        "credentialsSecretRef": {"image": {"custom": {"url": "org/app:1", "credentialsSecretRef": named}}},
    }
    manifest = world.tenant.manifest(world.fresh(), huggingFace={"model": by_use[use]})

    assert use in refusal(lambda: world.tenant.apply(manifest))


@pytest.mark.parametrize("name", ELSEWHERE.values(), ids=ELSEWHERE.keys())
def test_an_account_reference_that_leads_elsewhere_is_refused(world: World, name: str) -> None:
    manifest = world.tenant.manifest(world.fresh(), accountRef={"name": there(world, name)})

    assert "spec.accountRef.name" in refusal(lambda: world.tenant.apply(manifest))


@pytest.mark.parametrize("where", ["accountRef", "tokenSecretRef"])
def test_no_reference_has_a_namespace(world: World, where: str) -> None:
    foreign = {"namespace": world.victim.namespace}
    if where == "accountRef":
        manifest = world.tenant.manifest(world.fresh(), accountRef={"name": "victim-hf", **foreign})
        said = refusal(lambda: world.tenant.apply(manifest))
    else:
        reference = {"name": "victim-hf", "key": "token", **foreign}
        said = refusal(lambda: world.account(world.fresh(), tokenSecretRef=reference))

    assert "field not declared in schema" in said


@pytest.mark.parametrize("name", ["victim-hf", "company-hf", "inference-operator-fingerprint"])
def test_a_foreign_secret_by_its_plain_name_is_looked_for_at_home(world: World, name: str) -> None:
    world.account(account := world.fresh(), tokenSecretRef={"name": name, "key": "token"})
    world.tenant.apply(world.tenant.manifest(endpoint := world.fresh(), accountRef={"name": account}))

    said = world.account_condition(account)
    assert said["reason"] == "CredentialsMissing"
    assert f"Secret {world.tenant.namespace}/{name} does not exist" in said["message"]
    world.tenant.wait(endpoint, says("Ready", "False", "AccountNotReady"))
    assert world.tenant.requests() == []


def test_a_foreign_secret_as_an_environment_value_is_looked_for_at_home(world: World) -> None:
    world.account(account := world.fresh())
    stolen = {"secrets": {"STOLEN": {"secretKeyRef": {"name": "hub", "key": "token"}}}}
    manifest = world.tenant.manifest(name := world.fresh(), accountRef={"name": account}, huggingFace={"model": stolen})
    world.tenant.apply(manifest)

    found = world.tenant.wait(name, says("Ready", "False", "SecretNotFound"))
    assert "does not exist in this namespace" in str(found["status"])
    assert world.tenant.writes() == []


def test_a_foreign_account_by_its_plain_name_is_looked_for_at_home(world: World) -> None:
    world.tenant.apply(world.tenant.manifest(name := world.fresh(), accountRef={"name": "victim-hf"}))

    world.tenant.wait(name, says("Ready", "False", "AccountNotFound"))


@pytest.mark.parametrize("mode", ["Manage", "Observe"])
@pytest.mark.parametrize(
    "reference", [{"name": CLOSED, "kind": CLUSTER}, {"name": "default", "kind": CLUSTER}, None], ids=str
)
def test_a_cluster_account_is_for_who_it_allows(world: World, reference: dict[str, str] | None, mode: str) -> None:
    chosen = {"accountRef": reference} if reference else {}
    manifest = world.tenant.manifest(name := world.fresh(), mode=mode, huggingFace={"name": "production"}, **chosen)
    if reference is None:
        del manifest["spec"]["accountRef"]
    world.tenant.apply(manifest)

    found = world.tenant.wait(name, says("Ready", "False", "AccountNotAllowed"))
    assert f"does not allow namespace {world.tenant.namespace}" in str(found["status"])
    assert "url" not in found["status"]
    assert "finalizers" not in found["metadata"]


def test_an_account_of_the_name_of_a_cluster_account_is_another_account(world: World) -> None:
    world.account(OPEN)
    manifest = world.tenant.manifest(
        name := world.fresh(), accountRef={"name": OPEN}, huggingFace={"name": "production"}
    )
    world.tenant.apply(manifest)

    found = world.tenant.wait(name, says("Ready"))
    assert found["status"]["remoteRef"]["namespace"] == world.tenant.namespace


def test_a_token_with_a_line_break_becomes_no_header(world: World) -> None:
    secret(world.tenant.api, world.tenant.namespace, name := world.fresh("split"), token="hf_x\r\nX-Evil: 1")
    world.account(name, tokenSecretRef={"name": name, "key": "token"})

    assert world.account_condition(name)["reason"] == "CredentialsInvalid"
    assert world.tenant.requests() == []


_LABEL = {"metadata": {"labels": {"inference": "allowed"}}}
_ALLOW = {"spec": {"allowedNamespaces": {"selector": {}}}}
_MINE = {"status": {"remoteRef": None}}
FORBIDDEN = {
    "label-own-namespace": ("patch", "/api/v1/namespaces/{tenant}", _LABEL),
    "allow-oneself": ("patch", f"{_OURS}/clusterinferenceaccounts/{CLOSED}", _ALLOW),
    "raise-adoption": (
        "patch",
        f"{_OURS}/clusterinferenceaccounts/{OPEN}",
        {"spec": {"maxAdoptionPolicy": "Always"}},
    ),
    "new-cluster-account": ("create", f"{_OURS}/clusterinferenceaccounts", {"metadata": {"name": "mine"}}),
    "endpoint-elsewhere": ("create", f"{_OURS}/namespaces/{{victim}}/inferenceendpoints", {"metadata": {"name": "x"}}),
    "edit-elsewhere": (
        "patch",
        f"{_OURS}/namespaces/{{victim}}/inferenceendpoints/sentiment",
        {"spec": {"state": "paused"}},
    ),
    "status": ("patch", f"{_OURS}/namespaces/{{tenant}}/inferenceendpoints/any/status", _MINE),
    "account-status": ("patch", f"{_OURS}/namespaces/{{tenant}}/inferenceaccounts/any/status", {"status": {}}),
    "ledger": (
        "create",
        f"/api/v1/namespaces/{SYSTEM}/configmaps",
        {"metadata": {"name": "inference-operator-orphans"}},
    ),
    "lease": (
        "patch",
        f"/apis/coordination.k8s.io/v1/namespaces/{SYSTEM}/leases/inference-operator",
        {"spec": {"holderIdentity": "mine"}},
    ),
    "operators-token": ("create", f"/api/v1/namespaces/{SYSTEM}/serviceaccounts/inference-operator/token", {}),
    "read-victims-secret": ("get", "/api/v1/namespaces/{victim}/secrets/victim-hf", None),
    "read-operators-secret": ("get", f"/api/v1/namespaces/{SYSTEM}/secrets/company-hf", None),
    "read-elsewhere": ("get", f"{_OURS}/namespaces/{{victim}}/inferenceendpoints/sentiment", None),
}


@pytest.mark.parametrize("attempt", FORBIDDEN.values(), ids=FORBIDDEN.keys())
def test_what_the_rights_of_a_tenant_do_not_hold_is_forbidden(
    world: World, attempt: tuple[str, str, dict[str, Any] | None]
) -> None:
    verb, path, body = attempt
    api, path = world.tenant.api, there(world, path)
    act = {"get": lambda: api.get(path), "create": lambda: api.create(path, body or {})}.get(verb)

    assert "cannot" in refusal(act or (lambda: api.patch(path, body or {})))


def test_a_status_in_a_new_manifest_is_dropped(world: World) -> None:
    made = world.simulator.huggingface.endpoints("company")["production"]["status"]["createdAt"]
    account = {"kind": CLUSTER, "name": CLOSED, "uid": "0"}
    forged = {
        "account": account,
        "provider": "huggingFace",
        "baseURL": world.simulator.url,
        "namespace": "company",
        "name": "production",
        "createdAt": made,
    }
    world.account(name := world.fresh())
    manifest = world.tenant.manifest(name, accountRef={"name": name})
    world.tenant.api.create(world.tenant.path(), {**manifest, "status": {"remoteRef": forged}})

    found = world.tenant.wait(name, says("Ready"))
    assert found["status"]["remoteRef"]["namespace"] == world.tenant.namespace
