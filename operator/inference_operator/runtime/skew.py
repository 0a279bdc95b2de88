"""Whether the CRDs in the cluster go with this operator, looked at once at its start, and what to do where they do not.

Every CRD says in an annotation which version rendered it. Later versions add fields and rename none, and a patch
version changes no schema. So newer CRDs do no harm; by older ones the API server would drop what the operator writes.
"""

import asyncio
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from inference_operator import __version__
from inference_operator.api.names import (
    ACCOUNT_PLURAL,
    CLUSTER_ACCOUNT_PLURAL,
    ENDPOINT_PLURAL,
    GROUP,
    VERSION_ANNOTATION,
)
from inference_operator.kube import paths
from inference_operator.kube.errors import KubeError, NotFound
from inference_operator.kube.session import Session
from inference_operator.providers.registry import keys
from inference_operator.runtime.telemetry.logging import get_logger

_log = get_logger(__name__)

CRDS = tuple(f"{plural}.{GROUP}" for plural in (ENDPOINT_PLURAL, ACCOUNT_PLURAL, CLUSTER_ACCOUNT_PLURAL))
"""The names of the CRDs, as a rule of `resourceNames` lists them."""

_APPLY = (
    "Apply those of this version: inference-operator crds | kubectl apply --server-side --force-conflicts -f -, or "
    "upgrade the Helm release with its CRDs switched on."
)


@dataclass(frozen=True, slots=True)
class Skew:
    """What does not go together. `fatal`: the operator can't work like this."""

    problem: str
    fatal: bool


async def skew(session: Session) -> Skew | None:
    """What is wrong with the CRDs, None where nothing is or nothing can be told."""
    try:
        crds = await asyncio.gather(*(_crd(session, name) for name in CRDS))
    except KubeError as error:
        _log.info("the version of the CRDs is not checked", error=str(error), remedy="Let it get the three CRDs.")
        return None
    return judge(dict(zip(CRDS, crds, strict=True)), version=__version__, providers=keys())


def judge(crds: dict[str, dict[str, Any] | None], *, version: str, providers: Iterable[str]) -> Skew | None:
    """What is wrong with these CRDs, by name; None stands for one that is not there."""
    missing = [name for name, crd in crds.items() if crd is None]
    if missing:
        return Skew(f"Not installed: the CRDs {', '.join(missing)}. {_APPLY}", fatal=True)
    found = [crd for crd in crds.values() if crd is not None]
    versions = sorted({_version(crd) for crd in found}, key=_order)
    if _order(versions[0]) < _order(version):
        was = versions[0] or "a version before 0.1.0"
        lost = "the API server would drop fields that it writes"
        return Skew(f"The CRDs are of {was}, and this operator is {version}: {lost}. {_APPLY}", fatal=True)
    if _order(versions[-1]) > _order(version):
        unknown = "fields that it does not know are ignored"
        remedy = "Update the operator; if going back was meant, leave the CRDs as they are."
        text = f"The CRDs are of {versions[-1]}, and this operator is {version}: {unknown}. {remedy}"
        return Skew(text, fatal=False)
    return _without_block(found, providers)


def _without_block(crds: Iterable[dict[str, Any]], providers: Iterable[str]) -> Skew | None:
    lacking = sorted({key for crd in crds for key in providers if key not in _blocks(crd)})
    if not lacking:
        return None
    text = f"The CRDs have no block for the installed provider {', '.join(lacking)}. {_APPLY}"
    return Skew(text, fatal=False)


async def _crd(session: Session, name: str) -> dict[str, Any] | None:
    try:
        return await session.get(paths.crd(name))
    except NotFound:
        return None


def _version(crd: dict[str, Any]) -> str:
    return str((crd["metadata"].get("annotations") or {}).get(VERSION_ANNOTATION, ""))


def _order(version: str) -> tuple[int, int]:
    found = re.match(r"(\d+)\.(\d+)", version)
    return (int(found[1]), int(found[2])) if found else (0, 0)


def _blocks(crd: dict[str, Any]) -> dict[str, Any]:
    root = crd["spec"]["versions"][0]["schema"]["openAPIV3Schema"]
    blocks: dict[str, Any] = root["properties"]["spec"]["properties"]
    return blocks
