"""docs/benchmarks.md: what is between the two marks of a part is what its last `--docs` run measured."""

from datetime import UTC, datetime
from pathlib import Path

from benchmarks.scale import report
from benchmarks.scale.plan import Plan
from benchmarks.scale.plot import PLOTS
from benchmarks.scale.remarks import remarks
from benchmarks.scale.samples import Samples

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "benchmarks.md"


def write_page(part: str, samples: Samples, plan: Plan, machine: dict[str, str]) -> None:
    """Replace what is between the marks of `part`, and its picture."""
    begin, end = f"<!-- measured: {part} -->", f"<!-- /measured: {part} -->"
    before, _, rest = PAGE.read_text().partition(begin)
    after = rest.partition(end)[2]
    PAGE.write_text(f"{before}{begin}\n{measured(part, samples, plan, machine)}\n{end}{after}")
    PLOTS[part](picture(part), samples, plan, machine)


def measured(part: str, samples: Samples, plan: Plan, machine: dict[str, str]) -> str:
    """Machine, table, ratios and notes of a part as Markdown."""
    metrics = report.PARTS[part](plan)
    today = f"{datetime.now(UTC):%Y-%m-%d}"
    described = "; ".join(f"{key} {value}" for key, value in machine.items())
    paragraphs = [
        f"Measured on {today} with --size {plan.size}; runs: {plan.runs}; median (smallest-largest). {described}.",
        f"![The figures below as a picture]({picture(part).relative_to(PAGE.parent)})",
        report.markdown(report.table(samples, metrics)),
        "\n".join(f"- {line}" for line in remarks(samples, plan, metrics)),
    ]
    return "\n\n".join(one for one in paragraphs if one) + "\n"


def picture(part: str) -> Path:
    """Where the page has the picture of a part."""
    return PAGE.parent / "images" / f"bench-scale-{part}.png"
