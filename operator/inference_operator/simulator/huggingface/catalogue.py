"""The hardware that can be rented, with prices in US dollars per replica and hour.

Source: the vendor's documentation, page "Pricing", for sizes, prices and memory; its live regions as reported
on 2026-09-09. Which region offers what is not published: all of a vendor's do here. RAM and vCPUs of
accelerated instances are not published either; they are plausible, and nothing depends on them.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

REGIONS: dict[str, dict[str, str]] = {
    "aws": {
        "us-east-1": "N. Virginia",
        "us-east-2": "Ohio",
        "us-west-2": "Oregon",
        "eu-west-1": "Ireland",
    },
    "azure": {"eastus": "Virginia"},
    "gcp": {"us-east4": "Virginia"},
}

# vendor, accelerator, instance type, architecture, GB of memory per unit, {units: price}, unusual status
_OFFERS: list[tuple[str, str, str, str, int, dict[int, float], str]] = [
    (
        "aws",
        "cpu",
        "intel-spr",
        "Intel Sapphire Rapids",
        2,
        {1: 0.033, 2: 0.067, 4: 0.134, 8: 0.268, 16: 0.536},
        "",
    ),
    ("azure", "cpu", "intel-xeon", "Intel Xeon", 2, {1: 0.06, 2: 0.12, 4: 0.24, 8: 0.48}, ""),
    ("gcp", "cpu", "intel-spr", "Intel Sapphire Rapids", 2, {1: 0.05, 2: 0.1, 4: 0.2, 8: 0.4}, ""),
    ("aws", "cpu", "intel-icl", "Intel Ice Lake", 2, {1: 0.032, 2: 0.064, 4: 0.128, 8: 0.256}, "deprecated"),
    ("aws", "gpu", "nvidia-t4", "NVIDIA T4", 14, {1: 0.5, 4: 3.0}, ""),
    ("aws", "gpu", "nvidia-l4", "NVIDIA L4", 24, {1: 0.8, 4: 3.8}, ""),
    ("aws", "gpu", "nvidia-a10g", "NVIDIA A10G", 24, {1: 1.0, 4: 5.0}, ""),
    ("aws", "gpu", "nvidia-l40s", "NVIDIA L40S", 48, {1: 1.8, 4: 8.3, 8: 23.5}, ""),
    ("aws", "gpu", "nvidia-a100", "NVIDIA A100", 80, {1: 2.5, 2: 5.0, 4: 10.0, 8: 20.0}, ""),
    ("aws", "gpu", "nvidia-h100", "NVIDIA H100", 80, {1: 4.5, 2: 9.0, 4: 18.0, 8: 36.0}, "low_availability"),
    ("aws", "gpu", "nvidia-h200", "NVIDIA H200", 141, {1: 5.0, 2: 10.0, 4: 20.0, 8: 40.0}, ""),
    ("aws", "gpu", "nvidia-b200", "NVIDIA B200", 256, {1: 9.25, 2: 18.5, 4: 37.0, 8: 74.0}, "not_available"),
    ("gcp", "gpu", "nvidia-t4", "NVIDIA T4", 16, {1: 0.5}, ""),
    ("gcp", "gpu", "nvidia-l4", "NVIDIA L4", 24, {1: 0.7, 4: 3.8}, ""),
    ("gcp", "gpu", "nvidia-a100", "NVIDIA A100", 80, {1: 3.6, 2: 7.2, 4: 14.4, 8: 28.8}, ""),
    ("gcp", "gpu", "nvidia-h100", "NVIDIA H100", 80, {1: 10.0, 2: 20.0, 4: 40.0, 8: 80.0}, ""),
    ("aws", "neuron", "inf2", "AWS Inferentia2", 32, {1: 0.75, 12: 12.0}, ""),
]
_RAM_PER_UNIT = {"gpu": 15.0, "neuron": 14.5}
_CPUS_PER_UNIT = {"cpu": 1, "gpu": 4, "neuron": 4}


@dataclass(frozen=True, slots=True)
class Hardware:
    """One row of the catalogue. `memory` is GB per unit: of the accelerator, or RAM where there is none."""

    vendor: str
    region: str
    accelerator: str
    instance_type: str
    architecture: str
    memory: int
    num_accelerators: int
    price: float
    status: str

    @property
    def instance_size(self) -> str:
        """The size's name, such as `x4`."""
        return f"x{self.num_accelerators}"

    @property
    def id(self) -> str:
        """The vendor's identifier of the row."""
        return f"{self.vendor}-{self.region}-{self.instance_type}-{self.instance_size}"

    @property
    def deployable(self) -> bool:
        """Whether a new endpoint may be put on it."""
        return self.status in {"available", "low_availability", "reserved"}

    def document(self, used: int, allowed: int) -> dict[str, Any]:
        """Return the row as the vendor writes it, with the caller's quota in accelerators."""
        cpu_only = self.accelerator == "cpu"
        return {
            "id": self.id,
            "accelerator": self.accelerator,
            "numAccelerators": self.num_accelerators,
            "numCpus": _CPUS_PER_UNIT[self.accelerator] * self.num_accelerators,
            "memoryGb": _RAM_PER_UNIT.get(self.accelerator, float(self.memory)) * self.num_accelerators,
            "gpuMemoryGb": None if cpu_only else self.memory * self.num_accelerators,
            "instanceType": self.instance_type,
            "instanceSize": self.instance_size,
            "architecture": self.architecture,
            "status": self.status,
            "pricePerHour": self.price,
            "quota": {"maxAccelerators": allowed, "usedAccelerators": used},
        }


