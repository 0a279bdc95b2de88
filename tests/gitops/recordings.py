"""The recordings in statuses/: an object as the operator leaves it, and what is to be said of it.

`python -m tests.gitops.recordings` records anew. What is expected is written by hand, and kept; a new recording waits
for it.
"""

import asyncio
from dataclasses import dataclass
from pathlib import Path

import yaml
from tests.gitops import states, troubles  # noqa: F401 - each registers its situations
from tests.gitops.situation import SITUATIONS
from tests.runtime.kube_api import Object

from inference_operator.api.names import ENDPOINT_KIND

FOLDER = Path(__file__).parent / "statuses"
_NO_SEAL = "0" * 32


@dataclass(frozen=True)
class Recording:
    """`kstatus`: what kstatus computes; `argocd`: what health.lua says."""

    name: str
    kstatus: str
    argocd: str
    object: Object


def recorded() -> list[Recording]:
    """All recordings."""
    return [_read(path) for path in sorted(FOLDER.glob("*.yaml"))]


async def lived(name: str) -> Object:
    """The object that a situation ends in today."""
    return plain(await SITUATIONS[name]())


def plain(obj: Object) -> Object:
    """An object without what is never the same: seals, and the time of day in accounts."""
    found: Object = yaml.safe_load(yaml.safe_dump(obj))
    status = found.get("status") or {}
    if "seal" in status.get("remoteRef", {}):
        status["remoteRef"]["seal"] = _NO_SEAL
    if found["kind"] != ENDPOINT_KIND:
        for one in status.get("conditions", ()):
            one["lastTransitionTime"] = found["metadata"]["creationTimestamp"]
    return found


def _read(path: Path) -> Recording:
    found = yaml.safe_load(path.read_text())
    return Recording(path.stem, **found["expect"], object=found["object"])


async def _record() -> None:
    for name in SITUATIONS:
        path = FOLDER / f"{name}.yaml"
        expect = (
            yaml.safe_load(path.read_text())["expect"] if path.exists() else dict.fromkeys(("kstatus", "argocd"), "?")
        )
        written = {"expect": expect, "object": await lived(name)}
        path.write_text(yaml.safe_dump(written, sort_keys=False, width=120))


if __name__ == "__main__":
    asyncio.run(_record())
