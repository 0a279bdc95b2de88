"""The provider's price list: whether declared hardware can be had, and what it costs.

A create that the provider would refuse is not sent: what is wrong is said before, with what could be had instead. The
list only ever adds words or holds a create back; where it can't be read, the provider decides.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from difflib import get_close_matches

from inference_operator.core.failures import Failure
from inference_operator.core.observation import State

_BILLED = frozenset({State.INITIALIZING, State.UPDATING, State.RUNNING})
_SUGGESTIONS = 3
_USABLE = frozenset({"available", "low_availability", "reserved"})


@dataclass(frozen=True, slots=True, order=True)
class Hardware:
    """What one replica runs on, in the provider's names."""

    vendor: str
    region: str
    instance_type: str
    instance_size: str

    def __str__(self) -> str:
        return f"{self.vendor} {self.region} {self.instance_type} {self.instance_size}"


@dataclass(frozen=True, slots=True)
class Replicas:
    """The declared bounds, in replicas."""

    lowest: int
    highest: int


@dataclass(frozen=True, slots=True)
class Offer:
    """One line of the price list.

    `price` is per replica and hour in `currency`. `accelerators` are those of one replica; `quota` and `used` count
    accelerators too, over all sizes of this hardware; `quota` is None where the provider states none.
    """

    hardware: Hardware
    accelerator: str
    status: str
    price: Decimal
    currency: str = "USD"
    accelerators: int = 1
    quota: int | None = None
    used: int = 0
    architecture: str = ""
    memory_gb: float | None = None
    cpus: int | None = None

    @property
    def usable(self) -> bool:
        """Whether new endpoints may run on it, quota apart."""
        return self.status in _USABLE


@dataclass(frozen=True, slots=True)
class Cost:
    """Per hour. Amounts are decimals as text, without trailing zeros beyond cents."""

    currency: str
    hourly_now: str
    hourly_min: str
    hourly_max: str


def find(offers: Iterable[Offer], hardware: Hardware) -> Offer | None:
    """The offer of this hardware."""
    return next((offer for offer in offers if offer.hardware == hardware), None)


def objection(offers: tuple[Offer, ...], hardware: Hardware, replicas: Replicas) -> Failure | None:
    """Why a create on this hardware would be refused; None where nothing speaks against it."""
    if not offers:
        return None
    offer = find(offers, hardware)
    if offer is None:
        return _refusal("HardwareUnknown", f"{hardware} is not in the provider's catalogue", offers, hardware)
    if offer.status == "deprecated":
        return _refusal("HardwareDeprecated", f"{hardware} is deprecated", offers, hardware)
    if not offer.usable:
        return _refusal("CapacityUnavailable", f"{hardware} is not available now", offers, hardware)
    return _over_quota(offer, replicas)


def cost(offer: Offer, replicas: Replicas, *, target: int, state: State) -> Cost:
    """What an endpoint costs: billed while it initializes, updates or runs."""
    billed = target if state in _BILLED else 0
    return Cost(
        offer.currency,
        _amount(offer.price * billed),
        _amount(offer.price * replicas.lowest),
        _amount(offer.price * replicas.highest),
    )


def nearest(offers: Iterable[Offer], hardware: Hardware) -> list[Hardware]:
    """Up to three choices that can be had and are most like it: by region first, then by name."""
    usable = [offer.hardware for offer in offers if offer.usable and offer.quota != 0]
    same_place = [one for one in usable if (one.vendor, one.region) == (hardware.vendor, hardware.region)]
    same_type = [one for one in usable if one.instance_type == hardware.instance_type]
    named = {str(one): one for one in (same_type + same_place) or usable}
    close = get_close_matches(str(hardware), named, n=_SUGGESTIONS, cutoff=0.0)
    return [named[name] for name in close]


def _refusal(reason: str, what: str, offers: tuple[Offer, ...], hardware: Hardware) -> Failure:
    choices = nearest(offers, hardware)
    instead = f" Nearest choices: {', '.join(map(str, choices))}." if choices else ""
    return Failure(reason, f"{what}.{instead} `inference-operator hardware` lists all.", terminal=True)


def _over_quota(offer: Offer, replicas: Replicas) -> Failure | None:
    # The provider counts the replicas that run, and starts with one even where it may scale to zero.
    needed = offer.accelerators * max(replicas.lowest, 1)
    if offer.quota is None or offer.used + needed <= offer.quota:
        return None
    return Failure(
        "QuotaExceeded",
        f"{offer.hardware} needs {needed} accelerators, and of the quota of {offer.quota} for "
        f"{offer.hardware.instance_type} {offer.used} are in use. Ask the provider for more quota, pause another "
        "endpoint, or choose other hardware.",
        terminal=True,
    )


def _amount(value: Decimal) -> str:
    if value == 0:
        return "0"
    exact = value.normalize()
    cents = Decimal("0.01")
    return f"{exact.quantize(cents):f}" if exact == exact.quantize(cents) else f"{exact:f}"
