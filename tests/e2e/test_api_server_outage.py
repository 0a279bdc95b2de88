"""The API server away, slow, or silent: when it is back, what was asked meanwhile is done, and nothing twice (I1, I3).

Each operator has a supervisor, as a pod has a kubelet: one that loses its Lease ends by itself, and is started again.
Where that is not the point its Lease is long, so that the same process has to see it through.
"""

import contextlib
import json
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from urllib.parse import urlsplit

import pytest
from tests.support.proxy import Proxy
from tests.support.site import Site, new_site, through
from tests.support.supervisor import Supervisor
from tests.support.team import Team, ready

from inference_operator.simulator import Simulator

RECOVERY_SECONDS = 90
LONG = "--lease-duration=120"
SHORT = "--lease-duration=3"
NEW = tuple(f"new-{number}" for number in range(6))

Served = Callable[..., AbstractContextManager[tuple[Team, Supervisor]]]


@pytest.fixture(scope="module")
def site(simulator: Simulator, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A cluster that may be mistreated."""
    with new_site(simulator, tmp_path_factory.mktemp("outage")) as site:
        yield site


@pytest.fixture
def proxy(site: Site) -> Iterator[Proxy]:
    """What the operator reaches the API server through, where the test says so."""
    port = urlsplit(site.cluster.url).port
    assert port is not None
    with Proxy(port) as proxy:
        yield proxy


@pytest.fixture
def served(site: Site) -> Served:
    """Starts a supervised operator, and a team with endpoints; at the end all of it is gone."""

    @contextlib.contextmanager
    def serve(*flags: str, proxy: Proxy | None = None) -> Iterator[tuple[Team, Supervisor]]:
        site.simulator.huggingface.reset()
        kubeconfig = through(site.operator_kubeconfig(), proxy.port) if proxy else None
        operator = site.operator(*flags, kubeconfig=kubeconfig)
        with Supervisor(operator) as supervisor:
            team = site.team()
            team.apply(*(team.manifest(name) for name in ("kept", "edited", "gone")))
            team.wait_all(("kept", "edited", "gone"), ready)
            team.forget_requests()
            yield team, supervisor
            if proxy:
                proxy.delay = 0.0
            assert team.move_out() == [], site.logs()

    return serve


def ask(team: Team) -> None:
    """Create, edit and delete."""
    team.apply(*(team.manifest(name) for name in NEW))
    team.edit("edited", tags=["edited"])
    team.delete("gone")


def all_done(team: Team, since: float) -> None:
    """Return once all that was asked is done, within the time; then see that it was done once."""
    left = RECOVERY_SECONDS - (time.monotonic() - since)
    team.until(lambda: "edited" in team.remote("edited")["tags"], "the edit arrives", left)
    team.wait_gone("gone", timeout=left)
    team.wait_all((*NEW, "edited", "kept"), ready, timeout=left)
    team.await_polls()
    assert sorted(team.remotes()) == sorted([*NEW, "edited", "kept"])
    assert {name: len(team.posts(name)) for name in NEW} == dict.fromkeys(NEW, 1)
    assert len(team.puts("edited")) == 1
    assert len(team.requests("delete", name="gone")) == 1
    assert team.writes("kept") == []


def etcd(site: Site) -> int:
    """The process id of etcd: the first of the cluster, and so the one that its process group is named after."""
    return int(json.loads((site.cluster.directory / "cluster.json").read_text())["group"])


@contextlib.contextmanager
def frozen(process: int) -> Iterator[None]:
    """Let a process stand still."""
    os.kill(process, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(process, signal.SIGCONT)


@contextlib.contextmanager
def slowed(process: int) -> Iterator[None]:
    """Let a process stand still for most of the time."""
    over = threading.Event()

    def halt() -> None:
        while not over.wait(0.1):
            with frozen(process):
                time.sleep(0.6)

    thread = threading.Thread(target=halt)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


@pytest.mark.proof
def test_an_api_server_that_restarts_in_the_middle_of_work(site: Site, served: Served) -> None:
    with served(LONG) as (team, supervisor):
        ask(team)
        since = time.monotonic()
        site.cluster.restart_apiserver()
        all_done(team, since)
        team.edit("kept", tags=["watched again"])
        team.until(lambda: "watched again" in team.remote("kept")["tags"], "the watch is back", RECOVERY_SECONDS)
        assert supervisor.restarts == 0


@pytest.mark.proof
def test_what_is_asked_while_etcd_stands_still_for_a_while(site: Site, served: Served) -> None:
    with served(LONG) as (team, supervisor):
        ask(team)
        since = time.monotonic()
        with frozen(etcd(site)):
            time.sleep(6)
        all_done(team, since)
        assert supervisor.restarts == 0


@pytest.mark.proof
def test_a_slow_etcd(site: Site, served: Served) -> None:
    with served(LONG) as (team, supervisor):
        since = time.monotonic()
        with slowed(etcd(site)):
            ask(team)
            time.sleep(15)
        all_done(team, since)
        assert supervisor.restarts == 0


@pytest.mark.proof
def test_an_api_server_that_is_far_away(proxy: Proxy, served: Served) -> None:
    with served(proxy=proxy) as (team, supervisor):
        proxy.delay = 0.3
        since = time.monotonic()
        ask(team)
        all_done(team, since)
        assert supervisor.restarts == 0


@pytest.mark.proof
def test_an_operator_that_loses_its_lease_is_started_again_and_goes_on(site: Site, served: Served) -> None:
    with served(SHORT) as (team, supervisor):
        ask(team)
        since = time.monotonic()
        with frozen(etcd(site)):
            time.sleep(8)
        all_done(team, since)
        assert supervisor.restarts >= 1
        assert "the lease is lost" in supervisor.operator.log


@pytest.mark.proof
def test_connections_that_are_cut(proxy: Proxy, served: Served) -> None:
    with served(proxy=proxy) as (team, supervisor):
        assert proxy.cut() >= 3, "the watches are among them"
        since = time.monotonic()
        ask(team)
        all_done(team, since)
        assert supervisor.restarts == 0


@pytest.mark.proof
def test_what_went_while_nobody_watched_is_forgotten(site: Site, proxy: Proxy, served: Served) -> None:
    """An API server that was restarted can't tell what was deleted before: the new list lacks it, and nothing more."""
    with served(LONG, proxy=proxy) as (team, supervisor):
        team.account("second")
        team.make_remotely("seen")
        team.apply(team.manifest("seen", mode="Observe", accountRef={"name": "second"}))
        team.wait("seen", ready)
        counted = 'inference_operator_endpoint_state{state="running"} '
        team.until(lambda: f"{counted}4.0" in supervisor.operator.metrics(), "four are counted")
        proxy.refuses = True
        proxy.cut()
        team.delete("seen")
        team.wait_gone("seen")
        site.cluster.restart_apiserver()
        proxy.refuses = False

        team.edit("kept", tags=["edited"])
        team.until(lambda: "edited" in team.remote("kept")["tags"], "the watch is back", RECOVERY_SECONDS)
        team.until(lambda: f"{counted}3.0" in supervisor.operator.metrics(), "three are counted", RECOVERY_SECONDS)
        account = f"{team.path('account')}/second"
        team.api.delete(account)
        team.until(lambda: team.api.get(account) is None, "the account that nobody uses any more can go")
        assert supervisor.restarts == 0


@pytest.mark.proof
@pytest.mark.timeout(240)
def test_a_watch_that_goes_silent_is_noticed_and_begun_again(proxy: Proxy, served: Served) -> None:
    """As behind a load balancer that forgot it: nothing comes, and nothing says so. New connections go through."""
    with served(LONG, proxy=proxy) as (team, supervisor):
        assert proxy.silence() >= 3, "the watches are among them"
        since = time.monotonic()
        ask(team)
        all_done(team, since)
        assert supervisor.restarts == 0


@pytest.mark.proof
@pytest.mark.timeout(240)
def test_an_operator_whose_connections_all_go_silent(proxy: Proxy, served: Served) -> None:
    """With the Lease as it is by default, which may run out first: then the next start does what was asked."""
    with served(proxy=proxy) as (team, _):
        proxy.silence()
        since = time.monotonic()
        ask(team)
        all_done(team, since)
