"""What was measured, as a file, so that it outlives the run and one part can be shown beside the other."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.scale.plan import Plan
from benchmarks.scale.report import PARTS
from benchmarks.scale.samples import Samples

_LOAD = "load before"


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


def read_raw(path: Path, samples: Samples, plan: Plan, machine: Mapping[str, str], *, part: str) -> None:
    """Take in one part of what was measured before.

    Raises ValueError where it was measured with another plan, on another machine or with other versions.
    """
    document = json.loads(path.read_text())
    _same(path, document["plan"], asdict(plan))
    _same(path, document["machine"], machine)
    known = {metric.title: metric for metric in PARTS[part](plan)}
    for one in document["samples"]:
        if one["metric"] in known:
            samples.add(known[one["metric"]], one["contender"], *one["values"])
    samples.note(f"In a run of its own, at {document['at']}: {part}.")


def _same(path: Path, there: Mapping[str, Any], here: Mapping[str, Any]) -> None:
    differing = [key for key in there if key in here and key != _LOAD and there[key] != here[key]]
    if differing:
        raise ValueError(f"{path} was measured with another {', '.join(differing)}")
