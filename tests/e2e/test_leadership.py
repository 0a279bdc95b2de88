"""Two operators at a time: one writes, the other stands by, and the change from one to the other loses nothing (I8)."""

import itertools
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.support.cluster import Kubectl
from tests.support.kube_api import KubeApi
from tests.support.operator import LEADING, LEASE, OperatorProcess
from tests.support.team import Team, ready

from inference_operator.runtime.flags import parse
from inference_operator.simulator import Fault, Simulator

COUNT = 12
FAILOVER_SECONDS = 20
HANDOVER_SECONDS = 3
SHORT = "--lease-duration=5"

Launch = Callable[..., OperatorProcess]


@pytest.fixture
def replicas(operator_kubeconfig: Path, simulator: Simulator, tmp_path: Path) -> Iterator[list[OperatorProcess]]:
    """The operators of a test, which `launch` adds to; none outlives it."""
    made: list[OperatorProcess] = []
    yield made
    for one in made:
        if one.running:
            one.wake()
            one.kill()


@pytest.fixture
def launch(replicas: list[OperatorProcess], operator_kubeconfig: Path, simulator: Simulator, tmp_path: Path) -> Launch:
    """Starts one more operator, and returns once it watches: it leads, or stands by."""

    def one_more(*flags: str) -> OperatorProcess:
        directory = tmp_path / f"operator-{len(replicas)}"
        directory.mkdir()
        one = OperatorProcess(operator_kubeconfig, directory, flags=(f"--allow-base-url={simulator.url}", *flags))
        replicas.append(one)
        return one.launch()

    return one_more


@pytest.fixture
def crew(
    launch: Launch, replicas: list[OperatorProcess], simulator: Simulator, kube_api: KubeApi, kubectl: Kubectl
) -> Iterator[Team]:
    """A team whose operators the test starts and ends itself."""
    simulator.huggingface.reset()
    logs = lambda: "\n\n".join(one.tail() for one in replicas)  # noqa: E731 - two lines would hide one
    team = Team(api=kube_api, kubectl=kubectl, simulator=simulator, log=logs)
    team.settle_in()
    try:
        yield team
    finally:
        simulator.huggingface.faults.clear()
        if not any(one.running for one in replicas):
            launch(SHORT)
        stuck = team.move_out()
    assert not stuck, f"not deleted by the operators: {', '.join(stuck)}\n{logs()}"
    assert not [one.log for one in replicas if "Traceback" in one.log]


def leading(team: Team, one: OperatorProcess, timeout: float = FAILOVER_SECONDS) -> OperatorProcess:
    """Return the operator once it leads."""
    team.until(lambda: one.leads, "the operator leads", timeout)
    return one


def written(one: OperatorProcess) -> dict[str, float]:
    """What an operator says that it wrote, Lease apart: the requests by their labels."""
    counted: dict[str, float] = {}
    for line in one.metrics().splitlines():
        name, _, value = line.rpartition(" ")
        kubernetes = name.startswith("rest_client_requests_total") and 'method="GET"' not in name
        remote = name.startswith("inference_operator_remote_requests_total") and not _reads(name)
        if (kubernetes and 'resource="leases"' not in name) or remote:
            counted[name] = float(value)
    return counted


def _reads(series: str) -> bool:
    return any(f'operation="{one}"' in series for one in ("list", "get", "catalogue"))


def versions(team: Team) -> dict[str, str]:
    """Every object of the team's namespace that an operator may write, with its resourceVersion."""
    return {
        f"{kind}/{obj['metadata']['name']}": obj["metadata"]["resourceVersion"]
        for kind in ("endpoint", "account", "configmap", "event")
        for obj in team.api.items(team.path(kind))
    }


def test_of_two_operators_one_writes_and_the_other_is_ready_and_calls_nobody(crew: Team, launch: Launch) -> None:
    leader = leading(crew, launch())
    standby = launch()
    crew.create("chat")
    crew.edit("chat", tags=["edited"])
    crew.until(lambda: crew.puts("chat"), "the edit arrives")

    assert written(leader)
    assert written(standby) == {}
    assert "inference_operator_remote_requests_total{" not in standby.metrics(), "a standby asks the provider nothing"
    assert LEADING not in standby.metrics()
    assert "inference_operator_endpoint_state{" not in standby.metrics()
    lease = crew.api.get(LEASE)
    assert lease is not None
    assert "standing by" in standby.log
    assert lease["spec"]["holderIdentity"] in leader.log


