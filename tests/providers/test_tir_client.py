"""The connection to TIR: ids, proof of absence, actions, and what is never shown."""

import json

import pytest
from tests.providers.tir_remote import BLOCK, CLAIM, CREDENTIALS, PROJECT, connect, declared, with_values

from inference_operator.core.diff import change_for, differences
from inference_operator.core.errors import ErrorKind, Operation, ProviderError
from inference_operator.core.insight import LogQuery, Window
from inference_operator.core.observation import State
from inference_operator.core.ownership import RELEASED
from inference_operator.providers.base import Change, listed
from inference_operator.providers.tir import PLUGIN
from inference_operator.simulator import Clock, Fault, Tir

SECRET_ENV = [
    {"name": "T", "valueFrom": {"secretKeyRef": {"name": "s", "key": "k"}}},
    {"name": "PLAIN", "value": "seen"},
]
BOUNDS = {"enabled": True, "minReplicas": 1, "maxReplicas": 3}


@pytest.fixture
def tir():
    return Tir(clock=Clock.frozen())


@pytest.fixture
async def api(tir):
    connection = connect(tir)
    yield connection
    await connection.aclose()


async def make(api, block=BLOCK, name="chat"):
    one = declared(block, name=name)
    return await api.create(name, with_values(one, one.creation()), claim=CLAIM)


async def running(tir, api, block=BLOCK):
    await make(api, block)
    tir.clock.advance(60)
    return await api.get("chat")


async def change_to(api, observed, block, claim=CLAIM, **spec):
    one = declared(block, **spec)
    found = differences(one.document, observed.document, PLUGIN.shape)
    return await api.update("chat", Change(with_values(one, change_for(found)), claim, observed))


async def shown(api):
    return [*(await listed(api)).values()]


def last_put(tir):
    return [one.body for one in tir.journal if one.method == "PUT"][-1]


class TestBothGenerationsOfPaths:
    @pytest.mark.parametrize("place", ["Delhi/projects/12", "Delhi/teams/3/projects/12/iam/7"])
    async def test_the_whole_life_of_an_endpoint(self, tir, place):
        api = connect(tir, place=place)
        made = await make(api)
        tir.clock.advance(60)
        assert (await api.get("chat")).state is State.RUNNING
        assert [one.name for one in await shown(api)] == ["chat"]
        assert (await api.switch("chat", Operation.PAUSE)).heading is State.PAUSED
        tir.clock.advance(60)
        assert (await api.switch("chat", Operation.RESUME)).state is State.INITIALIZING
        await api.delete("chat")
        assert await api.get("chat", remote_id=made.id) is None
        assert {"/teams/3/" in one.path for one in tir.journal} == {"teams" in place}
        assert all(one.query["location"] == "Delhi" for one in tir.journal)
        assert all(("active_iam" in one.query) == ("iam" in place) for one in tir.journal)
        assert all(("project_id" in one.query) == ("teams" not in place) for one in tir.journal)


class TestAbsence:
    async def test_what_no_list_shows_is_absent_only_after_thirty_seconds_of_reading(self, tir, api):
        for passed in (0, 12, 17):
            tir.clock.advance(passed)
            with pytest.raises(ProviderError) as raised:
                await api.get("chat")
            assert raised.value.kind is ErrorKind.UNPROVEN
            assert raised.value.retry_after > 0
        tir.clock.advance(1)
        assert await api.get("chat") is None

    async def test_an_endpoint_that_shows_up_meanwhile_is_found(self, tir, api):
        tir.knobs.list_lag = 20
        await make(connect(tir))
        with pytest.raises(ProviderError, match="may lag behind"):
            await api.get("chat")
        tir.clock.advance(25)
        assert (await api.get("chat")).claims == (CLAIM,)

    async def test_a_create_begins_the_proof_anew(self, tir, api):
        with pytest.raises(ProviderError):
            await api.get("chat")
        tir.clock.advance(29)
        tir.faults.add(Fault(operation="create", action="drop", when="after", times=1))
        tir.knobs.list_lag = 20
        with pytest.raises(ProviderError) as lost:
            await make(api)
        assert lost.value.kind is ErrorKind.AMBIGUOUS
        tir.clock.advance(2)
        with pytest.raises(ProviderError) as raised:
            await api.get("chat")
        assert raised.value.kind is ErrorKind.UNPROVEN

    async def test_the_id_on_record_that_answers_404_is_proof_at_once_though_a_list_shows_it(self, tir, api):
        made = await make(api)
        tir.clock.advance(60)
        tir.knobs.list_lag = 30
        await api.delete("chat", remote_id=made.id)
        assert await connect(tir).get("chat", remote_id=made.id) is None


