"""Renders pydantic models as structural OpenAPI v3 schemas of Kubernetes.

The API server refuses pydantic's own JSON schema (`$ref`, `const`, `anyOf` with null, `additionalProperties:
false`), so the models' fields are read directly.
"""

from collections.abc import Iterable
from typing import Annotated, Any, Literal, get_args, get_origin

from annotated_types import Ge, Gt, Le, MaxLen, MinLen
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from inference_operator.api.markers import Atomic, Cel, ListMap, Raw, Retired, cel_name
from inference_operator.api.typing_tools import alias_of, without_none

Schema = dict[str, Any]

_SCALARS: dict[type, Schema] = {
    str: {"type": "string"},
    bool: {"type": "boolean"},
    int: {"type": "integer", "format": "int32"},
    float: {"type": "number", "format": "double"},
}
_LENGTH = {"string": "Length", "array": "Items", "object": "Properties"}


def object_schema(model: type[BaseModel], *, source: str | None = None) -> Schema:
    """The schema of an object, with the model's CEL rules.

    `source` is where the fields' meaning comes from: it ends each description, and may hold `{path}`.
    Raises TypeError for a type that has no structural schema, and for a field without description.
    """
    return _object(model, source, ())


def _object(model: type[BaseModel], source: str | None, path: tuple[str, ...]) -> Schema:
    fields = {alias_of(name, field): field for name, field in model.model_fields.items() if not field.exclude}
    properties = {name: _property(field, source, (*path, name)) for name, field in fields.items()}
    retired: tuple[Retired, ...] = getattr(model, "retired", ())
    properties |= {old.name: _retired_property(old) for old in retired}
    schema: Schema = {"type": "object"}
    required = [name for name, field in fields.items() if field.is_required()]
    schema |= {"required": required} if required else {}
    schema |= {"properties": properties} if properties else {}
    return with_rules(schema, [*getattr(model, "rules", ()), *map(_refusal, retired)])


def with_rules(schema: Schema, rules: Iterable[Cel]) -> Schema:
    """The schema with further CEL rules."""
    key = "x-kubernetes-validations"
    entries = [*schema.get(key, ()), *(rule.to_json() for rule in rules)]
    return schema | {key: entries} if entries else schema


def _property(field: FieldInfo, source: str | None, path: tuple[str, ...]) -> Schema:
    if not field.description:
        raise TypeError(f"{'.'.join(path)} has no description: `kubectl explain` is the manual")
    schema = _type(field.annotation, field.metadata, source, path)
    if source is None or "Source:" in field.description:
        return {"description": field.description} | schema
    return {"description": f"{field.description} Source: {source.format(path='.'.join(path))}."} | schema


def _retired_property(old: Retired) -> Schema:
    return {"description": f"Refused: {old.instead}."} | old.schema


def _refusal(old: Retired) -> Cel:
    return Cel(
        f"!has(self.{cel_name(old.name)})",
        f"{old.name} is not a field here: {old.instead}",
        f".{old.name}",
        "FieldValueForbidden",
    )


def _type(annotation: Any, metadata: list[Any], source: str | None, path: tuple[str, ...]) -> Schema:
    annotation = without_none(annotation)
    if get_origin(annotation) is Annotated:
        inner, *more = get_args(annotation)
        return _type(inner, [*more, *metadata], source, path)
    marks = _flat(metadata)
    given = next((mark.schema for mark in marks if isinstance(mark, Raw)), None)
    schema = dict(given) if given else _bare(annotation, source, path)
    for mark in marks:
        schema |= _constraint(mark, schema["type"])
    if schema["type"] == "array" and "x-kubernetes-list-type" not in schema:
        raise TypeError(f"{'.'.join(path)}: a list says whether it is Atomic or a ListMap")
    return with_rules(schema, [mark for mark in marks if isinstance(mark, Cel)])


def _flat(metadata: Iterable[Any]) -> list[Any]:
    """Constraints given as `Annotated[..., Field(...)]` are held by the FieldInfo in it."""
    return [part for mark in metadata for part in (mark.metadata if isinstance(mark, FieldInfo) else [mark])]


def _bare(annotation: Any, source: str | None, path: tuple[str, ...]) -> Schema:
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Literal:
        return {"type": "string", "enum": list(arguments)}
    if origin is list:
        return {"type": "array", "items": _type(arguments[0], [], source, path)}
    if origin is dict:
        return {"type": "object", "additionalProperties": _type(arguments[1], [], source, path)}
    if annotation in _SCALARS:
        return dict(_SCALARS[annotation])
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return _object(annotation, source, path)
    raise TypeError(f"{'.'.join(path)}: {annotation} has no structural schema")


def _constraint(mark: Any, kind: str) -> Schema:
    match mark:
        case Ge(ge=bound):
            return {"minimum": bound}
        case Gt(gt=bound):
            return {"minimum": bound, "exclusiveMinimum": True}
        case Le(le=bound):
            return {"maximum": bound}
        case MinLen(min_length=length):
            return {f"min{_LENGTH[kind]}": length}
        case MaxLen(max_length=length):
            return {f"max{_LENGTH[kind]}": length}
        case Atomic():
            return {f"x-kubernetes-{'list' if kind == 'array' else 'map'}-type": "atomic"}
        case ListMap(keys=keys):
            return {"x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": list(keys)}
    pattern = getattr(mark, "pattern", None)
    return {"pattern": pattern} if pattern else {}
