"""The sets of values that the chart is rendered with."""

from pathlib import Path
from typing import Any

import yaml

SETS: dict[str, dict[str, Any]] = yaml.safe_load((Path(__file__).parent / "sets.yaml").read_text())
