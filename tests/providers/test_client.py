"""The connection against the simulated vendor, over real sockets: each call, and each way in which one goes wrong."""

import asyncio

import pytest
import stamina
from tests.providers.remote import ALWAYS_THERE, CLAIM, TOKEN, connect, every

from inference_operator.core.errors import ErrorKind, Operation, ProviderError
from inference_operator.core.observation import State
from inference_operator.core.ownership import RELEASED
from inference_operator.providers.base import Change
from inference_operator.simulator import Clock, Fault, Simulator


@pytest.fixture(scope="module")
def simulator():
    with Simulator.start(clock=Clock.frozen()) as one:
        yield one


@pytest.fixture
def sim(simulator):
    simulator.huggingface.reset()
    return simulator.huggingface


@pytest.fixture
async def api(sim, simulator):
    with stamina.set_testing(True, attempts=3, cap=True):
        connection = connect(simulator.url, timeout=2.0)
        yield connection
        await connection.aclose()


async def create(api, name="n", **fields):
    return await api.create(name, ALWAYS_THERE | fields, claim=CLAIM)


class TestReading:
    async def test_all_pages_are_read(self, api, sim):
        sim.knobs.max_limit = sim.knobs.page_size = 20
        await asyncio.gather(*(create(api, f"n{number}") for number in range(45)))
        sim.bench.journal.clear()
        found = await every(api)
        assert sorted(one.name for one in found) == sorted(f"n{number}" for number in range(45))
        assert sim.calls["list"] == 3, "one call for each page"

    async def test_no_endpoint_is_an_empty_list(self, api):
        assert await every(api) == []

    async def test_endpoints_of_other_namespaces_are_not_shown(self, api, simulator):
        other = connect(simulator.url, namespace="other")
        await create(other)
        await other.aclose()
        assert await every(api) == []

    async def test_what_does_not_exist_is_none(self, api):
        assert await api.get("n") is None

    async def test_what_exists_is_shown_as_the_list_shows_it(self, api):
        created = await create(api, tags=["a"])
        assert await api.get("n") == created
        assert await every(api) == [created]

    @pytest.mark.parametrize("status", [401, 403, 429])
    @pytest.mark.parametrize("operation", ["list", "get"])
    async def test_a_refusal_is_an_error_and_no_absence(self, api, sim, operation, status):
        sim.faults.add(Fault(operation=operation, status=status))
        with pytest.raises(ProviderError) as caught:
            await (every(api) if operation == "list" else api.get("n"))
        assert caught.value.status == status
        assert sim.calls[operation] == 1, "not retried here"

    @pytest.mark.parametrize("action", ["drop", "truncate"])
    @pytest.mark.parametrize("operation", ["list", "get"])
    async def test_a_lost_answer_is_asked_for_again(self, api, sim, operation, action):
        await create(api)
        sim.faults.add(Fault(operation=operation, action=action, times=2))
        found = (await every(api))[0] if operation == "list" else await api.get("n")
        assert found.name == "n"


class TestCreating:
    async def test_it_is_made_with_the_marker_among_the_tags(self, api, sim):
        observed = await create(api, tags=["mine"])
        assert (observed.state, observed.claims) == (State.PENDING, (CLAIM,))
        assert observed.document["tags"] == ["mine"]
        assert sim.endpoints("acme")["n"]["tags"] == [CLAIM, "mine"]

    async def test_a_taken_name_is_a_conflict(self, api):
        await create(api)
        with pytest.raises(ProviderError) as caught:
            await create(api)
        assert caught.value.kind is ErrorKind.CONFLICT

    @pytest.mark.parametrize("when", ["before", "after"])
    @pytest.mark.parametrize("action", ["drop", "truncate"])
    async def test_a_lost_answer_leaves_it_open_and_nothing_is_repeated(self, api, sim, action, when):
        sim.faults.add(Fault(operation="create", action=action, when=when))
        with pytest.raises(ProviderError) as caught:
            await create(api)
        assert caught.value.kind is ErrorKind.AMBIGUOUS
        assert sim.calls["create"] == 1
        landed = when == "after" or action == "truncate"
        assert (await api.get("n") is not None) is landed

    @pytest.mark.parametrize("when", ["before", "after"])
    async def test_a_timeout_leaves_it_open(self, sim, simulator, when):
        sim.faults.add(Fault(operation="create", action="hang", when=when))
        impatient = connect(simulator.url, timeout=0.3)
        with pytest.raises(ProviderError) as caught:
            await create(impatient)
        assert caught.value.kind is ErrorKind.AMBIGUOUS
        assert (await impatient.get("n") is not None) is (when == "after")
        await impatient.aclose()

    @pytest.mark.parametrize(
        ("status", "kind"),
        [
            (400, ErrorKind.INVALID),
            (401, ErrorKind.UNAUTHORIZED),
            (402, ErrorKind.PAYMENT_REQUIRED),
            (403, ErrorKind.FORBIDDEN),
            (409, ErrorKind.CONFLICT),
            (422, ErrorKind.INVALID),
            (429, ErrorKind.RATE_LIMITED),
            (500, ErrorKind.UNAVAILABLE),
        ],
    )
    async def test_a_refusal(self, api, sim, status, kind):
        sim.faults.add(Fault(operation="create", status=status, text="<html>no</html>" if status == 500 else None))
        with pytest.raises(ProviderError) as caught:
            await create(api)
        assert (caught.value.kind, caught.value.status) == (kind, status)
        assert caught.value.retry_after == (1 if status == 429 else None)
        assert sim.calls["create"] == 1


