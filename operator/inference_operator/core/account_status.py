"""What is said of an account on the account itself."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from inference_operator.api.account import AccountStatus, Quota
from inference_operator.api.condition import Condition
from inference_operator.core.catalogue import Offer
from inference_operator.core.failures import Failure
from inference_operator.core.moments import stamp

_MOST_QUOTAS = 256
_LONGEST_NAME = 63


def quotas(offers: Iterable[Offer]) -> tuple[Quota, ...]:
    """What is in use and what is allowed, by vendor and instance type; hardware that nobody uses says nothing."""
    found: dict[str, Quota] = {}
    for offer in offers:
        name = f"{offer.hardware.vendor} {offer.hardware.instance_type}"
        if offer.quota is not None and offer.used > 0:
            found[name[:_LONGEST_NAME]] = Quota(name=name[:_LONGEST_NAME], limit=offer.quota, used=offer.used)
    return tuple(found[name] for name in sorted(found))


@dataclass(frozen=True, slots=True)
class Usage:
    """Who uses an account.

    `states`: status.state of each resource; `bound`: those with a remote endpoint; `unmanaged`: remote
    endpoints of no resource. `quotas`: of the hardware that is in use.
    """

    states: tuple[str, ...]
    bound: int
    unmanaged: int
    quotas: tuple[Quota, ...] = ()


def status(
    before: AccountStatus, failure: Failure | None, *, generation: int, usage: Usage | None, now: datetime
) -> dict[str, Any]:
    """The account's status as JSON. `usage`: None while it is not known, and then what was last said stands."""
    composed = {
        **before.to_json(),
        "observedGeneration": generation,
        "conditions": [_since(one, before).to_json() for one in _conditions(failure, generation, now)],
    }
    if usage is not None:
        counts = Counter(usage.states)
        by_state = dict(sorted(counts.items()))
        composed["endpoints"] = {"total": counts.total(), "bound": usage.bound, "byState": by_state}
        composed["unmanaged"] = usage.unmanaged
        composed["quota"] = [one.to_json() for one in usage.quotas[:_MOST_QUOTAS]] or None
    return AccountStatus.from_json(composed).to_json()


def _conditions(failure: Failure | None, generation: int, now: datetime) -> Iterator[Condition]:
    """Ready, and beside it Stalled where somebody has to do something, as on an endpoint."""

    def condition(kind: str, holds: bool, reason: str, message: str) -> Condition:
        return Condition(
            type=kind,
            status="True" if holds else "False",
            reason=reason,
            message=message,
            last_transition_time=stamp(now),
            observed_generation=generation,
        )

    if failure is None:
        yield condition("Ready", True, "Ready", "The provider answers, and the credentials are accepted.")
        return
    yield condition("Ready", False, failure.reason, failure.message)
    if failure.terminal:
        yield condition("Stalled", True, failure.reason, failure.message)


def _since(condition: Condition, before: AccountStatus) -> Condition:
    for previous in before.conditions or ():
        if previous.type == condition.type and previous.status == condition.status:
            return condition.model_copy(update={"last_transition_time": previous.last_transition_time})
    return condition
