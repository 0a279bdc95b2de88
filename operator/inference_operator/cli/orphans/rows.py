"""How orphans are shown: a row of the table, or an object of the JSON."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from inference_operator.api.endpoint import EndpointSpec
from inference_operator.api.names import ACCOUNT_KIND
from inference_operator.cli.orphans.places import Place
from inference_operator.cli.orphans.survey import Found
from inference_operator.cli.sentences import say, sentence
from inference_operator.core.catalogue import Cost, Offer, cost, find
from inference_operator.core.custody import Custody, is_marked
from inference_operator.core.errors import ProviderError
from inference_operator.core.observation import Observation
from inference_operator.core.ownership import RELEASED

TITLES = ("NAME", "AT", "ACCOUNT", "SINCE", "REASON", "RESOURCE", "STATE", "COST/H", "SOURCE")


@dataclass(frozen=True, slots=True)
class Shown:
    """An orphan with what it costs now; None where that is not known."""

    found: Found
    cost: Cost | None


async def priced(found: Iterable[Found]) -> list[Shown]:
    """Each with its cost, by one look at each account's price list."""
    lists: dict[str, tuple[Offer, ...]] = {}
    shown = []
    for one in found:
        price = None
        if one.place is not None and one.observation is not None:
            key = str(one.place.account)
            if key not in lists:
                lists[key] = await _offers(one.place)
            price = _cost(one.place, one.observation, lists[key])
        shown.append(Shown(one, price))
    return shown


def row(shown: Shown) -> tuple[str, ...]:
    """The cells of the table."""
    found = shown.found
    entry = found.entry
    return (
        found.name,
        found.address[2],
        _account(found).removeprefix(f"{ACCOUNT_KIND} "),
        entry.since if entry else "",
        _reason(found),
        f"{entry.namespace}/{entry.name}" if entry else "",
        _state(found) or "",
        f"{shown.cost.hourly_now} {shown.cost.currency}" if shown.cost else "",
        "+".join(_sources(found)),
    )


def document(shown: Shown) -> dict[str, Any]:
    """The object of the JSON; what is not known is null."""
    found = shown.found
    entry, observation = found.entry, found.observation
    return {
        "name": found.name,
        "provider": found.address[0],
        "baseURL": found.address[1],
        "namespace": found.address[2],
        "account": _account(found) or None,
        "since": entry.since if entry else None,
        "reason": _reason(found) or None,
        "message": entry.message if entry else None,
        "resource": {"namespace": entry.namespace, "name": entry.name, "uid": entry.uid} if entry else None,
        "createdAt": observation.created_at if observation else None,
        "state": _state(found),
        "hourlyCost": shown.cost.hourly_now if shown.cost else None,
        "currency": shown.cost.currency if shown.cost else None,
        "source": _sources(found),
    }


def _state(found: Found) -> str | None:
    match found.judgement.custody:
        case Custody.GONE:
            return "gone"
        case Custody.HELD:
            return "taken"
    return str(found.observation.state) if found.observation else None


def _reason(found: Found) -> str:
    if found.entry is not None:
        return found.entry.reason
    released = found.observation is not None and RELEASED in map(str.lower, found.observation.claims)
    return "Released" if released else "ResourceGone"


def _sources(found: Found) -> list[str]:
    marked = (
        found.judgement.custody is Custody.ORPHAN and found.observation is not None and is_marked(found.observation)
    )
    return [name for name, holds in (("ledger", found.entries), ("marker", marked)) if holds]


def _account(found: Found) -> str:
    if found.place is not None:
        return str(found.place.account)
    recorded = found.entry.remote.get("account") if found.entry else None
    return f"{recorded.get('kind')} {recorded.get('name')}" if isinstance(recorded, dict) else ""


async def _offers(place: Place) -> tuple[Offer, ...]:
    try:
        return await place.connection.catalogue() if place.connection else ()
    except ProviderError as error:
        say(f"notice: the prices of {place.account} can't be read: {sentence(error)}")
        return ()


def _cost(place: Place, observation: Observation, offers: tuple[Offer, ...]) -> Cost | None:
    try:
        block = place.plugin.declaration(observation).block
        spec = EndpointSpec.from_json({place.where[0]: block})
        desired = place.plugin.desired(spec, name=observation.name, effective=None)
    except ValueError:
        return None
    offer = find(offers, desired.runs_on) if desired.runs_on else None
    if offer is None:
        return None
    return cost(offer, desired.replicas, target=observation.target_replica, state=observation.state)
