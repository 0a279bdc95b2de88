"""Which places there are for a row to point at: fields of the CRDs, commands, tests."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from typer.core import TyperGroup
from typer.main import get_command

from inference_operator.api.crds import render
from inference_operator.api.names import ACCOUNT_KIND, ENDPOINT_KIND
from inference_operator.api.registry import registered
from inference_operator.cli.app import app

ROOT = Path(__file__).parents[2]
_METADATA = {"metadata.name", "metadata.namespace", "metadata.uid"}


@cache
def fields() -> frozenset[str]:
    """All fields of an InferenceEndpoint by path, and those of an InferenceAccount after `account:`."""
    roots = {
        crd["spec"]["names"]["kind"]: crd["spec"]["versions"][0]["schema"] for crd in render(registered()).values()
    }
    endpoint, account = (roots[kind]["openAPIV3Schema"] for kind in (ENDPOINT_KIND, ACCOUNT_KIND))
    return frozenset({*_METADATA, *_paths(endpoint), *(f"account:{path}" for path in _paths(account))})


def _paths(schema: dict[str, Any], path: str = "") -> Iterator[str]:
    for name, inner in schema.get("properties", {}).items():
        here = f"{path}.{name}" if path else name
        yield here
        yield from _paths(inner, here)
    for inner, mark in ((schema.get("items"), "[]"), (schema.get("additionalProperties"), "{}")):
        if isinstance(inner, dict):
            yield from _paths(inner, f"{path}{mark}")


@cache
def commands() -> dict[str, frozenset[str]]:
    """The commands of `inference-operator` by name, with their options."""
    group = get_command(app)
    assert isinstance(group, TyperGroup)  # noqa: S101 - what get_command makes of an app with several commands
    return {
        name: frozenset(option for parameter in command.params for option in parameter.opts)
        for name, command in group.commands.items()
    }


@cache
def tests_in(path: str) -> frozenset[str]:
    """The tests of a file, by what follows the file in a node id; none where there is no such file."""
    file = ROOT / path
    return frozenset(_tests(ast.parse(file.read_text(encoding="utf-8")).body)) if file.is_file() else frozenset()


def _tests(body: list[ast.stmt]) -> Iterator[str]:
    for node in body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_"):
            yield node.name
        elif isinstance(node, ast.ClassDef):
            yield from (f"{node.name}::{inner}" for inner in _tests(node.body))


def is_test(node_id: str) -> bool:
    """Whether a node id without parameters names a test."""
    path, _, name = node_id.partition("::")
    return name in tests_in(path)