class TestUpdating:
    async def update(self, api, document, observed=None):
        return await api.update("n", Change(document, CLAIM, observed or await api.get("n")))

    def sent(self, sim):
        return sim.journal[-1].body

    async def test_only_the_change_goes_over_the_wire(self, api, sim):
        observed = await create(api)
        changed = await self.update(api, {"compute": {"scaling": {"maxReplica": 4}}}, observed)
        assert self.sent(sim) == {"compute": {"scaling": {"maxReplica": 4}}}
        assert changed.document["compute"]["scaling"]["maxReplica"] == 4

    async def test_tags_go_with_the_marker_for_they_are_replaced_whole(self, api, sim):
        await create(api, tags=["old"])
        changed = await self.update(api, {"tags": ["new"]})
        assert self.sent(sim) == {"tags": [CLAIM, "new"]}
        assert (changed.document["tags"], changed.claims) == (["new"], (CLAIM,))

    async def test_a_lost_marker_is_put_back_beside_the_tags_that_are_there(self, api, sim):
        await create(api, tags=["mine"])
        sim.edit("acme", "n", {"tags": ["mine", "a person's"]})
        changed = await self.update(api, {})
        assert sorted(self.sent(sim)["tags"]) == sorted(["a person's", "mine", CLAIM])
        assert changed.claims == (CLAIM,)

    async def test_another_marker_is_replaced(self, api, sim):
        await create(api)
        sim.edit("acme", "n", {"tags": [RELEASED, "mine"]})
        assert (await self.update(api, {})).claims == (CLAIM,)
        assert sorted(sim.endpoints("acme")["n"]["tags"]) == sorted(["mine", CLAIM])

    async def test_releasing_replaces_the_marker_and_nothing_else(self, api, sim):
        observed = await create(api, tags=["mine"])
        before = sim.endpoints("acme")["n"]
        await api.release("n", observed)
        after = sim.endpoints("acme")["n"]
        assert sorted(after["tags"]) == sorted(["mine", RELEASED])
        assert set(self.sent(sim)) == {"tags"}
        assert {**after, "tags": 0, "status": 0, "version": 0} == {**before, "tags": 0, "status": 0, "version": 0}

    async def test_what_is_gone_is_not_found(self, api):
        observed = await create(api)
        await api.delete("n")
        with pytest.raises(ProviderError) as caught:
            await self.update(api, {"type": "public"}, observed)
        assert caught.value.kind is ErrorKind.NOT_FOUND


class TestSwitching:
    async def test_pausing_and_resuming(self, api):
        await create(api)
        assert (await api.switch("n", Operation.PAUSE)).state is State.PAUSED
        assert (await api.switch("n", Operation.PAUSE)).state is State.PAUSED, "it is so already"
        assert (await api.switch("n", Operation.RESUME)).state is State.PENDING

    async def test_resuming_what_runs_is_what_was_asked_for(self, api, sim):
        await create(api)
        assert (await api.switch("n", Operation.RESUME)).state is State.PENDING
        sim.clock.advance(5)
        assert (await api.switch("n", Operation.RESUME)).state is State.RUNNING

    async def test_scaling_to_zero(self, api):
        compute = {**ALWAYS_THERE["compute"], "scaling": {"minReplica": 0, "maxReplica": 1}}
        await create(api, compute=compute)
        assert (await api.switch("n", Operation.SCALE_TO_ZERO)).state is State.SCALED_TO_ZERO

    async def test_what_cant_be_scaled_to_zero_is_refused_with_the_vendors_words(self, api):
        await create(api)
        with pytest.raises(ProviderError, match="workload cannot be scaled to zero") as caught:
            await api.switch("n", Operation.SCALE_TO_ZERO)
        assert caught.value.kind is ErrorKind.INVALID


class TestDeleting:
    async def test_it_is_gone_and_again_is_no_error(self, api):
        await create(api)
        await api.delete("n")
        assert await api.get("n") is None
        await api.delete("n")

    async def test_a_refusal_is_an_error(self, api, sim):
        await create(api)
        sim.faults.add(Fault(operation="delete", status=403))
        with pytest.raises(ProviderError):
            await api.delete("n")


async def test_the_catalogue_is_read_with_prices_and_quota(api, sim):
    sim.knobs.quotas = {"nvidia-l4": 8}
    found = {str(offer.hardware): offer for offer in await api.catalogue()}
    l4 = found["aws us-east-1 nvidia-l4 x1"]
    assert (str(l4.price), l4.accelerators, l4.quota, l4.used, l4.usable) == ("0.8", 1, 8, 0, True)
    assert not found["aws us-east-1 intel-icl x1"].usable


async def test_the_token_is_the_one_that_was_given(api, sim):
    sim.tokens.revoke(TOKEN)
    with pytest.raises(ProviderError) as caught:
        await every(api)
    assert caught.value.kind is ErrorKind.UNAUTHORIZED
