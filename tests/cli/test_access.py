"""How a command finds the remote side, with whose token, and what it says where it can't."""

import re
from pathlib import Path

import pytest
from tests.cli.conftest import OWN_TOKEN, TOKEN, World, run

from inference_operator.simulator import Fault

GROUP = "inference-operator.dev"
MAY_GET_ENDPOINTS = {"apiGroups": [GROUP], "resources": ["inferenceendpoints"], "verbs": ["get"]}
MAY_GET_ALL_BUT_SECRETS = {"apiGroups": [GROUP], "resources": ["*"], "verbs": ["get"]}
OWN = {"HF_TOKEN": OWN_TOKEN}


def tokens(world: World) -> set[str | None]:
    return {one.user for one in world.sim.journal if one.operation == "replica"}


def with_two_users(world: World) -> None:
    world.sim.tokens.add(TOKEN, user="account")
    world.sim.tokens.add(OWN_TOKEN, user="person")


def test_the_accounts_secret_comes_before_the_environment(world: World) -> None:
    with_two_users(world)
    assert world.run("replicas", "sentiment", env=OWN).code == 0
    assert tokens(world) == {"account"}


@pytest.mark.parametrize("rule", [MAY_GET_ENDPOINTS, MAY_GET_ALL_BUT_SECRETS], ids=["no account", "no secret"])
def test_who_may_not_read_the_secret_uses_a_token_of_their_own(world: World, rule: dict[str, list[str]]) -> None:
    with_two_users(world)
    kubeconfig = world.kubeconfig_with(rule)
    refused = world.run("replicas", "sentiment", kubeconfig=kubeconfig)
    assert refused.code == 1
    assert re.match(r"error: There is no token .* You may not read .*: get that right, or set HF_TOKEN ", refused.err)
    assert world.run("replicas", "sentiment", kubeconfig=kubeconfig, env=OWN).code == 0
    assert tokens(world) == {"person"}


def test_a_secret_that_is_gone_or_empty_is_named(world: World) -> None:
    path = f"{world.core}/secrets/hf"
    world.api.patch(path, {"stringData": {"token": "not\na token"}})
    assert "has no usable value under the key 'token'" in world.run("replicas", "sentiment").err
    world.api.delete(path)
    assert f"Secret {world.namespace}/hf does not exist: " in world.run("replicas", "sentiment").err
    assert world.run("replicas", "sentiment", env=OWN).code == 0


def test_the_secret_is_for_the_account_that_the_endpoint_was_made_with(world: World) -> None:
    with_two_users(world)
    bound = {"kind": "InferenceAccount", "name": "hf", "uid": "another"}
    world.make("other", bound_to="sentiment-prod", account=bound)
    assert "is not the one that the endpoint was made with" in world.run("replicas", "other").err
    world.make("elsewhere", bound_to="sentiment-prod", baseURL=f"{world.simulator.url}/v9")
    assert "is for another address" in world.run("replicas", "elsewhere").err
    world.make("gone", bound_to="sentiment-prod", account=bound | {"name": "gone"})
    assert "does not exist any more" in world.run("replicas", "gone").err
    assert world.requests("replica") == []


def test_who_may_not_read_the_endpoint_is_told_so(world: World) -> None:
    done = world.run("logs", "sentiment", kubeconfig=world.kubeconfig_with(), env=OWN)
    assert (done.code, done.out) == (1, "")
    assert re.match(r"error: The cluster refuses it: .*cannot get resource.*\. Ask its administrator", done.err)
    assert done.err.count("\n") == 1


@pytest.mark.parametrize("command", ["logs", "metrics", "replicas"])
def test_an_endpoint_that_is_unknown_or_not_bound_or_gone_is_said_in_one_sentence(world: World, command: str) -> None:
    unknown = world.run(command, "nobody")
    assert (unknown.code, unknown.out) == (1, "")
    assert re.match(r'error: .*"nobody" not found\. Check name and --namespace', unknown.err)
    world.make("waiting")
    assert (
        "is not bound to a remote endpoint yet. See why with: kubectl describe ie" in world.run(command, "waiting").err
    )
    world.make("lost", bound_to="never-made")
    lost = world.run(command, "lost")
    assert re.match(r"error: The provider answered 404: .*\. It may not be created yet", lost.err)
    assert world.run(command, "../secrets/hf").code == 1


def test_a_provider_that_refuses_or_fails_is_quoted(world: World) -> None:
    world.sim.tokens.revoke(TOKEN)
    refused = world.run("replicas", "sentiment")
    assert (refused.code, refused.out) == (1, "")
    assert re.match(r"error: The provider answered 401: .*\. Check that the token is valid", refused.err)
    world.sim.faults.add(Fault(operation="metrics", action="drop"))
    assert "The provider was not reached: " in world.run("metrics", "sentiment").err
    world.sim.faults.add(Fault(operation="logsV3", text=f"<b>{TOKEN}</b>", status=403))
    assert world.run("logs", "sentiment").code == 1


@pytest.mark.parametrize("text", [None, "", "no: [kubeconfig", "just words"])
def test_a_kubeconfig_that_is_none_is_said_so(tmp_path: Path, text: str | None) -> None:
    path = tmp_path / "config"
    if text is not None:
        path.write_text(text)
    done = run("logs", "sentiment", f"--kubeconfig={path}")
    assert (done.code, done.out) == (1, "")
    assert re.search(
        r"error: There is no usable kubeconfig \(\w+\)\. Name one with --kubeconfig or KUBECONFIG\.$", done.err
    )


def test_a_cluster_that_does_not_answer_is_said_so_and_nothing_else_is_printed(world: World, tmp_path: Path) -> None:
    config = Path(world.cluster.kubeconfig).read_text()
    path = tmp_path / "config"
    path.write_text(re.sub(r"server: \S+", "server: https://127.0.0.1:1", config))
    with world.start("logs", "sentiment", kubeconfig=path) as process:
        out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (1, "")
    assert re.match(r"error: The API server does not answer \(.*\)\. Check the cluster and --kubeconfig\.\n$", err)


@pytest.mark.parametrize("command", ["logs", "metrics", "replicas", "hardware"])
def test_help_shows_an_example(command: str) -> None:
    shown = " ".join(run(command, "--help").out.split())
    assert f"Example: inference-operator {command} " in shown


def test_a_command_without_a_name_is_misuse() -> None:
    assert run("logs").code == 2
