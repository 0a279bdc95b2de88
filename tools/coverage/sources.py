"""The names that each source has, extracted by code from a machine-readable copy of it.

A list of names kept by hand would miss what nobody thought of. `data/` has the copies; they hold names and types only.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]
DATA = Path(__file__).parent / "data"
CONTRACT = ROOT / "tests" / "contract" / "hf-contract.yaml"
_METHODS = ("get", "post", "put", "delete")


@dataclass(frozen=True, slots=True)
class Source:
    """A document that the product was made from. `names` are in its order, each once."""

    key: str
    title: str
    names: tuple[str, ...]


def sources() -> tuple[Source, ...]:
    """All sources, the vendor's own contract last."""
    return (
        Source("000", "A Terraform provider's resource", tuple(_terraform(_json("000.json")))),
        Source("001", "A JSON schema of an endpoint", tuple(_properties(_json("001.json")))),
        Source("002", "An OpenAPI document by a third party", tuple(_third_party(_yaml(DATA / "002.yaml")))),
        Source("003", "A Terraform provider's resource of E2E Networks TIR", tuple(_terraform(_json("003.json")))),
        Source("004", "The vendor's documentation", tuple(_pages(_yaml(DATA / "004.yaml")))),
        Source("contract", "The vendor's API 2.0.0", tuple(_contract(_yaml(CONTRACT)))),
    )


def _json(name: str) -> Any:
    return json.loads((DATA / name).read_text(encoding="utf-8"))


def _yaml(path: Path) -> Any:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def _terraform(document: Mapping[str, Any]) -> Iterator[str]:
    """Operations, then attributes with their path, in Terraform's spelling."""
    yield from (f"{operation}()" for operation in document["operations"])
    for block, attributes in document["schema"].items():
        yield from (f"{block}.{name}" if block else name for name in attributes)


def _properties(schema: Mapping[str, Any], path: str = "") -> Iterator[str]:
    """The properties of a JSON schema with their path."""
    for name, inner in schema.get("properties", {}).items():
        here = f"{path}.{name}" if path else name
        yield here
        yield from _properties(inner, here)


def _third_party(document: Mapping[str, Any]) -> Iterator[str]:
    for path, item in document["paths"].items():
        for method, operation in item.items():
            yield f"{method.upper()} {path}"
            yield from (f"{operation['operationId']} -> {status}" for status in operation["responses"])
    yield from (f"security {name}" for name in document["security"])
    for schema, fields in document["schemas"].items():
        yield from _fields(fields, schema)


def _fields(fields: Mapping[str, Any], path: str) -> Iterator[str]:
    for name, inner in fields.items():
        yield f"{path}.{name}"
        if isinstance(inner, Mapping):
            yield from _fields(inner, f"{path}.{name}")


def _pages(document: Mapping[str, Any]) -> Iterator[str]:
    for page, features in document.items():
        yield from (f"{page}: {feature}" for feature in features)


def _contract(document: Mapping[str, Any]) -> Iterator[str]:
    """Operations with their query parameters, then the fields of every component."""
    for path, item in document["paths"].items():
        for method in _METHODS:
            if method in item:
                yield f"{method.upper()} {path}"
                parameters = item[method].get("parameters", ())
                yield from (f"{item[method]['operationId']}?{one['name']}" for one in parameters)
    for name, schema in document["components"]["schemas"].items():
        yield from (f"{name}.{field}" for field in _own_fields(schema))


def _own_fields(schema: Mapping[str, Any]) -> Iterator[str]:
    """The fields that a component itself has, in whichever branch of a union or sum."""
    yield from schema.get("properties", ())
    for branch in (*schema.get("oneOf", ()), *schema.get("allOf", ())):
        yield from _own_fields(branch)
