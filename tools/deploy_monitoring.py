"""`python -m tools.deploy_monitoring`: write deploy/monitoring's alerts and dashboard from the chart's files."""

import textwrap
from pathlib import Path

ROOT = Path(__file__).parents[1]
FILES = ROOT / "charts" / "inference-operator" / "files"
MONITORING = ROOT / "deploy" / "monitoring"
_RULE = """# Generated from charts/inference-operator/files/alerts.yaml by `python -m tools.deploy_monitoring`.
apiVersion: monitoring.coreos.com/v1
kind: PrometheusRule
metadata:
  name: inference-operator
  namespace: inference-operator-system
  labels:
    app.kubernetes.io/name: inference-operator
spec:
"""


def written() -> dict[Path, str]:
    """What is generated, by file."""
    rules = textwrap.indent((FILES / "alerts.yaml").read_text(), "  ")
    return {
        MONITORING / "prometheusrule.yaml": _RULE + rules,
        MONITORING / "dashboard.json": (FILES / "dashboard.json").read_text(),
    }


def main() -> None:
    """Write the files."""
    for path, text in written().items():
        path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
