"""The metrics, from the table that makes them."""

from inference_operator.runtime.telemetry.catalogue import SECTIONS, Instrument

_HEAD = """# Metrics

<!-- Generated from runtime/telemetry/catalogue.py by `python -m tools.reference`. -->

`inference-operator run` serves them under `/metrics` on `--metrics-port`, in the text format of Prometheus. Names and
labels that controller-runtime and client-go gave a meaning are theirs. How to scrape them, and what comes with them,
is in [observe](../how-to/observe.md).

The number of series grows with accounts, states and reasons, and not with endpoints. With `--per-endpoint-metrics`
those marked `*` have the labels `namespace` and `name` too, one series for each endpoint, which ends with it. Only
the operator that leads tells of endpoints and accounts, so that sums over replicas are true.
"""


def page() -> str:
    """The whole page."""
    return "\n".join([_HEAD, *(_section(title, metrics) for title, metrics in SECTIONS.items())])


def _section(title: str, metrics: tuple[Instrument, ...]) -> str:
    head = ["| metric | type | labels | what it tells |", "|---|---|---|---|"]
    return "\n".join([f"## {title}\n", *head, *(_row(one) for one in metrics)]) + "\n"


def _row(one: Instrument) -> str:
    labels = ", ".join(f"`{label}`" for label in one.labels) or "-"
    text = one.text.replace("<", "&lt;")
    return f"| `{one.name}`{' *' if one.each else ''} | {one.kind} | {labels} | {text} |"
