"""`inference-operator orphans`: what nobody looks after is found, and nothing else is ever deleted or taken."""

import json
import os
import pty
import subprocess
import sys
from collections.abc import Mapping
from typing import Any

import pytest
import yaml
from tests.api.manifests import GONE, account, cluster_account
from tests.cli.conftest import TOKEN, Done, World, run
from tests.support.cluster import Kubectl

from inference_operator.api import names
from inference_operator.core.orphans import LEDGER, Orphan
from inference_operator.core.ownership import RELEASED, Claim
from inference_operator.simulator import Fault

CLUSTER = "of-this-test"
DEAD = "11111111-0f0b-4b7c-9a55-0c8b7d3f2a10"
SINCE = "2026-11-21T09:00:00Z"
GROUP = "inference-operator.dev"


def orphans(world: World, *arguments: str, **options: Any) -> Done:
    """The command, where the ledger is in the test's namespace and the simulator may be sent tokens."""
    found = (f"--operator-namespace={world.namespace}", f"--base-url={world.simulator.url}", f"--cluster-id={CLUSTER}")
    return world.run("orphans", *arguments, *found, **options)


def listed(world: World, *arguments: str) -> dict[str, Any]:
    done = orphans(world, "--output=json", *arguments)
    assert done.code == 0, done.err
    return {one["name"]: one for one in done.json}


def marker(world: World, name: str = "chat", uid: str = DEAD, *, cluster: str = CLUSTER) -> str:
    return str(Claim.of(cluster_id=cluster, namespace=world.namespace, name=name, uid=uid))


def make(world: World, name: str, *tags: str, at: str = "acme") -> str:
    """A remote endpoint with these tags; when it was made."""
    world.make_remotely(name, at=at)
    world.sim.edit(at, name, {"tags": list(tags)})
    return str(world.sim.endpoints(at)[name]["status"]["createdAt"])


def enter(world: World, remote: str, *, name: str = "chat", namespace: str | None = None, **reference: Any) -> Orphan:
    """Put an entry into the ledger, as the operator does."""
    known = {"provider": "huggingFace", "baseURL": world.simulator.url, "namespace": "acme", "name": remote}
    bound = {"account": {"kind": "InferenceAccount", "name": "hf", "uid": world.account_uid}}
    one = Orphan(namespace or world.namespace, name, DEAD, known | bound | reference, "CredentialsInvalid", "", SINCE)
    path = f"{world.core}/configmaps"
    if world.api.get(f"{path}/{LEDGER}") is None:
        world.api.create(path, {"metadata": {"name": LEDGER}})
    world.api.patch(f"{path}/{LEDGER}", {"data": {one.key: json.dumps(one.to_json())}})
    return one


def ledger(world: World) -> set[str]:
    found = world.api.get(f"{world.core}/configmaps/{LEDGER}") or {}
    return {json.loads(text)["remoteRef"]["name"] for text in (found.get("data") or {}).values()}


def uid(world: World, name: str) -> str:
    found = world.api.get(f"{world.home}/inferenceendpoints/{name}")
    assert found is not None
    return str(found["metadata"]["uid"])


def confirm_binding(world: World, name: str, remote: str) -> None:
    """A resource that has what it is bound to, as an operator leaves it."""
    world.bind(name, remote, createdAt=world.sim.endpoints("acme")[remote]["status"]["createdAt"])
    world.api.patch(f"{world.home}/inferenceendpoints/{name}", {"metadata": {"finalizers": [names.FINALIZER]}})


@pytest.fixture(autouse=True)
def _unhindered(world: World) -> Any:
    """No finalizer of a test keeps its namespace."""
    yield
    for obj in world.api.items(f"{world.home}/inferenceendpoints"):
        path = f"{world.home}/inferenceendpoints/{obj['metadata']['name']}"
        world.api.patch(path, {"metadata": {"finalizers": None}})


