"""What the operator gives back beside conditions: the connection, the answer to a request, what the vendor resolved."""

from tests.support.kube_api import Object
from tests.support.team import TOKEN, Team, ready, says, settled

from inference_operator.api.names import RECONCILE_REQUESTED_AT

VLLM = {
    "compute": {"accelerator": "gpu", "instanceType": "nvidia-l4"},
    "model": {"image": {"vLLM": {"url": "vllm/vllm-openai:v0.9.0", "port": 8000, "tensorParallelSize": 1}}},
}


def _configmap(team: Team, name: str) -> Object:
    found = team.api.get(f"{team.path('configmap')}/{name}")
    assert found is not None
    return found


def test_write_connection_to_makes_an_owned_configmap_without_a_token(team: Team) -> None:
    target = {"configMapName": "chat-connection"}
    obj = team.create("chat", writeConnectionTo=target, huggingFace={"name": "chat-prod", **VLLM})

    made = _configmap(team, "chat-connection")
    url = obj["status"]["url"]
    assert made["data"] == {
        "url": url,
        "openaiBaseURL": f"{url}/v1",
        "name": "chat-prod",
        "model": "org/model",
        "provider": "huggingFace",
    }
    (owner,) = made["metadata"]["ownerReferences"]
    assert (owner["kind"], owner["name"], owner["uid"]) == ("InferenceEndpoint", "chat", obj["metadata"]["uid"])
    assert TOKEN not in str(made)

    team.edit("chat", model={"repository": "org/other"})
    team.until(lambda: _configmap(team, "chat-connection")["data"]["model"] == "org/other", "the ConfigMap follows")
    team.delete("chat")
    team.until(
        lambda: team.api.get(f"{team.path('configmap')}/chat-connection") is None, "the ConfigMap goes with its owner"
    )


def test_a_configmap_of_somebody_else_is_never_touched(team: Team) -> None:
    body = {"metadata": {"name": "taken", "namespace": team.namespace}, "data": {"url": "mine"}}
    before = team.api.create(team.path("configmap"), body)
    team.apply(team.manifest("chat", writeConnectionTo={"configMapName": "taken"}))

    obj = team.wait("chat", says("Ready", "False", "ConnectionTargetExists"))
    assert obj["status"]["state"] in ("pending", "initializing", "running")
    assert says("Stalled", "True", "ConnectionTargetExists")(obj)
    assert _configmap(team, "taken") == before

    team.patch("chat", {"spec": {"writeConnectionTo": {"configMapName": "free"}}})
    team.wait("chat", ready)
    assert _configmap(team, "free")["data"]["name"] == "chat"
    assert _configmap(team, "taken") == before


def test_a_request_to_reconcile_is_answered_after_a_fresh_read_and_writes_nothing_remotely(team: Team) -> None:
    team.create("chat")
    team.forget_requests()

    team.kubectl("annotate", "ie/chat", f"{RECONCILE_REQUESTED_AT}=2026-11-21T09:00:00Z")
    team.wait("chat", lambda obj: obj["status"].get("lastHandledReconcileAt") == "2026-11-21T09:00:00Z")
    assert len(team.requests("get", name="chat")) == 1
    team.await_polls()
    assert len(team.requests("get", name="chat")) == 1
    assert team.writes() == []


def test_what_the_vendor_spells_otherwise_makes_no_perpetual_difference(team: Team) -> None:
    team.apply(
        team.manifest("branch", huggingFace={"model": {"revision": "main"}}),
        team.manifest("protected", huggingFace={"type": "protected"}),
        team.manifest("sparse", huggingFace={"tags": ["b", "a", "a"], "customRouter": {}, "model": {"env": {}}}),
        team.manifest("numbers", huggingFace={"compute": {"scaling": {"measure": {"hardwareUsage": 80}}}}),
    )
    team.wait_all(["branch", "protected", "sparse", "numbers"], ready)
    team.await_polls(3)

    assert team.puts() == []
    shown = team.remote("branch")["model"]["revision"]
    assert shown == "main", "the simulator keeps what was sent, and shows the commit that it stands for"
    effective = team.get("branch")["status"]["effective"]
    assert (len(effective["revision"]), effective["revisionFrom"].split("@")[1]) == (40, "main")
    (post,) = team.posts("protected")
    assert post.body["type"] == "authenticated"

    team.edit("branch", model={"revision": "v2"})
    team.wait("branch", lambda obj: settled(obj) and obj["status"]["effective"].get("revisionFrom", "").endswith("@v2"))
    team.await_polls()
    assert [put.body for put in team.puts()] == [{"model": {"revision": "v2"}}]


def test_another_repository_on_the_same_branch_is_not_pinned_to_a_commit_of_the_old_one(team: Team) -> None:
    team.create("branch", huggingFace={"model": {"revision": "main"}})

    team.edit("branch", model={"repository": "org/other"})
    team.wait("branch", settled)
    team.await_polls()
    model = team.remote("branch")["model"]
    assert (model["repository"], model["revision"]) == ("org/other", "main")
    assert len(team.puts()) == 1
