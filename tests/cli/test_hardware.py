"""`inference-operator hardware`: the public catalogue, and an account's own with its quota."""

import re
from decimal import Decimal

import pytest
from tests.api.manifests import cluster_account
from tests.cli.conftest import OWN_TOKEN, World, run

from inference_operator.simulator import Simulator


def test_the_public_catalogue_needs_neither_cluster_nor_token(sim: Simulator) -> None:
    done = run("hardware", f"--base-url={sim.url}", "--region=eu-west-1", env={"KUBECONFIG": "/nonexistent"})
    assert done.code == 0, done.err
    titles, *rows = (re.split(r"  +", line) for line in done.lines)
    assert titles[0] == "VENDOR"
    assert rows[0][:6] == ["aws", "eu-west-1", "cpu", "intel-icl", "x1", "Intel Ice Lake"]
    assert rows[0][6:] == ["2", "1", "deprecated", "-", "0.032 USD"]
    prices = [Decimal(row[-1].removesuffix(" USD")) for row in rows]
    assert prices == sorted(prices)
    assert len(rows) > 20
    assert [one.operation for one in sim.huggingface.journal] == ["providers"]
    assert sim.huggingface.journal[0].user is None


def test_filters_leave_what_matches_and_name_the_choices_where_nothing_does(sim: Simulator) -> None:
    at = f"--base-url={sim.url}"
    found = run("hardware", at, "--vendor=gcp", "--region=us-east4", "--accelerator=gpu", "-o", "json").json
    assert {(one["vendor"], one["region"], one["accelerator"]) for one in found} == {("gcp", "us-east4", "gpu")}
    assert found[0] | {"memoryGB": 0, "cpus": 0} == {
        "vendor": "gcp",
        "region": "us-east4",
        "accelerator": "gpu",
        "accelerators": 1,
        "instanceType": "nvidia-t4",
        "instanceSize": "x1",
        "architecture": "NVIDIA T4",
        "memoryGB": 0,
        "cpus": 0,
        "status": "available",
        "quota": None,
        "used": 0,
        "pricePerHour": "0.5",
        "currency": "USD",
    }
    nothing = run("hardware", at, "--vendor=gcp", "--accelerator=tpu")
    assert (nothing.code, nothing.out) == (1, "")
    assert nothing.err == "error: There is no hardware with --accelerator tpu. Choose one of: cpu, gpu\n"


def test_an_account_shows_its_quota_and_what_is_used(world: World) -> None:
    world.sim.knobs.default_quota = 8
    admitted = f"--base-url={world.simulator.url}"
    found = world.run("hardware", "--account=hf", admitted, "--region=us-east-1", "-o", "json").json
    (used,) = [one for one in found if (one["instanceType"], one["instanceSize"]) == ("intel-spr", "x1")]
    assert (used["quota"], used["used"]) == (8, 1)
    table = world.run("hardware", "--account=hf", admitted, "--region=us-east-1").lines
    assert any(re.search(r"intel-spr +x1 .* 1/8 ", line) for line in table)


def test_the_token_goes_to_no_address_that_nobody_vouches_for(world: World) -> None:
    done = world.run("hardware", "--account=hf", env={"HF_TOKEN": OWN_TOKEN})
    assert (done.code, done.out) == (1, "")
    assert done.err.endswith(f"If the token may be sent there, add --base-url {world.simulator.url}\n")
    assert world.requests("providersOf") == []


@pytest.mark.parametrize(("generation", "status", "code"), [(1, "True", 0), (0, "True", 1), (1, "False", 1)])
def test_an_operator_that_uses_the_account_vouches_for_its_address(
    world: World, generation: int, status: str, code: int
) -> None:
    ready = {
        "type": "Ready",
        "status": status,
        "reason": "Ready",
        "message": "m",
        "lastTransitionTime": "2026-11-21T09:00:00Z",
        "observedGeneration": generation,
    }
    path = f"{world.home}/inferenceaccounts/hf/status"
    world.api.patch(path, {"status": {"observedGeneration": generation, "conditions": [ready]}})
    assert world.run("hardware", "--account=hf").code == code


def test_a_cluster_accounts_secret_is_in_the_operators_namespace(world: World) -> None:
    name = f"shared-{world.namespace}"
    block = {"namespace": "acme", "baseURL": world.simulator.url}
    manifest = cluster_account({"metadata": {"name": name}, "spec": {"huggingFace": block}})
    path = "/apis/inference-operator.dev/v1alpha1/clusterinferenceaccounts"
    world.api.create(path, manifest)
    arguments = ("hardware", f"--account=ClusterInferenceAccount/{name}", f"--base-url={world.simulator.url}")
    missing = world.run(*arguments)
    assert "Secret inference-operator-system/hf does not exist" in missing.err
    assert world.run(*arguments, f"--operator-namespace={world.namespace}").code == 0
    world.api.delete(f"{path}/{name}")


def test_an_account_that_is_unknown_or_no_account_is_said_so(world: World) -> None:
    assert '"nobody" not found' in world.run("hardware", "--account=nobody").err
    assert "is no kind of account" in world.run("hardware", "--account=Secret/hf").err


def test_a_provider_that_is_not_installed_is_said_so() -> None:
    assert run("hardware", "--provider=nobody").err.startswith("error: No provider 'nobody' is installed. ")
