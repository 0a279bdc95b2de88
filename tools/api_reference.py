"""`python -m tools.api_reference`: write docs/reference/api.md from the CRDs, field by field."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from inference_operator.api.crds import render
from inference_operator.api.registry import registered

PAGE = Path(__file__).parents[1] / "docs" / "reference" / "api.md"
_HEAD = """# API reference

<!-- Generated from the CRDs by `python -m tools.api_reference`. Edit the models in operator/inference_operator/api. -->

Group `inference-operator.dev`, version `v1alpha1`. `kubectl explain ie.spec --recursive` says the same in a terminal.
`*` marks a field that must be given; `[]` a list, `{}` a map. The rules below a kind are checked by the API server when
a manifest is applied, and each message says what to do.
"""

Schema = dict[str, Any]


def page() -> str:
    """The whole page."""
    return "\n".join([_HEAD, *(_kind(crd) for crd in render(registered()).values())])


def _kind(crd: Schema) -> str:
    names, (version,) = crd["spec"]["names"], crd["spec"]["versions"]
    root = version["schema"]["openAPIV3Schema"]
    heading = f"## {names['kind']}\n\n{root['description']} Short name `{names['shortNames'][0]}`, {_scope(crd)}.\n"
    rows = [
        row for part in ("spec", "status") for row in _rows(part, root["properties"][part], required=part == "spec")
    ]
    table = "\n".join(["| field | type | what it is |", "|---|---|---|", *rows])
    rules = "\n".join(f"- {message}" for message in sorted({*_messages(root)}))
    return f"{heading}\n{table}\n\nRules:\n\n{rules}\n"


def _scope(crd: Schema) -> str:
    return "in a namespace" if crd["spec"]["scope"] == "Namespaced" else "for the whole cluster"


def _rows(path: str, schema: Schema, *, required: bool) -> Iterator[str]:
    text = _escaped(schema.get("description", "").removesuffix(" Source: inference-operator."))
    yield f"| `{path}`{'*' if required else ''} | {_type(schema)} | {text} |"
    yield from _inner(path, schema)


def _inner(path: str, schema: Schema) -> Iterator[str]:
    items, values = schema.get("items"), schema.get("additionalProperties")
    if items:
        yield from _inner(f"{path}[]", items)
    if isinstance(values, dict):
        yield from _inner(f"{path}{{}}", values)
    for key, one in schema.get("properties", {}).items():
        yield from _rows(f"{path}.{key}", one, required=key in schema.get("required", ()))


def _type(schema: Schema) -> str:
    if "enum" in schema:
        return " \\| ".join(f"`{value}`" for value in schema["enum"])
    if schema.get("x-kubernetes-int-or-string"):
        return "integer or string"
    return str(schema.get("type", "any"))


def _messages(schema: Any) -> Iterator[str]:
    if isinstance(schema, dict):
        for rule in schema.get("x-kubernetes-validations", ()):
            yield _escaped(rule.get("message") or rule["rule"])
        for key, value in schema.items():
            if key != "x-kubernetes-validations":
                yield from _messages(value)


def _escaped(text: str) -> str:
    return text.replace("|", "\\|").replace("<", "&lt;")


def main() -> None:
    """Write the page."""
    PAGE.parent.mkdir(parents=True, exist_ok=True)
    PAGE.write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main()