@pytest.mark.proof
def test_a_leader_that_was_frozen_past_its_lease_starts_no_write_when_it_wakes(crew: Team, launch: Launch) -> None:
    names = [f"e-{number}" for number in range(COUNT)]
    leader = leading(crew, launch("--max-in-flight=2"))
    standby = launch()
    crew.create("before")
    # Creates wait for the two that the provider takes its time for: the frozen one is full of writes not yet begun.
    crew.sim.faults.add(Fault(operation="create", action="delay", delay=3.0))
    crew.apply(*(crew.manifest(name) for name in names))
    crew.until(lambda: len(crew.posts()) > 1, "creates are under way")

    leader.freeze()
    crew.sim.faults.clear()
    crew.edit("before", tags=["while nobody leads"])
    leading(crew, standby)
    crew.wait_all([*names, "before"], ready)
    crew.until(lambda: crew.puts("before"), "the edit arrives")
    crew.await_polls(3)
    at_rest = versions(crew)
    journal = crew.writes()

    leader.wake()
    assert leader.wait() == 1
    crew.await_polls(3)
    assert crew.writes() == journal
    assert versions(crew) == at_rest
    assert "the lease is lost" in leader.log
    assert sorted(crew.remotes()) == sorted([*names, "before"])


def test_a_stopped_leader_hands_over_at_once(crew: Team, launch: Launch) -> None:
    leader = leading(crew, launch())
    standby = launch()
    crew.create("chat")

    leader.signal(signal.SIGTERM)
    leading(crew, standby, HANDOVER_SECONDS)
    assert leader.wait() == 0
    crew.edit("chat", tags=["after"])
    crew.until(lambda: crew.puts("chat"), "the edit arrives")
    assert len(crew.posts("chat")) == 1


def test_a_standby_stops_at_once_and_leaves_the_lease_alone(crew: Team, launch: Launch) -> None:
    leader = leading(crew, launch())
    launch().stop()
    assert leader.leads
    crew.create("chat")


def test_without_election_an_operator_works_and_touches_no_lease(crew: Team, launch: Launch) -> None:
    before = crew.api.get(LEASE)
    operator = launch("--no-leader-elect")
    crew.create("chat")
    assert crew.api.get(LEASE) == before
    assert 'resource="leases"' not in operator.metrics()


def test_a_missing_namespace_is_said_with_the_remedy_and_waited_for(crew: Team, launch: Launch) -> None:
    operator = launch("--operator-namespace=absent")
    crew.until(lambda: "as deploy/rbac does" in operator.log, "what is missing is said")
    assert operator.log.count("the lease can't be read or written") == 1
    assert not operator.leads
    operator.stop()


def test_a_lease_too_short_to_be_renewed_is_misuse(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        parse(["--lease-duration=2"])
    assert ended.value.code == 2
    assert "--lease-duration: 2 is less than 3" in capsys.readouterr().err


@pytest.mark.proof
@pytest.mark.timeout(7200)
def test_many_failovers_lose_no_event(crew: Team, launch: Launch, request: pytest.FixtureRequest) -> None:
    """Create, edit and delete while nobody leads, by turns killed, frozen and stopped."""
    endings = itertools.cycle(["kill", "freeze", "stop"])
    leader = leading(crew, launch(SHORT))
    crew.create("kept")
    for number, ending in zip(range(request.config.getoption("--failovers")), endings, strict=False):
        standby = launch(SHORT)
        crew.create(f"old-{number}")
        crew.forget_requests()
        match ending:
            case "kill":
                leader.kill_holding()
            case "freeze":
                leader.freeze()
            case _:
                leader.signal(signal.SIGTERM)
        crew.apply(crew.manifest(f"new-{number}"))
        crew.edit("kept", tags=[f"edit-{number}"])
        crew.delete(f"old-{number}")

        leading(crew, standby)
        crew.wait(f"new-{number}", ready)
        crew.wait_gone(f"old-{number}")
        crew.until(lambda: f"edit-{number}" in crew.remote("kept")["tags"], "the edit arrives")  # noqa: B023 - used now
        assert len(crew.posts(f"new-{number}")) == 1
        assert f"old-{number}" not in crew.remotes()
        if ending == "freeze":
            leader.wake()
        if ending != "kill":
            assert leader.wait() == (1 if ending == "freeze" else 0)
        crew.delete(f"new-{number}")
        crew.wait_gone(f"new-{number}")
        leader = standby
    assert sorted(crew.remotes()) == ["kept"]