class TestNamesThatAreNotUnique:
    async def test_the_id_on_record_decides_and_else_the_marker(self, tir, api):
        tir.knobs.duplicate_names = True
        one = declared(BLOCK)
        other = await api.create("chat", one.creation(), claim="by-hand")
        ours = await make(connect(tir))
        fresh = connect(tir)
        assert [found.id for found in await shown(fresh)] == [ours.id]
        assert (await fresh.get("chat", remote_id=other.id)).id == other.id
        assert [found.id for found in await shown(fresh)] == [other.id], "the one on record"
        await fresh.delete("chat", remote_id=ours.id)
        assert [found.id for found in tir.control.records(PROJECT)] == [int(other.id)]


class TestActions:
    async def test_a_put_carries_everything_and_leaves_what_is_not_declared_as_it_is(self, tir, api):
        seen = await running(tir, api, {**BLOCK, "engineArgs": {"max_model_len": "4096"}, "env": SECRET_ENV})
        tir.edit(PROJECT, "chat", {"detailed_info": {"tokenizer": "by-hand"}})
        await change_to(api, await api.get("chat"), {**BLOCK, "version": "v2"})
        body = last_put(tir)
        assert body["action"] == "patch"
        assert body["detailed_info"] | {"commands": ""} == body["detailed_info"]
        assert body["detailed_info"]["server_version"] == "v2"
        assert body["detailed_info"]["tokenizer"] == "by-hand"
        assert body["detailed_info"]["engine_args"] == {"max_model_len": 4096}
        values = {
            one["key"]: one["value"] for one in body["custom_endpoint_details"]["resource_details"]["env_variables"]
        }
        assert values["T"] == "secret value of /env/T/value"
        assert values["INFERENCE_OPERATOR_CLAIM"].startswith(CLAIM)
        assert seen.id == (await api.get("chat")).id

    async def test_what_is_stopped_is_updated_and_stays_stopped(self, tir, api):
        tir.knobs.strict_actions = True
        await running(tir, api)
        await api.switch("chat", Operation.PAUSE)
        tir.clock.advance(60)
        await change_to(api, await api.get("chat"), {**BLOCK, "version": "v2"})
        assert last_put(tir)["action"] == "update"
        assert (await api.get("chat")).state is State.PAUSED

    @pytest.mark.parametrize(
        ("change", "action"),
        [
            ({"replicas": 3}, {"action": "disable_auto_scale", "replicas": 3}),
            (
                {"autoscaling": {**BOUNDS, "stabilitySeconds": 100}},
                {
                    "action": "update_auto_scale",
                    "auto_scale_policy": {
                        "min_replicas": 1,
                        "max_replicas": 3,
                        "stability_period": "100",
                        "rules": [],
                    },
                },
            ),
        ],
    )
    async def test_the_scale_alone_has_actions_of_its_own_which_start_nothing_anew(self, tir, api, change, action):
        observed = await change_to(api, await running(tir, api), {**BLOCK, **change})
        assert last_put(tir) == action
        assert observed.state is State.RUNNING
        assert differences(declared({**BLOCK, **change}).document, observed.document, PLUGIN.shape) == ()

    async def test_autoscaling_is_switched_off_with_the_number_that_is_declared(self, tir, api):
        seen = await running(tir, api, {**BLOCK, "autoscaling": BOUNDS})
        await change_to(api, seen, {**BLOCK, "replicas": 2, "autoscaling": {"enabled": False}})
        assert last_put(tir) == {"action": "disable_auto_scale", "replicas": 2}

    async def test_a_new_restarted_at_restarts_once(self, tir, api):
        seen = await running(tir, api)
        block = {**BLOCK, "restartedAt": "2026-11-21T09:00:00Z"}
        seen = await change_to(api, seen, block)
        assert differences(declared(block).document, seen.document, PLUGIN.shape) == ()
        assert tir.calls["restart"] == 1

    async def test_stop_and_start_are_not_sent_again_on_the_way(self, tir, api):
        await running(tir, api)
        for _ in range(3):
            assert (await api.switch("chat", Operation.PAUSE)).heading is State.PAUSED
        assert tir.calls["pause"] == 1
        tir.clock.advance(60)
        for _ in range(3):
            await api.switch("chat", Operation.RESUME)
        assert tir.calls["resume"] == 1

    async def test_it_can_not_be_told_to_scale_to_zero(self, tir, api):
        await running(tir, api)
        with pytest.raises(ProviderError) as raised:
            await api.switch("chat", Operation.SCALE_TO_ZERO)
        assert raised.value.kind is ErrorKind.UNSUPPORTED

    async def test_a_released_endpoint_is_free_to_take_and_as_it_was(self, tir, api):
        seen = await running(tir, api, {**BLOCK, "env": SECRET_ENV})
        await api.release("chat", seen)
        after = await api.get("chat")
        assert after.claims == (RELEASED,)
        assert after.document == seen.document