def _rows() -> Iterator[Hardware]:
    for vendor, accelerator, instance_type, architecture, memory, prices, status in _OFFERS:
        for region in REGIONS[vendor]:
            for units, price in prices.items():
                yield Hardware(
                    vendor,
                    region,
                    accelerator,
                    instance_type,
                    architecture,
                    memory,
                    units,
                    price,
                    status or "available",
                )


@cache
def rows() -> Mapping[str, Hardware]:
    """Return the catalogue by row id."""
    return {row.id: row for row in _rows()}


def compute_id(configuration: Mapping[str, Any]) -> str:
    """Return the row id that a configuration names, whether there is such a row or not."""
    provider, compute = configuration["provider"], configuration["compute"]
    return f"{provider['vendor']}-{provider['region']}-{compute['instanceType']}-{compute['instanceSize']}"


def find(configuration: Mapping[str, Any]) -> Hardware | None:
    """Return the row that a configuration asks for, or None when there is none with that accelerator."""
    row = rows().get(compute_id(configuration))
    return row if row is not None and row.accelerator == configuration["compute"]["accelerator"] else None


Quota = Callable[[str], tuple[int, int]]
"""From an instance type to (used, allowed) accelerators."""


def vendors(quota: Quota) -> dict[str, Any]:
    """Return the catalogue document."""
    return {
        "vendors": [
            {
                "name": vendor,
                "status": "available",
                "regions": [
                    {
                        "name": region,
                        "label": label,
                        "status": "available",
                        "computes": [
                            row.document(*quota(row.instance_type))
                            for row in rows().values()
                            if (row.vendor, row.region) == (vendor, region)
                        ],
                    }
                    for region, label in regions.items()
                ],
            }
            for vendor, regions in REGIONS.items()
        ]
    }


def quotas(quota: Quota) -> dict[str, Any]:
    """Return the quota document: one row per vendor and instance type."""
    return {
        "vendors": [
            {
                "name": vendor,
                "quotas": [
                    {
                        "instanceType": instance_type,
                        "architecture": architecture,
                        "maxAccelerators": quota(instance_type)[1],
                        "usedAccelerators": quota(instance_type)[0],
                    }
                    for of, _, instance_type, architecture, *_ in _OFFERS
                    if of == vendor
                ],
            }
            for vendor in REGIONS
        ]
    }
