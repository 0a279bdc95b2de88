"""An account that can't be used: said on it and on its endpoints, without a call for them, and over when mended."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any

import pytest
from tests.e2e.conftest import NewTeam
from tests.e2e_errors.history import History, contradictions, now, showing, versions
from tests.support.team import Object, Team, condition, ready

from inference_operator.simulator import Simulator
from inference_operator.simulator.faults import Fault

pytestmark = pytest.mark.xdist_group("accounts")


def _nothing(team: Team, case: "Case") -> None:
    """No mending needed."""


@dataclass(frozen=True, eq=False)
class Case:
    """`keys`: what the account's Secret holds, None without a Secret. `fault`: what the provider does to reads.

    `reason` and `says` are the account's; `seen_as` is the endpoint's reason.
    """

    id: str
    reason: str
    says: tuple[str, ...]
    mend: Callable[[Team, "Case"], Any] = _nothing
    keys: Mapping[str, str] | None = field(default_factory=lambda: {"token": "(its own)"})
    fault: Mapping[str, Any] | None = None
    stalled: bool = True

    @property
    def token(self) -> str:
        return f"hf_account{self.id.replace('-', '')}"


def _put_the_token_in(team: Team, case: Case) -> None:
    team.secret(case.id, token=case.token)


def _let_the_provider_recover(team: Team, case: Case) -> None:
    for fault in team.sim.faults.list():
        if fault.token == case.token:
            fault.times = 0


def _renew_the_token(team: Team, case: Case) -> None:
    team.secret(case.id, token=f"{case.token}renewed")


def _read_fails(status: int, reason: str, *says: str, stalled: bool = True) -> Case:
    return Case(
        f"list-{status}",
        reason,
        (str(status), "listing the endpoints", *says),
        _let_the_provider_recover,
        fault={"status": status},
        stalled=stalled,
    )


_MISSING = "Create it with the provider's token under the key 'token'."
CASES = (
    Case("secret-missing", "CredentialsMissing", ("does not exist", _MISSING), _put_the_token_in, keys=None),
    Case("key-missing", "CredentialsMissing", ("no key 'token'", _MISSING), _put_the_token_in, keys={"other": "hf_x"}),
    Case("value-empty", "CredentialsMissing", ("no key 'token' with", _MISSING), _put_the_token_in, keys={"token": ""}),
    Case(
        "value-with-a-newline",
        "CredentialsInvalid",
        ("is not a token", "Put the token in again."),
        _put_the_token_in,
        keys={"token": "hf_line1\nX-Injected: line2"},
    ),
    Case(
        "value-garbled",
        "CredentialsInvalid",
        ("is not a token", "Put the token in again."),
        _put_the_token_in,
        keys={"token": "hf_t\u00f6k\u00ebn\u2026"},
    ),
    Case(
        "token-revoked", "CredentialsInvalid", ("401", "Put a valid token into the account's Secret"), _renew_the_token
    ),
    _read_fails(403, "PermissionDenied", "lacks the required scope", "Give the account's token write access"),
    _read_fails(404, "NotFound", "Check the account's namespace"),
    _read_fails(429, "RateLimited", "waits as long as the provider asks", stalled=False),
    _read_fails(500, "ProviderUnavailable", "Internal Server Error", "The operator retries by itself.", stalled=False),
    Case(
        "list-is-no-json",
        "ProviderUnavailable",
        ("502", "not JSON", "The operator retries by itself."),
        _let_the_provider_recover,
        fault={"status": 502, "text": "<html>Bad Gateway</html>"},
        stalled=False,
    ),
    Case(
        "list-hangs",
        "ProviderUnavailable",
        ("no answer in time", "The operator retries by itself."),
        _let_the_provider_recover,
        fault={"action": "hang"},
        stalled=False,
    ),
    Case("unreachable", "ProviderUnavailable", ("connection failed", "retries by itself"), stalled=False),
)


@dataclass(frozen=True)
class Story:
    """What was seen until all was well. `calls`: by endpoint name, before anything was mended."""

    team: Team
    accounts: Mapping[str, Object]
    endpoints: Mapping[str, Object]
    calls: Mapping[str, list[str]]
    history: Mapping[str, History]
    mended_at: int


def _broken(obj: Object) -> bool:
    found = condition(obj, "Ready")
    return found is not None and found["status"] == "False" and found["reason"] != "Connecting"


@pytest.fixture(scope="module")
def story(new_team: NewTeam, silent_port: int) -> Iterator[Story]:
    """Each case with an account of its own and an endpoint on it."""
    with new_team() as team, ExitStack() as stack:
        since = now(team)
        for case in CASES:
            _break(team, case, silent_port)
        team.apply(*(team.manifest(case.id, accountRef={"name": case.id}) for case in CASES))
        accounts = _accounts(team, _broken)
        wanted = {case.id for case in CASES}
        team.wait_all(wanted, lambda obj: (condition(obj, "Ready") or {}).get("reason") == "AccountNotReady")
        team.await_polls(4)
        endpoints = {case.id: team.get(case.id) for case in CASES}
        calls = {case.id: _calls(team, case) for case in CASES}
        mended_at = now(team)
        stack.enter_context(Simulator.start(port=silent_port, **_quick(team)))
        for case in CASES:
            case.mend(team, case)
        _accounts(team, ready)
        team.wait_all(wanted, ready, timeout=20)
        yield Story(team, accounts, endpoints, calls, versions(team, since=since), mended_at)
        team.move_out()


def _break(team: Team, case: Case, silent_port: int) -> None:
    if case.keys is not None:
        team.secret(case.id, **{key: case.token if value == "(its own)" else value for key, value in case.keys.items()})
    if case.id == "token-revoked":
        team.sim.tokens.revoke(case.token)
    if case.fault is not None:
        team.sim.faults.add(Fault(operation="list", token=case.token, **case.fault))
    block: dict[str, Any] = {"tokenSecretRef": {"name": case.id}}
    if case.id == "unreachable":
        block["baseURL"] = f"http://127.0.0.1:{silent_port}"
    team.account(case.id, huggingFace=block)


def _accounts(team: Team, predicate: Callable[[Object], bool]) -> dict[str, Object]:
    def look() -> dict[str, Object]:
        return {obj["metadata"]["name"]: obj for obj in team.api.items(team.path("account")) if predicate(obj)}

    wanted = {case.id for case in CASES}
    team.until(lambda: wanted <= look().keys(), lambda: f"accounts {sorted(wanted - look().keys())}", timeout=20)
    return look()


def _calls(team: Team, case: Case) -> list[str]:
    return [one.operation for one in team.requests() if case.id in (one.name, _named(one.body))]


def _named(body: Any) -> str | None:
    return body.get("name") if isinstance(body, dict) else None


def _quick(team: Team) -> dict[str, float]:
    knobs = team.sim.knobs
    return {key: getattr(knobs, key) for key in ("pending_seconds", "initializing_seconds", "updating_seconds")}


each = pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)


@each
def test_the_account_says_what_is_wrong_and_what_to_do(story: Story, case: Case) -> None:
    said = condition(story.accounts[case.id], "Ready")

    assert said is not None
    assert said["reason"] == case.reason, said["message"]
    assert [part for part in case.says if part not in said["message"]] == [], said["message"]


@each
def test_its_endpoint_says_so_in_the_accounts_words(story: Story, case: Case) -> None:
    said, of_account = condition(story.endpoints[case.id], "Ready"), condition(story.accounts[case.id], "Ready")

    assert said is not None
    assert of_account is not None
    assert (said["status"], said["reason"]) == ("False", "AccountNotReady")
    assert case.reason in said["message"]
    assert of_account["message"] in said["message"]
    assert condition(story.endpoints[case.id], "Stalled" if case.stalled else "Reconciling") is not None
    assert contradictions(story.history[case.id]) == []


@each
def test_it_is_written_once_and_nothing_is_asked_for_the_endpoint_meanwhile(story: Story, case: Case) -> None:
    shown = showing(story.history[case.id], "AccountNotReady", until=story.mended_at)
    said = [condition(obj, "Ready")["message"] for obj in shown]

    # Before the first answer it says that one is awaited: a resource that says nothing would pass for ready.
    assert len([message for message in said if "(Connecting)" not in message]) == 1, said
    assert len(said) <= 2, said
    assert story.calls[case.id] == []


@each
def test_all_is_well_once_it_is_mended(story: Story, case: Case) -> None:
    assert ready(story.team.get(case.id))
    if case.id != "unreachable":
        assert [post.status for post in story.team.posts(case.id)] == [200]


def test_no_value_of_a_broken_token_is_shown(story: Story) -> None:
    for case in CASES:
        assert "line2" not in str(story.accounts[case.id]["status"])