class TestList:
    def test_the_ledger_is_joined_with_what_the_account_shows(self, world: World) -> None:
        made = make(world, "both", marker(world))
        enter(world, "both", createdAt=made)
        enter(world, "recorded", createdAt=make(world, "recorded", "mine"))
        enter(world, "gone", createdAt=SINCE)
        enter(world, "elsewhere", namespace="other", baseURL="https://nobody.example")
        make(world, "marked", marker(world))
        make(world, "released", "mine", RELEASED)
        make(world, "theirs", "mine")
        make(world, "foreign", marker(world, cluster="another"))
        make(world, "alive", marker(world, "sentiment", uid(world, "sentiment")))

        found = listed(world)
        assert {name: (one["state"], one["source"], one["reason"]) for name, one in found.items()} == {
            "both": ("running", ["ledger", "marker"], "CredentialsInvalid"),
            "recorded": ("running", ["ledger"], "CredentialsInvalid"),
            "gone": ("gone", ["ledger"], "CredentialsInvalid"),
            "marked": ("running", ["marker"], "ResourceGone"),
            "released": ("running", ["marker"], "Released"),
        }
        both = found["both"]
        assert both["resource"] == {"namespace": world.namespace, "name": "chat", "uid": DEAD}
        assert (both["since"], both["createdAt"], both["namespace"]) == (SINCE, made, "acme")
        assert both["account"] == f"InferenceAccount {world.namespace}/hf"
        assert float(both["hourlyCost"]) > 0
        assert both["currency"] == "USD"

    def test_without_a_namespace_entries_without_an_account_are_shown_too(self, world: World) -> None:
        enter(world, "elsewhere", namespace="other", baseURL="https://nobody.example")
        options = (f"--operator-namespace={world.namespace}", f"--kubeconfig={world.cluster.kubeconfig}")
        done = run("orphans", *options, "--output=json")
        assert [(one["name"], one["state"]) for one in done.json] == [("elsewhere", None)]

    def test_the_table_has_a_line_for_each_and_list_is_the_default(self, world: World) -> None:
        enter(world, "chat-prod", createdAt=make(world, "chat-prod", marker(world)))
        done = orphans(world)
        titles, line = done.lines
        assert titles.split()[:5] == ["NAME", "AT", "ACCOUNT", "SINCE", "REASON"]
        assert line.split()[:2] == ["chat-prod", "acme"]
        assert line.endswith("ledger+marker")
        assert f"{world.namespace}/chat " in line
        assert orphans(world, "list").lines == done.lines

    def test_an_endpoint_that_the_list_lacks_is_read_before_it_is_called_gone(self, world: World) -> None:
        world.sim.knobs.list_lag = 600.0
        enter(world, "late", createdAt=make(world, "late"))
        assert listed(world)["late"]["state"] == "running"

    def test_an_account_that_can_not_be_read_is_named_and_hides_nothing_else(self, world: World) -> None:
        block = {"namespace": "closed", "baseURL": world.simulator.url, "tokenSecretRef": {"name": "no", "key": "t"}}
        broken = account({"metadata": {"name": "broken"}, "spec": {"huggingFace": block}})
        world.api.create(f"{world.home}/inferenceaccounts", broken)
        make(world, "released", RELEASED)
        world.sim.faults.add(Fault(operation="list", status=403, times=1))

        refused = orphans(world)
        assert f"notice: InferenceAccount {world.namespace}/broken can't be read: There is no token" in refused.err
        assert f"notice: InferenceAccount {world.namespace}/hf can't be read: The provider answered 403" in refused.err
        assert (refused.code, len(refused.lines)) == (0, 1)
        assert "released" in listed(world)

    def test_the_entry_of_an_account_that_can_not_be_read_is_shown_without_a_state(self, world: World) -> None:
        world.api.delete(f"{world.core}/secrets/hf")
        enter(world, "hidden")
        assert (found := listed(world)["hidden"])["state"] is None
        assert found["source"] == ["ledger"]
        assert found["account"] is None or "hf" in found["account"]

    def test_a_second_account_of_the_same_place_is_asked_where_the_first_can_not(self, world: World) -> None:
        block = {"namespace": "acme", "baseURL": world.simulator.url, "tokenSecretRef": {"name": "no", "key": "t"}}
        first = account({"metadata": {"name": "a"}, "spec": {"huggingFace": block}})
        world.api.create(f"{world.home}/inferenceaccounts", first)
        make(world, "released", RELEASED)
        assert listed(world)["released"]["account"] == f"InferenceAccount {world.namespace}/hf"

    def test_what_is_gone_or_somebodys_again_is_taken_off_the_ledger_when_asked_for(self, world: World) -> None:
        enter(world, "gone", createdAt=SINCE)
        enter(world, "replaced", createdAt=SINCE)
        make(world, "replaced")
        enter(world, "taken", createdAt=make(world, "taken", marker(world, "sentiment", uid(world, "sentiment"))))
        enter(world, "kept", createdAt=make(world, "kept", marker(world)))
        enter(world, "awaited", createdAt=make(world, "awaited", marker(world, "sentiment")))
        before = {name: one["state"] for name, one in listed(world).items()}
        still = {"kept": "running", "awaited": "running"}
        assert before == {"gone": "gone", "replaced": "gone", "taken": "taken"} | still
        assert ledger(world) == set(before)

        assert listed(world, "--prune").keys() == still.keys()
        assert ledger(world) == still.keys()

    def test_what_a_rebuilt_cluster_has_not_taken_back_yet_is_not_listed(self, world: World) -> None:
        make(world, "rebuilt", marker(world, "sentiment"))
        make(world, "chat", marker(world))
        assert listed(world).keys() == {"chat"}

    def test_without_the_rights_it_says_what_is_missing_and_judges_nothing(self, world: World) -> None:
        make(world, "released", RELEASED)
        rule = {"apiGroups": [GROUP], "resources": ["inferenceaccounts"], "verbs": ["get", "list"]}
        kubeconfig = world.kubeconfig_with(rule)
        done = orphans(world, kubeconfig=kubeconfig, env={"HF_TOKEN": TOKEN})
        assert (done.code, len(done.lines)) == (0, 1)
        for missing in (
            "may not list ClusterInferenceAccounts",
            "may not read the ledger",
            "may not list InferenceEndpoints in all namespaces",
        ):
            assert missing in done.err
        refused = orphans(world, "delete", "released", "--yes", kubeconfig=kubeconfig, env={"HF_TOKEN": TOKEN})
        assert refused.code == 1
        assert "released" in world.sim.endpoints("acme")

    def test_a_token_goes_to_no_address_that_nobody_vouches_for(self, world: World) -> None:
        done = world.run("orphans", f"--operator-namespace={world.namespace}", f"--cluster-id={CLUSTER}")
        assert "no operator vouches for it" in done.err
        assert [one for one in world.sim.journal if one.operation == "list"] == []

    def test_markers_are_judged_by_the_uid_of_kube_system_unless_told_otherwise(self, world: World) -> None:
        system = world.api.get("/api/v1/namespaces/kube-system")
        assert system is not None
        make(world, "marked", marker(world, cluster=system["metadata"]["uid"]))
        assert listed(world) == {}
        done = world.run(
            "orphans", f"--operator-namespace={world.namespace}", f"--base-url={world.simulator.url}", "--output=json"
        )
        assert [one["name"] for one in done.json] == ["marked"]


