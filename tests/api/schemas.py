"""The committed CRDs, field by field."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

CRDS = Path(__file__).parents[2] / "crds"
Node = dict[str, Any]


def committed() -> dict[str, Node]:
    """The committed CRDs by file name."""
    return {path.name: yaml.safe_load(path.read_text()) for path in sorted(CRDS.glob("*.yaml"))}


def all_nodes(*, with_root: bool = False) -> list[tuple[str, Node]]:
    """Every schema of spec and status of the three kinds with its path; `with_root` also the kinds' own."""
    roots = {
        crd["spec"]["names"]["kind"]: crd["spec"]["versions"][0]["schema"]["openAPIV3Schema"]
        for crd in committed().values()
    }
    fields = [
        node
        for kind, root in roots.items()
        for part in ("spec", "status")
        for node in _nodes(root["properties"][part], f"{kind}.{part}")
    ]
    return fields + (list(roots.items()) if with_root else [])


def _nodes(schema: Node, path: str) -> Iterator[tuple[str, Node]]:
    yield path, schema
    for name, child in schema.get("properties", {}).items():
        yield from _nodes(child, f"{path}.{name}")
    for key, mark in (("items", "[]"), ("additionalProperties", "{}")):
        if key in schema:
            yield from _nodes(schema[key], path + mark)
