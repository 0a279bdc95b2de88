"""What had to be let go of is on record, is counted, and can be deleted or taken back."""

import re
from typing import Any

import pytest
from tests.cli.conftest import Done, run
from tests.e2e import claims
from tests.support.kube_api import Object
from tests.support.operator import OperatorProcess
from tests.support.team import Team, ready, settled
from tests.support.vendors import at_each

from inference_operator.core.ownership import RELEASED


@pytest.fixture
def orphans(team: Team, installed: Any) -> Any:
    """The command, about the team's account."""

    def command(*arguments: str) -> Done:
        return run("orphans", *arguments, f"--namespace={team.namespace}", f"--kubeconfig={installed.kubeconfig}")

    return command


def counted(operator: OperatorProcess) -> int | None:
    """The gauge; None where an operator that has just begun did not look yet."""
    found = re.search(r"^inference_operator_orphans (\S+)$", operator.metrics(), re.MULTILINE)
    return None if found is None else int(float(found[1]))


def known(team: Team, operator: OperatorProcess) -> int:
    """The gauge, once there is one."""
    team.until(lambda: counted(operator) is not None, "the ledger was read")
    number = counted(operator)
    assert number is not None
    return number


def let_go(team: Team, name: str) -> None:
    """Create it, take away the token, delete it, and wait until the operator let go of it; then there is another."""
    team.create(name, deletionTimeout="1s")
    team.sim.tokens.revoke(team.vendor.token)
    team.until(lambda: not account_works(team), "the token is refused")
    team.delete(name)
    team.wait_gone(name, timeout=45)
    team.secret(team.vendor.account_name, **team.vendor.credentials(f"{team.vendor.token}renewed"))
    team.until(lambda: account_works(team), "the account is Ready", timeout=60)


def account_works(team: Team) -> bool:
    (account,) = team.api.items(team.path("account"))
    return any(one["type"] == "Ready" and one["status"] == "True" for one in account["status"]["conditions"])


def taken_back(obj: Object) -> bool:
    """Whether the adoption is over."""
    return ready(obj) and settled(obj) and not obj["status"].get("pendingOperation")


def carried(team: Team) -> list[set[str]]:
    """What each write carried."""
    return [set(team.vendor.carried(one)) for one in team.writes()]


@at_each(proof=True)
def test_one_that_could_not_be_deleted_in_time_is_recorded_told_counted_and_deleted_by_hand(
    team: Team, operator: OperatorProcess, orphans: Any
) -> None:
    before = known(team, operator)
    let_go(team, "chat")

    assert "chat" in team.remotes()
    told = [one for one in team.events() if one["reason"] == "Orphaned" and one["regarding"]["name"] == "chat"]
    assert [one["type"] for one in told] == ["Warning"]
    assert "may be billed on" in told[0]["note"]
    team.until(lambda: counted(operator) == before + 1, "the gauge counts it")
    (shown,) = orphans("--output=json").json
    assert (shown["name"], shown["state"], shown["reason"]) == ("chat", "running", "CredentialsInvalid")
    assert shown["source"] == ["ledger", "marker"]
    assert shown["resource"]["name"] == "chat"

    assert orphans("delete", "chat", "--yes").code == 0
    assert team.remotes() == {}
    assert orphans("--output=json").json == []
    operator.restart()
    team.until(lambda: counted(operator) == before, "the gauge counts it no more")


@at_each(proof=True)
def test_one_that_was_let_go_of_is_taken_back_with_nothing_changed_but_its_marker(
    team: Team, operator: OperatorProcess, orphans: Any
) -> None:
    before = known(team, operator)
    let_go(team, "chat")
    team.until(lambda: counted(operator) == before + 1, "the gauge counts it")
    first, second = team.vendor.first, team.vendor.second
    was = [one.of(team.remote("chat")) for one in (first, second)]
    team.forget_requests()

    done = orphans("adopt", "chat", "--as=back")
    assert (done.code, done.out) == (0, f"kubectl wait --for=condition=Ready ie/back -n {team.namespace}\n")
    team.wait("back", taken_back)
    assert carried(team) == [{team.vendor.labels_key}]
    assert team.labels("chat") == [claims.own(team, "back")]
    assert [one.of(team.remote("chat")) for one in (first, second)] == was
    operator.restart()
    team.until(lambda: counted(operator) == before, "its entry is off the ledger")
    assert orphans("--output=json").json == []


@at_each(proof=True)
@pytest.mark.parametrize("name", ["chat", "back"])
def test_one_that_was_released_is_taken_back_under_any_name(team: Team, orphans: Any, name: str) -> None:
    team.create("chat", deletionPolicy="Orphan", **team.block(team.vendor.environment({"A": "1"})))
    team.kubectl("delete", "ie", "chat", "--timeout=30s")
    assert RELEASED in team.labels("chat")
    team.forget_requests()

    assert orphans("adopt", "chat", f"--as={name}").code == 0
    team.wait(name, taken_back)
    assert carried(team) == ([{team.vendor.labels_key}] if team.vendor.marks_alone else [])
    assert orphans("--output=json").json == []
    team.delete(name)
    team.wait_gone(name)
    assert RELEASED in team.labels("chat"), "deletionPolicy Orphan: it is not lost with the resource"
