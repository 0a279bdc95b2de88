"""Situations that something in the way makes: the provider, the account, Secrets, other resources, Kubernetes."""

from collections.abc import Callable, Mapping
from typing import Any

from tests.api.manifests import GONE, hugging_face, model, scaling
from tests.gitops.life import SENTIMENT, Life
from tests.gitops.situation import SITUATIONS, situation
from tests.gitops.situation import life as _life
from tests.runtime.kube_api import Object

_SECRET = {"HUB": {"secretKeyRef": {"name": "hub", "key": "token"}}}


# What the provider refuses, and what passes.


def _refused_create(name: str, **fault: Any) -> None:
    async def story() -> Object:
        life = _life()
        life.fail("create", **fault)
        return (await life.begin()).stored

    SITUATIONS[name] = story


_refused_create("rejected", status=400)
_refused_create("credentials-invalid", status=401)
_refused_create("payment-required", status=402)
_refused_create("permission-denied", status=403)
_refused_create("not-found", status=404)
_refused_create("quota-exceeded", status=409, body={"error": "Quota exceeded"})
_refused_create("conflict", status=409, body={"error": "Conflict: endpoint already exists"})
_refused_create("rate-limited", status=429, headers={"Retry-After": "600"})
_refused_create("provider-unavailable", status=503)
_refused_create("answer-lost", action="drop")


@situation
async def already_exists() -> Object:
    life = _life()
    await life.make_by_hand("sentiment")
    return (await life.begin()).stored


@situation
async def ownership_conflict() -> Object:
    life = await _life().begin()
    other = Life(beside=life, cluster_id="another")
    return (await other.begin()).stored


@situation
async def remote_not_found() -> Object:
    return (await _life().begin({"spec": {"mode": "Observe"}})).stored


@situation
async def hardware_unknown() -> Object:
    return (await _life().begin(hugging_face(compute={"instanceType": "abacus"}))).stored


@situation
async def hardware_deprecated() -> Object:
    return (await _life(few_offers=False).begin(hugging_face(compute={"instanceType": "intel-icl"}))).stored


@situation
async def capacity_unavailable() -> Object:
    compute = {"accelerator": "gpu", "instanceType": "nvidia-b200"}
    return (await _life(few_offers=False).begin(hugging_face(compute=compute))).stored


@situation
async def absence_unproven() -> Object:
    life = Life(vendor="tir")
    life.fail("create", action="drop")
    await life.begin()
    # The process that heard why the create failed says that.
    life.restart()
    await life.beats(2)
    return life.last("AbsenceUnproven")


# The account and the Secrets that it uses.


@situation
async def observation_stale() -> Object:
    life = await _life().begin()
    life.fail("list", status=503)
    return (await life.beats(6)).stored


@situation
async def account_not_ready() -> Object:
    life = await _life().begin()
    life.huggingface.tokens.revoke("hf_test_token")
    return (await life.beats(2)).stored


@situation
async def account_not_answering() -> Object:
    life = _life()
    life.fail("list", status=503)
    return (await life.begin()).stored


@situation
async def account_not_found() -> Object:
    life = _life()
    life.accounts._all_listed = True
    return (await life.begin({"spec": {"accountRef": {"name": "nobody"}}})).stored


@situation
async def account_mismatch() -> Object:
    life = _life()
    life.replace_account({"spec": Life(vendor="tir").stored_account["spec"] | {"huggingFace": GONE}})
    return (await life.begin()).stored


@situation
async def account_not_allowed() -> Object:
    life = _life()
    life.put_cluster_account("shared")
    return (await life.begin({"spec": {"accountRef": {"kind": "ClusterInferenceAccount", "name": "shared"}}})).stored


@situation
async def account_moved() -> Object:
    life = await _life().begin()
    life.replace_account({"spec": {"huggingFace": {"namespace": "elsewhere"}}})
    return (await life.beats(2)).stored


@situation
async def secret_not_found() -> Object:
    return (await _life().begin(model(secrets=_SECRET))).stored


