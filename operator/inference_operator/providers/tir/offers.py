"""The vendor's plans with their prices, read tolerantly: what makes no sense is left out.

See docs/reference/tir-api.md, "Frameworks, images and plans".
"""

from collections.abc import Iterator, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from inference_operator.core.catalogue import Hardware, Offer
from inference_operator.providers.tir.encoding import count, flag
from inference_operator.providers.tir.hardware import REGION, VENDOR, plan

_HOURS = 24
_EXACT = Decimal("0.0001")


def offers(data: Any, *, currency: str) -> tuple[Offer, ...]:
    """All plans of an answer that can be paid for in this currency, each plan of a machine as one offer."""
    kinds = data.items() if isinstance(data, Mapping) else ()
    return tuple(
        offer
        for kind, machines in kinds
        for machine in _objects(machines)
        for one in _objects(machine.get("plans"))
        if (offer := _offer(str(kind).lower(), machine, one, currency)) is not None and offer.currency == currency
    )


def _offer(kind: str, machine: Mapping[str, Any], one: Mapping[str, Any], currency: str) -> Offer | None:
    name, paid, days = machine.get("name"), one.get("sku_type"), count(one.get("committed_days")) or 0
    price = _price(one.get("unit_price"), days)
    if price is None or not isinstance(name, str) or not isinstance(paid, str):
        return None
    available = flag(machine.get("is_inventory_available"))
    return Offer(
        hardware=Hardware(VENDOR, REGION, name, plan(paid, days)),
        accelerator=kind,
        status="not_available" if available is False else "available",
        price=price,
        currency=str(one.get("currency") or currency),
        accelerators=count(machine.get("gpu")) or 0,
        architecture=str(machine.get("series", "")),
        memory_gb=_number(machine.get("memory")),
        cpus=count(machine.get("cpu")),
    )


def _price(value: Any, days: int) -> Decimal | None:
    """Per hour: the price of a committed plan is for its whole time (our reading; no source says so)."""
    try:
        price = Decimal(str(value))
    except InvalidOperation:
        return None
    if not price.is_finite() or price < 0:
        return None
    return (price / (days * _HOURS)).quantize(_EXACT) if days else price


def _objects(items: Any) -> Iterator[Mapping[str, Any]]:
    return (item for item in (items if isinstance(items, list) else ()) if isinstance(item, Mapping))


def _number(value: Any) -> float | None:
    try:
        return float(value)
    except (TypeError, ValueError):
        return None
