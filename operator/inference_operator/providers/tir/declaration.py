"""From a remote endpoint back to the `tir` block that declares it as it is.

A field that the block can't say, or whose value nobody but the provider knows, is left out: absent means not managed.
"""

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from inference_operator.core.documents import Document, pointer
from inference_operator.core.observation import Observation
from inference_operator.providers.base import Declaration
from inference_operator.providers.tir.spec import TirEndpoint

_REQUIRED = {("framework",), ("sku",), ("name",)}
_NOT_SAYABLE = "an InferenceEndpoint can't say it"


def declaration(observation: Observation) -> Declaration:
    """The block. Raises ValueError where what every block needs is missing, or is nothing that a block can say."""
    left_out: dict[str, str] = {}
    document = {"name": observation.name, **observation.document}
    document.pop("restartedAt", None)
    _environment(document, left_out)
    _scale(document)
    _paid(document, left_out)
    if document.get("framework") != "custom":
        document["image"] = {key: value for key, value in document.get("image", {}).items() if key != "name"}
    block = _sayable(document, left_out)
    return Declaration(block, tuple(f"{where}: {why}" for where, why in left_out.items()))


def _environment(document: dict[str, Any], left_out: dict[str, str]) -> None:
    variables = document.pop("env", {})
    hidden = sorted(name for name, one in variables.items() if one.get("secret"))
    if hidden:
        left_out["/env"] = f"the values of {', '.join(hidden)} come from a Secret that nobody names"
    elif variables:
        document["env"] = [{"name": name, **one} for name, one in sorted(variables.items())]


def _scale(document: dict[str, Any]) -> None:
    scaled = document.get("autoscaling", {})
    if scaled.get("enabled"):
        document.pop("replicas", None)
    elif scaled:
        document["autoscaling"] = {"enabled": False}


def _paid(document: dict[str, Any], left_out: dict[str, str]) -> None:
    commitment = document.get("commitment")
    if commitment is not None and "policy" not in commitment:
        del document["commitment"]
        left_out["/commitment"] = "the provider does not show what happens at its end"


def _sayable(document: Document, left_out: dict[str, str]) -> Mapping[str, Any]:
    try:
        return TirEndpoint.from_json(document).to_json()
    except ValidationError as error:
        refused = sorted({str(one["loc"][0]) for one in error.errors()})
    for field in refused:
        if (field,) in _REQUIRED:
            raise ValueError(f"the endpoint has no {field} that an InferenceEndpoint can say")
        left_out[pointer(field)] = _NOT_SAYABLE
    return _sayable({key: value for key, value in document.items() if key not in refused}, left_out)
