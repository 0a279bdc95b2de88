"""Request bodies for the simulator's tests."""

import copy
import json
from typing import Any

from tests.contract.contract import EXAMPLES

Document = dict[str, Any]


def example(name: str) -> Document:
    document: Document = json.loads((EXAMPLES / f"{name}.json").read_text())
    return document


def endpoint(name: str = "sentiment", **changes: Any) -> Document:
    """A small valid create body; dotted paths with `__` replace one value."""
    body = example("create-cpu-huggingface") | {"name": name}
    return changed(body, **changes)


def changed(body: Document, **changes: Any) -> Document:
    body = copy.deepcopy(body)
    for path, value in changes.items():
        *parents, leaf = path.split("__")
        target = body
        for parent in parents:
            target = target[parent]
        target[leaf] = value
    return body


def without(body: Document, path: str) -> Document:
    body = copy.deepcopy(body)
    *parents, leaf = path.split("__")
    target = body
    for parent in parents:
        target = target[parent]
    del target[leaf]
    return body
