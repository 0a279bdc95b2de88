"""States over simulated time, power actions and who may do what from where."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.simulator.bodies import changed, endpoint, example

from inference_operator.simulator.errors import ApiError
from inference_operator.simulator.huggingface import lifecycle
from inference_operator.simulator.huggingface.lifecycle import Lifecycle, Plan, advance

STEADY = {"compute__scaling": {"minReplica": 2, "maxReplica": 3}}


async def test_creation_goes_pending_initializing_running(api):
    created = await api.create(endpoint(**STEADY))
    assert created["status"]["state"] == "pending"
    assert created["status"]["message"] == "Endpoint waiting to be scheduled"
    assert (created["status"]["readyReplica"], created["status"]["targetReplica"]) == (0, 2)
    api.hf.clock.advance(0.25)
    assert await api.state() == "initializing"
    api.hf.clock.advance(0.5)
    status = (await api.get())["status"]
    assert (status["state"], status["message"]) == ("running", "Endpoint is ready")
    assert (status["readyReplica"], status["targetReplica"]) == (2, 2)
    assert status["lastUsedAt"] is not None
    assert status["url"] == created["status"]["url"]


async def test_update_rolls_out_while_the_old_version_serves(api):
    url = (await api.running(endpoint(**STEADY)))["status"]["url"]
    updating = (await api.put({"model": {"revision": "v2"}}))["status"]
    assert (updating["state"], updating["readyReplica"]) == ("updating", 2)
    assert (await api.http.get(url + "/health")).status_code == 200
    api.hf.clock.advance(0.6)
    assert await api.state() == "running"


async def test_failed_update_keeps_serving_and_a_further_edit_repairs_it(api):
    url = (await api.running(endpoint()))["status"]["url"]
    await api.put({"model": {"repository": "acme/fails-to-start"}})
    api.hf.clock.advance(0.6)
    status = (await api.get())["status"]
    assert (status["state"], status["readyReplica"]) == ("updateFailed", 1)
    assert status["errorMessage"]
    assert (await api.http.get(url + "/health")).status_code == 200
    await api.put({"model": {"repository": "acme/good"}})
    api.hf.clock.advance(0.6)
    assert await api.state() == "running"


@pytest.mark.parametrize("by_name", [True, False])
async def test_failed_start_is_repaired_by_an_edit_or_resumed(api, by_name):
    if not by_name:
        api.hf.knobs.fail_deploys = "runtime"
    await api.create(endpoint(model__repository="acme/fails-to-start" if by_name else "acme/good"))
    api.hf.clock.advance(1)
    status = (await api.get())["status"]
    assert (status["state"], status["message"]) == ("failed", "Endpoint failed to deploy")
    assert status["readyReplica"] == 0
    api.hf.knobs.fail_deploys = None
    assert (await api.act("resume"))["status"]["state"] == "pending"
    await api.put({"model": {"repository": "acme/better"}})
    api.hf.clock.advance(1)
    assert await api.state() == "running"


async def test_configuration_error_can_be_updated_but_not_resumed(api):
    await api.create(endpoint(model__repository="acme/bad-config"))
    api.hf.clock.advance(1)
    status, text = await api.refused("POST", "/v2/endpoint/acme/sentiment/resume")
    assert status == 400
    assert "update the endpoint instead" in text
    await api.put({"model": {"repository": "acme/good"}})
    api.hf.clock.advance(1)
    assert await api.state() == "running"


async def test_resume_is_refused_while_starting_running_or_updating(api):
    await api.create(endpoint())
    already = (400, "Endpoint is already running")
    for _ in range(3):
        assert await api.refused("POST", "/v2/endpoint/acme/sentiment/resume") == already
        api.hf.clock.advance(0.4)
    await api.put({"model": {"revision": "v2"}})
    assert await api.refused("POST", "/v2/endpoint/acme/sentiment/resume") == already


async def test_pause_is_idempotent_and_resume_starts_again(api):
    await api.running(endpoint())
    paused = await api.act("pause")
    assert (paused["status"]["state"], paused["status"]["readyReplica"]) == ("paused", 0)
    assert paused["status"]["targetReplica"] == 1
    assert (await api.act("pause"))["status"]["state"] == "paused"
    api.hf.clock.advance(10_000)
    assert await api.state() == "paused"
    assert (await api.act("resume"))["status"]["state"] == "pending"
    api.hf.clock.advance(1)
    assert await api.state() == "running"


async def test_pause_is_allowed_from_pending_and_failed(api):
    await api.create(endpoint())
    assert (await api.act("pause"))["status"]["state"] == "paused"
    await api.create(endpoint("other", model__repository="acme/fails-to-start"))
    api.hf.clock.advance(1)
    assert (await api.act("pause", "other"))["status"]["state"] == "paused"


async def test_idle_timeout_scales_to_zero_and_use_postpones_it(api):
    url = (await api.running(endpoint()))["status"]["url"]
    api.hf.clock.advance(14 * 60)
    assert (await api.http.get(url + "/")).status_code == 200
    api.hf.clock.advance(14 * 60)
    assert await api.state() == "running"
    api.hf.clock.advance(60 + 1)
    status = (await api.get())["status"]
    assert (status["state"], status["readyReplica"], status["targetReplica"]) == ("scaledToZero", 0, 0)
    assert status["url"] == url


async def test_idle_minutes_can_be_sped_up(api):
    api.hf.knobs.idle_minute_seconds = 0.1
    await api.running(endpoint())
    api.hf.clock.advance(1.5)
    assert await api.state() == "scaledToZero"


async def test_endpoint_with_a_replica_minimum_never_idles(api):
    await api.running(endpoint(**STEADY))
    api.hf.clock.advance(10**7)
    assert await api.state() == "running"


async def test_scale_to_zero_needs_a_timeout_and_resume_undoes_it(api):
    await api.running(endpoint(**STEADY))
    refusal = await api.refused("POST", "/v2/endpoint/acme/sentiment/scale-to-zero")
    assert refusal == (400, "workload cannot be scaled to zero")
    await api.running(endpoint("other"))
    assert (await api.act("scale-to-zero", "other"))["status"]["state"] == "scaledToZero"
    assert (await api.act("resume", "other"))["status"]["state"] == "pending"


@pytest.mark.parametrize(("knob", "state"), [("keep", "paused"), ("resume", "pending")])
async def test_put_on_a_paused_endpoint_follows_the_knob(api, knob, state):
    api.hf.knobs.paused_put = knob
    await api.running(endpoint())
    await api.act("pause")
    changed_document = await api.put({"model": {"revision": "v2"}})
    assert changed_document["status"]["state"] == state
    assert api.hf.endpoints("acme")["sentiment"]["model"]["revision"] == "v2"


async def test_raising_the_minimum_wakes_from_zero(api):
    await api.running(endpoint())
    await api.act("scale-to-zero")
    raised = await api.put({"compute": {"scaling": {"minReplica": 1}}})
    assert raised["status"]["state"] == "pending"
    assert raised["compute"]["scaling"]["scaleToZeroTimeout"] is None


@pytest.mark.parametrize(("knob", "state"), [("keep", "running"), ("rollout", "updating")])
async def test_put_of_tags_alone_follows_the_knob(api, knob, state):
    api.hf.knobs.tags_put = knob
    await api.running(endpoint())
    assert (await api.put({"tags": ["new"]}))["status"]["state"] == state


async def test_put_that_changes_nothing_rolls_nothing_out(api):
    before = await api.running(endpoint())
    assert (await api.put({"type": before["type"]}))["status"]["state"] == "running"


async def test_stage_delays_are_knobs(api):
    api.hf.knobs.pending_seconds = 100
    await api.create(endpoint())
    api.hf.clock.advance(99)
    assert await api.state() == "pending"
    api.hf.clock.advance(1.1)
    assert await api.state() == "initializing"


async def test_deleted_endpoint_is_gone_and_its_name_free(api):
    first = await api.create(endpoint())
    assert await api.ok("DELETE", "/v2/endpoint/acme/sentiment") == {}
    assert (await api.refused("GET", "/v2/endpoint/acme/sentiment"))[0] == 404
    assert (await api.refused("DELETE", "/v2/endpoint/acme/sentiment"))[0] == 404
    api.hf.clock.advance(1)
    again = await api.create(endpoint())
    assert again["status"]["createdAt"] != first["status"]["createdAt"]
    assert again["status"]["url"] != first["status"]["url"]


async def test_deletion_lingers_and_keeps_the_name(api):
    api.hf.knobs.delete_linger = 5
    api.hf.knobs.name_free_delay = 10
    await api.running(endpoint())
    await api.ok("DELETE", "/v2/endpoint/acme/sentiment")
    assert (await api.get())["status"]["message"] == "Endpoint is being deleted"
    for action in ("pause", "resume", "scale-to-zero"):
        assert (await api.refused("POST", f"/v2/endpoint/acme/sentiment/{action}"))[0] == 400
    assert (await api.refused("PUT", "/v2/endpoint/acme/sentiment", {"tags": []}))[0] == 400
    assert (await api.refused("POST", "/v2/endpoint/acme", endpoint()))[0] == 409
    api.hf.clock.advance(6)
    assert (await api.refused("GET", "/v2/endpoint/acme/sentiment"))[0] == 404
    assert (await api.ok("GET", "/v2/endpoint/acme"))["items"] == []
    assert (await api.refused("POST", "/v2/endpoint/acme", endpoint()))[0] == 409
    api.hf.clock.advance(10)
    await api.create(endpoint())


async def test_paused_endpoint_shows_target_and_url_by_knob(api):
    api.hf.knobs.paused_target = "zero"
    api.hf.knobs.url_while_paused = "empty"
    await api.running(endpoint())
    status = (await api.act("pause"))["status"]
    assert (status["targetReplica"], status["url"]) == (0, "")


async def test_url_while_pending_can_be_left_out(api):
    api.hf.knobs.url_while_pending = "omit"
    response = await api.http.post("/v2/endpoint/acme", json=endpoint())
    assert "url" not in response.json()["status"]
    api.hf.clock.advance(1)
    assert (await api.get())["status"]["url"]


@pytest.mark.parametrize("moves", [True, False])
async def test_state_change_moves_updated_at_by_knob(api, moves):
    api.hf.knobs.state_change_moves_updated_at = moves
    created = await api.create(endpoint())
    api.hf.clock.advance(60)
    running = await api.get()
    assert (running["status"]["updatedAt"] != created["status"]["updatedAt"]) is moves


async def test_replicas_follow_the_rollout(api):
    await api.running(endpoint(**STEADY))
    path = "/v2/endpoint/acme/sentiment/replica"
    before = (await api.ok("GET", path))["items"]
    assert [item["status"]["live"] for item in before] == [True, True]
    await api.put({"model": {"revision": "v2"}})
    during = (await api.ok("GET", path))["items"]
    assert [item["status"]["updating"] for item in during] == [False, False, True, True]
    assert len({item["versionId"] for item in during}) == 2
    api.hf.clock.advance(1)
    await api.act("pause")
    assert (await api.ok("GET", path))["items"] == []


async def test_gpu_example_runs(api):
    assert (await api.running(changed(example("create-gpu-vllm"), name="coder")))["status"]["readyReplica"] == 1


SECONDS = st.floats(min_value=0, max_value=1000, allow_nan=False)
PLANS = st.builds(
    Plan,
    pending=SECONDS,
    initializing=SECONDS,
    updating=SECONDS,
    idle=st.none() | st.floats(min_value=0.001, max_value=1000),
    replicas=st.integers(1, 5),
    failure=st.sampled_from([None, "runtime", "configuration"]),
)
ACTIONS = st.lists(st.tuples(st.sampled_from(["pause", "resume", "zero", "put", "use"]), SECONDS), max_size=8)


def act(life: Lifecycle, action: str, plan: Plan, now: float) -> Lifecycle:
    try:
        match action:
            case "pause":
                return lifecycle.pause(life, now, keep_target=False)
            case "resume":
                return lifecycle.resume(life, plan, now)
            case "zero":
                return lifecycle.scale_to_zero(life, plan, now)
            case "put":
                return lifecycle.roll_out(life, plan, now, wakes=False)
        return lifecycle.use(life, plan, now)
    except ApiError:
        return life


@given(plan=PLANS, actions=ACTIONS)
def test_any_history_keeps_the_invariants(plan, actions):
    now = 1000.0
    life = lifecycle.start(None, plan, now)
    for action, seconds in actions:
        now += seconds
        life = act(advance(life, plan, now), action, plan, now)
        assert life.since <= now
        assert life.ready <= max(plan.replicas, life.target)
        if life.state in {"pending", "initializing", "paused", "failed", "scaledToZero"}:
            assert life.ready == 0
        if life.state in {"running", "updating", "updateFailed"}:
            assert life.ready > 0
        assert (life.error_message is not None) == (life.state in {"failed", "updateFailed"})


@given(plan=PLANS, first=SECONDS, second=SECONDS)
def test_looking_in_between_changes_nothing(plan, first, second):
    life = lifecycle.start(None, plan, 0.0)
    assert advance(advance(life, plan, first), plan, first + second) == advance(life, plan, first + second)


@given(plan=PLANS)
def test_every_start_settles(plan):
    settled = advance(lifecycle.start(None, plan, 0.0), plan, 10_000)
    assert settled.state == ("failed" if plan.failure else "scaledToZero" if plan.idle else "running")
