"""What was measured, as a file, so that it outlives the run."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.scale.plan import Plan
from benchmarks.scale.samples import Samples


def write_raw(path: Path, samples: Samples, plan: Plan, machine: Mapping[str, str]) -> None:
    """Everything that was measured, as JSON."""
    document = {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": machine,
        "plan": asdict(plan),
        "samples": [
            {"metric": metric.title, "unit": metric.unit, "contender": name, "values": values}
            for metric, found in samples.values.items()
            for name, values in found.items()
        ],
    }
    path.write_text(json.dumps(document, indent=1) + "\n")
