"""`python -m tools.demo_image`: run the demo and draw what it says as docs/images/demo.svg.

The picture is a recording, so that it can't show what the demo doesn't do. Exits with the demo's exit code.
"""

import re
import sys
from pathlib import Path

from rich.console import Console
from rich.terminal_theme import MONOKAI

from inference_operator.cli.demo import show
from inference_operator.cli.demo_narrator import Narrator

IMAGE = Path(__file__).parents[1] / "docs" / "images" / "demo.svg"
_WIDTH = 134


def main() -> int:
    """Record one `demo --once`, and write the picture when it went well."""
    console = Console(record=True, width=_WIDTH, force_terminal=True, color_system="truecolor", highlight=False)
    code = show(Narrator(console), once=True)
    if code == 0:
        svg = console.export_svg(title="DEMO_ONCE=1 make demo", theme=MONOKAI, unique_id="demo")
        IMAGE.parent.mkdir(parents=True, exist_ok=True)
        IMAGE.write_text(_without_fonts(svg), encoding="utf-8")
    return code


def _without_fonts(svg: str) -> str:
    """A picture in a README fetches nothing: the reader's own monospace font does."""
    return re.sub(r"@font-face \{.*?\}\s*", "", svg, flags=re.DOTALL)


if __name__ == "__main__":
    sys.exit(main())
