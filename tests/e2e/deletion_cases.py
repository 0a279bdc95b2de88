"""The cases of the deletion matrix: what goes wrong, what is to be said of it, and how it is mended."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.e2e import claims
from tests.support.team import Team
from tests.support.vendors import Reasons

from inference_operator.api.names import FINALIZER

THEIRS = "somebody.example.com/else"
BY_THE_LIST = {"tir": "an id that is gone says nothing of another endpoint that carries the marker: the list does"}
Act = Callable[[Team, str], Any]


def _nothing(team: Team, name: str) -> None:
    """Nothing is to be done."""


def _unchanged(team: Team) -> Mapping[str, Any]:
    """The least block will do."""
    return {}


@dataclass(frozen=True, eq=False)
class Case:
    """One way in which a deletion goes wrong. `ruin` and `mend` get the resource's name, which its account has too.

    `reason`: what Ready says while it waits, None where it ends at once; `says`: parts of the message, `{elsewhere}`
    for where the account was moved to. `afterwards`: done after the deletion, before the operator comes. `asks`: only a
    person can know that the cause is gone. `stays`: the remote endpoint is there at the end, though the resource is
    gone. `deletes`: DELETEs that were answered with success at the end. `frees`: at the timeout the marker can be
    released. `own_account`: the account is not the team's. `block`: what it needs of the provider's block. `unless`:
    the providers at which it can't exist, with the reasons.
    """

    id: str
    ruin: Act
    reason: str | None = None
    says: tuple[str, ...] = ()
    mend: Act = _nothing
    afterwards: Act = _nothing
    asks: bool = False
    stays: bool = False
    deletes: int = 1
    frees: bool = False
    timeout_applies: bool = True
    own_account: bool = True
    block: Callable[[Team], Mapping[str, Any]] = _unchanged
    spec: Mapping[str, Any] = field(default_factory=dict)
    unless: Reasons = field(default_factory=dict)

    @property
    def waits(self) -> bool:
        return self.reason is not None

    def said_to(self, team: Team) -> list[str]:
        """The parts of the message for this team."""
        (elsewhere,) = team.vendor.elsewhere().values()
        return [part.format(elsewhere=elsewhere) for part in self.says]


def token_of(team: Team, name: str) -> str:
    """The token of the account of this name."""
    return f"{team.vendor.prefix}matrix{name.replace('-', '')}"


def secret_path(team: Team, name: str) -> str:
    """The Secret of this name."""
    return f"{namespace_path(team)}/secrets/{name}"


def namespace_path(team: Team) -> str:
    """The team's namespace."""
    return f"/api/v1/namespaces/{team.namespace}"


def account_path(team: Team, name: str) -> str:
    """The account of this name."""
    return f"{team.path('account')}/{name}"


def make_account(team: Team, name: str, **block: Any) -> None:
    team.account(name, **team.block(team.vendor.account(name), block))


def remove_the_secret(team: Team, name: str) -> None:
    team.api.delete(secret_path(team, name))


def put_the_secret_back(team: Team, name: str) -> None:
    team.secret(name, **team.vendor.credentials(token_of(team, name)))


def _revoke(team: Team, name: str) -> None:
    team.sim.tokens.revoke(token_of(team, name))


def _renew(team: Team, name: str) -> None:
    team.secret(name, **team.vendor.credentials(f"{token_of(team, name)}renewed"))


def remove_the_account(team: Team, name: str) -> None:
    """By force, for it is held while endpoints use it."""
    team.api.delete(account_path(team, name))
    if team.api.get(account_path(team, name)) is not None:
        team.api.patch(account_path(team, name), {"metadata": {"finalizers": None}})


def _move_the_account(team: Team, name: str) -> None:
    remove_the_account(team, name)
    make_account(team, name, **team.vendor.elsewhere())


def _move_it_back(team: Team, name: str) -> None:
    remove_the_account(team, name)
    make_account(team, name)


def _fails(operation: str, *, whole_account: bool = False, **fault: Any) -> Act:
    def ruin(team: Team, name: str) -> None:
        whom = {"token": token_of(team, name)} if whole_account else {"name": name}
        team.fail(operation, **whom, **fault)

    return ruin


def _recover(team: Team, name: str) -> None:
    called, token = team.vendor.called(name), token_of(team, name)
    for fault in team.sim.faults.list():
        if (fault.name is not None and fault.name == called) or fault.token == token:
            fault.times = 0


def _vanish(team: Team, name: str) -> None:
    team.vendor.remove(name)


def _be_another(team: Team, name: str) -> None:
    team.vendor.remove(name)
    team.vendor.create(name, "alice", **team.vendor.labelled("theirs"))


