"""The generated pages are current, and complete: what is not in them fails here, and what is made up too."""

import re
from pathlib import Path
from typing import get_args

import pytest
from tests.support.source import emitters, events_of_changes, log_keys, reasons
from tools.reference import events, flags, logs
from tools.reference.pages import PAGES
from tools.reference.reasons import REASONS

from inference_operator.core.changes import CHANGES
from inference_operator.core.drift_words import LEFT_AS_IT_IS
from inference_operator.core.errors import Operation
from inference_operator.runtime.telemetry import catalogue
from inference_operator.runtime.telemetry.catalogue import Instrument, instruments

OF_EVERY_LINE = {"ts", "level", "event", "logger", "exception", "stack", "trace_id", "span_id"}


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_a_page_is_what_is_generated(path: Path) -> None:
    assert path.read_text() == PAGES[path](), "run: python -m tools.reference"


def test_every_reason_is_in_the_reference_and_none_is_made_up() -> None:
    assert {"Running", "Paused", "QuotaExceeded"} <= reasons(), "the reasons are no longer found in the code"
    assert REASONS.keys() == reasons() | {"Ready"}


def test_every_event_is_in_the_reference_and_none_is_made_up() -> None:
    assert emitters() == {"runtime/outputs.py"}, "Events are written elsewhere too: have their reasons found"
    assert events.EVENTS.keys() == events_of_changes()
    assert set(LEFT_AS_IT_IS) < set(events.DRIFT) < REASONS.keys()
    assert set(events.DRIFT) == {name for name, one in REASONS.items() if one.where.startswith("Drifted")}


def test_every_key_of_a_log_line_is_in_the_reference_and_none_is_made_up() -> None:
    assert logs.KEYS.keys() == log_keys() | OF_EVERY_LINE


def test_every_change_is_in_the_reference() -> None:
    switched = {Operation.PAUSE.value, Operation.RESUME.value, Operation.SCALE_TO_ZERO.value}
    assert CHANGES.keys() == {"create", "update", "claim", "delete", "release"} | switched


def test_every_metric_that_the_code_names_is_in_a_section_of_the_page() -> None:
    named = [one for one in vars(catalogue).values() if isinstance(one, Instrument)]
    assert {one.name for one in (*named, *catalogue.PROCESS)} == {one.name for one in instruments()}
    names = [one.name for one in instruments()]
    assert len(set(names)) == len(names)


def test_names_of_metrics_keep_the_conventions_of_prometheus() -> None:
    for one in instruments():
        assert re.fullmatch(r"[a-z][a-z_]+", one.name), one.name
        assert one.name.endswith("_total") == (one.kind == "counter"), one.name
        assert (one.kind == "histogram") == bool(one.buckets), one.name
        assert one.kind in get_args(Instrument.__annotations__["kind"])
        assert one.text.endswith("."), one.name


def test_every_flag_of_every_command_says_what_it_does() -> None:
    commands = {one.name: one for one in flags.commands()}
    assert {"run", "crds", "demo", "logs", "cluster up", "orphans delete", "release check"} <= commands.keys()
    silent = [f"{name} {flag.name}" for name, one in commands.items() for flag in one.flags if len(flag.text) < 5]
    assert silent == []
    assert [name for name, one in commands.items() if not one.text] == []
    of_run = {flag.name.partition(" ")[0] for flag in commands["run"].flags}
    assert {"--per-endpoint-metrics", "--tracing", "--allow-base-url"} <= of_run