class TestDelete:
    @pytest.mark.parametrize("kind", ["dead marker", "released", "on record"])
    def test_an_orphan_is_deleted_and_its_entry_settled(self, world: World, kind: str) -> None:
        tags = {"dead marker": [marker(world)], "released": [RELEASED], "on record": []}[kind]
        made = make(world, "chat", *tags)
        enter(world, "chat", createdAt=made)
        enter(world, "other", createdAt=SINCE)
        done = orphans(world, "delete", "chat", "--yes")
        assert (done.code, done.err) == (0, "Deleted chat.\n")
        assert "chat" not in world.sim.endpoints("acme")
        assert ledger(world) == {"other"}

    def test_what_is_no_orphan_is_refused_with_the_reason(self, world: World) -> None:
        world.make("bound", bound_to="bound")
        alive = marker(world, "sentiment", uid(world, "sentiment"))
        cases: Mapping[str, tuple[list[str], str]] = {
            "live": ([alive], f"it belongs to InferenceEndpoint {world.namespace}/sentiment"),
            "awaited": ([marker(world, "sentiment")], f"an InferenceEndpoint {world.namespace}/sentiment before this"),
            "foreign": ([marker(world, cluster="another")], "it carries the marker of another cluster"),
            "unmarked": (["mine"], "it carries no ownership marker"),
            "bound": ([RELEASED], f"InferenceEndpoint {world.namespace}/bound is bound to it"),
        }
        for name, (tags, _) in cases.items():
            make(world, name, *tags)
        make(world, "unconfirmed")
        enter(world, "unconfirmed")
        for name, why in [*((name, why) for name, (_, why) in cases.items()), ("unconfirmed", "nothing on record")]:
            done = orphans(world, "delete", name, "--yes")
            assert done.code == 1
            assert done.err.startswith(f"error: {name} is no orphan: ")
            assert why in done.err
        assert "There is no endpoint" in orphans(world, "delete", "never-was", "--yes").err
        assert [one for one in world.sim.journal if one.operation == "delete"] == []

    def test_what_became_somebodys_while_the_question_stood_is_not_deleted(
        self, world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        enter(world, "chat", createdAt=make(world, "chat", marker(world)))

        def yes(question: str, *, abort: bool) -> bool:
            assert "chat" in question
            world.sim.edit("acme", "chat", {"tags": [marker(world, "sentiment", uid(world, "sentiment"))]})
            return abort

        monkeypatch.setattr("typer.confirm", yes)
        monkeypatch.setattr("inference_operator.cli.orphans.work.at_terminal", lambda: True)
        done = orphans(world, "delete", "chat")
        assert done.code == 1
        assert "it belongs to InferenceEndpoint" in done.err
        assert "chat" in world.sim.endpoints("acme")
        assert ledger(world) == {"chat"}

    def test_one_that_is_gone_already_is_taken_off_the_ledger(self, world: World) -> None:
        enter(world, "chat", createdAt=SINCE)
        done = orphans(world, "delete", "chat", "--yes")
        assert (done.code, ledger(world)) == (0, set())
        assert "does not exist any more" in done.err

    def test_where_nobody_can_be_asked_it_is_misuse(self, world: World) -> None:
        make(world, "chat", RELEASED)
        done = orphans(world, "delete", "chat")
        assert done.code == 2
        assert "--yes" in done.err
        assert "chat" in world.sim.endpoints("acme")

    @pytest.mark.parametrize(("answer", "code", "left"), [("y", 0, False), ("n", 1, True)])
    def test_at_a_terminal_it_asks(self, world: World, answer: str, code: int, left: bool) -> None:
        make(world, "chat", RELEASED)
        ours, theirs = pty.openpty()
        options = [f"--operator-namespace={world.namespace}", f"--base-url={world.simulator.url}"]
        options += [f"--namespace={world.namespace}", f"--kubeconfig={world.cluster.kubeconfig}"]
        command = [sys.executable, "-m", "inference_operator", "orphans", "delete", "chat", *options]
        with subprocess.Popen(command, stdin=theirs, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as process:
            os.write(ours, f"{answer}\n".encode())
            printed, _ = process.communicate(timeout=60)
        os.close(ours)
        os.close(theirs)
        assert process.returncode == code, printed
        assert b"Delete the remote endpoint chat of InferenceAccount" in printed
        assert ("chat" in world.sim.endpoints("acme")) is left

    def test_of_two_with_one_name_it_wants_to_know_which(self, world: World) -> None:
        block = {"namespace": "other", "baseURL": world.simulator.url}
        second = account({"metadata": {"name": "second"}, "spec": {"huggingFace": block}})
        world.api.create(f"{world.home}/inferenceaccounts", second)
        make(world, "chat", RELEASED)
        make(world, "chat", RELEASED, at="other")
        done = orphans(world, "delete", "chat", "--yes")
        assert done.code == 1
        assert "Several orphans are named chat" in done.err
        assert orphans(world, "delete", "chat", "--yes", "--account=second").code == 0
        assert ("chat" in world.sim.endpoints("acme"), "chat" in world.sim.endpoints("other")) == (True, False)
        assert "no such account" in orphans(world, "delete", "chat", "--yes", "--account=none").err


class TestAdopt:
    FULL: Mapping[str, Any] = {
        "model": {
            "task": "text-generation",
            "image": {"huggingface": GONE, "vLLM": {"url": "vllm/vllm-openai:v0.9.0", "port": 8000}},
            "env": {"A": "1"},
            "secrets": {"HF_TOKEN": "hunter2"},
            "args": ["--fast"],
        },
        "compute": {"scaling": {"minReplica": 0, "scaleToZeroTimeout": 15, "measure": {"pendingRequests": 1.5}}},
        "network": {"cidrBlock": True, "cidrList": ["10.0.0.0/8"]},
        "notifications": {"email": True, "push": False},
        "route": {"domain": "ai.example.com", "path": "/chat"},
        "experimentalFeatures": {"cacheHttpResponses": False, "loadBalancer": "sticky"},
    }

    def test_the_manifest_is_accepted_and_leaves_secret_values_out(self, world: World) -> None:
        world.make_remotely("chat", **self.FULL)
        world.sim.edit("acme", "chat", {"tags": ["mine", RELEASED]})
        done = orphans(world, "adopt", "chat", "--dry-run")
        assert done.code == 0, done.err
        assert done.err == "left out: /model/secrets: the provider shows no values of HF_TOKEN\n"
        assert "hunter2" not in done.out
        made = yaml.safe_load(done.out)
        block = made["spec"].pop("huggingFace")
        assert made == {
            "apiVersion": names.API_VERSION,
            "kind": "InferenceEndpoint",
            "metadata": {"name": "chat", "namespace": world.namespace},
            "spec": {
                "accountRef": {"kind": "InferenceAccount", "name": "hf"},
                "adoptionPolicy": "IfUnowned",
                "deletionPolicy": "Orphan",
            },
        }
        assert (block["name"], block["tags"], block["model"]["env"]) == ("chat", ["mine"], {"A": "1"})
        assert block["model"]["image"] == {"vLLM": {"url": "vllm/vllm-openai:v0.9.0", "port": 8000}}
        Kubectl(world.cluster.kubeconfig).apply(done.out, "--dry-run=server")
        assert world.api.get(f"{world.home}/inferenceendpoints/chat") is None

    def test_it_is_made_by_server_side_apply_and_the_next_command_is_printed(self, world: World) -> None:
        make(world, "chat-prod", marker(world))
        enter(world, "chat-prod", createdAt=SINCE)
        done = orphans(world, "adopt", "chat-prod", "--as=back")
        assert (done.code, done.out) == (0, f"kubectl wait --for=condition=Ready ie/back -n {world.namespace}\n")
        made = world.api.get(f"{world.home}/inferenceendpoints/back")
        assert made is not None
        (manager,) = made["metadata"]["managedFields"]
        assert (manager["manager"], manager["operation"]) == ("inference-operator-cli", "Apply")
        assert made["spec"]["huggingFace"]["name"] == "chat-prod"
        again = orphans(world, "adopt", "chat-prod", "--as=back")
        assert again.code == 1
        assert f"InferenceEndpoint {world.namespace}/back exists already" in again.err

    @pytest.mark.parametrize(
        ("arguments", "name", "policy"),
        [((), "chat", "Never"), (("--as=chat",), "chat", "Never"), (("--as=other",), "other", "Always")],
    )
    def test_it_gets_its_name_back_and_the_least_policy_that_does(
        self, world: World, arguments: tuple[str, ...], name: str, policy: str
    ) -> None:
        enter(world, "chat-prod", createdAt=make(world, "chat-prod", marker(world, "chat")))
        made = yaml.safe_load(orphans(world, "adopt", "chat-prod", "--dry-run", *arguments).out)
        assert (made["metadata"]["name"], made["spec"]["adoptionPolicy"]) == (name, policy)

    def test_what_is_no_orphan_is_not_taken(self, world: World) -> None:
        make(world, "chat", "mine")
        done = orphans(world, "adopt", "chat")
        assert done.code == 1
        assert "no orphan" in done.err
        make(world, "free", RELEASED)
        assert "is not the name of a Kubernetes object" in orphans(world, "adopt", "free", "--as=Not_A_Name").err

    def test_a_cluster_account_caps_it(self, world: World) -> None:
        block = {"namespace": "shared", "baseURL": world.simulator.url}
        name = f"of-{world.namespace}"
        shared = cluster_account({"metadata": {"name": name}, "spec": {"huggingFace": block}})
        path = f"/apis/{names.API_VERSION}/clusterinferenceaccounts"
        world.api.create(path, shared)
        make(world, "chat", RELEASED, at="shared")
        arguments = ("adopt", "chat", "--dry-run", f"--account=ClusterInferenceAccount/{name}")
        done = orphans(world, *arguments)
        assert f"takes adoptionPolicy IfUnowned, and ClusterInferenceAccount {name} allows Never at most" in done.err
        world.api.patch(f"{path}/{name}", {"spec": {"maxAdoptionPolicy": "IfUnowned"}})
        reference = yaml.safe_load(orphans(world, *arguments).out)["spec"]["accountRef"]
        assert reference == {"kind": "ClusterInferenceAccount", "name": name}
        world.api.delete(f"{path}/{name}")
