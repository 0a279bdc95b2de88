"""What the code says of itself: the reasons, Events and log keys that stand in it, found in its syntax."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

PACKAGE = Path(__file__).parents[2] / "operator" / "inference_operator"

_NAMING_A_REASON = {"Failure", "_Text", "_Shown", "Verdict", "_in_progress", "_failed", "_refusal"}
_NAMING_ONE_FIRST = {"said_of_drift", "_as_adopted"}
"""Functions that return a reason and its message."""
_NO_REASON = {"Ready", "Available", "Synced", "Reconciling", "Stalled", "Drifted", "IneffectiveFields"} | {
    "True",
    "False",
    "Unknown",
}
_LOGGERS = {"_log", "_logger"}
_LEVELS = {"debug", "info", "warning", "error", "exception", "critical"}
_OF_LOGGING = {"exc_info", "stack_info", "stacklevel", "extra"}


def reasons() -> set[str]:
    """The reasons of conditions."""
    nodes = [*_nodes("core", "runtime")]
    constants = {
        node.targets[0].id: node.value.value
        for node in nodes
        if isinstance(node, ast.Assign)
        and isinstance(node.targets[0], ast.Name)
        and isinstance(node.value, ast.Constant)
    }
    calls = [node for node in nodes if isinstance(node, ast.Call) and getattr(node.func, "id", "") in _NAMING_A_REASON]
    given = [argument for call in calls for argument in [*call.args, *(keyword.value for keyword in call.keywords)]]
    functions = [node for node in nodes if isinstance(node, ast.FunctionDef) and node.name in _NAMING_ONE_FIRST]
    returned = [
        node.elts[0] for one in functions for node in ast.walk(one) if isinstance(node, ast.Tuple) and node.elts
    ]
    texts = {_text(node, constants) for one in [*given, *returned] for node in ast.walk(one)}
    return {text for text in texts if re.fullmatch(r"[A-Z][A-Za-z]+", text)} - _NO_REASON


def events_of_changes() -> set[str]:
    """The reasons of Events that tell a change: the first of two or three texts, in runtime/outputs.py."""
    tree = ast.parse((PACKAGE / "runtime" / "outputs.py").read_text())
    told = [node.elts for node in ast.walk(tree) if isinstance(node, ast.Tuple)]
    firsts = [elements[1] if isinstance(elements[0], ast.Attribute) else elements[0] for elements in told if elements]
    words = {one.value for one in firsts if isinstance(one, ast.Constant) and isinstance(one.value, str)}
    return {word for word in words if re.fullmatch(r"[A-Z][A-Za-z]+", word)}


def emitters() -> set[str]:
    """The modules that write Events, as paths in the package."""
    return {
        str(path.relative_to(PACKAGE))
        for path in PACKAGE.rglob("*.py")
        if "simulator" not in path.parts
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "emit"
    }


def log_keys() -> set[str]:
    """The keys that the operator's own lines carry."""
    return {key for node in _nodes("core", "kube", "providers", "runtime") for key in _logged(node)}


def _logged(node: ast.AST) -> Iterator[str]:
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute) or node.func.attr not in _LEVELS:
        return
    by = node.func.value
    named = by.id if isinstance(by, ast.Name) else getattr(getattr(by, "func", None), "id", "")
    if named not in {*_LOGGERS, "get_logger"}:
        return
    for keyword in node.keywords:
        if keyword.arg is None or keyword.arg == "extra":
            dictionaries = [one for one in ast.walk(keyword.value) if isinstance(one, ast.Dict)]
            yield from (str(key.value) for one in dictionaries for key in one.keys if isinstance(key, ast.Constant))
        elif keyword.arg not in _OF_LOGGING:
            yield keyword.arg


def _nodes(*parts: str) -> Iterator[ast.AST]:
    for part in parts:
        for path in sorted((PACKAGE / part).rglob("*.py")):
            yield from ast.walk(ast.parse(path.read_text()))


def _text(node: ast.AST, constants: dict[str, Any]) -> str:
    if isinstance(node, ast.Constant):
        return str(node.value)
    return str(constants.get(getattr(node, "attr", getattr(node, "id", "")), ""))
