"""The simulated TIR is what the vendor's clients need it to be, quirk by quirk.

See docs/reference/tir-api.md, "What its clients need", "Actions" and "Paths and credentials".
"""

import base64
import json

import httpx
import pytest
from tests.runtime.in_process import InProcess

from inference_operator.simulator import Clock, HuggingFace, Tir, create_app

OLD = "/myaccount/api/v1/gpu/teams/3/projects/12/serving/inference/"
NEW = "/myaccount/api/v1/gpu/serving/inference/"
BODY = {"name": "chat", "framework": "vllm", "sku_name": "C3.2", "sku_type": "hourly"}


@pytest.fixture
def tir():
    return Tir(clock=Clock.frozen())


class Client:
    def __init__(self, tir):
        transport = InProcess(create_app(HuggingFace(clock=tir.clock), tir=tir))
        self.http = httpx.AsyncClient(
            transport=transport,
            base_url="http://simulator",
            headers={"Authorization": "Bearer tir_x"},
            params={"apikey": "k"},
        )
        self.tir = tir

    async def create(self, **more):
        answer = await self.http.post(OLD, json={**BODY, **more})
        assert answer.status_code == 201, answer.text
        return answer.json()["data"]

    async def put(self, identity, **body):
        return await self.http.put(f"{OLD}{identity}/", json=body)

    async def get(self, identity):
        answer = await self.http.get(f"{OLD}{identity}/")
        return answer.json()["data"]

    async def running(self, **more):
        made = await self.create(**more)
        self.tir.clock.advance(60)
        return made["id"]


@pytest.fixture
def api(tir):
    return Client(tir)


class TestAccess:
    async def test_both_the_token_and_the_key_are_needed(self, api):
        for change in ({"headers": {"Authorization": ""}}, {"headers": {"Authorization": "Bearer hf_x"}}):
            refused = await api.http.get(OLD, **change)
            assert (refused.status_code, list(refused.json())) == (401, ["detail"])
        api.http.params = {}
        assert (await api.http.get(OLD)).status_code == 401

    async def test_a_token_of_another_project_is_refused(self, api, tir):
        tir.tokens.add("tir_x", namespaces=["13"])
        assert (await api.http.get(OLD)).status_code == 403

    async def test_the_key_is_in_no_journal(self, api, tir):
        await api.http.get(OLD)
        assert "apikey" not in tir.journal[-1].query


class TestPaths:
    async def test_both_generations_show_the_same(self, api):
        made = await api.create()
        old = (await api.http.get(OLD)).json()["data"]
        new = (await api.http.get(NEW, params={"project_id": "12", "location": "Delhi"})).json()["data"]
        assert [one["id"] for one in old] == [one["id"] for one in new] == [made["id"]]

    @pytest.mark.parametrize("missing", ["project_id", "location"])
    async def test_the_current_paths_need_project_and_location(self, api, missing):
        params = {"project_id": "12", "location": "Delhi"}
        del params[missing]
        assert (await api.http.get(NEW, params=params)).status_code == 400

    async def test_unknown_parameters_are_ignored(self, api):
        answer = await api.http.post(f"{OLD}?prefix=models%252F", json=BODY)
        assert answer.status_code == 201

    async def test_what_does_not_exist_is_404_with_data_null(self, api):
        answer = await api.http.get(f"{OLD}7/")
        assert (answer.status_code, answer.json()["data"]) == (404, None)


