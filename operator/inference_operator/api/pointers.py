"""Which fields `spec.ignoreDrift` may name, read from the provider block's model."""

from collections.abc import Iterator
from typing import Annotated, Any, get_args, get_origin

from pydantic import BaseModel

from inference_operator.api.markers import Atomic, Cel
from inference_operator.api.typing_tools import alias_of, without_none


def drift_pointers(model: type[BaseModel], prefix: str = "") -> Iterator[str]:
    """JSON pointers of the fields that are compared one by one: leaves, and fields that are sent whole."""
    for name, field in model.model_fields.items():
        pointer = f"{prefix}/{alias_of(name, field)}"
        nested = _granular(without_none(field.annotation), field.metadata)
        if nested is None:
            yield pointer
        else:
            yield from drift_pointers(nested, pointer)


def _granular(annotation: Any, metadata: list[Any]) -> type[BaseModel] | None:
    if get_origin(annotation) is Annotated:
        annotation, *inner = get_args(annotation)
        metadata = [*metadata, *inner]
    atomic = any(isinstance(mark, Atomic) for mark in metadata)
    is_model = isinstance(annotation, type) and issubclass(annotation, BaseModel)
    return annotation if is_model and not atomic else None


def drift_rule(key: str, model: type[BaseModel]) -> Cel:
    """The rule on `spec` that admits only pointers into the block `key`."""
    allowed = ", ".join(f"'{pointer}'" for pointer in drift_pointers(model))
    return Cel(
        f"!has(self.{key}) || !has(self.ignoreDrift) || self.ignoreDrift.all(pointer, pointer in [{allowed}])",
        f"ignoreDrift takes JSON pointers to single fields of {key}, such as /compute/scaling/maxReplica, "
        "or to fields that are sent whole, never to a part of these or to a group: correct the pointer "
        f"(kubectl explain ie.spec.{key} --recursive lists the fields)",
        ".ignoreDrift",
    )
