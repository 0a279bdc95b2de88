"""A rendering as a short text: that of no values in full, any other as what differs from it."""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import yaml
from tests.chart.helm import Object, identity

FOLDER = Path(__file__).parent / "snapshots"
_VERSION = re.compile(r"^(\d+\.\d+\.\d+\S*|inference-operator[-:]\d+\.\d+\.\d+\S*)$")


def full(objects: Sequence[Object]) -> str:
    """Every object; of the CRDs, only their heads."""
    return _dump({name: _short(obj) for name, obj in _by_name(objects).items()})


def difference(objects: Sequence[Object], base: Sequence[Object]) -> str:
    """Objects that are there beside those of `base`, those that are not, and the fields that differ."""
    now, before = _by_name(objects), _by_name(base)
    changed = {name: dict(_changes(before[name], now[name], "")) for name in now if name in before}
    found = {
        "added": {name: _short(now[name]) for name in now if name not in before},
        "removed": [name for name in before if name not in now],
        "changed": {name: fields for name, fields in changed.items() if fields},
    }
    return _dump({key: value for key, value in found.items() if value})


def _by_name(objects: Sequence[Object]) -> dict[str, Object]:
    return {identity(one): _without_version(one) for one in sorted(objects, key=identity)}


def _short(obj: Object) -> Object:
    # What comes from a file as it is; the tests of that file look at it.
    match obj["kind"]:
        case "PrometheusRule":
            return obj | {"spec": "that of files/alerts.yaml"}
        case "ConfigMap":
            return obj | {"data": "that of files/dashboard.json"}
    return obj


def _without_version(node: Any) -> Any:
    # A release changes the version everywhere, and nothing else.
    if isinstance(node, dict):
        return {key: _without_version(value) for key, value in node.items()}
    if isinstance(node, list):
        return [_without_version(value) for value in node]
    return re.sub(r"\d+\.\d+\.\d+\S*", "VERSION", node) if isinstance(node, str) and _VERSION.match(node) else node


def _changes(before: Any, now: Any, path: str) -> Iterator[tuple[str, Any]]:
    if isinstance(before, dict) and isinstance(now, dict):
        for key in sorted({*before, *now}):
            yield from _changes(before.get(key), now.get(key), f"{path}.{key}")
    elif isinstance(before, list) and isinstance(now, list) and len(before) == len(now):
        for number, (one, other) in enumerate(zip(before, now, strict=True)):
            yield from _changes(one, other, f"{path}[{number}]")
    elif before != now:
        yield path, now


def _dump(document: Any) -> str:
    return yaml.safe_dump(document, sort_keys=True, width=120)
