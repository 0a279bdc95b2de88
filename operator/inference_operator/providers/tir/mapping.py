"""From the spec's `tir` block to the document that is compared and sent, in the block's own coordinates."""

from collections.abc import Mapping, Sequence
from typing import Any

from inference_operator.api.endpoint import EndpointSpec
from inference_operator.core.catalogue import Replicas
from inference_operator.core.desired import Desired, SecretUse
from inference_operator.core.diff import Shape, Whole
from inference_operator.core.documents import pointer
from inference_operator.providers.tir import hardware, probes, tables
from inference_operator.providers.tir.encoding import untyped
from inference_operator.providers.tir.spec import TirEndpoint

SHAPE = Shape(
    whole={
        "/sku": Whole.DECLARED,
        "/commitment": Whole.DECLARED,
        "/privateCloud": Whole.EXACT,
        "/command": Whole.EXACT,
        "/args": Whole.EXACT,
        "/engineArgs": Whole.EXACT,
        "/autoscaling/rules": Whole.EXACT,
        "/readinessProbe": Whole.DECLARED,
        "/livenessProbe": Whole.DECLARED,
        "/dataset": Whole.DECLARED,
        "/env": Whole.EXACT,
    },
    marks_with_first_change=True,
    runs_on=hardware.runs_on,
    hardware=hardware.words,
)
"""What is compared and sent in one piece. The marker is an environment variable, and a change of these starts the
replicas anew: what is taken over is bound by its id, and marked with its first change.
"""

_RULE = {"conditionType": "limit", "value": 10, "watchSeconds": 60, "granularity": 1, "windowSeconds": 1}
"""The defaults of a rule of the autoscaler (docs/reference/tir-api.md, "Defaults")."""


def desired(spec: EndpointSpec, *, name: str) -> Desired:
    """What a spec declares. Raises ValueError where the block is not what the schema admits."""
    block = TirEndpoint.from_json(spec.block)
    document = _document(block.to_json(), spec.replicas)
    return Desired(
        name=block.name or name,
        document=document,
        secrets=_secrets(block),
        hardware=hardware.words(document),
        runs_on=hardware.runs_on(document),
        replicas=_replicas(document),
        remarks=tables.remarks(block.framework, block.version, block.model.hugging_face_id if block.model else None),
    )


def _document(written: dict[str, Any], replicas: int | None) -> dict[str, Any]:
    written.pop("name", None)
    document = written | {"framework": tables.api_name(written["framework"])}
    if "commitment" in written:
        document["commitment"] = {"replicas": 0, **written["commitment"]}
    if "engineArgs" in written:
        document["engineArgs"] = {key: untyped(value) for key, value in written["engineArgs"].items()}
    if "env" in written:
        document["env"] = {one["name"]: _variable(one) for one in written["env"]}
    for kind in ("readiness", "liveness"):
        if (given := written.get(f"{kind}Probe")) is not None:
            document[f"{kind}Probe"] = probes.declared(given, kind)
    return document | _scale(document, replicas)


def _variable(one: Mapping[str, Any]) -> dict[str, Any]:
    content = {"secret": True} if "valueFrom" in one else {"value": one["value"]}
    off = one.get("disabled", {})
    return content | {
        "required": one.get("required", False),
        "disabled": {"key": off.get("key", False), "value": off.get("value", False)},
    }


def _scale(document: dict[str, Any], replicas: int | None) -> dict[str, Any]:
    """How many replicas, with the target of `/scale` over it; what autoscaling has no use for is left out."""
    fixed, given = document.pop("replicas", None), document.pop("autoscaling", None)
    if given is None or not given["enabled"]:
        wanted = fixed if replicas is None else replicas
        off = {"autoscaling": {"enabled": False}}
        if not wanted:
            return off if given else {}
        # A number is one that nobody else's autoscaler moves.
        return {"replicas": wanted} | off
    lowest = given["minReplicas"] if replicas is None else replicas
    highest = max(lowest, given["maxReplicas"])
    if lowest == highest:
        # The provider takes equal bounds for a fixed number of replicas (its page on workers and autoscaling).
        return {"replicas": lowest, "autoscaling": {"enabled": False}}
    policy = {**given, "minReplicas": lowest, "maxReplicas": highest}
    return {"autoscaling": policy | ({"rules": _rules(given["rules"])} if "rules" in given else {})}


def _rules(rules: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    return [{**_RULE, **one} for one in rules]


def _replicas(document: Mapping[str, Any]) -> Replicas:
    scaled = document.get("autoscaling", {})
    if scaled.get("enabled"):
        return Replicas(scaled["minReplicas"], scaled["maxReplicas"])
    fixed = document.get("replicas", 1)
    return Replicas(fixed, fixed)


def _secrets(block: TirEndpoint) -> tuple[SecretUse, ...]:
    return tuple(
        SecretUse(
            pointer("env", one.name, "value"), one.value_from.secret_key_ref.name, one.value_from.secret_key_ref.key
        )
        for one in block.env or ()
        if one.value_from is not None
    )
