"""Small readings of Python types that the renderer and the pointer rule share."""

from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin

from pydantic.fields import FieldInfo


def without_none(annotation: Any) -> Any:
    """`X` of `X | None`. Raises TypeError for a union of several types: the schema must be structural."""
    if get_origin(annotation) not in (Union, UnionType):
        return annotation
    members = [member for member in get_args(annotation) if member is not NoneType]
    if len(members) != 1:
        raise TypeError(f"{annotation} has no structural schema: give one type, or Raw")
    return members[0]


def alias_of(name: str, field: FieldInfo) -> str:
    """The name in JSON."""
    return field.alias or name
