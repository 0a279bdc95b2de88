"""docs/benchmarks.md: the part between two marks is what the last `--docs` run measured."""

from pathlib import Path

from benchmarks.scale import report
from benchmarks.scale.plan import Plan
from benchmarks.scale.remarks import remarks
from benchmarks.scale.samples import Samples

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "benchmarks.md"
PICTURE = ROOT / "docs" / "images" / "bench-scale.png"
_BEGIN, _END = "<!-- measured -->", "<!-- /measured -->"


def write_page(samples: Samples, plan: Plan, machine: dict[str, str]) -> None:
    """Replace what is between the marks."""
    before, _, rest = PAGE.read_text().partition(_BEGIN)
    after = rest.partition(_END)[2]
    PAGE.write_text(f"{before}{_BEGIN}\n{measured(samples, plan, machine)}\n{_END}{after}")


def measured(samples: Samples, plan: Plan, machine: dict[str, str]) -> str:
    """Machine, tables, ratios and notes as Markdown."""
    described = "; ".join(f"{key} {value}" for key, value in machine.items())
    points = [f"- {line}" for line in remarks(samples, plan)]
    parts = [
        f"{plan.size:,} endpoints, runs: {plan.runs}; median (smallest-largest). {described}.",
        f"![Bars of each contender, and the operator's memory]({PICTURE.relative_to(PAGE.parent)})",
        *(report.markdown(table) for table in report.tables(samples, plan)),
        "\n".join(points),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"