class TestSecrets:
    async def test_a_value_from_a_secret_is_in_no_observation(self, tir, api):
        seen = await running(tir, api, {**BLOCK, "env": SECRET_ENV})
        assert "secret value" in json.dumps(tir.endpoints(PROJECT)), "TIR shows it in clear"
        assert "secret value" not in repr(seen)
        assert seen.document["env"]["PLAIN"]["value"] == "seen"
        assert "INFERENCE_OPERATOR_CLAIM" not in seen.document["env"]

    async def test_a_changed_variable_beside_a_secret_is_a_difference_that_does_not_tell_the_secret(self, tir, api):
        seen = await running(tir, api, {**BLOCK, "env": SECRET_ENV})
        plain = [SECRET_ENV[0], {"name": "PLAIN", "value": "other"}]
        (found,) = differences(declared({**BLOCK, "env": plain}).document, seen.document, PLUGIN.shape)
        assert found.pointer == "/env"
        assert "secret value" not in repr(found)

    @pytest.mark.parametrize("action", ["drop", "hang"])
    async def test_neither_key_nor_token_is_in_an_error_or_a_log(self, tir, api, action, caplog):
        caplog.set_level("DEBUG")
        tir.faults.add(Fault(operation="create", action="drop"))
        tir.faults.add(Fault(operation="get", status=400, body={"errors": "no"}))
        with pytest.raises(ProviderError) as dropped:
            await make(api)
        with pytest.raises(ProviderError) as refused:
            await api.get("chat", remote_id="1")
        told = f"{dropped.value!r} {refused.value!r} {dropped.value.__cause__} {caplog.text}"
        assert not any(value in told for value in CREDENTIALS.values())


class TestInsight:
    async def test_logs_and_replicas_are_read_and_metrics_are_said_not_to_exist(self, tir, api):
        seen = await running(tir, api)
        lines = [line.text async for line in api.logs("chat", LogQuery(tail=1), notice=print)]
        assert lines == [line for line in lines if "model loaded" in line] != []
        assert [one.live for one in await api.replicas("chat")] == [True]
        for asked in (api.metrics("chat", Window(None, None)), api.open_metrics("chat")):
            with pytest.raises(ProviderError, match="no metrics") as raised:
                await asked
            assert raised.value.kind is ErrorKind.UNSUPPORTED
        assert seen.url == f"{tir.base_url}/project/p-12/endpoint/is-{seen.id}"

    async def test_a_log_can_not_be_searched_by_what_its_lines_do_not_tell(self, tir, api):
        await running(tir, api)
        with pytest.raises(ProviderError) as raised:
            _ = [line async for line in api.logs("chat", LogQuery(level="error"), notice=print)]
        assert raised.value.kind is ErrorKind.UNSUPPORTED


class TestCatalogue:
    async def test_each_plan_of_a_machine_is_an_offer_with_its_price_by_the_hour(self, tir, api):
        tir.knobs.sold_out = ["C3.8"]
        offers = {(one.hardware.instance_type, one.hardware.instance_size): one for one in await api.catalogue()}
        hourly, committed = offers["C3.2", "hourly"], offers["C3.2", "committed-30d"]
        assert (str(hourly.price), hourly.currency, hourly.cpus, hourly.memory_gb) == ("3.5", "INR", 2, 8.0)
        assert committed.price < hourly.price
        assert offers["C3.8", "hourly"].status == "not_available"
        assert hourly.hardware == declared(BLOCK).runs_on


class TestPages:
    async def test_all_pages_are_read(self, tir, api):
        for number in range(5):
            await make(api, name=f"chat-{number}")
        tir.knobs.page_size = 2
        assert len(await shown(api)) == 5
        assert tir.calls["list"] == 3
