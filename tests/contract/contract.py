"""The vendor's contract as a judge: says whether an answer is one that the contract allows."""

import functools
import re
from pathlib import Path
from typing import Any

import yaml
from jsonschema import Draft202012Validator

HERE = Path(__file__).parent
EXAMPLES = HERE / "hf-examples"


@functools.cache
def contract() -> dict[str, Any]:
    document: dict[str, Any] = yaml.safe_load((HERE / "hf-contract.yaml").read_text())
    return document


@functools.cache
def operations() -> dict[str, tuple[str, str]]:
    """Operation ids with their method and path template."""
    return {
        operation["operationId"]: (method.upper(), path)
        for path, item in contract()["paths"].items()
        for method, operation in item.items()
        if method in {"get", "put", "post", "delete"}
    }


@functools.cache
def _validator(schema: str) -> Draft202012Validator:
    root = {"$ref": f"#/components/schemas/{schema}", "components": contract()["components"]}
    return Draft202012Validator(root, format_checker=Draft202012Validator.FORMAT_CHECKER)


def check(document: Any, schema: str) -> None:
    """Raise unless the document has the shape of that component."""
    _validator(schema).validate(document)


def is_valid(document: Any, schema: str) -> bool:
    return bool(_validator(schema).is_valid(document))


def _operation(method: str, path: str) -> dict[str, Any] | None:
    # Literal segments win over parameters, as in the vendor's router.
    for template in sorted(contract()["paths"], key=lambda text: text.count("{")):
        if re.fullmatch(re.sub(r"{\w+}", "[^/]+", template), path):
            found: dict[str, Any] | None = contract()["paths"][template].get(method.lower())
            return found
    return None


def check_answer(method: str, path: str, status: int, document: Any) -> None:
    """Raise unless the contract allows this answer to this request; paths outside of it are not judged."""
    operation = _operation(method, path)
    if operation is None:
        return
    allowed = operation["responses"]
    # 403 has no sample at the vendor, so the contract does not list it; tokens without a scope must get it.
    assert str(status) in allowed or status == 403, f"{method} {path} must not answer {status}"
    if status != 200:
        check(document, "Error")
        return
    schema = allowed["200"].get("content", {}).get("application/json", {}).get("schema", {})
    if "$ref" in schema:
        check(document, schema["$ref"].rsplit("/", 1)[1])
    for item in document if schema.get("type") == "array" else []:
        check(item, schema["items"]["$ref"].rsplit("/", 1)[1])