def _carry_anothers_marker(team: Team, name: str) -> None:
    team.change_remotely(name, **team.vendor.labelled(claims.elsewhere()))


def _be_held_by_another(team: Team, name: str) -> None:
    team.patch(name, {"metadata": {"finalizers": [FINALIZER, THEIRS]}})


def _be_let_go_by_the_other(team: Team, name: str) -> None:
    team.patch(name, {"metadata": {"finalizers": [FINALIZER]}})


def _spec(**spec: Any) -> Act:
    def patch(team: Team, name: str) -> None:
        team.patch(name, {"spec": spec})

    return patch


_BY_ITSELF = "retries by itself."
CASES = (
    Case(
        "account-secret-gone",
        remove_the_secret,
        "CredentialsLost",
        ("Secret ", "does not exist", "Create it", "deletionTimeout"),
        put_the_secret_back,
    ),
    Case("token-revoked", _revoke, "CredentialsInvalid", ("401", "Put a valid token into"), _renew),
    Case(
        "forbidden",
        _fails("*", whole_account=True, status=403),
        "PermissionDenied",
        ("403", "write access"),
        _recover,
    ),
    Case(
        "account-gone",
        remove_the_account,
        "CredentialsLost",
        ("which the remote endpoint was made with", "Create it again", "deletionTimeout"),
        make_account,
    ),
    Case(
        "account-moved",
        _move_the_account,
        "AccountMoved",
        ("{elsewhere}", "lead to the former place again"),
        _move_it_back,
        asks=True,
    ),
    Case("remote-gone", _vanish, deletes=0),
    Case(
        "delete-409",
        _fails("delete", status=409, body={"error": "Conflict: the endpoint is busy"}),
        "Conflict",
        ("409", "the endpoint is busy", "retries."),
        _recover,
        asks=True,
        frees=True,
    ),
    Case(
        "delete-500",
        _fails("delete", status=500),
        "ProviderUnavailable",
        ("500", _BY_ITSELF),
        _recover,
        asks=True,
        frees=True,
    ),
    Case("delete-401", _fails("delete", status=401), "CredentialsInvalid", ("401",), _recover, asks=True, frees=True),
    Case("delete-403", _fails("delete", status=403), "PermissionDenied", ("403",), _recover, asks=True, frees=True),
    Case("delete-answer-lost", _fails("delete", action="drop", when="after", times=1), deletes=0),
    Case(
        "delete-hangs",
        _fails("delete", action="hang"),
        "ProviderUnavailable",
        ("no answer in time",),
        _recover,
        asks=True,
        frees=True,
    ),
    Case(
        "provider-hangs",
        _fails("*", whole_account=True, action="hang"),
        "ProviderUnavailable",
        ("Reading the endpoint failed",),
        _recover,
    ),
    Case(
        "provider-drops",
        _fails("*", whole_account=True, action="drop"),
        "ProviderUnavailable",
        ("Reading the endpoint failed",),
        _recover,
    ),
    Case("list-fails", _fails("list", whole_account=True, status=503), unless=BY_THE_LIST),
    Case("get-fails", _fails("get", status=503), "ProviderUnavailable", ("503", _BY_ITSELF), _recover, asks=True),
    Case(
        "foreign-finalizer",
        _be_held_by_another,
        "DeletionBlocked",
        (THEIRS,),
        _be_let_go_by_the_other,
        timeout_applies=False,
    ),
    Case("another-incarnation", _be_another, stays=True, deletes=0),
    Case("anothers-marker", _carry_anothers_marker, stays=True, deletes=0),
    Case(
        "protected",
        _nothing,
        "DeletionProtected",
        ("deletionProtection", "Set it to false"),
        _spec(deletionProtection=False),
        # Before that the admission policy would refuse the deletion.
        afterwards=_spec(deletionProtection=True),
        frees=True,
    ),
    Case(
        "own-secret-gone",
        remove_the_secret,
        own_account=False,
        block=lambda team: team.vendor.environment({}, {"HUB": ("own-secret-gone", "token")}),
    ),
    Case("observed", _spec(mode="Observe"), stays=True, deletes=0),
    Case(
        "pause-fails",
        _fails("pause", status=503),
        "ProviderUnavailable",
        ("503", "pausing the endpoint"),
        _recover,
        asks=True,
        stays=True,
        deletes=0,
        frees=True,
        spec={"deletionPolicy": "Pause"},
    ),
    Case(
        "release-fails",
        _fails("update", status=500),
        "ProviderUnavailable",
        ("500", "updating the endpoint"),
        _recover,
        asks=True,
        stays=True,
        deletes=0,
        spec={"deletionPolicy": "Orphan"},
    ),
)
