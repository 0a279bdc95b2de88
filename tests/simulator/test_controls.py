"""The journal, the counters and the controls under /_sim/, and the same from Python."""

from tests.simulator.bodies import endpoint, example

from inference_operator.simulator import Fault, Knobs

LIST = "/v2/endpoint/acme"


async def test_calls_are_counted_by_operation_and_status(api):
    await api.create(endpoint())
    await api.http.post(LIST, json=endpoint())
    await api.get()
    assert api.hf.calls == {"create": 2, "get": 1}
    assert api.hf.statuses == {("create", 200): 1, ("create", 409): 1, ("get", 200): 1}
    assert (await api.http.get("/_sim/calls")).json() == {
        "calls": {"create": 2, "get": 1},
        "statuses": {"create": {"200": 1, "409": 1}, "get": {"200": 1}},
    }
    await api.http.delete("/_sim/calls")
    assert (api.hf.calls, api.hf.journal) == ({}, [])


async def test_journal_has_the_exact_body_and_never_the_token(api):
    api.hf.tokens.add("hf_sesame", user="bob")
    headers = {"Authorization": "Bearer hf_sesame"}
    await api.send("POST", LIST, endpoint(), headers=headers)
    await api.send("PUT", f"{LIST}/sentiment?x=1", {"tags": ["a"], "type": None}, headers=headers)
    (create, update) = api.hf.journal
    assert create.body == endpoint()
    assert (update.operation, update.method, update.path) == ("update", "PUT", f"{LIST}/sentiment")
    assert (update.query, update.user, update.body) == ({"x": "1"}, "bob", {"tags": ["a"], "type": None})
    assert (update.namespace, update.name, update.status) == ("acme", "sentiment", 200)
    journal = await api.http.get("/_sim/journal")
    assert journal.json()["items"][1]["body"] == update.body
    assert "hf_sesame" not in journal.text


async def test_knobs_over_http_change_what_they_name(api):
    changed = (await api.http.put("/_sim/knobs", json={"page_size": 1})).json()
    assert changed["page_size"] == 1
    assert (await api.http.get("/_sim/knobs")).json() == changed
    assert api.hf.knobs == Knobs(page_size=1)
    assert (await api.http.put("/_sim/knobs", json={"page_sice": 1})).status_code == 422
    assert (await api.http.put("/_sim/knobs", json=[1])).status_code == 422
    assert api.hf.knobs == Knobs(page_size=1)


async def test_faults_over_http(api):
    await api.http.post("/_sim/faults", json={"operation": "list", "status": 503, "times": 1})
    assert (await api.http.get("/_sim/faults")).json()["items"][0]["status"] == 503
    assert (await api.http.get(LIST)).status_code == 503
    await api.http.post("/_sim/faults", json={"operation": "list"})
    await api.http.delete("/_sim/faults")
    assert (await api.http.get(LIST)).status_code == 200
    assert (await api.http.post("/_sim/faults", json={"status": "high"})).status_code == 422


async def test_endpoints_over_http_are_unredacted(api):
    await api.create(example("create-custom"))
    shown = (await api.http.get("/_sim/endpoints")).json()["acme"]["fraud-scorer"]
    assert shown["model"]["secrets"] == {"DB_PASSWORD": "not-a-real-secret"}


async def test_edit_changes_state_and_configuration_behind_the_back(api):
    before = await api.running(endpoint(tags=["a"]))
    patch = {"state": "updating", "readyReplica": 3, "targetReplica": 4, "message": "hand made"}
    await api.http.patch("/_sim/endpoints/acme/sentiment", json=patch)
    status = (await api.get())["status"]
    shown = {key: status[key] for key in patch}
    assert shown == patch
    assert status["updatedAt"] == before["status"]["updatedAt"], "a state change does not move it by default"
    api.hf.clock.advance(1)
    edit = {"compute": {"scaling": {"maxReplica": 5}}, "tags": ["b"], "updatedBy": "dora"}
    await api.http.patch("/_sim/endpoints/acme/sentiment", json=edit)
    document = await api.get()
    assert (document["compute"]["scaling"]["maxReplica"], document["tags"]) == (5, ["b"])
    assert document["compute"]["scaling"]["minReplica"] == 0
    assert document["status"]["updatedBy"]["name"] == "dora"
    assert document["status"]["updatedAt"] > before["status"]["updatedAt"]
    assert "update" not in api.hf.calls


async def test_edit_of_nothing_or_to_no_state_is_refused(api):
    assert (await api.http.patch("/_sim/endpoints/acme/none", json={})).status_code == 404
    await api.create(endpoint())
    answer = await api.http.patch("/_sim/endpoints/acme/sentiment", json={"state": "dead"})
    assert answer.status_code == 422


async def test_edit_in_python_is_signed_and_can_fail_an_endpoint(api):
    await api.running(endpoint())
    edited = api.hf.edit("acme", "sentiment", {"state": "failed", "type": "public"}, by="erin")
    assert edited["status"]["updatedBy"]["name"] == "erin"
    document = await api.get()
    assert (document["status"]["state"], document["type"]) == ("failed", "public")
    assert document["status"]["errorMessage"]
    assert document["status"]["readyReplica"] == 0


async def test_tokens_over_http(api):
    token = {"token": "hf_frank", "user": "frank", "namespaces": ["mine"], "scope": "read"}
    await api.http.post("/_sim/tokens", json=token)
    headers = {"Authorization": "Bearer hf_frank"}
    assert (await api.http.get("/v2/endpoint/mine", headers=headers)).status_code == 200
    assert (await api.http.get(LIST, headers=headers)).status_code == 401
    assert (await api.http.post("/v2/endpoint/mine", headers=headers)).status_code == 403
    await api.http.request("DELETE", "/_sim/tokens", json={"token": "hf_frank"})
    assert (await api.http.get("/v2/endpoint/mine", headers=headers)).status_code == 401


async def test_clock_over_http(api):
    await api.create(endpoint())
    await api.http.post("/_sim/clock", json={"advance": 1})
    assert await api.state() == "running"
    assert (await api.http.post("/_sim/clock", json={"advance": -1})).status_code == 422


async def test_reset_goes_back_to_the_beginning(api):
    api.hf.knobs.page_size = 3
    api.hf.tokens.revoke("hf_other")
    api.hf.faults.add(Fault(operation="get"))
    await api.create(endpoint())
    await api.http.post("/_sim/reset")
    assert api.hf.endpoints("acme") == {}
    assert (api.hf.journal, api.hf.faults.list(), api.hf.knobs) == ([], [], Knobs())
    assert api.hf.tokens.find("hf_other") is not None


def test_two_simulators_at_once_are_apart(sim, http):
    from inference_operator.simulator import Simulator

    with Simulator.start(page_size=7) as second:
        assert second.url != sim.url
        assert (second.huggingface.knobs.page_size, sim.huggingface.knobs.page_size) == (7, 20)
        http.post(LIST, json=endpoint())
        assert second.huggingface.endpoints("acme") == {}
