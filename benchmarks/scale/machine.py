"""The machine that figures come from: without it they say nothing."""

import os
import platform
import sys
from importlib.metadata import version
from pathlib import Path

from inference_operator.localcluster.pins import ETCD_VERSION, KUBERNETES_VERSION

_PACKAGES = ("inference-operator", "kopf", "aiohttp", "httpx", "huggingface_hub")


def machine() -> dict[str, str]:
    """Cores, processor, memory, kernel, and what the contenders are made of."""
    return {
        "cores": str(os.cpu_count()),
        "processor": _field("/proc/cpuinfo", "model name"),
        "memory": f"{int(_field('/proc/meminfo', 'MemTotal').split()[0]) / (1 << 20):.0f} GiB",
        "kernel": f"{platform.system()} {platform.release().split('-')[0]} {platform.machine()}",
        "python": sys.version.split()[0],
        "load before": f"{os.getloadavg()[0]:.2f}",
        **{name: version(name) for name in _PACKAGES},
        "kubernetes": KUBERNETES_VERSION,
        "etcd": ETCD_VERSION,
    }


def _field(path: str, name: str) -> str:
    lines = (line.partition(":") for line in Path(path).read_text().splitlines())
    return next((value.strip() for key, _, value in lines if key.strip() == name), "unknown")
