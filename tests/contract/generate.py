"""Documents that the contract allows, as hypothesis strategies made from its schemas."""

from typing import Any

from hypothesis import strategies as st
from tests.contract.contract import contract

Schema = dict[str, Any]
TEXT = st.text(max_size=6)


def documents(name: str) -> st.SearchStrategy[Any]:
    """Documents of the component `name`, with some unknown fields in objects that have a fixed set."""
    return _of({"$ref": f"#/components/schemas/{name}"})


def _of(schema: Schema) -> st.SearchStrategy[Any]:
    if "$ref" in schema:
        schemas: Schema = contract()["components"]["schemas"]
        return _of(schemas[schema["$ref"].rsplit("/", 1)[1]])
    if "oneOf" in schema:
        return st.one_of([_of(option) for option in schema["oneOf"]])
    if "allOf" in schema:
        return st.tuples(*[_of(part) for part in schema["allOf"]]).map(_united)
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    kinds = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    return st.one_of([_of_type(kind, schema) for kind in kinds])


def _united(parts: tuple[Schema, ...]) -> Schema:
    return {key: value for part in parts for key, value in part.items()}


def _of_type(kind: str, schema: Schema) -> st.SearchStrategy[Any]:
    match kind:
        case "null":
            return st.none()
        case "boolean":
            return st.booleans()
        case "integer":
            return st.integers(schema.get("minimum", -(2**31)), 2**31 - 1)
        case "number":
            return st.integers(-100, 100) | st.floats(allow_nan=False, allow_infinity=False)
        case "array":
            return st.lists(_of(schema["items"]), max_size=3)
        case "object":
            return _object(schema)
    return TEXT


def _object(schema: Schema) -> st.SearchStrategy[Schema]:
    if "additionalProperties" in schema:
        return st.dictionaries(TEXT, _of(schema["additionalProperties"]), max_size=3)
    fields = {key: _of(field) for key, field in schema.get("properties", {}).items()}
    required = set(schema.get("required", ()))
    return st.fixed_dictionaries(
        {key: field for key, field in fields.items() if key in required},
        optional={key: field for key, field in fields.items() if key not in required},
    )
