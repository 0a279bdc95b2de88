"""Tokens, scopes and quotas."""

import pytest
from tests.simulator.bodies import changed, endpoint, example

LIST = "/v2/endpoint/acme"


def as_(token):
    return {"headers": {"Authorization": f"Bearer {token}"}}


@pytest.mark.parametrize("authorization", ["", "Bearer", "Bearer nonsense", "Basic hf_test", "hf_test"])
async def test_bad_token_is_401_everywhere_but_the_public_catalogue(api, authorization):
    options = {"headers": {"Authorization": authorization}}
    for method, path in (("GET", LIST), ("POST", LIST), ("GET", "/v2/provider/acme"), ("GET", f"{LIST}/x")):
        assert (await api.refused(method, path, **options))[0] == 401
    await api.ok("GET", "/v2/provider", **options)


async def test_revoked_token_is_401_until_it_is_added_again(api):
    api.hf.tokens.revoke("hf_test")
    assert (await api.refused("GET", LIST))[0] == 401
    api.hf.tokens.add("hf_test")
    await api.ok("GET", LIST)


async def test_only_registered_tokens_when_told_so(api):
    api.hf.tokens.accept_any = False
    api.hf.tokens.add("custom-token")
    assert (await api.refused("GET", LIST))[0] == 401
    await api.ok("GET", LIST, **as_("custom-token"))


@pytest.mark.parametrize("status", [401, 403])
async def test_token_of_another_namespace_is_refused(api, status):
    api.hf.knobs.unknown_namespace_status = status
    api.hf.tokens.add("hf_bound", namespaces=["mine"])
    assert (await api.refused("GET", LIST, **as_("hf_bound")))[0] == status
    await api.ok("GET", "/v2/endpoint/mine", **as_("hf_bound"))


async def test_read_scope_may_not_write(api):
    api.hf.tokens.add("hf_reader", scope="read")
    await api.create(endpoint())
    await api.ok("GET", LIST, **as_("hf_reader"))
    for method, path in (
        ("POST", LIST),
        ("PUT", f"{LIST}/sentiment"),
        ("DELETE", f"{LIST}/sentiment"),
        ("POST", f"{LIST}/sentiment/pause"),
        ("POST", f"{LIST}/sentiment/resume"),
        ("POST", f"{LIST}/sentiment/scale-to-zero"),
    ):
        assert (await api.refused(method, path, endpoint(), **as_("hf_reader")))[0] == 403


async def test_creator_is_the_user_of_the_token(api):
    api.hf.tokens.add("hf_carol", user="carol")
    document = await api.ok("POST", LIST, endpoint(), **as_("hf_carol"))
    assert document["status"]["createdBy"]["name"] == "carol"


def gpu(name, replicas=1):
    return changed(
        example("create-gpu-vllm"),
        name=name,
        compute__scaling={"minReplica": 0, "maxReplica": replicas, "scaleToZeroTimeout": 15},
    )


async def used(api):
    vendors = (await api.ok("GET", "/v2/provider/quotas/acme"))["vendors"]
    rows = {row["instanceType"]: row for row in vendors[0]["quotas"]}
    return rows["nvidia-l40s"]["usedAccelerators"], rows["nvidia-l40s"]["maxAccelerators"]


async def test_quota_counts_accelerators_of_all_but_the_paused(api):
    api.hf.knobs.quotas = {"acme/nvidia-l40s": 8}
    await api.running(gpu("one"))
    await api.running(gpu("two"))
    assert await used(api) == (8, 8)
    status, text = await api.refused("POST", LIST, gpu("three"))
    assert status == 409
    assert "Quota exceeded" in text
    await api.act("scale-to-zero", "one")
    assert (await api.refused("POST", LIST, gpu("three")))[0] == 409, "scaledToZero still counts"
    await api.act("pause", "two")
    assert await used(api) == (4, 8)
    await api.create(gpu("three"))
    assert (await api.refused("POST", f"{LIST}/two/resume"))[0] == 409, "resume checks again"
    assert await api.state("two") == "paused"
    await api.ok("DELETE", f"{LIST}/three")
    await api.act("resume", "two")


async def test_quota_is_checked_when_an_update_grows(api):
    api.hf.knobs.default_quota = 4
    await api.create(gpu("one"))
    refusal = await api.refused("PUT", f"{LIST}/one", {"compute": {"scaling": {"maxReplica": 2}}})
    assert refusal[0] == 409
    assert (await api.get("one"))["compute"]["scaling"]["maxReplica"] == 1


async def test_quota_is_per_namespace(api):
    api.hf.knobs.default_quota = 4
    await api.create(gpu("one"))
    await api.create(gpu("one"), namespace="other")


async def test_catalogue_has_prices_and_quota(api):
    api.hf.knobs.quotas = {"nvidia-l40s": 8}
    await api.create(gpu("one"))
    vendors = {vendor["name"]: vendor for vendor in (await api.ok("GET", "/v2/provider/acme"))["vendors"]}
    rows = {row["id"]: row for vendor in vendors.values() for region in vendor["regions"] for row in region["computes"]}
    assert set(vendors) == {"aws", "azure", "gcp"}
    assert {row["accelerator"] for row in rows.values()} == {"cpu", "gpu", "neuron"}
    assert rows["aws-us-east-1-nvidia-l4-x1"]["pricePerHour"] == 0.8
    assert rows["gcp-us-east4-nvidia-l4-x1"]["pricePerHour"] == 0.7
    assert rows["aws-us-east-1-inf2-x12"]["gpuMemoryGb"] == 384
    assert rows["aws-eu-west-1-intel-icl-x1"]["status"] == "deprecated"
    assert rows["aws-us-east-1-nvidia-l40s-x8"]["quota"] == {"maxAccelerators": 8, "usedAccelerators": 4}
    public = (await api.ok("GET", "/v2/provider"))["vendors"][0]["regions"][0]["computes"][0]
    assert public["quota"] == {"maxAccelerators": 0, "usedAccelerators": 0}
