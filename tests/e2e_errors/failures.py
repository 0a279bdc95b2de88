"""The ways in which a provider fails, and what each must look like on the resource, whatever was being done."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.support.team import Object, Predicate, Team, says

from inference_operator.api.names import RECONCILE_REQUESTED_AT
from inference_operator.simulator import Request
from inference_operator.simulator.faults import Fault

RETRY_AFTER = 2
"""Seconds that the provider asks for with 429."""


@dataclass(frozen=True, eq=False)
class Case:
    """One failure. `fault`: what the provider does; `says`: parts of the message on the resource.

    `stalled`: it waits for a person; otherwise it is retried. `lands`: what was asked for is carried out all the same,
    and only the answer is lost.
    """

    id: str
    fault: Mapping[str, Any]
    reason: str
    says: tuple[str, ...]
    stalled: bool = False
    lands: bool = False
    unsaid: tuple[str, ...] = field(default=())

    @property
    def progress(self) -> str:
        """The condition that says what becomes of it."""
        return "Stalled" if self.stalled else "Reconciling"


def refused(status: int, reason: str, *said: str) -> Case:
    return Case(str(status), {"status": status}, reason, (str(status), *said), stalled=True)


_BY_ITSELF = "The operator retries by itself."
_LOST = ("no answer in time", "The answer was lost; the operator reads the endpoint before it acts again.")
_DROPPED = ("the connection failed or was dropped", _LOST[1])

INVALID = refused(400, "Rejected", "Compute instance not available yet", "Correct the named field in the spec.")
FAILURES = (
    INVALID,
    refused(401, "CredentialsInvalid", "Invalid credentials", "Put a valid token into the account's Secret"),
    refused(402, "PaymentRequired", "no valid payment method", "Add a payment method or credits"),
    refused(403, "PermissionDenied", "lacks the required scope", "Give the account's token write access"),
    refused(422, "Rejected", "type: unknown variant `x`", "Correct the named field in the spec."),
    Case(
        "429",
        {"status": 429, "headers": {"Retry-After": str(RETRY_AFTER)}},
        "RateLimited",
        ("429", "rate limit exceeded", "The operator waits as long as the provider asks."),
    ),
    Case("500", {"status": 500}, "ProviderUnavailable", ("500", "Internal Server Error", _BY_ITSELF)),
    Case("503", {"status": 503}, "ProviderUnavailable", ("503", "Service Unavailable", _BY_ITSELF)),
    Case(
        "text",
        {"status": 502, "text": "upstream connect error or disconnect/reset before headers"},
        "ProviderUnavailable",
        ("502", "upstream connect error", _BY_ITSELF),
    ),
    Case(
        "html",
        {"status": 502, "text": "<!DOCTYPE html>\n<html><head><title>502</title></head><body>nginx</body></html>"},
        "ProviderUnavailable",
        ("502", "an answer that is not JSON", _BY_ITSELF),
        unsaid=("<", "nginx"),
    ),
    Case(
        "empty",
        {"status": 400, "text": ""},
        "Rejected",
        ("400", "an answer that is not JSON", "Correct the named field in the spec."),
        stalled=True,
    ),
    Case(
        "ids-and-times",
        {
            "status": 500,
            "body": {
                "error": "Internal error at 2026-11-21T10:00:00.123Z, request id: Root=1-67f0aa-ab12;9c1e, "
                "trace 7f9c24e8-3b12-4fef-91e0-56a2d5a7b1c3, replica 65f0c0ffee65f0c0ffee65f0"
            },
        },
        "ProviderUnavailable",
        ("500", "Internal error at", _BY_ITSELF),
        unsaid=("2026-11-21", "67f0aa", "7f9c24e8", "65f0c0ffee"),
    ),
    Case("timeout", {"action": "hang"}, "ProviderUnavailable", _LOST),
    Case("timeout-after-the-commit", {"action": "hang", "when": "after"}, "ProviderUnavailable", _LOST, lands=True),
    Case("drop", {"action": "drop"}, "ProviderUnavailable", _DROPPED),
    Case("drop-after-the-commit", {"action": "drop", "when": "after"}, "ProviderUnavailable", _DROPPED, lands=True),
    Case("truncated-answer", {"action": "truncate"}, "ProviderUnavailable", _DROPPED, lands=True),
    Case(
        "error-after-the-commit",
        {"status": 500, "when": "after"},
        "ProviderUnavailable",
        ("500", "Internal Server Error", _BY_ITSELF),
        lands=True,
    ),
)


def plan(team: Team, case: Case, operation: str, *, name: str | None = None, token: str | None = None) -> None:
    """Have the provider fail this way, at every call from now on: about this name, with this token."""
    team.sim.faults.add(Fault(operation=operation, namespace=team.namespace, name=name, token=token, **case.fault))


def tried_enough(case: Case, requests: list[Request]) -> bool:
    """Whether enough calls were made that a repetition would show."""
    silent = case.fault.get("action") == "hang"
    return len(requests) >= (1 if case.stalled or case.lands else 2 if silent else 3)


def shown(case: Case) -> Predicate:
    """A predicate: the resource shows this failure."""
    return says("Ready", "False", case.reason)


def ask_again(team: Team, name: str, request: str) -> Object:
    """What a person does who removed the cause and does not care to wait."""
    return team.patch(name, {"metadata": {"annotations": {RECONCILE_REQUESTED_AT: request}}})
