"""One writer, by the rules of client-go, on the real API server: candidates that share nothing but the Lease."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from tests.kube.conftest import OPERATOR_NAMESPACE, write_kubeconfig

from inference_operator.kube import paths
from inference_operator.kube.errors import Forbidden, KubeError, NotFound, Unavailable
from inference_operator.kube.lease import Lease, Lost, Timing, since_boot
from inference_operator.kube.session import Session

NAME = "shared"
TIMING = Timing(15)


@dataclass
class Clock:
    """A monotonic clock that the test sets, in seconds."""

    seconds: float = 1000.0

    def __call__(self) -> float:
        return self.seconds


@dataclass
class World:
    """Candidates for one Lease, each with clocks of its own."""

    session: Session
    namespace: str
    clock: Clock = field(default_factory=Clock)

    def candidate(self, identity: str, *, skew: timedelta | None = None) -> Lease:
        return Lease(
            self.session,
            namespace=self.namespace,
            name=NAME,
            identity=identity,
            timing=TIMING,
            clock=self.clock,
            now=lambda: datetime.now(UTC) + (skew or timedelta()),
        )

    @property
    def path(self) -> str:
        return paths.lease(self.namespace, NAME)

    async def spec(self) -> dict[str, Any]:
        spec: dict[str, Any] = (await self.session.get(self.path))["spec"]
        return spec


@pytest.fixture
async def world(admin: Session, namespace: str) -> World:
    return World(admin, namespace)


async def test_of_two_candidates_one_leads_and_stays_it(world: World) -> None:
    first, second = world.candidate("first"), world.candidate("second")
    assert await first.attempt()
    for _ in range(20):
        world.clock.seconds += TIMING.retry
        assert await first.attempt()
        assert not await second.attempt()
        assert (first.holds(), second.holds()) == (True, False)
    assert second.holder == "first"
    spec = await world.spec()
    assert (spec["holderIdentity"], spec["leaseDurationSeconds"], spec["leaseTransitions"]) == ("first", 15, 0)


async def test_of_many_at_once_one_leads(world: World) -> None:
    candidates = [world.candidate(f"c{number}") for number in range(8)]

    async def attempt(one: Lease) -> bool:
        try:
            return await one.attempt()
        except KubeError:
            return False

    await asyncio.gather(*map(attempt, candidates))
    assert sum(one.holds() for one in candidates) == 1


async def test_a_lease_that_is_not_renewed_is_taken_once_it_was_watched_that_long(world: World) -> None:
    first, second = world.candidate("first"), world.candidate("second")
    await first.attempt()
    assert not await second.attempt()
    world.clock.seconds += TIMING.duration - 1
    assert not await second.attempt()
    # A renewal starts the wait anew, however late: the holder's own deadline is not what this is about.
    first.deadline += TIMING.duration
    assert await first.attempt()
    assert not await second.attempt()
    world.clock.seconds += TIMING.duration - 1
    assert not await second.attempt()
    world.clock.seconds += 1

    assert await second.attempt()
    spec = await world.spec()
    assert (spec["holderIdentity"], spec["leaseTransitions"]) == ("second", 1)


async def test_the_holder_stops_writing_before_anybody_else_can_begin(world: World) -> None:
    first, second = world.candidate("first"), world.candidate("second")
    await first.attempt()
    await second.attempt()
    while not second.holds():
        world.clock.seconds += 0.5
        await second.attempt()
        assert not (first.holds() and second.holds())
    assert second.deadline - TIMING.renew - first.deadline >= TIMING.duration - TIMING.renew


@pytest.mark.parametrize("skew", [timedelta(days=-400), timedelta(hours=-1), timedelta(hours=1), timedelta(days=400)])
async def test_clocks_that_differ_harm_nothing(world: World, skew: timedelta) -> None:
    first, second = world.candidate("first", skew=skew), world.candidate("second")
    await first.attempt()
    for _ in range(3):
        world.clock.seconds += TIMING.retry
        assert not await second.attempt(), "a time in the Lease that is long past is no reason to take it"
        assert await first.attempt()
    await second.attempt()
    world.clock.seconds += TIMING.duration
    assert await second.attempt(), "one that is far ahead is no reason to leave it"


async def test_the_right_ends_by_itself_while_the_api_server_is_away(
    world: World, tmp_path: Path, unused_tcp_port: int
) -> None:
    first = world.candidate("first")
    await first.attempt()
    started = world.clock.seconds
    async with await Session.connect(str(write_kubeconfig(tmp_path, unused_tcp_port)), attempts=1) as away:
        first._session = away
        while first.holds():
            with pytest.raises(Unavailable):
                await first.attempt()
            world.clock.seconds += 1
    assert world.clock.seconds == started + TIMING.renew

    # Back in time for the Lease, which nobody took: too late for who led. The others need not wait any longer for it.
    first._session = world.session
    before = await world.spec()
    for _ in range(2):
        with pytest.raises(Lost):
            await first.attempt()
    assert not first.holds()
    assert await world.spec() == before


async def test_a_renewal_that_was_answered_too_late_does_not_bring_the_right_back(world: World) -> None:
    first = world.candidate("first")
    await first.attempt()
    world.clock.seconds += TIMING.renew - 1
    patch = world.session.patch

    async def slow(*args: Any, **options: Any) -> Any:
        answer = await patch(*args, **options)
        world.clock.seconds += 2
        return answer

    first._session = _With(world.session, patch=slow)
    with pytest.raises(Lost):
        await first.attempt()
    assert not first.holds()


async def test_the_right_is_counted_from_before_the_renewal_was_sent(world: World) -> None:
    create, patch = world.session.create, world.session.patch

    async def slow(send: Callable[..., Any], *args: Any, **options: Any) -> Any:
        answer = await send(*args, **options)
        world.clock.seconds += 4
        return answer

    first = world.candidate("first")
    first._session = _With(world.session, create=partial(slow, create), patch=partial(slow, patch))
    for _ in range(2):
        began = world.clock.seconds
        assert await first.attempt()
        assert first.deadline == began + TIMING.renew


async def test_a_renewal_whose_answer_was_lost_is_found_again_at_once(world: World) -> None:
    first = world.candidate("first")
    await first.attempt()
    patch, lost = world.session.patch, [True]

    async def losing(*args: Any, **options: Any) -> Any:
        answer = await patch(*args, **options)
        if lost.pop() if lost else False:
            raise Unavailable(0, "Unreachable", "lost")
        return answer

    first._session = _With(world.session, patch=losing)
    world.clock.seconds += 2
    with pytest.raises(Unavailable):
        await first.attempt()
    assert first.deadline == 1000 + TIMING.renew, "what was not confirmed counts for nothing"
    assert await first.attempt()
    assert first.deadline == world.clock.seconds + TIMING.renew


class _With:
    """A session with one method replaced."""

    def __init__(self, session: Session, **methods: Any) -> None:
        self._session = session
        vars(self).update(methods)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._session, name)


async def test_a_released_lease_is_taken_at_the_next_look(world: World) -> None:
    first, second = world.candidate("first"), world.candidate("second")
    await first.attempt()
    assert not await second.attempt()

    await first.release()
    assert not first.holds()
    assert not (await world.spec()).get("holderIdentity")
    assert await second.attempt()
    assert (await world.spec())["leaseTransitions"] == 1


async def test_what_is_not_held_is_not_released(world: World) -> None:
    first, second = world.candidate("first"), world.candidate("second")
    await second.release()
    await first.attempt()
    await second.attempt()
    world.clock.seconds += TIMING.duration
    await second.attempt()

    await first.release()
    assert (await world.spec())["holderIdentity"] == "second"


async def test_a_release_meets_a_change_in_between_and_is_done_all_the_same(world: World) -> None:
    first = world.candidate("first")
    await first.attempt()
    await world.session.patch(world.path, {"metadata": {"labels": {"touched": "yes"}}})
    await first.release()
    assert not (await world.spec()).get("holderIdentity")


async def test_every_write_is_bound_to_what_was_read(world: World) -> None:
    first, second = world.candidate("first"), world.candidate("second")
    await first.attempt()
    await first.release()
    get = world.session.get

    async def overtaken(*args: Any, **options: Any) -> Any:
        seen = await get(*args, **options)
        await second.attempt()
        return seen

    third = world.candidate("third")
    third._session = _With(world.session, get=overtaken)
    assert not await third.attempt()
    assert (await world.spec())["holderIdentity"] == "second"


@pytest.mark.parametrize("how", ["taken", "emptied", "deleted"])
async def test_a_lease_that_is_taken_away_is_lost_at_once_and_for_good(world: World, how: str) -> None:
    first = world.candidate("first")
    await first.attempt()
    if how == "deleted":
        await world.session.delete(world.path)
    else:
        await world.session.patch(world.path, {"spec": {"holderIdentity": "else" if how == "taken" else None}})

    with pytest.raises(Lost):
        await first.attempt()
    assert not first.holds()
    with pytest.raises(Lost):
        await first.attempt()


async def test_a_lease_of_another_tool_is_waited_for_as_long_as_it_says(world: World) -> None:
    spec = {"holderIdentity": "else", "leaseDurationSeconds": 60}
    body = {"apiVersion": "coordination.k8s.io/v1", "kind": "Lease", "metadata": {"name": NAME}, "spec": spec}
    await world.session.create(paths.leases(world.namespace), body)
    first = world.candidate("first")
    assert not await first.attempt()
    world.clock.seconds += 59
    assert not await first.attempt()
    world.clock.seconds += 1
    assert await first.attempt()
    assert (await world.spec())["leaseDurationSeconds"] == TIMING.duration


async def test_without_namespace_or_rights_the_error_says_which(session: Session, namespace: str) -> None:
    clock = Clock()

    def candidate(where: str, name: str) -> Lease:
        return Lease(session, namespace=where, name=name, identity="a", timing=TIMING, clock=clock)

    with pytest.raises(Forbidden):
        await candidate(namespace, "inference-operator").attempt()
    with pytest.raises(Forbidden):
        await candidate(OPERATOR_NAMESPACE, "another").attempt()


async def test_a_missing_namespace_is_not_found(admin: Session) -> None:
    with pytest.raises(NotFound):
        await Lease(admin, namespace="absent", name=NAME, identity="a", timing=TIMING).attempt()


async def test_the_operators_rights_are_enough(session: Session, admin: Session) -> None:
    path = paths.lease(OPERATOR_NAMESPACE, "inference-operator")
    one = Lease(session, namespace=OPERATOR_NAMESPACE, name="inference-operator", identity="a", timing=TIMING)
    # Where an operator of this test process held it before.
    if await _exists(admin, path):
        await admin.patch(path, {"spec": {"holderIdentity": None}})
    assert await one.attempt()
    assert await one.attempt()
    await one.release()
    managers = {field["manager"] for field in (await admin.get(path))["metadata"]["managedFields"]}
    assert "inference-operator" in managers


async def _exists(admin: Session, path: str) -> bool:
    try:
        await admin.get(path)
    except NotFound:
        return False
    return True


def test_the_clock_runs_on_and_is_not_set() -> None:
    assert since_boot() <= since_boot()


@pytest.mark.parametrize("seconds", [3, 15, 60])
def test_the_parts_of_a_lease_fit_into_each_other(seconds: int) -> None:
    timing = Timing(seconds)
    assert timing.look < timing.retry < timing.answer < timing.renew < timing.duration
    assert timing.retry + timing.answer < timing.renew, "one try that gets no answer leaves time for another"
