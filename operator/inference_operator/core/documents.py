"""JSON documents and the pointers (RFC 6901) that name places in them.

A provider's configuration is compared and sent as plain JSON, so that decisions need to know no provider.
"""

from collections.abc import Mapping
from typing import Any, TypeAlias

Document: TypeAlias = Mapping[str, Any]


def pointer(*path: str) -> str:
    """The JSON pointer of a path: `pointer("model", "env")` is `/model/env`."""
    return "".join("/" + part.replace("~", "~0").replace("/", "~1") for part in path)


def parts(pointer_: str) -> tuple[str, ...]:
    """The path that a JSON pointer names."""
    return tuple(part.replace("~1", "/").replace("~0", "~") for part in pointer_.split("/")[1:])


def lookup(document: Document, path: tuple[str, ...]) -> Any:
    """The value at a path, None where there is none."""
    value: Any = document
    for part in path:
        if not isinstance(value, Mapping) or part not in value:
            return None
        value = value[part]
    return value


def nested(path: tuple[str, ...], value: Any) -> dict[str, Any]:
    """A document that holds nothing but `value` at `path`."""
    for part in reversed(path):
        value = {part: value}
    result: dict[str, Any] = value
    return result


def merged(*documents: Document) -> dict[str, Any]:
    """The documents laid over each other, later ones on top; objects are merged, all else is replaced."""
    result: dict[str, Any] = {}
    for document in documents:
        for key, value in document.items():
            below = result.get(key)
            if isinstance(value, Mapping) and isinstance(below, Mapping):
                result[key] = merged(below, value)
            else:
                result[key] = dict(value) if isinstance(value, Mapping) else value
    return result
