"""From a remote endpoint back to the `huggingFace` block that declares it as it is.

A field that the block can't say, or whose value nobody but the provider knows, is left out: absent means not managed,
so that leaving out changes nothing.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import ValidationError

from inference_operator.core.documents import pointer
from inference_operator.core.observation import Observation
from inference_operator.providers.base import Declaration
from inference_operator.providers.huggingface.spec import RESERVED_LLAMACPP, HuggingFaceEndpoint
from inference_operator.providers.huggingface.spec_images import IMAGE_KEYS

_REQUIRED = {("name",), ("type",), ("provider",), ("compute",), ("model",), ("model", "repository")} | {
    ("compute", "scaling", bound) for bound in ("minReplica", "maxReplica")
}
_NOT_SAYABLE = "an InferenceEndpoint can't say it"


def declaration(observation: Observation) -> Declaration:
    """The block. Raises ValueError where what every block needs is missing, or is nothing that a block can say."""
    document = {"name": observation.name, **observation.document}
    model, apart = _model(document.get("model"))
    document |= {"model": model, "compute": _compute(document.get("compute"))}
    block, unsayable = _sayable(_without_empty(document))
    left_out = apart | dict.fromkeys((pointer(*path) for path in unsayable), _NOT_SAYABLE)
    return Declaration(block, tuple(f"{where}: {why}" for where, why in left_out.items()))


def _model(model: Any) -> tuple[dict[str, Any], dict[str, str]]:
    """What of the model can be declared, and why the rest can't, by pointer."""
    if not isinstance(model, Mapping):
        return {}, {}
    found, apart = {key: value for key, value in model.items() if key != "secrets"}, dict[str, str]()
    if secrets := model.get("secrets"):
        apart["/model/secrets"] = f"the provider shows no values of {', '.join(sorted(secrets))}"
    image = found.get("image")
    container = next((key for key in image if key in IMAGE_KEYS), None) if isinstance(image, Mapping) else None
    if container == "custom":
        apart["/model/image/custom/credentialsSecretRef"] = "the provider does not show whether the registry needs it"
    if image is not None and container is None:
        apart["/model/image"] = _NOT_SAYABLE
        del found["image"]
    for field in _contradicting(found, llamacpp=container == "llamacpp"):
        apart[pointer("model", field)] = _NOT_SAYABLE
        del found[field]
    return _without_empty(found), apart


def _contradicting(model: Mapping[str, Any], *, llamacpp: bool) -> list[str]:
    """The fields that the schema refuses beside this image."""
    env = model.get("env")
    reserved = llamacpp and isinstance(env, Mapping) and not env.keys().isdisjoint(RESERVED_LLAMACPP)
    another = "framework" in model and llamacpp != (model["framework"] == "llamacpp")
    return [field for field, refused in (("env", reserved), ("framework", another)) if refused]


def _compute(compute: Any) -> Any:
    scaling = compute.get("scaling") if isinstance(compute, Mapping) else None
    if not isinstance(scaling, Mapping) or scaling.get("minReplica") == 0:
        return compute
    return {**compute, "scaling": {key: value for key, value in scaling.items() if key != "scaleToZeroTimeout"}}


def _sayable(document: dict[str, Any]) -> tuple[dict[str, Any], list[tuple[str, ...]]]:
    """What of a document is a block, and the paths of what is not."""
    try:
        return HuggingFaceEndpoint.from_json(document).to_json(), []
    except ValidationError as error:
        refused = sorted({_unit(one["loc"]) for one in error.errors()})
    for path in refused:
        if path in _REQUIRED:
            raise ValueError(f"the endpoint has no {pointer(*path)} that an InferenceEndpoint can say")
    block, more = _sayable(_without(document, refused))
    return block, refused + more


def _unit(location: tuple[int | str, ...]) -> tuple[str, ...]:
    """The piece that is left out as a whole where something inside it can't be said."""
    path = tuple(str(part) for part in location)
    if path[:2] == ("compute", "scaling"):
        return path[:3] if len(path) > 2 else path[:1]  # noqa: PLR2004 - a field below the two
    return path[:2] if path[0] == "model" else path[:1]


def _without(document: Mapping[str, Any], paths: Iterable[tuple[str, ...]]) -> dict[str, Any]:
    gone = {path[0] for path in paths if len(path) == 1}
    below = {key: [path[1:] for path in paths if path[0] == key and len(path) > 1] for key in document}
    return {
        key: _without(value, below[key]) if below[key] else value for key, value in document.items() if key not in gone
    }


def _without_empty(document: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in document.items() if value is not None and value not in ({}, [])}
