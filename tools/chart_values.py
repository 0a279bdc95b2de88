"""`python -m tools.chart_values`: write the chart's README, its page and its schema's descriptions from values.yaml."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[1]
CHART = ROOT / "charts" / "inference-operator"
README = CHART / "README.md"
PAGE = ROOT / "docs" / "reference" / "chart-values.md"
SCHEMA = CHART / "values.schema.json"
_MARK = "# -- "
_NOTE = "<!-- Generated from charts/inference-operator/values.yaml by `python -m tools.chart_values`. -->"
_README_HEAD = f"""# inference-operator

{_NOTE}

Managed inference endpoints as Kubernetes resources. Kubernetes 1.30 or newer.

```console
$ helm install inference-operator charts/inference-operator --namespace inference-operator-system --create-namespace
```

More in `docs/how-to/install.md`. A value that is not in this table is refused.
"""
_PAGE_HEAD = f"""# Values of the chart

{_NOTE}

What `helm install --set` and `--values` may say; a value that is not here is refused. [Install](../how-to/install.md)
tells how to begin.
"""


@dataclass(frozen=True)
class Value:
    """One value that is described. `path`: its keys."""

    path: tuple[str, ...]
    default: Any
    text: str


def values() -> list[Value]:
    """The described values, in the file's order."""
    defaults = yaml.safe_load((CHART / "values.yaml").read_text())
    return [Value(path, _at(defaults, path), text) for path, text in _described()]


def readme() -> str:
    """The chart's README."""
    return f"{_README_HEAD}\n{_table()}"


def page() -> str:
    """The same as a page of the documentation."""
    return f"{_PAGE_HEAD}\n{_table()}"


def schema() -> str:
    """values.schema.json as it stands, with the descriptions of values.yaml."""
    document: dict[str, Any] = json.loads(SCHEMA.read_text())
    for value in values():
        node = document
        for key in value.path:
            node = node["properties"][key]
        node["description"] = value.text
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def undescribed() -> list[str]:
    """Values that no comment describes, neither them nor what they are part of."""
    described = {value.path for value in values()}
    leaves = _leaves(yaml.safe_load((CHART / "values.yaml").read_text()), ())
    return [".".join(leaf) for leaf in leaves if not any(leaf[:size] in described for size in range(1, len(leaf) + 1))]


def _table() -> str:
    rows = [f"| `{'.'.join(one.path)}` | {_shown(one.default)} | {_escaped(one.text)} |" for one in values()]
    return "\n".join(["| value | default | what it is |", "|---|---|---|", *rows]) + "\n"


def _shown(default: Any) -> str:
    return f"`{json.dumps(default, ensure_ascii=False)}`"


def _escaped(text: str) -> str:
    return text.replace("|", "\\|").replace("<", "&lt;")


def _described() -> Iterator[tuple[tuple[str, ...], str]]:
    """Paths of the keys that a `# -- ` comment precedes, and its text."""
    above: list[tuple[int, str]] = []
    comment: list[str] = []
    for line in (CHART / "values.yaml").read_text().splitlines():
        bare, indent = line.strip(), len(line) - len(line.lstrip())
        if bare.startswith(_MARK):
            comment = [bare.removeprefix(_MARK)]
        elif bare.startswith("#"):
            comment = [*comment, bare.removeprefix("# ")] if comment else []
        elif bare and not bare.startswith("- "):
            above = [*(one for one in above if one[0] < indent), (indent, bare.partition(":")[0])]
            if comment:
                yield tuple(key for _, key in above), " ".join(comment)
            comment = []


def _at(document: Any, path: tuple[str, ...]) -> Any:
    for key in path:
        document = document[key]
    return document


def _leaves(node: Any, path: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    if isinstance(node, dict) and node:
        for key, value in node.items():
            yield from _leaves(value, (*path, key))
    else:
        yield path


def main() -> None:
    """Write all three."""
    README.write_text(readme(), encoding="utf-8")
    PAGE.write_text(page(), encoding="utf-8")
    SCHEMA.write_text(schema(), encoding="utf-8")


if __name__ == "__main__":
    main()