@situation
async def secret_invalid() -> Object:
    life = _life()
    life.put_secret("registry", **{".dockerconfigjson": "{not json"})
    image = {"custom": {"url": "registry.example.com/a:1", "credentialsSecretRef": {"name": "registry"}}}
    return (await life.begin(model(image=image))).stored


# Deletion.


@situation
async def deleting() -> Object:
    life = await _life(delete_linger=900).begin()
    return (await life.leave()).stored


@situation
async def not_carried_out() -> Object:
    life = await _life(delete_linger=900).begin()
    return (await life.leave(beats=24)).stored


@situation
async def create_unsettled() -> Object:
    life = _life()
    life.fail("create", action="drop")
    return (await (await life.begin()).leave()).stored


@situation
async def deletion_blocked() -> Object:
    life = await _life().begin()
    life.hold("example.com/mine")
    return (await life.leave()).stored


@situation
async def deletion_protected() -> Object:
    life = await _life().begin({"spec": {"deletionProtection": True}})
    return (await life.leave()).stored


@situation
async def deletion_refused_by_the_provider() -> Object:
    life = await _life().begin()
    life.fail("delete", status=403)
    return (await life.leave()).stored


@situation
async def credentials_lost() -> Object:
    life = await _life().begin()
    life.remove_secret("hf")
    life.restart()
    return (await life.leave()).stored


# Kubernetes, and what should not happen.


@situation
async def connection_target_exists() -> Object:
    life = _life()
    life.put_config_map("mine")
    return (await life.begin({"spec": {"writeConnectionTo": {"configMapName": "mine"}}})).stored


@situation
async def connection_not_written() -> Object:
    life = _life()
    life.refuse("create", "configmaps")
    return (await life.begin({"spec": {"writeConnectionTo": {"configMapName": "mine"}}})).stored


@situation
async def secret_unreadable() -> Object:
    life = await _life().begin()
    life.refuse("get", "secrets/hub")
    return (await life.edit(model(secrets=_SECRET))).stored


@situation
async def kubernetes_refused() -> Object:
    life = _life()
    life.refuse("patch", "inferenceendpoints/sentiment", but="/status")
    return (await life.begin()).stored


@situation
async def invalid_spec() -> Object:
    life = await _life().begin()
    life.spoil({"deletionPolicy": "Snapshot"})
    return (await life.beats()).stored


@situation
async def internal_error() -> Object:
    life = await _life().begin()
    life.stumble()
    life.patch(SENTIMENT, scaling(maxReplica=4))
    return (await life.beats()).stored


# Accounts.


@situation
async def account_ready() -> Object:
    return (await _life().begin()).stored_account


def _account(name: str, prepare: Callable[[Life], None]) -> None:
    async def story() -> Object:
        life = _life()
        prepare(life)
        return (await life.beats(2)).stored_account

    SITUATIONS[f"account-{name}"] = story


def _edited(change: Mapping[str, Any]) -> Callable[[Life], None]:
    return lambda life: life.replace_account(change)


def _reading_fails(status: int) -> Callable[[Life], None]:
    return lambda life: life.fail("list", status=status)


_account("credentials-missing", lambda life: life.remove_secret("hf"))
_account("credentials-invalid", lambda life: life.huggingface.tokens.revoke("hf_test_token"))
_account("permission-denied", _reading_fails(403))
_account("namespace-not-found", _reading_fails(404))
_account("rate-limited", _reading_fails(429))
_account("provider-unavailable", _reading_fails(503))
_account("secret-unreadable", lambda life: life.refuse("get", "secrets/hf"))
_account("invalid", _edited({"spec": {"huggingFace": {"tokenSecretRef": GONE}}}))


@situation
async def account_base_url_not_allowed() -> Object:
    life = _life()
    life.check_addresses()
    life.replace_account({"spec": {"huggingFace": {"baseURL": "http://10.0.0.1"}}})
    return (await life.beats(2)).stored_account


@situation
async def account_connecting() -> Object:
    life = _life()
    await life.accounts.report(next(iter(life.accounts._observers.values())).account)
    return life.stored_account


@situation
async def account_being_deleted_while_in_use() -> Object:
    life = await _life().begin()
    life.leave_account()
    return (await life.beats(2)).stored_account