class TestAnswers:
    async def test_an_object_is_what_the_terraform_provider_can_read(self, api):
        probe = {"port": 8080, "path": "/health", "protocol": "http"}
        details = {"container": {"advance_config": {"is_readiness_probe_enabled": True, "readiness_probe": probe}}}
        made = await api.create(
            auto_scale_policy={"min_replica": 1, "max_replica": 2, "stability_period": 300, "rules": [{"metric": ""}]},
            custom_endpoint_details=details,
        )
        policy = made["auto_scale_policy"]
        assert policy == {"min_replicas": 1, "max_replicas": 2, "stability_period": "300", "rules": []}
        advanced = made["custom_endpoint_details"]["container"]["advance_config"]
        assert advanced["readiness_probe"]["port"] == "8080"
        assert made["status"] == "waiting"
        assert made["created_at"].endswith("Z")
        assert made["sku_details"]["specs"] == {"name": "C3.2"}
        assert set(made["detailed_info"]) >= {"args", "commands", "engine_args", "world_size"}

    async def test_lists_of_words_are_taken_in_each_spelling_and_shown_decoded(self, api):
        for sent in ('["a"]', "['a']"):
            info = {"args": base64.b64encode(sent.encode()).decode(), "commands": ""}
            made = await api.create(detailed_info=info)
            assert (made["detailed_info"]["args"], made["detailed_info"]["commands"]) == (["a"], [])
            await api.http.delete(f"{OLD}{made['id']}/")

    async def test_text_is_taken_for_truths_and_numbers(self, api):
        advanced = {"is_readiness_probe_enabled": "false", "is_liveness_probe_enabled": "true"}
        rules = [{"metric": "cpu", "condition_type": "limit", "value": "12", "watch_period": "60"}]
        made = await api.create(
            is_auto_scale_enabled="true",
            auto_scale_policy={"min_replicas": 1, "max_replicas": 3, "stability_period": "300", "rules": rules},
            custom_endpoint_details={"container": {"advance_config": advanced}},
        )
        assert made["is_auto_scale_enabled"] is True
        assert made["auto_scale_policy"]["rules"][0]["value"] == 12
        assert made["custom_endpoint_details"]["container"]["advance_config"]["is_readiness_probe_enabled"] is False

    @pytest.mark.parametrize(("casing", "word"), [("lower", "running"), ("title", "Running")])
    async def test_a_status_is_in_the_chosen_case(self, api, tir, casing, word):
        tir.knobs.casing = casing
        assert (await api.get(await api.running()))["status"] == word

    async def test_keys_of_2026_are_shown_only_where_they_are_asked_for(self, api, tir):
        made = await api.create()
        assert "initial_cooldown_period" not in made["auto_scale_policy"]
        tir.knobs.extras_2026 = True
        assert "is_hold_queue" in (await api.get(made["id"]))["auto_scale_policy"]


class TestActions:
    async def test_stop_start_and_restart_are_for_what_they_fit(self, api, tir):
        identity = await api.running()
        assert (await api.put(identity, action="start")).status_code == 400
        assert (await api.put(identity, action="stop")).json()["data"]["status"] == "terminating"
        tir.clock.advance(60)
        assert (await api.get(identity))["status"] == "stopped"
        for action in ("stop", "restart", "disable_auto_scale"):
            assert (await api.put(identity, action=action, replicas=2)).status_code == 400
        assert (await api.put(identity, action="start")).json()["data"]["status"] == "waiting"
        assert (await api.put(identity, action="fly")).status_code == 400

    async def test_a_committed_plan_can_not_be_stopped(self, api):
        identity = await api.running(sku_type="committed", committed_days=30)
        answer = await api.put(identity, action="stop")
        assert (answer.status_code, "committed" in answer.text) == (400, True)

    async def test_what_is_stopped_is_changed_and_stays_so(self, api, tir):
        tir.knobs.strict_actions = True
        identity = await api.running()
        await api.put(identity, action="stop")
        tir.clock.advance(60)
        assert (await api.put(identity, action="patch", replica=2)).status_code == 400
        answer = await api.put(identity, action="update", replica=2)
        assert (answer.json()["data"]["replica"], answer.json()["data"]["status"]) == (2, "stopped")

    async def test_a_put_leaves_what_it_lacks_or_not(self, api, tir):
        identity = await api.running(detailed_info={"tokenizer": "t"})
        await api.put(identity, action="patch", detailed_info={"server_version": "v1"})
        assert (await api.get(identity))["detailed_info"]["tokenizer"] == "t"
        tir.knobs.put = "replace"
        await api.put(identity, action="patch", detailed_info={"server_version": "v1"})
        assert (await api.get(identity))["detailed_info"]["tokenizer"] == ""

    async def test_scaling_by_either_action(self, api):
        identity = await api.running()
        await api.put(identity, action="update_auto_scale", auto_scale_policy={"min_replicas": 0, "max_replicas": 2})
        assert (await api.get(identity))["is_auto_scale_enabled"] is True
        await api.put(identity, action="disable_auto_scale", replicas=4)
        found = await api.get(identity)
        assert (found["is_auto_scale_enabled"], found["replica"]) == (False, 4)

    async def test_it_idles_without_requests_and_one_wakes_it(self, api, tir):
        tir.knobs.idle_seconds = 30
        policy = {"min_replicas": 0, "max_replicas": 2}
        identity = await api.running(is_auto_scale_enabled=True, auto_scale_policy=policy)
        assert (await api.get(identity))["status"] == "idle"
        assert (await api.http.get(f"/project/p-12/endpoint/is-{identity}/health")).status_code == 200
        assert (await api.get(identity))["status"] == "running"


