"""Two operators in two clusters claim one remote name at one provider: exactly one ever writes to it (I1, I2).

For real: two API servers, two processes, one simulated provider. The harness of tests/runtime plays an hour of it on a
clock of its own.
"""

from collections.abc import Callable, Iterator, Sequence

import pytest
from tests.support.site import Site, new_site
from tests.support.team import Team, condition, ready, says

from inference_operator.core.ownership import Claim
from inference_operator.simulator import Simulator

TICKS = 120
SAMPLE = 3
BETWEEN_EDITS = 20
NAME = "chat"
BEGINNINGS = ("Never", "IfUnowned", "Always")
"""The adoption policy of both. Where there is something to adopt, an endpoint of nobody exists before."""

NewPair = Callable[[str], "Pair"]


@pytest.fixture(scope="module")
def sites(simulator: Simulator, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Site, Site]]:
    """Two clusters, each with an operator at work."""
    directory = tmp_path_factory.mktemp("clusters")
    with new_site(simulator, directory / "one") as one, new_site(simulator, directory / "two") as two:
        for site in (one, two):
            site.operator().launch()
        yield one, two


@pytest.fixture
def new_pair(sites: tuple[Site, Site], simulator: Simulator) -> Iterator[NewPair]:
    """Makes two teams of one account, in a cluster each, to claim one name. At the end nothing is left of them."""
    simulator.huggingface.reset()
    made: list[Team] = []

    def new(policy: str) -> Pair:
        one = sites[0].team()
        two = sites[1].team(one.namespace)
        made.extend((one, two))
        if policy != "Never":
            one.make_remotely(NAME)
        return Pair(one, two, policy)

    yield new
    for team in made:
        assert team.move_out() == []


class Pair:
    """Two teams in two clusters, and who of them has the endpoint."""

    def __init__(self, one: Team, two: Team, policy: str) -> None:
        self.one, self.two = one, two
        self._policy = policy
        self._edits = 0

    def claim(self) -> None:
        """Apply the resource in both clusters, as near to at once as two requests are."""
        for number, team in enumerate((self.one, self.two)):
            scaling = {"scaling": {"maxReplica": 2 + number}}
            team.apply(team.manifest(NAME, adoptionPolicy=self._policy, huggingFace={"compute": scaling}))

    def settle(self) -> None:
        """Return once one has it and the other names the holder; see that it came to that without a fight."""
        both = (self.one, self.two)
        self.one.until(lambda: sum(bool(ready(team.get(NAME))) for team in both) == 1, "one has it", timeout=60)
        self.winner, self.loser = both if _marker(self.one) == _claim(self.one) else both[::-1]
        self.winner.wait(NAME, ready)
        self._says_who()
        taken = [put for put in self.one.puts(NAME) if "tags" in put.body]
        assert len(taken) <= 2, "each took it once at most"
        assert len([post for post in self.one.posts() if post.status == 200]) == (1 if self._policy == "Never" else 0)
        self._created = self.one.remote(NAME)["status"]["createdAt"]

    def edit(self) -> None:
        """Edit both, and return once the holder's edit has arrived."""
        self._edits += 1
        wanted = 4 + self._edits % 2
        self.loser.edit(NAME, compute={"scaling": {"maxReplica": 6 + self._edits % 2}})
        self.winner.edit(NAME, compute={"scaling": {"maxReplica": wanted}})
        remote = self.winner.remote
        self.winner.until(lambda: remote(NAME)["compute"]["scaling"]["maxReplica"] == wanted, "its edit arrives")

    def check(self) -> None:
        """See that the holder's edits were all that was written since the journal was cleared."""
        self.winner.wait(NAME, ready)
        self._says_who()
        assert [request.operation for request in self.one.writes()] == ["update"] * self._edits, "one of them writes"
        assert _marker(self.winner) == _claim(self.winner)
        assert self.winner.remote(NAME)["status"]["createdAt"] == self._created

    def _says_who(self) -> None:
        obj = self.loser.wait(NAME, says("Stalled", "True", "OwnershipConflict"))
        said = condition(obj, "Stalled")
        assert said is not None
        assert _claim(self.winner) in said["message"]


def live_through(pairs: Sequence[Pair], ticks: int) -> None:
    """Let all claim at once, and then live so many reads of the account, at an interval of a second."""
    for pair in pairs:
        pair.claim()
    for pair in pairs:
        pair.settle()
    pairs[0].one.forget_requests()
    for _ in range(max(1, ticks // BETWEEN_EDITS)):
        wait_ticks(pairs, min(ticks, BETWEEN_EDITS))
        for pair in pairs:
            pair.edit()
    wait_ticks(pairs, SAMPLE)
    for pair in pairs:
        pair.check()


def wait_ticks(pairs: Sequence[Pair], count: int) -> None:
    """Return when each of the two operators has read each account so many times more."""
    seen = {pair: len(pair.one.requests("list")) for pair in pairs}
    for pair, before in seen.items():
        wanted = before + 2 * count
        pair.one.until(lambda: len(pair.one.requests("list")) >= wanted, f"{count} ticks", count + 60)  # noqa: B023 - used now


def _marker(team: Team) -> str:
    (marker,) = [tag for tag in team.remote(NAME)["tags"] if tag.startswith("iop1-")]
    return str(marker)


def _claim(team: Team) -> str:
    system = team.api.get("/api/v1/namespaces/kube-system")
    assert system is not None
    cluster, uid = system["metadata"]["uid"], team.get(NAME)["metadata"]["uid"]
    return str(Claim.of(cluster_id=cluster, namespace=team.namespace, name=NAME, uid=uid))


@pytest.mark.proof
def test_one_of_two_operators_writes_and_the_other_names_it(new_pair: NewPair) -> None:
    live_through([new_pair(policy) for policy in BEGINNINGS], SAMPLE)


@pytest.mark.proof
def test_when_the_holder_goes_the_other_makes_its_own(new_pair: NewPair) -> None:
    pair = new_pair("Never")
    pair.claim()
    pair.settle()
    pair.winner.delete(NAME)
    pair.winner.wait_gone(NAME)
    pair.loser.wait(NAME, ready, timeout=90)
    assert _marker(pair.loser) == _claim(pair.loser)


@pytest.mark.proof
@pytest.mark.timeout(600)
def test_one_of_two_operators_writes_for_two_minutes(new_pair: NewPair) -> None:
    live_through([new_pair(policy) for policy in BEGINNINGS], TICKS)
