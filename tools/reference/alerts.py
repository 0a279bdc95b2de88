"""The alerts, from the chart's rule file."""

from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]
RULES = ROOT / "charts" / "inference-operator" / "files" / "alerts.yaml"

_HEAD = """# Alerts

<!-- Generated from charts/inference-operator/files/alerts.yaml by `python -m tools.reference`. -->

The chart installs them as a PrometheusRule with `metrics.prometheusRule.enabled=true`; the file is a rule file that
Prometheus reads as it is. Each has a page that says where to look and what to do.
"""


def alerts() -> list[dict[str, Any]]:
    """The alerting rules."""
    groups = yaml.safe_load(RULES.read_text(encoding="utf-8"))["groups"]
    return [rule for group in groups for rule in group["rules"]]


def page() -> str:
    """The whole page."""
    head = ["| alert | severity | after | what it says |", "|---|---|---|---|"]
    return "\n".join([_HEAD, *head, *(_row(one) for one in alerts())]) + "\n"


def _row(alert: dict[str, Any]) -> str:
    name, told = alert["alert"], alert["annotations"]
    return (
        f"| [{name}](../runbooks/{name}.md) | {alert['labels']['severity']} | {alert.get('for', '-')} "
        f"| {_plain(told['summary'])} {_plain(told['description'])} |"
    )


def _plain(template: str) -> str:
    """A text with what Prometheus fills in left out: `{{ $value }} endpoints` is "N endpoints"."""
    words = []
    for part in template.split("{{"):
        inside, closed, rest = part.partition("}}")
        if not closed:
            words.append(part)
            continue
        label = inside.strip().removeprefix("$labels.")
        words.append(f"{'N' if label.startswith('$value') else label.upper()}{rest}")
    return "".join(words)