class TestNames:
    async def test_a_name_is_unique_and_free_again_after_a_delete(self, api, tir):
        made = await api.create()
        assert (await api.http.post(OLD, json=BODY)).status_code == 400
        gone = await api.http.delete(f"{OLD}{made['id']}/")
        assert (gone.status_code, gone.json()["data"]["status"]) == (200, "Done")
        assert (await api.create())["id"] != made["id"]
        tir.knobs.duplicate_names = True
        await api.create()

    @pytest.mark.parametrize("name", ["Chat", "a--b", "-a", "a" * 51, ""])
    async def test_a_name_has_the_portals_form(self, api, name):
        assert (await api.http.post(OLD, json={**BODY, "name": name})).status_code == 400

    async def test_a_list_lags_as_long_as_it_is_told_to(self, api, tir):
        tir.knobs.list_lag = 20
        made = await api.create()
        assert (await api.http.get(OLD)).json()["data"] == []
        tir.clock.advance(21)
        await api.http.delete(f"{OLD}{made['id']}/")
        assert len((await api.http.get(OLD)).json()["data"]) == 1
        tir.clock.advance(21)
        assert (await api.http.get(OLD)).json()["data"] == []


class TestPlans:
    PRICES = "/myaccount/api/v1/gpu/gpu_service/sku/"

    async def test_the_price_list_has_texts_where_clients_need_them(self, api, tir):
        tir.knobs.sold_out = ["C3.2"]
        asked = {"service": "inference_service", "framework": "vllm"}
        found = (await api.http.get(self.PRICES, params=asked)).json()["data"]
        (first, _) = found["CPU"]
        assert (first["cpu"], first["memory"], first["is_inventory_available"]) == ("2", "8", False)
        assert [plan["committed_days"] for plan in first["plans"]] == [0, 30]
        assert (await api.http.get(self.PRICES)).status_code == 400

    @pytest.mark.parametrize("plan", [{"sku_id": 40}, {"sku_item_price_id": 400}])
    async def test_a_plan_is_chosen_by_either_id(self, api, plan):
        body = {"name": "chat", "framework": "vllm", **plan}
        made = (await api.http.post(OLD, json=body)).json()["data"]
        assert made["sku_details"]["specs"]["name"] == "C3.2"

    async def test_what_is_sold_out_is_refused_in_the_vendors_words(self, api, tir):
        tir.knobs.sold_out = ["C3.2"]
        answer = await api.http.post(OLD, json=BODY)
        assert "Inventory temporarily unavailable" in json.dumps(answer.json()["errors"])


async def test_the_controls_are_beside_those_of_the_first_provider(api, tir):
    await api.create()
    assert (await api.http.get("/_sim/tir/calls")).json()["calls"] == {"create": 1}
    assert list((await api.http.get("/_sim/tir/endpoints")).json()) == ["12"]
    assert (await api.http.put("/_sim/tir/knobs", json={"casing": "title"})).json()["casing"] == "title"
    assert (await api.http.put("/_sim/tir/knobs", json={"colour": "red"})).status_code == 422
    edited = await api.http.patch("/_sim/tir/endpoints/12/chat", json={"replica": 4})
    assert edited.json()["replica"] == 4
    await api.http.post("/_sim/tir/reset", json={})
    assert tir.endpoints("12") == {}
