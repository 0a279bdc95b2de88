"""The machines and plans that there are, in the form of the vendor's price list.

See docs/reference/tir-api.md, "Frameworks, images and plans".
"""

from collections.abc import Iterable
from typing import Any

Sku = dict[str, Any]


def _machine(identity: int, kind: str, name: str, series: str, *, cpu: int, gpu: int, memory: int, price: float) -> Sku:
    plans = [(0, "hourly", price), (30, "committed", round(price * 24 * 30 * 0.8, 2))]
    return {
        "kind": kind,
        "sku_id": identity,
        "name": name,
        "series": series,
        # Text, as the vendor's Terraform data source needs them.
        "cpu": str(cpu),
        "gpu": str(gpu) if gpu else None,
        "memory": str(memory),
        "sku_type": name.replace(".", "-"),
        "is_free": False,
        "plans": [
            {
                "sku_item_price_id": identity * 10 + number,
                "sku_type": paid,
                "committed_days": days,
                "unit_price": amount,
                "currency": "INR",
            }
            for number, (days, paid, amount) in enumerate(plans)
        ],
    }


MACHINES: tuple[Sku, ...] = (
    _machine(40, "CPU", "C3.2", "CPU-C3", cpu=2, gpu=0, memory=8, price=3.5),
    _machine(41, "CPU", "C3.8", "CPU-C3", cpu=8, gpu=0, memory=32, price=14.0),
    _machine(162, "GPU", "GDC3.L4-16.110GB", "L4", cpu=16, gpu=1, memory=110, price=49.0),
    _machine(170, "GPU", "GDC3.H100-16.200GB", "H100", cpu=16, gpu=1, memory=200, price=249.0),
)


def listing(sold_out: Iterable[str]) -> dict[str, list[Sku]]:
    """The price list."""
    gone = set(sold_out)
    return {
        kind: [_shown(one, available=one["name"] not in gone) for one in MACHINES if one["kind"] == kind]
        for kind in ("CPU", "GPU")
    }


def _shown(machine: Sku, *, available: bool) -> Sku:
    shown = {key: value for key, value in machine.items() if key != "kind"}
    return shown | {"is_inventory_available": available}


def chosen(body: dict[str, Any]) -> dict[str, Any] | None:
    """The machine and plan that a body asks for, by name or either id; None where there is none."""
    days = int(body.get("committed_days") or 0)
    for machine in MACHINES:
        for plan in machine["plans"]:
            by_price = body.get("sku_item_price_id") == plan["sku_item_price_id"]
            by_id = body.get("sku_id") == machine["sku_id"] and plan["committed_days"] == days
            by_name = (body.get("sku_name"), body.get("sku_type"), days) == (
                machine["name"],
                plan["sku_type"],
                plan["committed_days"],
            )
            if by_price or by_id or by_name:
                return {"sku": machine["sku_id"], "name": machine["name"], "plan": plan}
    return None
