"""The vendor's catalogue (docs/reference/hugging-face-api.md, "Catalogue"), read tolerantly.

A line that makes no sense is left out.
"""

from collections.abc import Iterator, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from inference_operator.core.catalogue import Hardware, Offer


def offers(body: Any) -> tuple[Offer, ...]:
    """All offers of an answer to `GET /v2/provider/{namespace}`."""
    return tuple(
        offer
        for vendor in _list(body, "vendors")
        for region in _list(vendor, "regions")
        for compute in _list(region, "computes")
        if (offer := _offer(vendor, region, compute)) is not None
    )


def _offer(vendor: Mapping[str, Any], region: Mapping[str, Any], compute: Mapping[str, Any]) -> Offer | None:
    price = _price(compute.get("pricePerHour"))
    names = (vendor.get("name"), region.get("name"), compute.get("instanceType"), compute.get("instanceSize"))
    if price is None or not all(isinstance(name, str) for name in names):
        return None
    quota = compute.get("quota")
    return Offer(
        hardware=Hardware(*map(str, names)),
        accelerator=str(compute.get("accelerator", "")),
        status=_status(vendor, region, compute),
        price=price,
        accelerators=_whole(compute.get("numAccelerators")) or 0,
        quota=_whole(quota.get("maxAccelerators")) if isinstance(quota, Mapping) else None,
        used=(_whole(quota.get("usedAccelerators")) or 0) if isinstance(quota, Mapping) else 0,
        architecture=str(compute.get("architecture", "")),
        memory_gb=_number(compute.get("memoryGb")),
        cpus=_whole(compute.get("numCpus")),
    )


def _status(*levels: Mapping[str, Any]) -> str:
    """The offer's own status, unless its vendor or region as a whole is not available."""
    vendor, region, compute = (str(level.get("status", "available")) for level in levels)
    return "not_available" if "not_available" in (vendor, region) else compute


def _list(level: Any, key: str) -> Iterator[Mapping[str, Any]]:
    items = level.get(key) if isinstance(level, Mapping) else None
    return (item for item in (items if isinstance(items, list) else ()) if isinstance(item, Mapping))


def _price(value: Any) -> Decimal | None:
    try:
        price = Decimal(str(value))
    except InvalidOperation:
        return None
    return price if price.is_finite() and price >= 0 else None


def _whole(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _number(value: Any) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None
